"""What was read from the accounts, remembered for as long as nobody has written since.

Every request asks who is calling and what belongs to them. SQLite tells whether any connection, of this
process or another, has committed a change (`PRAGMA data_version`). What this process writes is known at the
next request; what another one wrote, `_CHECKED_EVERY` seconds later at most: to ask at each look-up made
threads of a busy server wait for each other. PostgreSQL has no such number: there each of our transactions
that writes counts one on, as the last thing that it does. What somebody else writes there, past botlens, is
known after `_LONGEST` seconds.

A PostgreSQL may be slow, or say nothing at all. Then what is remembered stands in for it, up to
`STANDS_IN_SECONDS` after the last time that it said whether somebody wrote; but never once this process may
have written since. Where it says nothing, so does what was read `_OLDEST` seconds before, if nobody has
written since by botlens. Who needs more is refused at once, while one thread looks whether it answers again.
"""

import sqlite3
import time
from collections.abc import Callable, Hashable
from contextlib import suppress
from threading import Event, Lock, Thread
from typing import Any, Final, TypeVar

import structlog

from botlens.database.patience import require_patience
from botlens.database.single import UNANSWERED, OutOfReachError, SingleStatements
from botlens.errors import OverloadedError

log = structlog.get_logger(__name__)

T = TypeVar("T")

STANDS_IN_SECONDS: Final = 60.0

_ENTRIES = 20_000
_CHECKED_EVERY = 0.01
_LONGEST = 2.0
_OLDEST = 600.0
_SLOW = 0.25
_AGAIN = 0.5

COUNT_ON: Final = "UPDATE botlens.changes SET number = number + 1"
NUMBER: Final = "SELECT number FROM botlens.changes"


