"""Ends at the server what is given up here: it would wait on there for its lock, and keep others waiting.

A server that stands still hears nothing of that before it goes on; whatever it finds of these by then is
nobody's any more.
"""

from collections.abc import Callable
from contextlib import suppress
from threading import BoundedSemaphore, Thread
from typing import Any, Final

_AT_ONCE: Final = 8
"""Each may wait for a server that says nothing; what is given up beside these is left to the server."""

_under_way = BoundedSemaphore(_AT_ONCE)


def end_at_server(connection: Any) -> None:
    """Have a server end what it does for a connection of psycopg. Waits for nothing, and may come to nothing.

    Nobody else may close the connection meanwhile; the caller may right after.
    """
    if not _under_way.acquire(blocking=False):
        return
    try:
        cancel = _cancelling(connection.pgconn)
        Thread(target=_carry_out, args=(cancel,), name="botlens-end", daemon=True).start()
    except Exception:  # it is closed already, or there may be no more threads now
        _under_way.release()


def _cancelling(connection: Any) -> Callable[[], None]:
    """What asks for the end over a connection of its own: with TLS and a limit, where libpq knows how."""
    try:
        found: Callable[[], None] = connection.cancel_conn().blocking
    except Exception:  # an older libpq
        found = connection.get_cancel().cancel
    return found


def _carry_out(cancel: Callable[[], None]) -> None:
    try:
        with suppress(Exception):
            cancel()
    finally:
        _under_way.release()
