"""Listens to an app as a browser does: the client of the tests waits for whole answers."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

PATIENCE = 60.0  # seconds; of what is right at once, on a machine that has nothing else to do


@dataclass
class Listener:
    """A stream that was asked for.

    Attributes:
        status: of the answer; 0 before it began.
        headers: of the answer.
        pieces: what came, each as it was sent.
        ended: whether the answer is over.
    """

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    pieces: list[bytes] = field(default_factory=list)
    ended: bool = False
    _gone: asyncio.Event = field(default_factory=asyncio.Event)
    _news: asyncio.Event = field(default_factory=asyncio.Event)
    _asked: bool = False

    async def receive(self) -> dict[str, Any]:
        if not self._asked:
            self._asked = True
            return {"type": "http.request", "body": b"", "more_body": False}
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = {name.decode(): value.decode() for name, value in message["headers"]}
        else:
            self.pieces.append(message.get("body", b""))
            self.ended = not message.get("more_body", False)
        self._news.set()

    @property
    def text(self) -> str:
        return b"".join(self.pieces).decode()

    @property
    def told(self) -> list[dict[str, Any]]:
        """The events, each with its `id` and `event` beside its data."""
        found = []
        for block in self.text.split("\n\n"):
            lines = dict(line.split(": ", 1) for line in block.split("\n") if line and line[0] != ":")
            if "data" in lines:
                found.append({**lines, "data": json.loads(lines["data"])})
        return found

    async def until(self, count: int, seconds: float = PATIENCE) -> list[dict[str, Any]]:
        """The events, once there are so many."""
        async with asyncio.timeout(seconds):
            while len(self.told) < count:
                await self.news()
        return self.told

    async def until_ended(self, seconds: float = PATIENCE) -> None:
        async with asyncio.timeout(seconds):
            while not self.ended:
                await self.news()

    async def news(self) -> None:
        """Wait until something more has come."""
        await self._news.wait()
        self._news.clear()

    def leave(self) -> None:
        self._gone.set()


@asynccontextmanager
async def listening(app: Any, path: str, headers: dict[str, str], query: str = "") -> AsyncIterator[Listener]:
    """A stream, left at the end of the block; the app must then be done with it at once."""
    listener = Listener()
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": quote(path).encode(),
        "root_path": "",
        "query_string": query.encode(),
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
    }
    answering = asyncio.ensure_future(app(scope, listener.receive, listener.send))
    try:
        async with asyncio.timeout(PATIENCE):
            while not listener.pieces:
                await listener.news()
        yield listener
    finally:
        listener.leave()
        async with asyncio.timeout(PATIENCE):
            await answering
