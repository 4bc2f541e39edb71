"""Bodies of requests: read after the credentials, never more of one than it may have, nor too many at once.

What is being read or worked on stays in memory, and whoever sends it decides how long that takes. So each
company may have so many bytes of bodies here, and all companies together, too.
"""

from collections.abc import Callable
from time import monotonic
from types import TracebackType
from typing import Any, Final, Self, TypeVar
from weakref import WeakValueDictionary

import msgspec
from anyio import CapacityLimiter
from anyio.to_thread import run_sync
from fastapi import Request
from starlette.requests import ClientDisconnect

from botlens.api.auth.callers import STILL
from botlens.errors import BadRequestError, BotlensError, OverloadedError, TooManyRequestsError

T = TypeVar("T")

OF_ONE: Final = 64 << 20
IN_ALL: Final = 256 << 20
SLOW: Final = 2.0
"""Seconds that a body may take before its sender is looked at again."""

_THREADS = 4
_THREADS_OF_ONE = 2


def json_of(body: bytes) -> Any:
    """The value that a body is in JSON.

    Raises:
        BadRequestError: it is none.
    """
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise BadRequestError("The body is not JSON.", code="invalid_json") from None


class Bodies:
    """The bodies that one app has in memory.

    Args:
        of_one: how many bytes a company may have here.
        in_all: how many there may be.
    """

    def __init__(self, *, of_one: int = OF_ONE, in_all: int = IN_ALL) -> None:
        self._of_one = of_one
        self._in_all = in_all
        self._held: dict[str, int] = {}
        self._total = 0
        self._threads = CapacityLimiter(_THREADS)
        self._turns: WeakValueDictionary[str, CapacityLimiter] = WeakValueDictionary()

    def of(self, company_id: str) -> "Body":
        """A body to be read for this company; it counts until its block ends."""
        return Body(self, company_id)

    async def work(self, company_id: str, work: Callable[..., T], *arguments: Any) -> T:
        """Do what takes long with a body, in a thread: few at once, and fewer of one company."""
        turn = self._turns.setdefault(company_id, CapacityLimiter(_THREADS_OF_ONE))
        async with turn:
            return await run_sync(work, *arguments, limiter=self._threads)

    @property
    def total(self) -> int:
        """Bytes here now."""
        return self._total

    def hold(self, company_id: str, size: int) -> None:
        """Count bytes.

        Raises:
            TooManyRequestsError: the company has too many here.
            OverloadedError: all together have.
        """
        held = self._held.get(company_id, 0) + size
        if held > self._of_one:
            raise TooManyRequestsError(_TOO_MUCH, code="too_many_bytes")
        if self._total + size > self._in_all:
            raise OverloadedError("Too much is being sent at once; send it again in a moment.")
        self._held[company_id] = held
        self._total += size

    def release(self, company_id: str, size: int) -> None:
        """Count them no more."""
        self._total -= size
        held = self._held.pop(company_id, 0) - size
        if held:
            self._held[company_id] = held


class Body:
    """One body. What is read of it is counted until the block ends: `with bodies.of(company) as body`."""

    def __init__(self, bodies: Bodies, company_id: str) -> None:
        self._bodies = bodies
        self._company_id = company_id
        self._size = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bodies.release(self._company_id, self._size)

    async def read(self, request: Request, most: int, too_large: Callable[[], BotlensError]) -> bytes:
        """The bytes of a body of at most `most`.

        Raises:
            BotlensError: what `too_large` makes, or too much is being sent at once; the rest is not read. Or
                whoever sends it slowly may meanwhile do so no more.
        """
        began = monotonic()
        declared = request.headers.get("content-length", "")
        if declared.isdigit() and len(declared) < 20 and int(declared) > most:
            raise too_large()
        parts = []
        try:
            async for part in request.stream():
                if self._size + len(part) > most:
                    raise too_large()
                self._bodies.hold(self._company_id, len(part))
                self._size += len(part)
                parts.append(part)
        except ClientDisconnect:  # nobody reads the answer any more
            raise BadRequestError("The body ended too early.", code="invalid_http") from None
        # Whoever is thrown out must not have begun before what it then ends.
        if monotonic() - began >= SLOW and (still := request.scope.get(STILL)) is not None:
            await still()
        return b"".join(parts)


_TOO_MUCH = (
    "Your company is sending too much at once: send smaller bodies, fewer at a time, or again in a moment."
)
