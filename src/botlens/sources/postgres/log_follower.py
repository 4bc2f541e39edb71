"""What both ways of following the log have in common: a slot, what comes of it, and looking after it."""

import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import suppress

import psycopg

from botlens.sources.postgres.address import SourceAddress
from botlens.sources.postgres.changes import ChangeBatch, FollowedTable, Lag
from botlens.sources.postgres.connection import SourceConnection, connect
from botlens.sources.postgres.described import describe_tables
from botlens.sources.postgres.positions import CatchingUp, RisingMark, can_see, read_moment
from botlens.sources.postgres.publication import LOOK_SECONDS, PublicationWatch, read_publications
from botlens.sources.postgres.refusals import SourceError, reported
from botlens.sources.postgres.relations import LoggedTables
from botlens.sources.postgres.temporary_slot import Waiting, make_slot, new_slot_name, slot_lag
from botlens.sources.postgres.transactions import Transactions

_REST_SECONDS = 1.0
_UNSEEN_SECONDS = 0.005
_LONGEST_UNSEEN_SECONDS = 0.2


class LogFollower(ABC):
    """Follows the log of a PostgreSQL: sees everything, rows that are hidden from the role as well.

    Args:
        address: where it is.
        tables: of which changes are wanted.
        publications: in which they are published.
        waiting: is told for whom it waits, while the slot is made.
        replication: whether the connection streams.
        look_every: seconds between two looks at the publications.

    Raises:
        SourceError: it cannot be followed so.
        BridgeNeededError: the connection was lost at once.
    """

    def __init__(
        self,
        address: SourceAddress,
        tables: Sequence[FollowedTable],
        publications: Sequence[str],
        waiting: Waiting,
        *,
        replication: bool,
        look_every: float = LOOK_SECONDS,
    ) -> None:
        self._address = address
        self._side_connection: SourceConnection | None = None
        self._connection = connect(address, replication=replication)
        try:
            with reported(address):
                self._watch = PublicationWatch(publications, self._side, look_every)
                self._publications = self._published(publications)
                self._marks = RisingMark(self._side, read_moment(self._side()), self._watch.look_now)
                found = describe_tables(self._side(), (each.name for each in tables))
                keys = {name: table.key for name, table in found.items()}
                self._name = new_slot_name()
                began = time.monotonic()
                self._slot_start = make_slot(self._connection, self._name, self._side, waiting)
        except BaseException:
            self.close()
            raise
        self._transactions = Transactions(lambda: LoggedTables(tables, keys), self._slot_start)
        self._acknowledged = self._given = self._seen_upto = self._slot_start
        self._catching_up = CatchingUp(self._side, began)

    @property
    def start(self) -> int:
        """See `Follower`."""
        # The first transaction that comes may have been committed at the very place where the slot starts.
        return self._slot_start - 1

    @property
    def caught_up_at(self) -> float:
        """See `Follower`."""
        return self._catching_up.at

    @property
    def pause_seconds(self) -> float:
        """See `Follower`."""
        return 0.0

    @property
    def mark(self) -> int:
        """See `Follower`."""
        return self._marks.mark

    def batches(self, wait: float) -> Iterator[ChangeBatch]:
        """See `Follower`."""
        quiet_since = time.monotonic()  # what the server says of writes of others is no news
        while True:
            with reported(self._address):
                batch = self._next()
                if batch is not None:
                    self._given = batch.upto  # at once: from here on not all that came is kept
                self._look_after()
            if batch is not None:
                yield from self._until_seen()
                yield batch
                quiet_since = time.monotonic()
                continue
            remaining = quiet_since + wait - time.monotonic()
            if remaining <= 0:
                return
            with reported(self._address):
                self._rest(min(remaining, _REST_SECONDS))

    def _until_seen(self) -> Iterator[ChangeBatch]:
        """Nothing, again and again, until whoever reads the tables sees what came.

        What a change says is completed from the tables: from how they were before it, it would be undone.
        Mostly that is a matter of a moment; while a synchronous replica is away, it is not.
        """
        pause = _UNSEEN_SECONDS
        while True:
            with reported(self._address):
                if can_see(self._side(), self._transactions.ended):
                    self._transactions.ended.clear()
                    return
            yield ChangeBatch([], self._acknowledged)
            time.sleep(pause)
            pause = min(1.2 * pause, _LONGEST_UNSEEN_SECONDS)

    def acknowledge(self, upto: int) -> None:
        """See `Follower`."""
        self._acknowledged = max(self._acknowledged, upto)

    def lag(self) -> Lag:
        """See `Follower`."""
        with reported(self._address):
            return slot_lag(self._side(), self._name)

    def close(self) -> None:
        """See `Follower`."""
        for each in (self._side_connection, self._connection):
            if each is not None:
                with suppress(psycopg.Error):
                    each.close()

    def _published(self, names: Sequence[str]) -> tuple[str, ...]:
        """Those of the publications that there are: the log is silent, or ends, at another."""
        found = read_publications(self._side(), names).names
        if not found:
            wanted = " or ".join(names)
            message = f"{self._address} has no publication {wanted}: `botlens doctor` says how one is made."
            raise SourceError(message, code="no_publication")
        return found

    def _next(self) -> ChangeBatch | None:
        """A batch, or None as soon as there is nothing more to receive."""
        while True:
            # Nothing is received while there is something to give: so no more than that is held.
            if (batch := self._transactions.batch(partial=False)) is not None:
                return batch
            if not self._receive():
                break
        batch = self._transactions.batch(partial=True)
        if batch is None and self._all_is_kept():
            # What came last was of tables that nobody wants.
            self._given = self._acknowledged = max(self._acknowledged, self._transactions.upto)
        return batch

    def _all_is_kept(self) -> bool:
        """Whether all that came was given and acknowledged."""
        return self._transactions.is_between and self._given <= self._acknowledged

    def _look_after(self) -> None:
        self._watch.look()
        self._marks.look(self._acknowledged)
        is_kept = self._all_is_kept()
        self._catching_up.look(max(self._acknowledged, self._seen_upto) if is_kept else self._acknowledged)

    def _side(self) -> SourceConnection:
        """A connection beside that of the slot: for looking."""
        if self._side_connection is None or self._side_connection.closed:
            self._side_connection = connect(self._address)
        return self._side_connection

    @abstractmethod
    def _receive(self) -> bool:
        """Hands on what has come by now; whether something had."""

    @abstractmethod
    def _rest(self, seconds: float) -> None:
        """Waits until there may be something to receive, for as long at most."""
