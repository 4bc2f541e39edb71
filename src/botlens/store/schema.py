"""The tables, from one source: it creates them, widens older ones and lays out what is read and inserted.

`raw_events` holds every accepted event; its key is the event's identity, so that a resend falls onto itself.
`conversation_facts` holds one row a conversation, derived from the raw events; it can be made anew from them
at any time. Its key begins with the day of the start, so that a window reads the days it asks for and no
more; when a late event moves a start to another day, a row that is `gone` takes the old place: decision 0011.

A field of `Record` or of `Facts` is a column by being declared there: its type says which. Only what wants
another type, or another codec, is named here.
"""

import re
from collections.abc import Mapping
from types import NoneType, UnionType
from typing import Any, get_args, get_type_hints

import pyarrow as pa
from msgspec import NODEFAULT, Struct
from msgspec.structs import fields

from botlens.events.record import Record
from botlens.folder.layout import LAYOUT
from botlens.metrics.expressions import COMPUTED
from botlens.metrics.facts import DEFINITION_VERSION, Facts
from botlens.store.gap_tables import GAP_TABLES
from botlens.store.saved_tables import SAVED_TABLES
from botlens.store.table import Column, Table

EVENTS = "raw_events"
FACTS = "conversation_facts"
"""What statements call the facts, and the name of the first table of them: see `store.facts_tables`."""

_TEXT = pa.string()
_MOMENT = pa.timestamp("us", tz="UTC")


_NOTHING: Mapping[Any, Any] = {str: "", int: 0, float: 0.0, bool: False}
"""What the store has where nothing was inserted, by type."""

_BY_TYPE: Mapping[Any, tuple[str, pa.DataType]] = {
    str: ("String CODEC(ZSTD(1))", _TEXT),
    int: ("Int64 CODEC(ZSTD(1))", pa.int64()),
    float: ("Float64 CODEC(ZSTD(1))", pa.float64()),
    bool: ("Bool", pa.bool_()),
    list[str]: ("Array(String) CODEC(ZSTD(1))", pa.list_(_TEXT)),
    list[int]: ("Array(UInt32) CODEC(ZSTD(1))", pa.list_(pa.uint32())),
    list[float]: ("Array(Float64) CODEC(ZSTD(1))", pa.list_(pa.float64())),
}


def declared_columns(struct: type[Struct], special: Mapping[str, Column]) -> tuple[Column, ...]:
    """A column for each field of a struct, in their order, of the name that the field is encoded by.

    Args:
        struct: declares them.
        special: the columns of those that want another type or codec than that of their type, by name.

    Raises:
        TypeError: a field has a type without a column, or its default is not what rows have that
            were written before it was there.
    """
    hints = get_type_hints(struct)
    found = []
    for each in fields(struct):
        kind, nullable = _without_none(hints[each.name])
        if not _defaults_to_nothing(each.default, each.default_factory, kind, nullable=nullable):
            raise TypeError(
                f"{struct.__name__}.{each.name}: its default must be what the store has where nothing was "
                f"inserted, {None if nullable else _NOTHING.get(kind, [])!r}"
            )
        column = special.get(each.encode_name)
        if column is None and kind not in _BY_TYPE:
            raise TypeError(
                f"{struct.__name__}.{each.name}: there is no column for {kind}; name one in schema.py"
            )
        found.append(column or _column(each.encode_name, *_BY_TYPE[kind], nullable=nullable))
    return tuple(found)


def _without_none(hint: Any) -> tuple[Any, bool]:
    if isinstance(hint, UnionType) and NoneType in get_args(hint):
        (kind,) = [each for each in get_args(hint) if each is not NoneType]
        return kind, True
    return hint, False


def _defaults_to_nothing(default: Any, factory: Any, kind: Any, *, nullable: bool) -> bool:
    if default is NODEFAULT:
        return factory in (NODEFAULT, list)
    return default is None if nullable else kind in _NOTHING and default == _NOTHING[kind]


def _column(name: str, sql: str, arrow: pa.DataType, *, nullable: bool) -> Column:
    kind, codec, how = sql.partition(" CODEC(")
    return Column(name, f"Nullable({kind}){codec}{how}" if nullable else sql, arrow)


def _named(*columns: Column) -> dict[str, Column]:
    return {column.name: column for column in columns}


