"""Ends at the server what is given up here: it would wait on there for its lock, and keep others waiting.

A server that stands still hears nothing of that before it goes on; whatever it finds of these by then is
nobody's any more.
"""

from contextlib import suppress
from selectors import EVENT_READ, EVENT_WRITE, DefaultSelector
from threading import BoundedSemaphore, Thread
from time import monotonic
from typing import Any, Final

_AT_ONCE: Final = 8
"""Each may wait for a server that says nothing; what is given up beside these is left to the server."""

_SECONDS: Final = 5.0

_under_way = BoundedSemaphore(_AT_ONCE)


def end_at_server(connection: Any) -> None:
    """Have a server end what it does for a connection of psycopg. Waits for nothing, and may come to nothing.

    Nobody else may close the connection meanwhile; the caller may right after.
    """
    if not _under_way.acquire(blocking=False):
        return
    try:
        asking = connection.pgconn.cancel_conn()
        Thread(target=_carry_out, args=(asking,), name="botlens-end", daemon=True).start()
    except Exception:  # it is closed already, libpq is older than 17, or there may be no more threads now
        _under_way.release()


def _carry_out(asking: Any) -> None:
    try:
        with suppress(Exception):
            _ask(asking)
    finally:
        _under_way.release()


def _ask(asking: Any) -> None:
    """Ask over a connection of its own, as the first one has them.

    Not by what libpq has that blocks: while the server says nothing, no thread of this process would run.
    """
    from psycopg.pq import PollingStatus  # the driver may not be there

    asking.start()
    until = monotonic() + _SECONDS
    with DefaultSelector() as selector:
        while (status := asking.poll()) in (PollingStatus.READING, PollingStatus.WRITING):
            selector.register(asking.socket, EVENT_READ if status == PollingStatus.READING else EVENT_WRITE)
            if not selector.select(until - monotonic()):
                return
            selector.unregister(asking.socket)
