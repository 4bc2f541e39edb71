"""What was read of a request, kept to be read again where it belongs; and which may be done twice."""

from collections.abc import Callable
from typing import Final

from starlette.types import Message, Receive, Scope

_MOST_BYTES: Final = 64 << 10
_READING: Final = frozenset(("GET", "HEAD"))
_HARMLESS_POSTS: Final = frozenset(("/v1/query", "/v1/queries", "/v1/verify", "/v1/events"))
"""Questions; and events, which count once however often they are sent."""


def may_be_repeated(scope: Scope) -> bool:
    """Whether doing a request twice is the same as doing it once."""
    method = scope["method"]
    return method in _READING or (method == "POST" and scope["path"].rstrip("/") in _HARMLESS_POSTS)


class KeptRequest:
    """A request whose body, if it is small, can be read again.

    Args:
        receive: gives it.
        is_settled: whether it is known where it belongs; until then all of it is kept, however large.

    Attributes:
        is_whole: whether `again` gives all of it; not if more was read than is kept.
    """

    def __init__(self, receive: Receive, is_settled: Callable[[], bool]) -> None:
        self._receive = receive
        self._is_settled = is_settled
        self._before: list[Message] = []
        self._given = 0
        self._bytes = 0
        self.is_whole = True

    async def receive(self) -> Message:
        """See ASGI."""
        message = await self._receive()
        if message["type"] != "http.request":
            return message
        self._bytes += len(message.get("body", b""))
        if self._bytes <= _MOST_BYTES or not self._is_settled():
            self._before.append(message)
        else:  # it is gone with whoever reads it now
            self.is_whole = False
            self._before = []
            self._given = 0
        return message

    async def again(self) -> Message:
        """What was read before, from the beginning or the last `rewind` on; then what comes."""
        if self._given < len(self._before):
            self._given += 1
            return self._before[self._given - 1]
        message = await self.receive()
        self._given = len(self._before)
        return message

    def rewind(self) -> None:
        """Begin anew."""
        self._given = 0
