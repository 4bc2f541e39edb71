"""What was read from the accounts, remembered for as long as nobody has written since.

Every request asks who is calling and what belongs to them. SQLite tells whether any connection, of this
process or another, has committed a change (`PRAGMA data_version`). What this process writes is known at the
next request; what another one wrote, `_CHECKED_EVERY` seconds later at most: to ask at each look-up made
threads of a busy server wait for each other. PostgreSQL has no such number: there each of our transactions
that writes counts one on, as the last thing that it does. What somebody else writes there, past botlens, is
known after `_LONGEST` seconds.
"""

import sqlite3
import time
from collections.abc import Callable, Hashable, Sequence
from threading import Lock
from typing import Any, Final, TypeVar

from botlens.database.patience import require_patience
from botlens.database.single import UNANSWERED, SingleStatements
from botlens.errors import OverloadedError

T = TypeVar("T")

_ENTRIES = 20_000
_CHECKED_EVERY = 0.01
_LONGEST = 2.0

COUNT_ON: Final = "UPDATE botlens.changes SET number = number + 1"
NUMBER: Final = "SELECT number FROM botlens.changes"


class Memory:
    """Remembers what was read. Safe to share between threads.

    Args:
        source: the file of a SQLite database, or what asks a PostgreSQL.
    """

    def __init__(self, source: str | SingleStatements) -> None:
        self._source = (
            source
            if isinstance(source, SingleStatements)
            else sqlite3.connect(source, check_same_thread=False, isolation_level=None)
        )
        self._lock = Lock()
        self._since = 0.0
        self._version = -1
        self._values: dict[Hashable, Any] = {}
        self._unchanged_until = 0.0
        self._failed_at = 0.0

    @property
    def is_near(self) -> bool:
        """Whether asking costs next to nothing, so that it may be done where nothing may wait."""
        return not isinstance(self._source, SingleStatements)

    @property
    def kept(self) -> Sequence[SingleStatements]:
        """The connection that is asked, if it is one: for who frees those that wait for it."""
        return [self._source] if isinstance(self._source, SingleStatements) else []

    def recall(self, key: Hashable, read: Callable[[], T]) -> T:
        """What `read` returned for this key, if nothing was written since. Errors are not remembered."""
        values = self._values if time.monotonic() < self._unchanged_until else self._checked()
        if key in values:
            found: T = values[key]
            return found
        require_patience()
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
        require_patience()
        came = time.monotonic()
        with self._lock:
            now = time.monotonic()
            if now < self._unchanged_until:  # by another thread, while this one waited
                return self._values
            if self._failed_at > came:  # as above: else each would wait as long, one after the other
                raise OverloadedError(UNANSWERED, code="accounts_unavailable")
            try:
                version = self._asked()
            except OverloadedError:
                self._failed_at = time.monotonic()
                raise
            is_old = not self.is_near and now > self._since + _LONGEST
            if version != self._version or is_old or len(self._values) > _ENTRIES:
                self._version, self._values, self._since = version, {}, now
            self._unchanged_until = now + _CHECKED_EVERY
            return self._values

    def _asked(self) -> int:
        if isinstance(self._source, SingleStatements):
            ((version,),) = self._source.run(NUMBER)
        else:
            (version,) = self._source.execute("PRAGMA data_version").fetchone()
        return int(version)

    def close(self) -> None:
        """Close the connection that watches."""
        with self._lock:
            self._source.close()
