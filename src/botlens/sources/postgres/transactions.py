"""Transactions of the log as batches of changes: of each row, what the transaction left of it."""

from collections import deque
from collections.abc import Callable, Iterator
from typing import Final

from botlens.sources.postgres.changes import BridgeNeededError, ChangeBatch, RowChange
from botlens.sources.postgres.mapping import TableName
from botlens.sources.postgres.pgoutput import (
    BeginMessage,
    CommitMessage,
    DeleteMessage,
    InsertMessage,
    RelationMessage,
    TruncateMessage,
    UpdateMessage,
    read,
)
from botlens.sources.postgres.relations import LoggedRow, LoggedTable, LoggedTables
from botlens.sources.postgres.spool import Spool

BATCH_CHANGES: Final = 5_000
TRANSACTION_CHANGES: Final = 500_000
"""Of larger transactions not even the keys are held in memory: the bridge reads what they changed."""
# Characters: of a batch, and of rows that a later change of the same transaction may refer to.
_BATCH_CHARACTERS: Final = 8 * 1024 * 1024
_REMEMBERED: Final = 8 * 1024 * 1024

_Place = tuple[TableName, tuple[str, ...]]
_RowMessage = InsertMessage | UpdateMessage | DeleteMessage
_TableMessage = RelationMessage | TruncateMessage | _RowMessage


class Transactions:
    """Takes messages of the log, gives batches. Its memory does not grow with the texts of a transaction.

    Args:
        make_tables: an empty account of the tables that are followed.
        start: what is acknowledged before the first transaction.

    Attributes:
        upto: where the last that has ended does.
        ended: the numbers of those that have and are of tables that are followed, for whoever looks after
            them to clear.
    """

    def __init__(self, make_tables: Callable[[], LoggedTables], start: int) -> None:
        # A transaction is gone through twice: as it comes, and when it has ended. Tables may change within
        # it.
        self._coming, self._ended = make_tables(), make_tables()
        self._transaction: _Transaction | None = None
        # Gone through in the order of their ends, whatever their size: what one says of a table holds for
        # those that follow.
        self._waiting: deque[tuple[_Transaction, int]] = deque()
        self._large: Iterator[ChangeBatch] | None = None
        self._ready: list[RowChange] = []
        self._ready_size = 0
        self._gone_through = start
        self.upto = start
        self.ended: set[int] = set()

    @property
    def is_in_one(self) -> bool:
        """Whether a transaction has begun that has not ended."""
        return self._transaction is not None

    @property
    def is_between(self) -> bool:
        """Whether no transaction has begun that has not ended, and all batches were given."""
        return not (self.is_in_one or self._ready or self._waiting or self._large)

    def take(self, data: bytes) -> None:
        """One message.

        Raises:
            BridgeNeededError: the transaction is too large to be followed.
            UnknownMessageError: it is no message.
        """
        match read(data):
            case BeginMessage() as begin:
                # One that was given already comes again as long as it is not acknowledged.
                is_new = begin.lsn >= self.upto
                self._transaction = _Transaction(begin, self._coming, self._ended) if is_new else None
            case CommitMessage(end=end) if self._transaction is not None:
                self._end(self._transaction, end)
                self._transaction = None
            case (
                RelationMessage()
                | TruncateMessage()
                | InsertMessage()
                | UpdateMessage()
                | DeleteMessage() as message
            ):
                if self._transaction is not None:
                    self._transaction.take(message, data)
                elif isinstance(message, RelationMessage):
                    self._coming.learn(message)
                    self._ended.learn(message)

    def batch(self, *, partial: bool) -> ChangeBatch | None:
        """The next batch; None if there is none.

        Args:
            partial: also one that has room for more.
        """
        while True:
            if self._large is not None:
                if (found := next(self._large, None)) is not None:
                    return found
                self._large = None
            self._go_through_small()
            if self._ready and (partial or self._waiting or self._is_full):
                return self._take_ready()
            if self._ready or not self._waiting:
                return None
            transaction, end = self._waiting.popleft()
            self._large = in_batches(transaction.changes(), self._gone_through, end)
            self._gone_through = end

    @property
    def _is_full(self) -> bool:
        return len(self._ready) >= BATCH_CHANGES or self._ready_size >= _BATCH_CHARACTERS

    def _go_through_small(self) -> None:
        """Those that wait, together, until a batch is full or the next is large."""
        while self._waiting and not self._waiting[0][0].is_large and not self._is_full:
            transaction, self._gone_through = self._waiting.popleft()
            self._ready.extend(transaction.changes())
            self._ready_size += transaction.size

    def _take_ready(self) -> ChangeBatch:
        ready, self._ready, self._ready_size = self._ready, [], 0
        return ChangeBatch(ready, self._gone_through)

    def _end(self, transaction: "_Transaction", end: int) -> None:
        if transaction.count:  # others bring no batch, after which they would be cleared
            self.ended.add(transaction.number)
        self._waiting.append((transaction, end))
        self.upto = end


def in_batches(changes: Iterator[RowChange], before: int, end: int) -> Iterator[ChangeBatch]:
    """Many changes that belong together; only the last batch allows to acknowledge them.

    Args:
        changes: all of them.
        before: what may be acknowledged before them.
        end: what may be with them.
    """
    part: list[RowChange] = []
    size = 0
    for each in changes:
        if len(part) >= BATCH_CHANGES or size >= _BATCH_CHARACTERS:
            yield ChangeBatch(part, before, ends=False)
            part, size = [], 0
        part.append(each)
        size += sum(len(value) for value in each.row.values() if value is not None)
    if part:
        yield ChangeBatch(part, end)


