"""One HTTP/1.1 connection that stays open, and no more: the client must not cost what is measured.

Both `httpx2` and `http.client` build and parse header objects at each request; here a request is bytes made
beforehand, and of the answer only the status and the length are read. Standard library alone, so that the
processes that send events start fast and stay small.
"""

import json
import re
import socket
from typing import Any
from urllib.parse import urlsplit

_LENGTH = re.compile(rb"\r\ncontent-length:\s*(\d+)", re.IGNORECASE)
_RETRY = re.compile(rb"\r\nretry-after:\s*(\d+)", re.IGNORECASE)
_TIMEOUT_SECONDS = 120


def request(method: str, path: str, headers: dict[str, str], body: bytes = b"") -> bytes:
    """A whole request as bytes."""
    lines = [f"{method} {path} HTTP/1.1", "Host: benchmark"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    if body:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, "", ""]).encode() + body


class Answer:
    """What came back: `status`, `body`, `retry_after` in seconds (0 if not said)."""

    __slots__ = ("body", "retry_after", "status")

    def __init__(self, head: bytes, body: bytes) -> None:
        self.status = int(head[9:12])
        self.body = body
        retry = _RETRY.search(head)
        self.retry_after = int(retry[1]) if retry else 0

    def json(self) -> Any:
        """The body, decoded; an answer other than 200 is an error here."""
        if self.status != 200:
            raise RuntimeError(f"the server answered {self.status}: {self.body[:300]!r}")
        return json.loads(self.body)


class Connection:
    """A connection to `http://host:port`."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._socket = socket.create_connection((parts.hostname, parts.port), timeout=_TIMEOUT_SECONDS)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._rest = b""

    def ask(self, request: bytes) -> Answer:
        """Send a request and wait for the whole answer."""
        self._socket.sendall(request)
        data = self._rest
        while (end := data.find(b"\r\n\r\n")) < 0:
            data += self._receive()
        head, data = data[: end + 2], data[end + 4 :]
        length = _LENGTH.search(head)
        if length is None:
            raise RuntimeError(f"an answer without a length: {head!r}")
        size = int(length[1])
        while len(data) < size:
            data += self._receive()
        self._rest = data[size:]
        return Answer(head, data[:size])

    def close(self) -> None:
        self._socket.close()

    def _receive(self) -> bytes:
        data = self._socket.recv(262_144)
        if not data:
            raise ConnectionError("the server closed the connection")
        return data
