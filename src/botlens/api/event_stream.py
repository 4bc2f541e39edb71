"""A stream of server-sent events as an answer: it begins at once, and ends when the client does."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from typing import Any, Final

import msgspec
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from botlens.api.company_states import StateChange
from botlens.api.streams import Stream
from botlens.errors import BotlensError

MEDIA_TYPE: Final = "text/event-stream"

_BEGIN: Final = b"retry: 3000\n: \n\n"
_BEAT: Final = b": \n\n"
_HEADERS: Final = {
    "Cache-Control": "no-store, no-transform",  # whoever packs it on the way would keep it back
    "X-Accel-Buffering": "no",  # nginx would, too
}

_encode = msgspec.json.Encoder().encode


class EventStream(Response):
    """What a stream tells, until it ends, the client goes away, or `check` raises.

    Args:
        stream: tells; closed at the end.
        check: passes as long as the client may listen; asked at each heart beat.
        knows: the id of what the client was told last.
        seconds: how long it lasts at most; 0 tells the state and ends.
        heart_beat: seconds of silence, at most.
    """

    media_type = MEDIA_TYPE

    def __init__(
        self,
        stream: Stream,
        check: Callable[[], Awaitable[None]],
        *,
        knows: str | None,
        seconds: float,
        heart_beat: float,
    ) -> None:
        super().__init__(headers=_HEADERS, media_type=MEDIA_TYPE)
        del self.headers["content-length"]
        self._stream = stream
        self._check = check
        self._knows = knows
        self._seconds = seconds
        self._heart_beat = heart_beat

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        sending = asyncio.ensure_future(self._send(send))
        leaving = asyncio.ensure_future(_gone(receive))
        try:
            await asyncio.wait((sending, leaving), return_when=asyncio.FIRST_COMPLETED)
            if sending.done():
                sending.result()
        finally:
            sending.cancel()
            leaving.cancel()
            self._stream.close()
            await asyncio.gather(sending, leaving, return_exceptions=True)

    async def _send(self, send: Send) -> None:
        start = {"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers}
        await send(start)
        async with aclosing(self._pieces()) as pieces:
            async for piece in pieces:
                await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _pieces(self) -> AsyncGenerator[bytes, None]:
        loop = asyncio.get_running_loop()
        end = loop.time() + self._seconds
        first = self._stream.now(knows=self._knows)
        yield _BEGIN if first is None else _BEGIN + _event(first)
        beat = loop.time() + self._heart_beat
        while (now := loop.time()) < end:
            change = await self._changed(min(beat, end) - now)
            if change is not None:
                yield _event(change)
            if loop.time() >= beat:
                try:
                    await self._check()
                except BotlensError as error:
                    yield _end(error)
                    return
                yield _BEAT
                beat = loop.time() + self._heart_beat

    async def _changed(self, seconds: float) -> StateChange | None:
        try:
            async with asyncio.timeout(max(seconds, 0)):
                return await self._stream.changed()
        except TimeoutError:
            return None


def _event(change: StateChange) -> bytes:
    data = {"version": change.version, "chatbots": change.chatbots}
    return b"id: " + change.id.encode() + b"\ndata: " + _encode(data) + b"\n\n"


def _end(error: BotlensError) -> bytes:
    return b"event: end\ndata: " + _encode(error.body()) + b"\n\n"


async def _gone(receive: Receive) -> None:
    """Return when the client is gone, or the server stops."""
    message: Any = {}
    while message.get("type") != "http.disconnect":
        message = await receive()
