"""Following without a log: every row that was written since the snapshot before is read again."""

import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, suppress
from typing import Final

import msgspec
import psycopg
from psycopg import sql

from botlens.sources.postgres.address import SourceAddress
from botlens.sources.postgres.changes import BridgeNeededError, ChangeBatch, FollowedTable, Lag, RowChange
from botlens.sources.postgres.connection import connect
from botlens.sources.postgres.described import TableDescription, describe_tables
from botlens.sources.postgres.mapping import TableName
from botlens.sources.postgres.positions import flushed_position, read_moment
from botlens.sources.postgres.refusals import reported
from botlens.sources.postgres.server_work import ServerWork
from botlens.sources.postgres.spool import Spool
from botlens.sources.postgres.table_ends import TableEnds
from botlens.sources.postgres.transactions import in_batches

_SHARE: Final = 49
"""For each second that the server works for a sweep, so many pass until the next: 2 % of a core."""
_SHARE_OF_ENDS: Final = 33
"""The same of a look at the ends of tables, which takes milliseconds."""
_SHORTEST_SECONDS: Final = 0.5
_REMEMBERED: Final = 200_000
_OF_THE_BRIDGE: Final = 2
"""What is read for a follower is said so far above its start, at most."""

_WRITTEN: Final = "SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn"
_BEGIN: Final = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
_SNAPSHOT: Final = "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint"
_ROWS: Final = (
    "COPY (SELECT tableoid, ctid, xmin, {} FROM {} "
    "WHERE age(xmin) <= age({}::text::xid8::xid) AND ctid >= {}::text::tid) TO STDOUT"
)

_Found = list[tuple[TableDescription, tuple[str, ...], Spool]]
"""The rows of each table that has some, and their columns."""

_Version = tuple[str, str, str]
"""What no other version of a row has: the table, the place in it, and the transaction that wrote it."""


