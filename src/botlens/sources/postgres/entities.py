"""Entities of the mapping as they are read: which statement gives their fields, whichever way rows come."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

import pyarrow as pa

from botlens.sources.postgres.described import TableDescription
from botlens.sources.postgres.keys import joined_key
from botlens.sources.postgres.mapping import Entity, FieldSource, quoted
from botlens.sources.postgres.reader import SourceReader

KEY, MEETS = "key", "meets"
TIME = "created_at"
NO_INSTANT = -1
"""Instead of a time that is none, as `infinity`: before all that events may be of. NULL is nothing at all."""
_WITHOUT_ZONE = {1114, 1082}  # the oids of timestamp and date
_NAMED_BY = {"feedback": "message", "rating": "conversation", "handoff": "conversation"}
_AT_ONCE = 5_000

WITHOUT_REVISION: Final = ("handoff", "outcome")
"""Kinds that have no revision, and cannot be taken back."""

Fields = Mapping[str, pa.Array]
"""By the names of the mapping: texts, and `created_at` in microseconds since 1970; of many rows."""


@dataclass(frozen=True, slots=True)
class ReadEntity:
    """An entity and the table that it is in.

    Attributes:
        number: its place among all that events are made of.
        name: what its rows are known by when they are set aside.
        entity: of the mapping, without what its table has no columns for.
        table: as it is.
        key: the columns that identify a row.
        fields: SQL by field, of what is read of a row as text; `created_at` as a whole number.
        zone: of times without one.
    """

    number: int
    name: str
    entity: Entity
    table: TableDescription
    key: tuple[str, ...]
    fields: Mapping[str, str]

    @property
    def kind(self) -> str:
        """What it is: see `mapping.KINDS`."""
        return self.entity.kind

    @property
    def is_named_by_key(self) -> bool:
        """Whether the id of what a row says is what identifies the row."""
        source = self.entity.fields.get("id")
        if self.kind not in ("message", "conversation") or source is None or len(self.key) != 1:
            return False
        return source.column == self.key[0] and not source.words

    def select(self, fields: Sequence[str] | None = None, *, table: str | None = None) -> str:
        """The statement that reads `key` and fields of all its rows; more conditions may follow by AND."""
        wanted = self.fields if fields is None else {name: self.fields[name] for name in fields}
        selected = [joined_key(self.key), *wanted.values()]
        where = f"({self.entity.where})" if self.entity.where else "true"
        return f"SELECT {', '.join(selected)} FROM {self._from(table)} WHERE {where}"

    def _from(self, table: str | None) -> str:
        # Expressions may name the table's columns by its name.
        return (table or self.table.name.sql) + f" AS {quoted(self.table.name.name)}"

    def types(self, fields: Sequence[str] | None = None) -> dict[str, pa.DataType]:
        """The columns that `select` gives."""
        wanted = self.fields if fields is None else fields
        return {KEY: pa.string(), **{name: pa.int64() if name == TIME else pa.string() for name in wanted}}

    def read(
        self,
        reader: SourceReader,
        condition: str = "true",
        parameters: Sequence[object] | None = None,
        *,
        table: str | None = None,
        fields: Sequence[str] | None = None,
    ) -> pa.Table:
        """Its rows that meet a condition: `key`, and the fields that are not constant."""
        statement = self.select(fields, table=table)
        if parameters is not None:
            statement = statement.replace("%", "%%")
        return reader.table(f"{statement} AND ({condition})", self.types(fields), parameters)

    def read_all(self, reader: SourceReader, fields: Sequence[str]) -> Iterator[pa.Table]:
        """`key` and some fields of all its rows, in pieces: see `SourceReader.pieces`."""
        return reader.pieces(self.select(fields), self.types(fields))

    def read_keys(self, reader: SourceReader, keys: Sequence[str]) -> Iterator[pa.Table]:
        """Its rows with these keys, some thousand at a time."""
        if len(self.key) == 1:
            return self._read_column(reader, self.key[0], keys)
        return self._read_expression(reader, joined_key(self.key), keys)

    def read_where(self, reader: SourceReader, field: str, values: Sequence[str]) -> Iterator[pa.Table]:
        """Its rows of which a field is one of these."""
        column = self.entity.fields[field].column
        if column is None or self.entity.fields[field].words:
            return self._read_expression(reader, self.fields[field], values)
        return self._read_column(reader, column, values)

    def _read_column(self, reader: SourceReader, column: str, values: Sequence[str]) -> Iterator[pa.Table]:
        """Compared by the column's own type, so that an index can be used."""
        kind = reader.value(_TYPE, [self.table.name.sql, column])
        if kind is None:
            return
        compared = f"{quoted(self.table.name.name)}.{quoted(column)}"
        is_text = kind.rpartition(".")[2] in _OF_ANY_TEXT
        if not is_text and kind not in _WRITTEN:
            yield from self._read_expression(reader, f"{compared}::text", values)
            return
        possible = values if is_text else [each for each in values if _WRITTEN[kind](each)]
        condition = f"{compared.replace('%', '%%')} = ANY (%s::text[]::{kind}[])"
        yield from self._read_parts(reader, condition, possible)

    def _read_expression(self, reader: SourceReader, sql: str, values: Sequence[str]) -> Iterator[pa.Table]:
        return self._read_parts(reader, f"{sql.replace('%', '%%')} = ANY (%s::text[])", values)

    def _read_parts(self, reader: SourceReader, condition: str, values: Sequence[str]) -> Iterator[pa.Table]:
        for at in range(0, len(values), _AT_ONCE):
            yield self.read(reader, condition, [list(values[at : at + _AT_ONCE])])

    def fields_of(self, table: pa.Table) -> dict[str, pa.Array]:
        """All fields of rows that were read."""
        columns = {name: table.column(name).combine_chunks() for name in self.fields}
        return {**columns, **self.constants(len(table))}

    def constants(self, count: int) -> dict[str, pa.Array]:
        """The fields that are the same in all rows."""
        found = {}
        for name, source in self.entity.fields.items():
            if source.column is None and source.sql is None and source.constant is not None:
                found[name] = pa.repeat(pa.scalar(_text(source.constant)), count)
        return found


