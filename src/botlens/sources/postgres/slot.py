"""Following by statements: the log of a slot is looked at again and again, over any session."""

import time
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from typing import Final

import psycopg
from psycopg import sql

from botlens.sources.postgres.address import SourceAddress
from botlens.sources.postgres.changes import FollowedTable
from botlens.sources.postgres.log_follower import LogFollower
from botlens.sources.postgres.pgoutput import PROTOCOL
from botlens.sources.postgres.positions import flushed_position, lsn_of
from botlens.sources.postgres.publication import LOOK_SECONDS
from botlens.sources.postgres.server_work import ServerWork
from botlens.sources.postgres.temporary_slot import Waiting

_SHARE: Final = 20
"""For each second that the server works, so many pass until it is asked again."""
_SHORTEST_SECONDS: Final = 0.1
_CHANGES: Final = 5_000
_BYTES: Final = 16 * 1024 * 1024
_IDLE_BYTES: Final = 64 * 1024

_PEEK: Final = (
    "COPY (SELECT data FROM pg_logical_slot_peek_binary_changes({}, NULL, {}, 'proto_version', {},"
    " 'publication_names', {})) TO STDOUT (FORMAT binary)"
)


class PolledLog(LogFollower):
    """The log, read by statements: also through a pooler in session mode. It needs the right REPLICATION.

    See `LogFollower`.
    """

    def __init__(
        self,
        address: SourceAddress,
        tables: Sequence[FollowedTable],
        publications: Sequence[str],
        waiting: Waiting,
        *,
        look_every: float = LOOK_SECONDS,
    ) -> None:
        super().__init__(address, tables, publications, waiting, replication=False, look_every=look_every)
        self._confirmed = self._slot_start
        self._changes = _CHANGES
        self._due = 0.0
        self._pause = _SHORTEST_SECONDS
        self._work = ServerWork()

    @property
    def pause_seconds(self) -> float:
        """See `Follower`."""
        return self._pause

    def close(self) -> None:
        """See `Follower`. Behind a pooler the session may go on without us, with the slot: it is dropped."""
        if not self._connection.closed and hasattr(self, "_name"):
            with suppress(psycopg.Error):
                self._connection.execute("SELECT pg_drop_replication_slot(%s)", (self._name,))
        super().close()

    def _receive(self) -> bool:
        began = time.monotonic()
        if began < self._due:
            return False
        self._work.begins()
        try:
            return self._ask()
        finally:
            self._pause = max(_SHORTEST_SECONDS, _SHARE * self._work.seconds)
            self._due = time.monotonic() + self._pause

    def _ask(self) -> bool:
        """Confirms what was acknowledged, and takes what is there; whether something new was."""
        self._confirm(self._acknowledged)
        flushed = self._work.trip(lambda: flushed_position(self._connection))
        before = self._transactions.upto
        messages, took_all = self._take()
        if took_all:
            self._seen_upto = flushed
        if self._transactions.upto > before:
            return True
        if messages >= self._changes:
            # All of it was given already, and is not acknowledged: what comes after it lies further behind.
            self._changes *= 2
        elif messages == 0 and self._all_is_kept() and flushed - self._confirmed >= _IDLE_BYTES:
            # Nothing of ours lies before it: without this, the writes of others would hold the slot back.
            self._given = self._acknowledged = max(self._acknowledged, flushed)
            self._confirm(self._acknowledged)
        return False

    def _take(self) -> tuple[int, bool]:
        """Takes what is there, as far as there is memory for it: how many messages there were, and whether
        there are no others.
        """
        messages, size, took_all = 0, 0, True
        with self._connection.cursor() as cursor, ExitStack() as ends:
            copy = self._work.of(lambda: ends.enter_context(cursor.copy(self._peek())))
            copy.set_types(["bytea"])
            rows = copy.rows()
            while (row := self._work.of(lambda: next(rows, None), statements=0)) is not None:
                messages += 1
                if size >= _BYTES and not self._transactions.is_in_one:
                    took_all = False
                    continue  # it comes again with the next look
                self._transactions.take(row[0])
                if self._transactions.is_in_one:
                    size += len(row[0])
        return messages, took_all and messages < self._changes

    def _peek(self) -> sql.Composed:
        names = ",".join('"' + each.replace('"', '""') + '"' for each in self._publications)
        return sql.SQL(_PEEK).format(self._name, self._changes, PROTOCOL, names)

    def _confirm(self, upto: int) -> None:
        """Tells the server what it need not keep any more."""
        if upto <= self._confirmed:
            return
        advance = "SELECT pg_replication_slot_advance(%s, %s)"
        self._work.of(lambda: self._connection.execute(advance, (self._name, lsn_of(upto))))
        self._confirmed = upto
        self._changes = _CHANGES

    def _rest(self, seconds: float) -> None:
        time.sleep(min(seconds, max(0.0, self._due - time.monotonic())))
