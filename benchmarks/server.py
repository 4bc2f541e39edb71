"""A `botlens serve` of its own process on a data folder: how it is started, asked, watched and stopped."""

import json
import os
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from benchmarks import wire
from benchmarks.dataset import MEASURED_COMPANY
from benchmarks.skipping import SkippedError

_START = "from botlens.cli.main import app; app()"
_WAIT_SECONDS = 300
_POLL_SECONDS = 0.002


class Server:
    """A running server, ready to answer; stopped at the end of the `with` block.

    Args:
        folder: the data folder.
        port: that it listens on; 0 for any that is free.
        settings: variables of the environment.

    Attributes:
        ready_seconds: from the start of the process to the first 200 of `/readyz`.
        folder: the data folder.

    Raises:
        SkippedError: there is no `botlens serve` in this tree.
    """

    def __init__(self, folder: Path, *, port: int = 0, **settings: str) -> None:
        if find_spec("botlens.cli") is None or find_spec("botlens.cli.main") is None:
            raise SkippedError("`botlens serve` is not there yet (src/botlens/cli/main.py)")
        self.folder = folder
        self._log = folder.with_name(folder.name + ".log")
        (folder / "server.json").unlink(missing_ok=True)
        began = time.perf_counter()
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-c", _START, "serve", "--port", str(port), "--data-dir", folder],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, **settings},
            )
        try:
            self.url, token = self._announced(began)
            self.headers = {"Authorization": f"Bearer {token}", "X-Botlens-Company": MEASURED_COMPANY}
            self._wait_until_ready(began)
        except BaseException:
            self._process.kill()
            self._process.wait()
            raise
        self.ready_seconds = time.perf_counter() - began

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end()

    def kill(self) -> None:
        """End it as a machine ends that loses its power."""
        self._process.kill()
        self._process.wait()

    def end(self) -> None:
        """End it in the orderly way, and wait until it has ended; once is enough."""
        self._process.terminate()
        try:
            self._process.wait(120)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            raise RuntimeError(f"the server did not stop; see {self._log}") from None

    def get(self, path: str) -> Any:
        """The JSON that a route answers."""
        return self.ask(path).json()

    def ask(self, path: str) -> wire.Answer:
        """What a route answers; asked over a connection of its own."""
        connection = self.connect()
        try:
            return connection.ask(self.prepared(path))
        finally:
            connection.close()

    def connect(self) -> wire.Connection:
        """A new connection; the server closes it after some seconds without a request."""
        return wire.Connection(self.url)

    def prepared(self, path: str) -> bytes:
        """A request to be sent over a connection."""
        return wire.request("GET", path, self.headers)

    def processor_seconds(self) -> float:
        """What the process has used of the processor so far."""
        words = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")

    def memory(self) -> tuple[int, int]:
        """Resident memory in bytes: now, and at its highest."""
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        lines = dict(line.split(":", 1) for line in status.splitlines() if ":" in line)
        now, highest = (int(lines[name].split()[0]) * 1_024 for name in ("VmRSS", "VmHWM"))
        return now, highest

    def _announced(self, began: float) -> tuple[str, str]:
        path = self.folder / "server.json"
        while True:
            self._check(began)
            try:
                said = json.loads(path.read_bytes())
            except (FileNotFoundError, json.JSONDecodeError):
                time.sleep(_POLL_SECONDS)
            else:
                return said["url"], said["token"]

    def _wait_until_ready(self, began: float) -> None:
        connection = self.connect()
        while connection.ask(self.prepared("/readyz")).status != 200:
            self._check(began)
            time.sleep(_POLL_SECONDS)
        connection.close()

    def _check(self, began: float) -> None:
        if self._process.poll() is not None or time.perf_counter() - began > _WAIT_SECONDS:
            said = self._log.read_text(errors="replace")[-2_000:]
            raise RuntimeError(f"`botlens serve` does not start:\n{said}")
