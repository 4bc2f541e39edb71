"""Lives of a process that follows a database, as whoever watches them sees them."""

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from multiprocessing.connection import Client
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from typing import Any

from tests.soak.process import ROOT, BrokenPromiseError


class Follower:
    """Lives of a process that follows, on one folder.

    Args:
        folder: for all of it.
        url: of what is followed.
        way: how.
    """

    def __init__(self, folder: Path, url: str, way: str) -> None:
        self._folder, self._url, self._way = folder, url, way
        self._sockets = Path(mkdtemp(prefix="botlens-f-"))  # whose paths must be short
        self._socket = str(self._sockets / "s")
        self.log = folder / "follower.log"
        self.mapping = "supabase"
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.soak.follower"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.log.open("ab"),
            text=True,
            cwd=ROOT,
            env={**os.environ, "PYTHONFAULTHANDLER": "1"},
        )
        self.pid = 0

    def begin(self, strike: dict[str, Any] | None = None, verify: Path | None = None) -> None:
        """A life, which may end at some point by itself, or be the one that verifies."""
        order = {"folder": str(self._folder), "url": self._url, "way": self._way, "mapping": self.mapping}
        order |= {"strike": strike, "verify": verify and str(verify), "socket": self._socket}
        order["log"] = str(self.log)
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        self.pid = self._said()["pid"]

    def _said(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise BrokenPromiseError(f"no process to fork: {self.log.read_text()[-3_000:]}")
        return dict(json.loads(line))

    def lives(self) -> bool:
        """Whether it has not ended yet; its parent waits for it, so there are no zombies for long."""
        stat = Path(f"/proc/{self.pid}/stat")
        with suppress(OSError):
            return stat.read_text().rsplit(")", 1)[1].split()[0] != "Z"
        return False

    def ends(self, how: signal.Signals = signal.SIGKILL) -> tuple[int, float]:
        """End it, unless it has; the exit code, and the seconds that took."""
        began = time.monotonic()
        with suppress(ProcessLookupError):
            os.kill(self.pid, how)
        return int(self._said()["ended"]), time.monotonic() - began

    def ask(self, what: str) -> Any:
        """What it says; None as long as it does not listen."""
        try:
            with Client(self._socket) as asked:
                asked.send(what)
                return asked.recv()
        except (OSError, EOFError):
            return None

    def close(self) -> None:
        self._process.kill()
        self._process.wait()
        rmtree(self._sockets, ignore_errors=True)
