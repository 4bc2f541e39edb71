"""Connections to a PostgreSQL that are given up when the server says nothing for too long.

A server that stands still keeps its connections: its kernel acknowledges what is sent to it and answers
keepalives, so that whoever waits would do so for as long as it stands. And time limits of the server's own
need a server that runs.
"""

import time
from collections.abc import Generator
from contextlib import suppress
from typing import Any, Final

import psycopg

from botlens.database.ending import end_at_server
from botlens.database.patience import is_impatient

ALONE_SECONDS: Final = 5.0
"""A statement that is a transaction of its own: whether somebody wrote, whether a connection lives."""

WITHIN_SECONDS: Final = 30.0
"""A statement of a transaction, which may have much to do; what waits for a lock the server ends before."""

READING_SECONDS: Final = 10.0
"""A statement that only reads, of what is small; no limit of the server's ends its wait for a lock."""


class SilentServerError(psycopg.OperationalError):
    """The server said nothing for too long. What it did is not known."""


class HeardConnection(psycopg.Connection[Any]):
    """A connection whose statements end, one way or the other: it is closed where the server is silent."""

    def wait(self, gen: Generator[Any, Any, Any], *args: Any, **more: Any) -> Any:
        """See psycopg: everything that waits for the server waits here, but connecting."""
        limit = ALONE_SECONDS if self.autocommit else READING_SECONDS if is_impatient() else WITHIN_SECONDS
        try:
            return super().wait(_heard(gen, limit), *args, **more)
        except SilentServerError:
            end_at_server(self)
            # Not `close`, which may wait: nothing that is said on it can be told from a late answer.
            self.pgconn.finish()
            raise


def _heard(gen: Generator[Any, Any, Any], seconds: float) -> Generator[Any, Any, Any]:
    """The same, until nothing came for so long: psycopg says ten times a second that nothing did."""
    until = time.monotonic() + seconds
    try:
        waits_for = next(gen)
        while True:
            ready = yield waits_for
            now = time.monotonic()
            if ready:
                until = now + seconds
            elif now > until:
                with suppress(Exception):
                    gen.close()
                raise SilentServerError(f"the server has said nothing for {seconds:g} s")
            waits_for = gen.send(ready)
    except StopIteration as end:
        return end.value