# Without a length: `character` alone is one character, where `bpchar` is any number of them.
_TYPE: Final = """
SELECT format_type(CASE typtype WHEN 'd' THEN typbasetype ELSE atttypid END, -1)
FROM pg_attribute JOIN pg_type ON pg_type.oid = atttypid
WHERE attrelid = %s::regclass AND attname = %s AND NOT attisdropped"""
_OF_ANY_TEXT: Final = ("text", "character varying", "bpchar", "citext")
_UUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_INTEGER: Final = re.compile(r"-?[0-9]{1,19}")


def _is_uuid(text: str) -> bool:
    return _UUID.fullmatch(text) is not None


def _is_integer(bits: int, text: str) -> bool:
    return _INTEGER.fullmatch(text) is not None and -(1 << bits - 1) <= int(text) < 1 << bits - 1


# What refers to a row may be of another type, or refer to nothing: one text that is no value of the type
# would have the whole statement fail. What is written in another way is equal to no row's text, either.
_WRITTEN: Final[Mapping[str, Callable[[str], bool]]] = {
    "uuid": _is_uuid,
    "smallint": partial(_is_integer, 16),
    "integer": partial(_is_integer, 32),
    "bigint": partial(_is_integer, 64),
}


def _text(constant: str | float | bool) -> str:
    return str(constant).lower() if isinstance(constant, bool) else str(constant)


def read_entity(
    reader: SourceReader, number: int, name: str, entity: Entity, table: TableDescription, zone: str
) -> ReadEntity:
    """An entity as its table can be read now.

    Raises:
        SourceError: an expression cannot be run, or a column may not be read.
    """
    read = {
        name: each for name, each in entity.fields.items() if each.column is not None or each.sql is not None
    }
    key = table.key or tuple(_names(entity))
    plain = ", ".join(each.expression for each in read.values())
    source = f"{table.name.sql} AS {quoted(table.name.name)}"
    condition = f" WHERE {entity.where}" if entity.where else ""
    types = reader.types_of(f"SELECT {plain} FROM {source}{condition}")
    fields = {
        field: _expression(field, each, oid, zone)
        for (field, each), oid in zip(read.items(), types, strict=True)
    }
    return ReadEntity(number, name, entity, table, key, fields)


def _names(entity: Entity) -> Iterator[str]:
    """The columns that name what a row says, of a table whose rows nothing identifies."""
    names = [
        entity.fields[each]
        for each in ("id", _NAMED_BY.get(entity.kind, "conversation"))
        if each in entity.fields
    ]
    yield from dict.fromkeys(each.column for each in names[:1] if each.column is not None)


def _expression(field: str, source: FieldSource, oid: int, zone: str) -> str:
    plain = source.expression
    if field != TIME:
        return f"({plain})::text"
    if oid in _WITHOUT_ZONE:
        plain = f"(({plain})::timestamp AT TIME ZONE '{zone}')"
    return (
        f"CASE WHEN NOT isfinite(({plain})::timestamptz) THEN {NO_INSTANT} "
        f"ELSE (extract(epoch FROM ({plain})::timestamptz) * 1000000)::bigint END"
    )
