"""A server in a process of its own, with what can be taken from it: its life, descriptors, disk, folders."""

import json
import os
import resource
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

from botlens.serving.stopping import RESTART

ROOT = Path(__file__).parents[2]
STARTS_IN = 120.0
ENDS_IN = 30.0
HEALS_IN = 30.0


class BrokenPromiseError(AssertionError):
    """The product did not keep a promise."""


class RestartNeeded(Exception):  # noqa: N818 - it is none
    """The server has ended since its store hangs, as it says it does."""


class Process:
    """A life of a server on a folder.

    Args:
        folder: holds `data`, and `tmp` for temporary files.
        log: where its stderr goes.
    """

    def __init__(self, folder: Path, log: Path) -> None:
        self.data = folder / "data"
        (self.data / "server.json").unlink(missing_ok=True)
        with log.open("ab") as stderr:
            self._process = _started(folder, stderr)
        self.pid = self._process.pid
        self._limit = resource.prlimit(self.pid, resource.RLIMIT_NOFILE)
        self.address = self._address(log)

    @staticmethod
    def dies_while_it_starts(folder: Path, log: Path, seconds: float) -> None:
        """Start a server, and kill it so many seconds later, however far it has come."""
        with log.open("ab") as stderr:
            process = _started(folder, stderr)
        time.sleep(seconds)
        process.kill()
        process.wait(30)

    def _address(self, log: Path) -> tuple[str, int]:
        until = time.monotonic() + STARTS_IN
        while not (self.data / "server.json").exists():
            if self._process.poll() is not None:
                raise BrokenPromiseError(f"it does not start: {log.read_text()[-2_000:]}")
            if time.monotonic() > until:
                self._process.kill()
                raise BrokenPromiseError(f"it does not start within {STARTS_IN:.0f} s")
            time.sleep(0.05)
        url = urlsplit(json.loads((self.data / "server.json").read_text())["url"])
        return str(url.hostname), int(url.port or 0)

    @property
    def lives(self) -> bool:
        return self._process.poll() is None

    def check_that_it_lives(self, *, may_give_up: bool = False) -> None:
        """Whether it has died, or said that it must be started anew where it may not."""
        if not self.lives and may_give_up and self._process.returncode == RESTART:
            raise RestartNeeded
        if not self.lives:
            raise BrokenPromiseError(f"the process died by itself: {self._process.returncode}")

    def connection(self, timeout: float = 40) -> HTTPConnection:
        return HTTPConnection(*self.address, timeout=timeout)

    def ready(self) -> tuple[int, str]:
        """What `/readyz` says, over a connection of its own; 0 if it says nothing."""
        connection = self.connection(timeout=10)
        try:
            connection.request("GET", "/readyz")
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        except (OSError, HTTPException) as error:
            return 0, repr(error)
        finally:
            connection.close()

    def becomes_ready(self) -> None:
        until = time.monotonic() + HEALS_IN
        while (said := self.ready())[0] != 200:
            if time.monotonic() > until:
                raise BrokenPromiseError(f"not ready {HEALS_IN:.0f} s after the start: {said}")
            time.sleep(0.2)

    # What is taken from it

    def strike(self, **plan: Any) -> None:
        """Have I/O fail as said, instead of as said before."""
        if self._process.stdin is not None:
            with suppress(BrokenPipeError):
                self._process.stdin.write(json.dumps(plan).encode() + b"\n")
                self._process.stdin.flush()

    def limit_descriptors(self, spare: int) -> None:
        used = len(list(Path(f"/proc/{self.pid}/fd").iterdir()))
        resource.prlimit(self.pid, resource.RLIMIT_NOFILE, (used + spare, self._limit[1]))

    def give_descriptors_back(self) -> None:
        with suppress(ProcessLookupError):
            resource.prlimit(self.pid, resource.RLIMIT_NOFILE, self._limit)

    def kill(self) -> None:
        self._process.kill()
        self._process.wait(30)

    def terminate(self) -> float:
        """End it in the orderly way; returns the seconds that took."""
        begun = time.monotonic()
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(ENDS_IN)
        except subprocess.TimeoutExpired:
            self._process.send_signal(signal.SIGABRT)
            self._process.wait(30)
            raise BrokenPromiseError(f"SIGTERM did not end it within {ENDS_IN:.0f} s") from None
        return time.monotonic() - begun

    def close(self) -> None:
        if self.lives:
            self.kill()
        if self._process.stdin is not None:
            with suppress(BrokenPipeError):
                self._process.stdin.close()


