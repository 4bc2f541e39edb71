"""Processes that serve, and what can be done to them."""

import json
import os
import signal
import subprocess
import time
from contextlib import suppress
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import IO, Any

from tests import nursery
from tests.ports import kept_port
from tests.soak.process import ENDS_IN, STARTS_IN, BrokenPromiseError

_LONG = 20.0
"""A start that takes longer says where it is."""


class Node:
    """One of those who serve; it has its port and its folder in each of its lives.

    Args:
        folder: for its data and its log.
        name: of it.
        settings: `BOTLENS_...` of its environment.
        switches: see `tests.soak.node`.
    """

    def __init__(self, folder: Path, name: str, settings: dict[str, str], switches: tuple[str, ...]) -> None:
        self._keeps_port = kept_port()
        self.name, self.port = name, int(self._keeps_port.getsockname()[1])
        self.data, self.log = folder / name, folder / f"{name}.log"
        self.data.mkdir(mode=0o700, exist_ok=True)
        own = {"BOTLENS_NODE_URL": f"http://127.0.0.1:{self.port}", "BOTLENS_NODE_NAME": name}
        inherited = {key: value for key, value in os.environ.items() if not key.startswith("BOTLENS_")}
        self._environment = inherited | settings | (own if "BOTLENS_SHARDS" in settings else {})
        self._environment |= {"BOTLENS_LOG_LEVEL": "warning", "PYTHONFAULTHANDLER": "1"}
        self._switches = switches
        self._process: nursery.Child | None = None
        self._orders: IO[bytes] | None = None
        self.skew = 0.0
        self.frozen = False

    def start(self) -> None:
        """Begin a life; it may not listen yet."""
        theirs, ours = os.pipe()
        self._orders = os.fdopen(ours, "wb", buffering=0)
        with os.fdopen(theirs, "rb") as stdin, self.log.open("ab") as log:
            self._process = nursery.start(
                "tests.soak.node",
                *(str(self.port), str(self.data), *self._switches),
                env=self._environment,
                stdin=stdin,
                stderr=log,
            )
        self.skew, self.frozen = 0.0, False

    @property
    def lives(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def code(self) -> int | None:
        """Its exit code, once it has ended."""
        return None if self._process is None else self._process.poll()

    @property
    def stands_still(self) -> bool:
        """Whether it was stopped, by us or at a point."""
        if self._process is None:
            return False
        with suppress(OSError):
            return Path(f"/proc/{self._process.pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "T"
        return False

    def order(self, **what: Any) -> None:
        """Tell it what to do at which point; one that has ended hears nothing."""
        # By the file, which knows that it is closed: its number may be that of a client's connection by then.
        with suppress(OSError, ValueError):
            if self._orders is not None:
                self._orders.write(json.dumps(what).encode() + b"\n")

    def send(self, number: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(number)

    def kill(self) -> None:
        self.send(signal.SIGKILL)
        self._ended(30)

    def terminate(self) -> float:
        """End it in the orderly way; returns the seconds that took."""
        begun = time.monotonic()
        self.send(signal.SIGTERM)
        try:
            self._ended(ENDS_IN)
        except subprocess.TimeoutExpired:
            self.say_where_it_is()
            self.kill()
            raise BrokenPromiseError(f"{self.name}: SIGTERM did not end it in {ENDS_IN:.0f} s") from None
        return time.monotonic() - begun

    def _ended(self, seconds: float) -> None:
        if self._process is not None:
            self._process.wait(seconds)
            self._process = None
            if self._orders is not None:
                self._orders.close()

    def check_that_it_lives(self) -> None:
        if self._process is not None and (code := self._process.poll()) is not None:
            raise BrokenPromiseError(
                f"{self.name} died by itself, with {code}: {self.log.read_text()[-3_000:]}"
            )

    def say_where_it_is(self) -> None:
        """Have it write the stacks of its threads into its log."""
        if self.lives:
            self.send(signal.SIGUSR1)
            time.sleep(0.5)

    def becomes_ready(self) -> float:
        """Wait until it can answer; returns the seconds that took."""
        begun, said, looked = time.monotonic(), (0, ""), False
        while (said := self.ready())[0] != 200:
            self.check_that_it_lives()
            if not looked and time.monotonic() - begun > _LONG:
                looked = True
                self.say_where_it_is()
            if time.monotonic() - begun > STARTS_IN:
                self.say_where_it_is()
                raise BrokenPromiseError(f"{self.name} is not ready after {STARTS_IN:.0f} s: {said}")
            time.sleep(0.05)
        return time.monotonic() - begun

    def ready(self) -> tuple[int, str]:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", "/readyz")
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        except (OSError, HTTPException) as error:
            return 0, repr(error)
        finally:
            connection.close()

    def close(self) -> None:
        self._keeps_port.close()
        if self._process is not None:
            self.send(signal.SIGKILL)
            self._ended(30)
