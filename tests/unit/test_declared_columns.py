"""What is declared once: fields of events, of records and of facts, and the columns that are made of them."""

from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import msgspec
import pyarrow as pa
import pytest
from msgspec import Struct
from msgspec import inspect as types

from botlens.events.lines import lines_of, records_of
from botlens.events.record import Record, record_of
from botlens.events.types import EVENT_TYPES
from botlens.metrics.facts import Facts
from botlens.store.arrow import arrow_table
from botlens.store.schema import CONVERSATION_FACTS, RAW_EVENTS, declared_columns
from botlens.store.table import Column
from botlens.store.topology import EMBEDDED

AT = datetime(2026, 3, 18, 10, tzinfo=UTC)
FIELDS = [(name, field) for name, struct in EVENT_TYPES.items() for field in struct.__struct_fields__]


def values_of(kind: types.Type) -> tuple[Any, Any]:
    """Two values that a field may have."""
    match kind:
        case types.UnionType():
            return values_of(next(each for each in kind.types if not isinstance(each, types.NoneType)))
        case types.StrType():
            return "a", "b"
        case types.LiteralType():
            return kind.values[0], kind.values[1]
        case types.DateTimeType():
            return AT, AT + timedelta(microseconds=1)
        case types.IntType() | types.FloatType():
            return 0, 1
        case types.BoolType():
            return False, True
        case types.DictType():
            return {}, {"a": 1}
    raise TypeError(f"there are no values for {kind}")


def pair_of(name: str, field: str) -> tuple[Struct, Struct]:
    """Two events that differ in one field."""
    described = {each.name: each.type for each in types.type_info(EVENT_TYPES[name]).fields}
    plain = {each: values_of(kind)[0] for each, kind in described.items()}
    if name == "rating":
        plain["score"] = 4
    if name == "deletion":  # that of a conversation is final, and has no more to say
        plain["of"] = "message"
    changed = 5 if field == "score" else values_of(described[field])[1]
    make = EVENT_TYPES[name]
    return make(**plain), make(**plain | {field: changed})


@pytest.mark.parametrize(("name", "field"), FIELDS)
def test_no_field_of_an_event_is_lost(name: str, field: str) -> None:
    """Two events that differ in one field have different records: on the way in, and out of a journal."""
    one, other = map(record_of, pair_of(name, field))
    assert lines_of([one]) != lines_of([other])
    ((read,), (read_other,)) = records_of(lines_of([one])), records_of(lines_of([other]))
    assert read != read_other
    if field in Record.__struct_fields__:
        assert getattr(read, field) != getattr(read_other, field)


@pytest.mark.parametrize("struct", [Record, Facts])
def test_each_field_is_a_column(struct: type[Struct]) -> None:
    """By the name that it is encoded by, and of a type that takes what the field holds."""
    table = RAW_EVENTS if struct is Record else CONVERSATION_FACTS
    columns = {column.name: column for column in table.columns}
    assert set(struct.__struct_encode_fields__) <= set(columns)


def test_a_line_of_before_a_field_was_there() -> None:
    """It reads with the field's default, and goes into the store as nothing."""

    class Older(Struct, omit_defaults=True):
        chatbot_id: str = "bot"
        conversation_id: str = "a"
        kind: int = 2
        event_id: str = "1"
        rank: int = 0
        arrival: int = 7
        created_at: int | None = None

    line = msgspec.json.Encoder().encode_lines(
        [{name: getattr(Older(), name) for name in Older.__struct_fields__}]
    )
    (record,) = records_of(line)
    assert record == Record("bot", "a", 2, "1", 0, 7, None)
    row = arrow_table(line, pa.schema(list(RAW_EVENTS.arrow())[1:])).to_pylist()[0]
    assert {name: value for name, value in row.items() if value is not None} == {
        "chatbot_id": "bot",
        "conversation_id": "a",
        "kind": 2,
        "event_id": "1",
        "rank": 0,
        "arrival": 7,
    }


class Kept(Struct):
    """Fields of all sorts."""

    text: str = ""
    maybe: float | None = None
    special: int = 0


def test_columns_by_type() -> None:
    """A field's type says which column it is; one that is named is as it is named."""
    special = Column("special", "UInt8", pa.uint8())
    text, maybe, third = declared_columns(Kept, {"special": special})
    assert (text.sql, text.arrow) == ("String CODEC(ZSTD(1))", pa.string())
    assert (maybe.sql, maybe.type) == ("Nullable(Float64) CODEC(ZSTD(1))", "Nullable(Float64)")
    assert third is special


class Misleading(Struct):
    """Rows of before the field would say 0."""

    text: int = -1


class Unknown(Struct):
    """No column is known for it."""

    text: Literal["a"] = "a"


@pytest.mark.parametrize("struct", [Misleading, Unknown])
def test_what_no_column_can_be_told_for(struct: type[Struct]) -> None:
    """It is refused where it is declared, with the field's name, and not found out by a store."""
    with pytest.raises(TypeError, match=r"text"):
        declared_columns(struct, {})


def test_widening_names_what_is_missing_alone() -> None:
    """Done again, it says nothing; and a table that has all of it needs nothing."""
    stored = {column.name: column.type for column in RAW_EVENTS.columns}
    assert RAW_EVENTS.widen(EMBEDDED, stored) == []
    del stored["channel"]
    assert RAW_EVENTS.widen(EMBEDDED, stored) == [
        "ALTER TABLE raw_events ADD COLUMN IF NOT EXISTS channel LowCardinality(String)"
    ]
    assert not RAW_EVENTS.holds(stored)


def test_a_column_that_the_key_ends_with_comes_with_the_key() -> None:
    """In one statement: a store takes no column into its key that may have rows already."""
    stored = {column.name: column.type for column in RAW_EVENTS.columns}
    del stored["precedence"]
    (statement,) = RAW_EVENTS.widen(EMBEDDED, stored)
    assert statement == (
        "ALTER TABLE raw_events ADD COLUMN IF NOT EXISTS precedence Int64 CODEC(ZSTD(1)), MODIFY ORDER BY "
        "(company_id, chatbot_id, conversation_id, kind, event_id, rank, precedence)"
    )
