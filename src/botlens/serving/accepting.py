"""Taking connections from a listener, which must neither end nor spin when there are no descriptors left.

An event loop that accepts by itself would try again at once and for ever: the listener stays ready.
"""

import asyncio
import socket
from collections.abc import Callable

import structlog

log = structlog.get_logger(__name__)

_BACKLOG = 1_024
_AT_ONCE = 64
_PAUSE = 0.25
_SAY_SECONDS = 60.0


class Acceptor:
    """Accepts on one listener, from `begin` to `end`. Belongs to the thread of its event loop.

    Args:
        listener: a bound socket; stays the caller's to close, after `end`.
        make: makes the protocol of a connection.
    """

    def __init__(self, listener: socket.socket, make: Callable[[], asyncio.Protocol]) -> None:
        self._listener = listener
        self._make = make
        self._loop = asyncio.get_running_loop()
        self._opening: set[asyncio.Task[None]] = set()
        self._again: asyncio.TimerHandle | None = None
        self._said = -_SAY_SECONDS

    def begin(self) -> None:
        """Listen."""
        self._listener.setblocking(False)
        self._listener.listen(_BACKLOG)
        self._resume()

    def end(self) -> None:
        """Accept no more."""
        if self._again is not None:
            self._again.cancel()
        self._loop.remove_reader(self._listener.fileno())

    def _resume(self) -> None:
        self._again = None
        self._loop.add_reader(self._listener.fileno(), self._accept)

    def _accept(self) -> None:
        for _ in range(_AT_ONCE):
            try:
                accepted, _ = self._listener.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError as error:  # no descriptors, or no memory in the system
                self._pause(error)
                return
            opening = self._loop.create_task(self._open(accepted))
            self._opening.add(opening)
            opening.add_done_callback(self._opening.discard)

    async def _open(self, accepted: socket.socket) -> None:
        try:
            accepted.setblocking(False)
            accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            await self._loop.connect_accepted_socket(self._make, accepted)
        except OSError:  # it is gone already
            accepted.close()

    def _pause(self, error: OSError) -> None:
        """Look again in a moment: a connection may have ended by then."""
        now = self._loop.time()
        if now >= self._said + _SAY_SECONDS:
            self._said = now
            log.error("cannot_accept", error=str(error))
        self._loop.remove_reader(self._listener.fileno())
        self._again = self._loop.call_later(_PAUSE, self._resume)