class Memory:
    """Remembers what was read. Safe to share between threads.

    Args:
        source: the file of a SQLite database, or what asks a PostgreSQL, and gives up where that is silent.
    """

    def __init__(self, source: str | SingleStatements) -> None:
        self._source = (
            source
            if isinstance(source, SingleStatements)
            else sqlite3.connect(source, check_same_thread=False, isolation_level=None)
        )
        self._asking = Lock()  # whoever asks the database
        self._marks = Lock()  # for moments
        self._since = 0.0
        self._version = -1
        self._values: dict[Hashable, Any] = {}
        self._older: dict[Hashable, tuple[Any, float]] = {}
        self._expired = 0
        self._unchanged_until = 0.0
        self._stands_in_until = 0.0
        self._asks_since: float | None = None
        self._failed_at = 0.0
        self._is_silent = False
        self._silent_since = 0.0
        self._closed = Event()

    @property
    def is_near(self) -> bool:
        """Whether asking costs next to nothing, so that it may be done where nothing may wait."""
        return not isinstance(self._source, SingleStatements)

    @property
    def stands_in(self) -> bool:
        """Whether those who are remembered are answered, though the database says nothing."""
        is_any = bool(self._values or self._older)
        return self._is_silent and is_any and time.monotonic() < self._stands_in_until

    def recall(self, key: Hashable, read: Callable[[], T]) -> T:
        """What `read` returned for this key, if nothing was written since. Errors are not remembered.

        Raises:
            OverloadedError: the database does not answer, and what is remembered does not stand in.
        """
        values = self._current()
        if key in values:
            found: T = values[key]
            return found
        if self._is_silent and (before := self._older.get(key)) is not None:
            older, read_at = before
            if (now := time.monotonic()) < self._stands_in_until and now < read_at + _OLDEST:
                stands_in: T = older
                return stands_in
        self.require_reach()
        older = self._older
        before = older.pop(key, None)  # what is found now counts: also that it is gone
        try:
            value = read()
        except OverloadedError:
            if before is not None:
                older[key] = before
            raise
        # If something was written meanwhile, `values` is by now, or at the next call, no longer in use.
        values[key] = value
        return value

    def changes(self) -> int:
        """A number that is another one after each change that is known of: see the top of this file."""
        self._current()
        return self._version

    def expire(self) -> None:
        """Ask at the next look-up whether something was written: this process did, or may have."""
        with self._marks:
            self._expired += 1
            self._unchanged_until = self._stands_in_until = 0.0

    def answers_others(self, seconds: float) -> None:
        """The database answers others of this process: it may be that only nobody can look here any more.

        Args:
            seconds: for how long that may be so before nothing stands in: others may write meanwhile.
        """
        with self._marks:
            if self._is_silent and time.monotonic() > self._silent_since + seconds:
                self._stands_in_until = 0.0

    def require_reach(self) -> None:
        """Pass if the database may be asked, as far as is known.

        Raises:
            OverloadedError: it did not answer just now.
            NotRememberedError: nothing may wait here.
        """
        if self._is_silent:
            raise _unanswered() from None
        require_patience()

    def close(self) -> None:
        """Close the connection that watches."""
        self._closed.set()
        with self._asking:
            self._source.close()

    def _current(self) -> dict[Hashable, Any]:
        """The values, emptied if something was written."""
        now = time.monotonic()
        if now < self._unchanged_until:
            return self._values
        asks_since = self._asks_since
        is_slow = self._is_silent or (asks_since is not None and now > asks_since + _SLOW)
        if is_slow and now < self._stands_in_until:
            return self._values
        self.require_reach()
        while not self._asking.acquire(timeout=_SLOW):
            if time.monotonic() < self._stands_in_until:
                return self._values
        try:
            return self._checked(came=now)
        finally:
            self._asking.release()

    def _checked(self, *, came: float) -> dict[Hashable, Any]:
        if time.monotonic() < self._unchanged_until:  # by another thread, while this one waited
            return self._values
        try:
            if self._is_silent or self._failed_at > came:  # else each would wait, one after the other
                raise _unanswered() from None
            self._look()
        except OverloadedError:
            if not (self._is_silent and time.monotonic() < self._stands_in_until):
                raise
        return self._values

    def _look(self) -> None:
        """Ask whether something was written; one thread at a time."""
        now, expired = time.monotonic(), self._expired
        self._asks_since = now
        try:
            version = self._asked()
        except OverloadedError as error:
            self._failed_at = time.monotonic()
            self._note_silence(error)
            raise
        finally:
            self._asks_since = None
        if self._is_silent:
            log.info("accounts_answer_again")
        self._is_silent = False
        is_old = not self.is_near and now > self._since + _LONGEST
        if version != self._version or is_old or len(self._values) > _ENTRIES:
            self._older = self._grown_older(now) if version == self._version else {}
            self._version, self._values, self._since = version, {}, now
        with self._marks:
            if expired == self._expired:  # else somebody wrote who may be behind what was found
                self._unchanged_until = now + _CHECKED_EVERY
                self._stands_in_until = 0.0 if self.is_near else now + STANDS_IN_SECONDS

    def _grown_older(self, now: float) -> dict[Hashable, tuple[Any, float]]:
        if self.is_near or len(self._values) + len(self._older) > _ENTRIES:
            return {}
        older = {key: each for key, each in list(self._older.items()) if now < each[1] + _OLDEST}
        return older | {key: (value, now) for key, value in list(self._values.items())}

    def _asked(self) -> int:
        if not isinstance(self._source, SingleStatements):
            (version,) = self._source.execute("PRAGMA data_version").fetchone()
            return int(version)
        began = time.monotonic()
        try:
            ((version,),) = self._source.run(NUMBER)
        except OutOfReachError:
            if time.monotonic() > began + _SLOW:
                raise
            ((version,),) = self._source.run(NUMBER)  # the connection had gone: this makes another
        return int(version)

    def _note_silence(self, error: OverloadedError) -> None:
        """From now on nobody waits for it, but a thread that sees when it answers again."""
        was_silent, self._is_silent = self._is_silent, isinstance(error, OutOfReachError)
        if self._is_silent and not was_silent:
            self._silent_since = time.monotonic()
            log.warning("accounts_do_not_answer", error=str(error.__cause__), asked_again_every=_AGAIN)
            try:
                Thread(target=self._listen, name="botlens-accounts", daemon=True).start()
            except RuntimeError:  # there may be no more threads now: who comes next asks
                self._is_silent = False
                log.exception("accounts_not_listened_for")

    def _listen(self) -> None:
        try:
            while self._is_silent and not self._closed.wait(_AGAIN):
                with suppress(OverloadedError), self._asking:
                    if not self._closed.is_set():
                        self._look()
        finally:
            self._is_silent = False  # whatever ended it: who comes next asks


def _unanswered() -> OverloadedError:
    return OverloadedError(UNANSWERED, code="accounts_unavailable")
