"""What was read from the accounts, remembered for as long as nobody has written since.

Every request asks who is calling and what belongs to them. SQLite tells whether any connection, of this
process or another, has committed a change (`PRAGMA data_version`). What this process writes is known at the
next request; what another one wrote, `_CHECKED_EVERY` seconds later at most: to ask at each look-up made
threads of a busy server wait for each other. PostgreSQL has no such number; there everything is read each
time.
"""

import sqlite3
import time
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any, TypeVar

T = TypeVar("T")

_ENTRIES = 20_000
_CHECKED_EVERY = 0.01


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
        self._unchanged_until = 0.0

    @property
    def works(self) -> bool:
        """Whether it remembers anything, so that asking again costs next to nothing."""
        return self._connection is not None

    def recall(self, key: Hashable, read: Callable[[], T]) -> T:
        """What `read` returned for this key, if nothing was written since. Errors are not remembered."""
        if self._connection is None:
            return read()
        values = self._values if time.monotonic() < self._unchanged_until else self._checked()
        if key in values:
            found: T = values[key]
            return found
        value = read()
        # If something was written meanwhile, `values` is by now, or at the next call, no longer in use.
        values[key] = value
        return value

    def expire(self) -> None:
        """Ask at the next look-up whether something was written: this process did."""
        with self._lock:
            self._unchanged_until = 0.0

    def _checked(self) -> dict[Hashable, Any]:
        """The values, emptied if something was written."""
        if self._connection is None:
            return {}
        with self._lock:
            until = time.monotonic() + _CHECKED_EVERY
            (version,) = self._connection.execute("PRAGMA data_version").fetchone()
            if version != self._version or len(self._values) > _ENTRIES:
                self._version, self._values = version, {}
            self._unchanged_until = until
            return self._values

    def close(self) -> None:
        """Close the connection that watches."""
        if self._connection is not None:
            with self._lock:
                self._connection.close()
