"""What was read from the accounts, remembered for exactly as long as nobody has written since.

Every request asks who is calling and what belongs to them. SQLite tells in a few microseconds whether any
connection, of this process or another, has committed a change (`PRAGMA data_version`), so an answer from
memory is never older than the database: a revoked key is bad from the next request on. PostgreSQL has no such
number; there everything is read each time.
"""

import sqlite3
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any, TypeVar

T = TypeVar("T")

_ENTRIES = 20_000


class Memory:
    """Remembers what was read. Safe to share between threads.

    Args:
        file: the SQLite database; None remembers nothing.
    """

    def __init__(self, file: str | None) -> None:
        self._connection = (
            None if file is None else sqlite3.connect(file, check_same_thread=False, isolation_level=None)
        )
        self._lock = Lock()
        self._version = -1
        self._values: dict[Hashable, Any] = {}

    @property
    def works(self) -> bool:
        """Whether it remembers anything, so that asking again costs next to nothing."""
        return self._connection is not None

    def recall(self, key: Hashable, read: Callable[[], T]) -> T:
        """What `read` returned for this key, if nothing was written since. Errors are not remembered."""
        if self._connection is None:
            return read()
        with self._lock:
            (version,) = self._connection.execute("PRAGMA data_version").fetchone()
            if version != self._version or len(self._values) > _ENTRIES:
                self._version, self._values = version, {}
            values = self._values
            if key in values:
                found: T = values[key]
                return found
        value = read()
        # If something was written meanwhile, `values` is by now, or at the next call, no longer in use.
        values[key] = value
        return value

    def close(self) -> None:
        """Close the connection that watches."""
        if self._connection is not None:
            with self._lock:
                self._connection.close()