def _started(folder: Path, stderr: IO[bytes]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.soak.server", str(folder / "data")],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=stderr,
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(folder / "tmp"), "PYTHONFAULTHANDLER": "1"},
    )


class Strangers:
    """Connections without credentials that say nothing, or half a head: nothing of anybody is for them."""

    def __init__(self, address: tuple[str, int], count: int) -> None:
        self._sockets: list[socket.socket] = []
        for number in range(count):
            with suppress(OSError):
                each = socket.create_connection(address, timeout=2)
                self._sockets.append(each)
                if number % 2:
                    each.sendall(b"GET /healthz HTTP/1.1\r\nHost:")

    def heard(self) -> list[bytes]:
        """What came, and what may not: anything but the end, or one answer that says to be quicker."""
        found = []
        for each in self._sockets:
            each.setblocking(False)
            with suppress(OSError):
                data = each.recv(1 << 16)
                if data and not _is_refusal(data):
                    found.append(data)
        return found

    def close(self) -> None:
        for each in self._sockets:
            each.close()
        self._sockets = []


def _is_refusal(data: bytes) -> bool:
    status = data.split(b" ", 2)[1:2]
    return (
        data.startswith(b"HTTP/1.1 ")
        and status[0] in {b"400", b"408", b"429", b"431", b"503"}
        and len(data) < 1_000
        and b"conversation" not in data
    )


class Disk:
    """A small disk of its own where the system lets us mount one; else a folder that is never full.

    It is a file with ext4 in it: a real file system, which is slow to sync and gives room back late.
    """

    def __init__(self, folder: Path, mebibytes: int) -> None:
        folder.mkdir(parents=True)
        self.folder = folder
        self._image = folder.with_suffix(".ext4")
        self.is_small = os.geteuid() == 0 and all(map(shutil.which, ("mount", "mkfs.ext4")))
        if self.is_small:
            with self._image.open("wb") as file:
                file.truncate(mebibytes << 20)
            make = ["mkfs.ext4", "-q", "-m", "0", "-N", "20000", self._image]
            mount = ["mount", "-o", "loop", self._image, folder]
            self.is_small = all(
                subprocess.run(command, capture_output=True).returncode == 0 for command in (make, mount)
            )

    def fill_space(self, left: int) -> None:
        """Leave so many bytes."""
        with (self.folder / "ballast").open("wb") as file:
            stats = os.statvfs(self.folder)
            size = stats.f_bavail * stats.f_frsize - left
            while size > 0:
                try:
                    os.posix_fallocate(file.fileno(), 0, size)
                except OSError:  # somebody else was quicker
                    size -= 1 << 20
                else:
                    return

    def fill_inodes(self, left: int) -> None:
        """Leave so many inodes."""
        many = self.folder / "many"
        many.mkdir(exist_ok=True)
        with suppress(OSError):
            for number in range(os.statvfs(self.folder).f_favail - left):
                (many / str(number)).touch()

    def make_room(self) -> None:
        (self.folder / "ballast").unlink(missing_ok=True)
        shutil.rmtree(self.folder / "many", ignore_errors=True)

    def close(self, keep_in: Path | None = None) -> None:
        """Let it go; what is in it is copied first where somebody wants to look at it."""
        if keep_in is not None:
            shutil.copytree(
                self.folder, keep_in, dirs_exist_ok=True, ignore=shutil.ignore_patterns("many", "ballast")
            )
        if self.is_small:
            subprocess.run(["umount", "-l", self.folder], check=False, capture_output=True)
        shutil.rmtree(self.folder, ignore_errors=True)
        self._image.unlink(missing_ok=True)