class Sweep:
    """Reads what was written since: new rows and changed ones, never those that are gone. It needs SELECT
    alone.

    A sweep sees what was committed, in one snapshot, whatever the order of commits or the times in the rows.
    What is gone is found by comparing keys. Between two sweeps it looks at the ends of the tables, where most
    new rows are: that takes no longer for a large table than for a small one, so it is done more often. It
    makes rows come earlier, and nothing more: the next sweep finds whatever was written in another place.

    Args:
        address: where it is.
        tables: of which rows are wanted.

    Raises:
        SourceError: it cannot be read.
        BridgeNeededError: the connection was lost at once.
    """

    def __init__(self, address: SourceAddress, tables: Sequence[FollowedTable]) -> None:
        self._address = address
        self._tables = tuple(tables)
        self._connection = connect(address)
        began = time.monotonic()
        try:
            with reported(address):
                # In this order: what the snapshot sees then comes with a higher revision than what was read
                # before.
                self._position = self._start = flushed_position(self._connection)
                self._since = self._since_look = self.mark = read_moment(self._connection).xmin
        except BaseException:
            self.close()
            raise
        self._acknowledged = self._start
        self._given = self._start + _OF_THE_BRIDGE
        self.caught_up_at = began
        self.pause_seconds = _SHORTEST_SECONDS
        self._due = self._ends_due = 0.0
        self._ends = TableEnds(self._connection)
        self._work = ServerWork()
        self._batches: Iterator[ChangeBatch] = iter(())
        self._swept = self.mark, began
        self._pending: deque[tuple[int, tuple[int, float]]] = deque()
        self._seen: set[_Version] = set()

    @property
    def start(self) -> int:
        """See `Follower`."""
        return self._start

    def batches(self, wait: float) -> Iterator[ChangeBatch]:
        """See `Follower`."""
        quiet_since = time.monotonic()
        while True:
            if (batch := next(self._batches, None)) is not None:
                yield batch
                quiet_since = time.monotonic()
            elif time.monotonic() >= self._due:
                self._sweep()
            elif time.monotonic() >= self._ends_due:
                self._look_at_ends()
            else:
                remaining = quiet_since + wait - time.monotonic()
                if remaining <= 0:
                    return
                due = min(self._due, self._ends_due)
                time.sleep(min(remaining, max(0.0, due - time.monotonic())))

    def acknowledge(self, upto: int) -> None:
        """See `Follower`."""
        self._acknowledged = max(self._acknowledged, upto)
        while self._pending and self._pending[0][0] <= upto:
            _, (self.mark, self.caught_up_at) = self._pending.popleft()

    def lag(self) -> Lag:
        """See `Follower`."""
        with reported(self._address):
            (written,) = self._connection.execute(_WRITTEN).fetchone() or (0,)
            return Lag(max(0, int(written) - self._acknowledged))

    def close(self) -> None:
        """See `Follower`."""
        with suppress(psycopg.Error):
            self._connection.close()

    def _sweep(self) -> None:
        """Whatever was written since the sweep before."""
        began = time.monotonic()
        xmin, rows = self._look(ends=False)
        self.pause_seconds = max(_SHORTEST_SECONDS, _SHARE * self._work.seconds)
        self._due = time.monotonic() + self.pause_seconds
        self._ends_due = time.monotonic() + _SHORTEST_SECONDS
        self._since = xmin
        self._swept = xmin, began
        if rows:
            self._give(rows)
        elif self._pending:
            self._pending[-1] = (self._pending[-1][0], self._swept)
        else:
            (self.mark, self.caught_up_at), self._acknowledged = self._swept, self._position

    def _look_at_ends(self) -> None:
        """What was written since the last look to the ends of tables: the mark stays where it is."""
        _, rows = self._look(ends=True)
        self._ends_due = time.monotonic() + max(_SHORTEST_SECONDS, _SHARE_OF_ENDS * self._work.seconds)
        if rows:
            self._give(rows)

    def _give(self, rows: _Found) -> None:
        self._given = position = self._position
        self._pending.append((position, self._swept))
        changes = (change for each in rows for change in _changes(*each, position))
        self._batches = in_batches(changes, position - 1, position)

    def _look(self, *, ends: bool) -> tuple[int, _Found]:
        """What one snapshot has: its xmin, and rows.

        It ends before anything of it is given, and is short however long that takes.
        """
        self._work.begins()
        with reported(self._address):
            # What is not flushed a crash may take away, and its places would be given again. Of two looks
            # that find something the later must win all the same, also over keys that were compared between
            # them; one that finds nothing takes no place, or they would run away from a log that stands.
            flushed = self._work.trip(lambda: flushed_position(self._connection))
            self._position = max(flushed, self._given) + 1
            self._connection.execute(_BEGIN)
            try:
                xmin, rows = self._read(ends=ends)
            finally:
                if not self._connection.closed:
                    self._connection.execute("ROLLBACK")
        self._since_look = xmin
        return xmin, rows

    def _read(self, *, ends: bool) -> tuple[int, _Found]:
        (xmin,) = self._connection.execute(_SNAPSHOT).fetchone() or (0,)
        names = [each.name for each in self._tables]
        described = self._work.of(lambda: describe_tables(self._connection, names))
        seen: set[_Version] = set()
        found = []
        for each in self._tables:
            if (table := described.get(each.name)) is None:
                message = f"There is no table {each.name} any more: the others are read without it."
                raise BridgeNeededError(message, code="table_gone")
            end = self._ends.of(table)
            if ends and end is None:
                continue
            wanted = {*each.columns, *table.key}
            columns = tuple(name for name in table.columns if name in wanted)
            since = f"{self._since_look if ends else self._since}"
            rows = self._rows(table.name, columns, since, end if ends and end else 0, seen)
            if rows is not None:
                found.append((table, columns, rows))
        if not ends:
            self._seen = seen
        elif len(self._seen) < _REMEMBERED:
            self._seen |= seen
        return int(xmin), found

    def _rows(
        self, table: TableName, columns: tuple[str, ...], since: str, block: int, seen: set[_Version]
    ) -> Spool | None:
        """The rows of a table, from a block on, that were written since and not seen before; None without."""
        names = sql.SQL(", ").join(sql.Identifier(name) for name in columns)
        own = sql.Identifier(table.schema, table.name)
        statement = sql.SQL(_ROWS).format(names, own, since, f"({block},0)")
        rows = None
        with self._connection.cursor() as cursor, ExitStack() as ends:
            copy = self._work.of(lambda: ends.enter_context(cursor.copy(statement)))
            coming = copy.rows()
            while (row := self._work.of(lambda: next(coming, None), statements=0)) is not None:
                oid, place, xmin, *values = row
                version = (str(oid), str(place), str(xmin))
                if len(seen) < _REMEMBERED:
                    seen.add(version)
                if version in self._seen:
                    continue
                rows = rows or Spool()
                rows.append(msgspec.json.encode(values))
        return rows


def _changes(
    table: TableDescription, columns: tuple[str, ...], rows: Spool, position: int
) -> Iterator[RowChange]:
    decoder = msgspec.json.Decoder(list[str | None])
    for each in rows:
        row = dict(zip(columns, decoder.decode(each), strict=True))
        key = tuple(str(row[name]) for name in table.key)
        yield RowChange(table.name, "put", key, row, frozenset(), position)
    rows.close()
