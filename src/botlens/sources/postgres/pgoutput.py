"""What PostgreSQL's own output plugin says of changes: messages of its protocol, version 1, read from bytes.

Source: PostgreSQL's documentation, "Logical Replication Message Formats". All numbers are big-endian; times
are microseconds since 2000-01-01 in UTC.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from struct import Struct, error
from typing import Final

from botlens.errors import BotlensError

PLUGIN: Final = "pgoutput"
PROTOCOL: Final = "1"

_EPOCH: Final = 946_684_800_000_000


class UnknownMessageError(BotlensError):
    """The server says something that is not of this version of the protocol."""

    code = "unknown_replication_message"


class Unchanged(Enum):
    """In place of a large value that an update left as it was: the server does not send it again."""

    UNCHANGED = "unchanged"


UNCHANGED: Final = Unchanged.UNCHANGED

TupleValue = str | None | Unchanged
"""A value as PostgreSQL writes it, in the form of its type; None is NULL."""


@dataclass(frozen=True, slots=True)
class BeginMessage:
    """A transaction.

    Attributes:
        lsn: of its commit: the revision of all that it changed.
        at: when that was, in microseconds since 1970.
        xid: its number.
    """

    lsn: int
    at: int
    xid: int


@dataclass(frozen=True, slots=True)
class CommitMessage:
    """The end of a transaction.

    Attributes:
        lsn: of its commit.
        end: behind it: what is to be acknowledged once all of the transaction is kept.
    """

    lsn: int
    end: int


@dataclass(frozen=True, slots=True)
class RelationColumn:
    """A column of a table. `is_key` means that it is of what identifies a row (the replica identity)."""

    name: str
    is_key: bool
    type_oid: int


@dataclass(frozen=True, slots=True)
class RelationMessage:
    """A table, as it is from now on: said before its first change, and again when it was altered.

    Attributes:
        oid: what changes name it by.
        schema: its namespace.
        name: its own.
        identity: how rows are identified: `d` by the primary key, `i` by an index, `f` by all columns, `n` by
            nothing.
        columns: in the order of rows.
    """

    oid: int
    schema: str
    name: str
    identity: str
    columns: tuple[RelationColumn, ...]


@dataclass(frozen=True, slots=True)
class InsertMessage:
    """A new row."""

    oid: int
    row: tuple[TupleValue, ...]


@dataclass(frozen=True, slots=True)
class UpdateMessage:
    """A row that was changed.

    Attributes:
        oid: of the table.
        before: what identified it, the other columns NULL, if that changed; the whole row where the identity
            is full.
        row: as it is now; a large value that did not change is `UNCHANGED`.
    """

    oid: int
    before: tuple[TupleValue, ...] | None
    row: tuple[TupleValue, ...]


@dataclass(frozen=True, slots=True)
class DeleteMessage:
    """A row that is gone: what identified it, the other columns NULL; or the whole row (see `Update`)."""

    oid: int
    before: tuple[TupleValue, ...]


@dataclass(frozen=True, slots=True)
class TruncateMessage:
    """Tables that were emptied."""

    oids: tuple[int, ...]


ReplicationMessage = (
    BeginMessage
    | CommitMessage
    | RelationMessage
    | InsertMessage
    | UpdateMessage
    | DeleteMessage
    | TruncateMessage
)

_INT8, _INT16, _INT32, _INT64 = Struct(">B"), Struct(">h"), Struct(">I"), Struct(">Q")
_BEGIN, _COMMIT = Struct(">QqI"), Struct(">BQQq")


class _Bytes:
    """Bytes that are read from front to back."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 1  # behind the kind

    def one(self, form: Struct) -> int:
        (found,) = form.unpack_from(self.data, self.at)
        self.at += form.size
        return int(found)

    def text(self) -> str:
        """A text that ends with a NUL."""
        end = self.data.index(b"\0", self.at)
        found = self.data[self.at : end].decode()
        self.at = end + 1
        return found

    def kind(self) -> bytes:
        self.at += 1
        return self.data[self.at - 1 : self.at]

    def row(self) -> tuple[TupleValue, ...]:
        return tuple(self._values(self.one(_INT16)))

    def _values(self, count: int) -> Iterator[TupleValue]:
        for _ in range(count):
            match self.kind():
                case b"t":
                    end = self.one(_INT32) + self.at
                    yield self.data[self.at : end].decode()
                    self.at = end
                case b"n":
                    yield None
                case b"u":
                    yield UNCHANGED
                case other:
                    raise UnknownMessageError(f"PostgreSQL sends a value of the unknown kind {other!r}.")


def read(data: bytes) -> ReplicationMessage | None:
    """One message; None if it says nothing of rows (an origin, a type, a message of an application).

    Raises:
        UnknownMessageError: it is none of this version of the protocol.
    """
    kind = data[:1]
    if kind in _SAY_NOTHING:
        return None
    reader = _READERS.get(kind)
    if reader is None:
        raise UnknownMessageError(f"PostgreSQL sends a message of the unknown kind {kind!r}.")
    said = _Bytes(data)
    try:
        found = reader(said)
    except (error, ValueError):
        raise UnknownMessageError(
            f"PostgreSQL sends a message of the kind {kind!r} that ends too early."
        ) from None
    if said.at > len(data):
        raise UnknownMessageError(f"PostgreSQL sends a message of the kind {kind!r} that ends too early.")
    return found


def _begin(said: _Bytes) -> BeginMessage:
    lsn, at, xid = _BEGIN.unpack_from(said.data, said.at)
    return BeginMessage(lsn, at + _EPOCH, xid)


def _commit(said: _Bytes) -> CommitMessage:
    _, lsn, end, _ = _COMMIT.unpack_from(said.data, said.at)
    return CommitMessage(lsn, end)


def _relation(said: _Bytes) -> RelationMessage:
    oid, schema, name, identity = said.one(_INT32), said.text(), said.text(), said.kind().decode()
    columns = [_column(said) for _ in range(said.one(_INT16))]
    return RelationMessage(oid, schema or "pg_catalog", name, identity, tuple(columns))


def _column(said: _Bytes) -> RelationColumn:
    flags, name, type_oid = said.one(_INT8), said.text(), said.one(_INT32)
    said.one(_INT32)  # the type's modifier, such as a length
    return RelationColumn(name, bool(flags & 1), type_oid)


def _insert(said: _Bytes) -> InsertMessage:
    oid = said.one(_INT32)
    said.kind()
    return InsertMessage(oid, said.row())


def _update(said: _Bytes) -> UpdateMessage:
    oid, before = said.one(_INT32), None
    if said.kind() != b"N":
        before = said.row()
        said.kind()
    return UpdateMessage(oid, before, said.row())


def _delete(said: _Bytes) -> DeleteMessage:
    oid = said.one(_INT32)
    said.kind()
    return DeleteMessage(oid, said.row())


def _truncate(said: _Bytes) -> TruncateMessage:
    count = said.one(_INT32)
    said.one(_INT8)  # whether it cascaded, and restarted sequences
    return TruncateMessage(tuple(said.one(_INT32) for _ in range(count)))


_SAY_NOTHING: Final = frozenset({b"O", b"Y", b"M"})
_READERS: Final[dict[bytes, Callable[[_Bytes], ReplicationMessage]]] = {
    b"B": _begin,
    b"C": _commit,
    b"R": _relation,
    b"I": _insert,
    b"U": _update,
    b"D": _delete,
    b"T": _truncate,
}
