"""Following without a log: every row that was written since the snapshot before is read again."""

import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Final

import msgspec
import psycopg
from psycopg import sql

from botlens.sources.postgres.address import SourceAddress
from botlens.sources.postgres.changes import ChangeBatch, FollowedTable, Lag, RowChange
from botlens.sources.postgres.connection import connect
from botlens.sources.postgres.described import TableDescription, describe_tables
from botlens.sources.postgres.mapping import TableName
from botlens.sources.postgres.positions import read_moment
from botlens.sources.postgres.refusals import reported
from botlens.sources.postgres.spool import Spool
from botlens.sources.postgres.transactions import in_batches

_SHARE: Final = 49
"""For each second that a sweep takes, so many pass until the next: 2 % of a core of the source."""
_SHORTEST_SECONDS: Final = 0.5
_REMEMBERED: Final = 200_000

_BEHIND: Final = "SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn"
_BEGIN: Final = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
_SNAPSHOT: Final = "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint"
_ROWS: Final = (
    "COPY (SELECT tableoid, ctid, xmin, {} FROM {} WHERE age(xmin) <= age({}::text::xid8::xid)) TO STDOUT"
)

_Version = tuple[str, str, str]
"""What no other version of a row has: the table, the place in it, and the transaction that wrote it."""


class Sweep:
    """Reads what was written since: new rows and changed ones, never those that are gone. It needs SELECT
    alone.

    A sweep sees what was committed, in one snapshot, whatever the order of commits or the times in the rows.
    What is gone is found by comparing keys.

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
                self._position = self._start = self._insert_position()
                self._since = self.mark = read_moment(self._connection).xmin
        except BaseException:
            self.close()
            raise
        self._acknowledged = self._start
        self.caught_up_at = began
        self.pause_seconds = _SHORTEST_SECONDS
        self._due = 0.0
        self._batches: Iterator[ChangeBatch] = iter(())
        self._pending: deque[tuple[int, int, float]] = deque()
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
            else:
                remaining = quiet_since + wait - time.monotonic()
                if remaining <= 0:
                    return
                time.sleep(min(remaining, max(0.0, self._due - time.monotonic())))

    def acknowledge(self, upto: int) -> None:
        """See `Follower`."""
        self._acknowledged = max(self._acknowledged, upto)
        while self._pending and self._pending[0][0] <= upto:
            _, self.mark, self.caught_up_at = self._pending.popleft()

    def lag(self) -> Lag:
        """See `Follower`."""
        with reported(self._address):
            return Lag(max(0, self._insert_position() - self._acknowledged))

    def close(self) -> None:
        """See `Follower`."""
        with suppress(psycopg.Error):
            self._connection.close()

    def _insert_position(self) -> int:
        (found,) = self._connection.execute(_BEHIND).fetchone() or (0,)
        return int(found)

    def _sweep(self) -> None:
        """One snapshot. It ends before anything of it is given, and is short however long that takes."""
        began = time.monotonic()
        with reported(self._address):
            before = self._position
            # Of two sweeps without a write between them, the later must win all the same.
            self._position = max(self._insert_position(), before + 1)
            self._connection.execute(_BEGIN)
            try:
                xmin, rows = self._read()
            finally:
                if not self._connection.closed:
                    self._connection.execute("ROLLBACK")
        self.pause_seconds = max(_SHORTEST_SECONDS, _SHARE * (time.monotonic() - began))
        self._due = time.monotonic() + self.pause_seconds
        self._since = xmin
        if rows:
            self._pending.append((self._position, xmin, began))
            changes = (change for each in rows for change in _changes(*each, self._position))
            self._batches = in_batches(changes, before, self._position)
        elif self._pending:
            self._pending[-1] = (self._pending[-1][0], xmin, began)
        else:
            self.mark, self._acknowledged, self.caught_up_at = xmin, self._position, began

    def _read(self) -> tuple[int, list[tuple[TableDescription, tuple[str, ...], Spool]]]:
        (xmin,) = self._connection.execute(_SNAPSHOT).fetchone() or (0,)
        described = describe_tables(self._connection, (each.name for each in self._tables))
        seen: set[_Version] = set()
        found = []
        for each in self._tables:
            if (table := described.get(each.name)) is None:
                continue  # whoever compares keys finds that it is gone
            wanted = {*each.columns, *table.key}
            columns = tuple(name for name in table.columns if name in wanted)
            rows = self._rows(table.name, columns, seen)
            if rows is not None:
                found.append((table, columns, rows))
        self._seen = seen
        return int(xmin), found

    def _rows(self, table: TableName, columns: tuple[str, ...], seen: set[_Version]) -> Spool | None:
        """The rows of a table that were written since and not seen by the last sweep; None without."""
        names = sql.SQL(", ").join(sql.Identifier(name) for name in columns)
        statement = sql.SQL(_ROWS).format(names, sql.Identifier(table.schema, table.name), str(self._since))
        rows = None
        with self._connection.cursor() as cursor, cursor.copy(statement) as copy:
            for oid, place, xmin, *values in copy.rows():
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