_COMPANY = Column("company_id", "LowCardinality(String)", _TEXT)
_CHATBOT = Column("chatbot_id", "LowCardinality(String)", _TEXT)
_LANGUAGE = Column("language", "LowCardinality(String)", _TEXT)
_CHANNEL = Column("channel", "LowCardinality(String)", _TEXT)

RAW_EVENTS = Table(
    name=EVENTS,
    columns=(
        _COMPANY,
        *declared_columns(
            Record,
            _named(
                _CHATBOT,
                Column(
                    "kind",
                    "Enum8('conversation' = 1, 'message' = 2, 'feedback' = 3, "
                    "'rating' = 4, 'handoff' = 5, 'outcome' = 6, 'deletion' = 7, "
                    "'message_deletion' = 8, 'feedback_deletion' = 9, 'rating_deletion' = 10)",
                    pa.int8(),
                ),
                Column("rank", "Int64 CODEC(Delta, ZSTD(1))", pa.int64()),
                Column("arrival", "UInt64 CODEC(Delta, ZSTD(1))", pa.uint64()),
                Column("created_at", "Nullable(DateTime64(6, 'UTC')) CODEC(Delta, ZSTD(1))", _MOMENT),
                Column("sequence", "Int64 CODEC(Delta, ZSTD(1))", pa.int64()),
                Column(
                    "role", "Enum8('' = 0, 'user' = 1, 'assistant' = 2, 'agent' = 3, 'system' = 4)", pa.int8()
                ),
                _LANGUAGE,
                _CHANNEL,
            ),
        ),
    ),
    key=("company_id", "chatbot_id", "conversation_id", "kind", "event_id", "rank", "precedence"),
    version="arrival",
    granularity=512,
    comment=f"botlens: every accepted event, layout {LAYOUT}",
)


def _count(name: str) -> Column:
    return Column(name, "UInt32 CODEC(ZSTD(1))", pa.uint32())


def _moment(name: str) -> Column:
    return Column(name, "DateTime64(6, 'UTC') CODEC(ZSTD(1))", _MOMENT)


CONVERSATION_FACTS = Table(
    name=FACTS,
    columns=(
        _COMPANY,
        Column("day", "Int32 CODEC(Delta, ZSTD(1))", pa.int32()),
        Column("version", "UInt64 CODEC(Delta, ZSTD(1))", pa.uint64()),
        Column("gone", "Bool", pa.bool_()),
        *declared_columns(
            Facts,
            _named(
                _CHATBOT,
                *map(_moment, ("started_at", "ended_at", "newest_at")),
                _LANGUAGE,
                _CHANNEL,
                *map(_count, ("messages", "user_messages", "assistant_messages", "agent_messages")),
                *map(_count, ("scored", "unanswered", "fallbacks", "positive", "negative", "rating")),
                *map(_count, ("last_signal", "handoffs")),
                Column(
                    "questions", "Array(String) CODEC(LZ4)", pa.list_(_TEXT)
                ),  # read by many: decision 0014
                Column("question_again", "Array(UInt8) CODEC(ZSTD(1))", pa.list_(pa.uint8())),
                Column("outcome_names", "Array(LowCardinality(String))", pa.list_(_TEXT)),
            ),
        ),
    ),
    key=("company_id", "chatbot_id", "day", "conversation_id"),
    version="version",
    granularity=1024,
    comment=f"botlens: derived facts, definition {DEFINITION_VERSION}",
    computed={
        "session": f"UUID DEFAULT {COMPUTED['session']} CODEC(NONE)",  # hashes do not get smaller
        "asked": f"UInt32 DEFAULT {COMPUTED['asked']} CODEC(ZSTD(1))",
        "shown": f"Bool DEFAULT {COMPUTED['shown']}",
    },
)

MOVED_TABLES = (RAW_EVENTS, CONVERSATION_FACTS, *GAP_TABLES)
"""Those whose rows go with a company to another store; what is in the others is made anew there."""

TABLES = (*MOVED_TABLES, *SAVED_TABLES)
"""All tables with something of companies in them; their first column says whose."""

_FACTS_NAME = re.compile(rf"{FACTS}(?:_[0-9]+)?")


def is_of_facts(name: str) -> bool:
    """Whether a table is one of facts, by whichever definition."""
    return _FACTS_NAME.fullmatch(name) is not None


def is_declared(name: str) -> bool:
    """Whether a table holds something of companies, by its name."""
    return is_of_facts(name) or any(table.name == name for table in TABLES)