class _Transaction:
    """What one changes."""

    def __init__(self, begin: BeginMessage, coming: LoggedTables, ended: LoggedTables) -> None:
        self.number = begin.xid
        self.count = 0
        self._revision = begin.lsn
        self._coming, self._ended = coming, ended
        self._messages = Spool()
        self._last: dict[_Place, int] = {}
        self._emptied: dict[TableName, int] = {}
        self._earlier = _EarlierRows()

    @property
    def size(self) -> int:
        """Bytes of its messages."""
        return self._messages.size

    @property
    def is_large(self) -> bool:
        """Whether it is given in parts."""
        return self.count > BATCH_CHANGES or self.size > _BATCH_CHARACTERS

    def take(self, message: _TableMessage, data: bytes) -> None:
        """A message, as the transaction comes: which rows it is of is remembered, the rest put aside."""
        if isinstance(message, RelationMessage):
            self._coming.learn(message)
        elif isinstance(message, TruncateMessage):
            for table in self._tables(self._coming, message):
                self._emptied[table.name] = self.count
        else:
            changed = self._coming.get(message.oid)
            if changed is None:
                return
            for place in _places(changed, message):
                self._last[place] = self.count
        self._messages.append(data)
        self.count += 1
        if self.count > TRANSACTION_CHANGES:
            self._messages.close()
            error = f"A transaction changed more than {TRANSACTION_CHANGES} rows: they are read again."
            raise BridgeNeededError(error, code="transaction_too_large")

    def changes(self) -> Iterator[RowChange]:
        """What it left of each row, in order."""
        for number, data in enumerate(self._messages):
            message = read(data)
            if isinstance(message, RelationMessage):
                self._ended.learn(message)
            elif isinstance(message, TruncateMessage):
                for table in self._tables(self._ended, message):
                    if self._emptied[table.name] == number:
                        yield RowChange(table.name, "truncate", (), {}, frozenset(), self._revision)
            elif isinstance(message, _RowMessage) and (found := self._ended.get(message.oid)) is not None:
                yield from self._of_row(found, message, number)
        self._messages.close()

    @staticmethod
    def _tables(known: LoggedTables, message: TruncateMessage) -> list[LoggedTable]:
        return [table for oid in message.oids if (table := known.get(oid)) is not None]

    def _of_row(self, table: LoggedTable, message: _RowMessage, number: int) -> Iterator[RowChange]:
        match message:
            case InsertMessage(row=row):
                yield from self._put(table, table.row(row), number)
            case DeleteMessage(before=before):
                yield from self._delete(table, table.gone(before), number)
            case UpdateMessage(before=before, row=row):
                new = table.row(table.whole(before, row))
                old = new if before is None else table.gone(before)
                found = self._earlier.completed((table.name, old.key), new)
                if before is not None and (old.key != new.key or not new.key):
                    yield from self._delete(table, old, number)
                yield from self._put(table, found, number)

    def _put(self, table: LoggedTable, row: LoggedRow, number: int) -> Iterator[RowChange]:
        place = (table.name, row.key)
        if self._is_last(place, number):
            yield RowChange(table.name, "put", row.key, row.values, row.unchanged, self._revision)
        else:
            self._earlier.remember(place, row)

    def _delete(self, table: LoggedTable, row: LoggedRow, number: int) -> Iterator[RowChange]:
        place = (table.name, row.key)
        self._earlier.forget(place)
        if self._is_last(place, number):
            yield RowChange(table.name, "delete", row.key, row.values, frozenset(), self._revision)

    def _is_last(self, place: _Place, number: int) -> bool:
        """Whether nothing later in the transaction is of the same row. One without a key is its own."""
        table, key = place
        return self._emptied.get(table, -1) < number and (not key or self._last[place] == number)


def _places(table: LoggedTable, message: _RowMessage) -> set[_Place]:
    """The rows that a message is of: an update that changes the key is of two. None without a key."""
    match message:
        case InsertMessage(row=row):
            keys = {table.key(row)}
        case DeleteMessage(before=before):
            keys = {table.key(before)}
        case UpdateMessage(before=before, row=row):
            keys = {table.key(table.whole(before, row)), table.key(row if before is None else before)}
    return {(table.name, key) for key in keys if key}


class _EarlierRows:
    """Rows that a later change of the same transaction may refer to, by not repeating a large value."""

    def __init__(self) -> None:
        self._rows: dict[_Place, dict[str, str | None]] = {}
        self._size = 0

    def remember(self, place: _Place, row: LoggedRow) -> None:
        """Of too many nothing is remembered: what they do not repeat is read from the table."""
        self._size += sum(len(value) for value in row.values.values() if value is not None)
        if self._size <= _REMEMBERED:
            self._rows[place] = row.values

    def completed(self, place: _Place, row: LoggedRow) -> LoggedRow:
        """A row with what an earlier change said of it."""
        known = self._rows.pop(place, {})
        found = {name: known[name] for name in row.unchanged if name in known}
        return LoggedRow(row.key, {**row.values, **found}, row.unchanged - found.keys()) if found else row

    def forget(self, place: _Place) -> None:
        """The row is gone; one that has its key later is another."""
        self._rows.pop(place, None)
