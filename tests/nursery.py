"""Processes of Python that are there at once: forked off one in which all of botlens is imported already.

To start Python and to import botlens takes a second of work, which is most of what a short command takes.
What these processes do, and what they are given, is their own: arguments, environment, folder, standard
streams. How `python -m botlens` itself starts is asked of real starts (`tests/cli/test_usage.py`).
"""

import array
import atexit
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

ROOT = Path(__file__).parents[1]


class Child:
    """A process that was started: as a `subprocess.Popen` is, as far as tests need one."""

    def __init__(self, told: socket.socket) -> None:
        self._told = told
        self.pid = int(self._line())
        self.returncode: int | None = None

    def _line(self) -> bytes:
        """What is told next; nothing behind it is taken, which may be there already."""
        line = b""
        while not line.endswith(b"\n"):
            byte = self._told.recv(1)
            if not byte:
                raise ConnectionError("the nursery has ended")
            line += byte
        return line

    def wait(self, timeout: float | None = None) -> int:
        """Its exit code, or the negative number of the signal that ended it.

        Raises:
            subprocess.TimeoutExpired: it has not ended in so many seconds.
        """
        if self.returncode is None:
            self._told.settimeout(timeout)
            try:
                self.returncode = int(self._line())
            except (TimeoutError, BlockingIOError):
                raise subprocess.TimeoutExpired("a child of the nursery", timeout or 0) from None
            self._told.close()
        return self.returncode

    def poll(self) -> int | None:
        """Its exit code, once it has ended."""
        try:
            return self.wait(0)
        except subprocess.TimeoutExpired:
            return None

    def send_signal(self, number: int) -> None:
        """Send it a signal, if it still lives."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        """End it in the orderly way."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it."""
        self.send_signal(signal.SIGKILL)


class _Nursery:
    """The process that children are forked off; it ends with this one."""

    def __init__(self) -> None:
        self._orders, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.nursery_process", str(theirs.fileno())],
                cwd=ROOT,
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
            )
        atexit.register(self._end)

    def _end(self) -> None:
        self._orders.close()
        self._process.wait()

    def order(self, what: bytes, streams: list[int]) -> Child:
        """Have a child made; `streams` are what its standard streams will be."""
        told, teller = socket.socketpair()
        with teller:
            handed = array.array("i", [teller.fileno(), *streams])
            self._orders.sendmsg([what], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, handed)])
        return Child(told)


_nursery = cache(_Nursery)


def start(
    module: str,
    *arguments: str,
    cwd: Path = ROOT,
    env: Mapping[str, str] = os.environ,
    stdin: IO[bytes] | None = None,
    stdout: IO[bytes] | None = None,
    stderr: IO[bytes] | None = None,
) -> Child:
    """`python -m module arguments`; what is not given is /dev/null."""
    order = {"module": module, "arguments": arguments, "cwd": str(cwd), "env": dict(env)}
    with open(os.devnull, "r+b") as nothing:  # noqa: PTH123 - one that is read and written
        streams = [(given or nothing).fileno() for given in (stdin, stdout, stderr)]
        return _nursery().order(json.dumps(order).encode(), streams)


def run(
    module: str,
    *arguments: str,
    given: str = "",
    timeout: float = 120,
    cwd: Path = ROOT,
    env: Mapping[str, str] = os.environ,
) -> subprocess.CompletedProcess[str]:
    """`python -m module arguments` to its end, and what it said; it is ended after `timeout` seconds.

    Raises:
        subprocess.TimeoutExpired: it had to be.
    """
    with TemporaryFile() as asked, TemporaryFile() as said, TemporaryFile() as errors:
        asked.write(given.encode())
        asked.seek(0)
        child = start(module, *arguments, cwd=cwd, env=env, stdin=asked, stdout=said, stderr=errors)
        try:
            child.wait(timeout)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
            raise
        said.seek(0)
        errors.seek(0)
        return subprocess.CompletedProcess(
            [module, *arguments], child.wait(), said.read().decode(), errors.read().decode()
        )
