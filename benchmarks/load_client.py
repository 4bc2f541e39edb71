"""A process that sends prepared requests: `python -m benchmarks.load_client URL SPOOL... --report FILE`.

Each spool file is one client: a connection and a thread that sends request after request and waits for each
answer. The process says `ready`, starts at the first line on its standard input and writes a report as JSON.
Times are of the monotonic clock, which all processes of a machine share.
"""

import argparse
import json
import struct
import sys
import threading
import time
from pathlib import Path
from typing import Any

from benchmarks.wire import Connection

_SIZE = struct.Struct("<I")
_BUSY = (429, 503)


def write_spool(path: Path, requests: list[bytes]) -> None:
    with path.open("wb") as file:
        for request in requests:
            file.write(_SIZE.pack(len(request)) + request)


def _read_spool(path: Path) -> list[bytes]:
    data, at, requests = path.read_bytes(), 0, []
    while at < len(data):
        (size,) = _SIZE.unpack_from(data, at)
        requests.append(data[at + _SIZE.size : at + _SIZE.size + size])
        at += _SIZE.size + size
    return requests


class _Client(threading.Thread):
    """Sends one spool; `rate` is requests a second, 0 for as fast as answers come."""

    def __init__(self, url: str, spool: Path, rate: float, go: threading.Event) -> None:
        super().__init__()
        self._connection = Connection(url)
        self._requests = _read_spool(spool)
        self._rate = rate
        self._go = go
        self.accepted = self.refused = 0
        self.seconds: list[float] = []
        self.began = self.ended = 0.0
        self.error: str | None = None

    def run(self) -> None:
        self._go.wait()
        self.began = time.monotonic()
        try:
            for number, request in enumerate(self._requests):
                if self._rate:
                    time.sleep(max(0.0, self.began + number / self._rate - time.monotonic()))
                self._send(request)
        except Exception as error:
            self.error = f"{type(error).__name__}: {error}"
        self.ended = time.monotonic()
        self._connection.close()

    def _send(self, request: bytes) -> None:
        before = time.monotonic()
        answer = self._connection.ask(request)
        while answer.status in _BUSY:
            self.refused += 1
            time.sleep(answer.retry_after or 0.1)
            answer = self._connection.ask(request)
        self.seconds.append(time.monotonic() - before)
        self.accepted += answer.json()["accepted"]

    def report(self) -> dict[str, Any]:
        names = ("accepted", "refused", "seconds", "began", "ended", "error")
        return {name: getattr(self, name) for name in names}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("spools", nargs="+", type=Path)
    parser.add_argument("--rate", type=float, default=0)
    parser.add_argument("--report", type=Path, required=True)
    given = parser.parse_args()
    go = threading.Event()
    clients = [_Client(given.url, spool, given.rate, go) for spool in given.spools]
    for client in clients:
        client.start()
    print("ready", flush=True)
    sys.stdin.readline()
    go.set()
    for client in clients:
        client.join()
    given.report.write_text(json.dumps([client.report() for client in clients]))


if __name__ == "__main__":
    main()
