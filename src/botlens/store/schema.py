"""The tables, from one source: the same declarations create them and lay out what is inserted.

`raw_events` holds every accepted event; its key is the event's identity, so that a resend falls onto itself.
`conversation_facts` holds one row a conversation, derived from the raw events; it can be made anew from them
at any time. Its key begins with the day of the start, so that a window reads the days it asks for and no
more; when a late event moves a start to another day, a row that is `gone` takes the old place: decision 0011.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pyarrow as pa

from botlens.metrics.expressions import COMPUTED
from botlens.metrics.facts import DEFINITION_VERSION

EVENTS = "raw_events"
FACTS = "conversation_facts"

_TEXT = pa.string()
_MOMENT = pa.timestamp("us", tz="UTC")


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name, its ClickHouse type (with codec), and the Arrow type that it is inserted as."""

    name: str
    sql: str
    arrow: pa.DataType


@dataclass(frozen=True, slots=True)
class Table:
    """A ReplacingMergeTree: rows with one `key` replace each other, the highest `version` stays.

    The `computed` columns (by name, their SQL) are not inserted: the store makes them of the others.
    """

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    version: str
    granularity: int
    comment: str
    computed: Mapping[str, str] = field(default_factory=dict)

    def create(self) -> str:
        """The statement that makes the table, every insert and merge of it surviving a loss of power."""
        inserted = {column.name: column.sql for column in self.columns}
        columns = ",\n  ".join(f"{name} {sql}" for name, sql in (inserted | dict(self.computed)).items())
        return (
            f"CREATE TABLE IF NOT EXISTS {self.name} (\n  {columns}\n)\n"
            f"ENGINE = ReplacingMergeTree({self.version})\nORDER BY ({', '.join(self.key)})\n"
            f"SETTINGS index_granularity = {self.granularity}, fsync_after_insert = 1, "
            "fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1, "
            f"min_compressed_bytes_to_fsync_after_merge = 1\nCOMMENT '{self.comment}'"
        )

    def widen(self, stored: Mapping[str, str]) -> list[str]:
        """The statements that let enumerations of an older store take the values of today, and compute more.

        What is computed is there at once; the store writes it down in the background.

        Args:
            stored: the types of the columns as they are, by name.
        """
        enumerations = [
            f"ALTER TABLE {self.name} MODIFY COLUMN {column.name} {column.sql}"
            for column in self.columns
            if column.sql.startswith("Enum") and stored.get(column.name, column.sql) != column.sql
        ]
        missing = [name for name in self.computed if name not in stored]
        return [
            *enumerations,
            *(f"ALTER TABLE {self.name} ADD COLUMN {name} {self.computed[name]}" for name in missing),
            *(f"ALTER TABLE {self.name} MATERIALIZE COLUMN {name}" for name in missing),
        ]

    def arrow(self) -> pa.Schema:
        """The layout of what is inserted."""
        return pa.schema([(column.name, column.arrow) for column in self.columns])


_IDENTITY = (
    Column("company_id", "LowCardinality(String)", _TEXT),
    Column("chatbot_id", "LowCardinality(String)", _TEXT),
    Column("conversation_id", "String CODEC(ZSTD(1))", _TEXT),
)

RAW_EVENTS = Table(
    name=EVENTS,
    columns=(
        *_IDENTITY,
        Column(
            "kind",
            "Enum8('conversation' = 1, 'message' = 2, 'feedback' = 3, "
            "'rating' = 4, 'handoff' = 5, 'outcome' = 6, 'deletion' = 7)",
            pa.int8(),
        ),
        Column("event_id", "String CODEC(ZSTD(1))", _TEXT),
        Column("rank", "Int64 CODEC(Delta, ZSTD(1))", pa.int64()),
        Column("arrival", "UInt64 CODEC(Delta, ZSTD(1))", pa.uint64()),
        Column("created_at", "Nullable(DateTime64(6, 'UTC')) CODEC(Delta, ZSTD(1))", _MOMENT),
        Column("sequence", "Int64 CODEC(Delta, ZSTD(1))", pa.int64()),
        Column("role", "Enum8('' = 0, 'user' = 1, 'assistant' = 2, 'agent' = 3, 'system' = 4)", pa.int8()),
        Column("content", "String CODEC(ZSTD(1))", _TEXT),
        Column("question", "String CODEC(ZSTD(1))", _TEXT),
        Column("confidence", "Nullable(Float64) CODEC(ZSTD(1))", pa.float64()),
        Column("fallback", "Bool", pa.bool_()),
        Column("latency_ms", "Nullable(Float64) CODEC(ZSTD(1))", pa.float64()),
        Column("session_id", "String CODEC(ZSTD(1))", _TEXT),
        Column("language", "LowCardinality(String)", _TEXT),
        Column("channel", "LowCardinality(String)", _TEXT),
        Column("test", "Bool", pa.bool_()),
        Column("value", "Nullable(Float64) CODEC(ZSTD(1))", pa.float64()),
        Column("metadata", "String CODEC(ZSTD(1))", _TEXT),
    ),
    key=("company_id", "chatbot_id", "conversation_id", "kind", "event_id", "rank"),
    version="arrival",
    granularity=512,
    comment="botlens: every accepted event",
)

_COUNT = ("UInt32 CODEC(ZSTD(1))", pa.uint32())

CONVERSATION_FACTS = Table(
    name=FACTS,
    columns=(
        *_IDENTITY,
        Column("day", "Int32 CODEC(Delta, ZSTD(1))", pa.int32()),
        Column("version", "UInt64 CODEC(Delta, ZSTD(1))", pa.uint64()),
        Column("gone", "Bool", pa.bool_()),
        Column("counted", "Bool", pa.bool_()),
        Column("test", "Bool", pa.bool_()),
        Column("started_at", "DateTime64(6, 'UTC') CODEC(ZSTD(1))", _MOMENT),
        Column("ended_at", "DateTime64(6, 'UTC') CODEC(ZSTD(1))", _MOMENT),
        Column("newest_at", "DateTime64(6, 'UTC') CODEC(ZSTD(1))", _MOMENT),
        Column("session_id", "String CODEC(ZSTD(1))", _TEXT),
        Column("language", "LowCardinality(String)", _TEXT),
        Column("channel", "LowCardinality(String)", _TEXT),
        *(
            Column(name, *_COUNT)
            for name in (
                "messages",
                "user_messages",
                "assistant_messages",
                "agent_messages",
                "scored",
                "unanswered",
                "fallbacks",
            )
        ),
        Column("lowest_confidence", "Nullable(Float64) CODEC(ZSTD(1))", pa.float64()),
        Column("engaged", "Bool", pa.bool_()),
        Column("left", "Bool", pa.bool_()),
        Column("longest_pause", "Int64 CODEC(ZSTD(1))", pa.int64()),
        *(Column(name, *_COUNT) for name in ("positive", "negative", "rating", "last_signal", "handoffs")),
        Column("questions", "Array(String) CODEC(LZ4)", pa.list_(_TEXT)),  # read by many: decision 0014
        Column("question_texts", "Array(String) CODEC(ZSTD(1))", pa.list_(_TEXT)),
        Column("question_unanswered", "Array(UInt32) CODEC(ZSTD(1))", pa.list_(pa.uint32())),
        Column("question_again", "Array(UInt8) CODEC(ZSTD(1))", pa.list_(pa.uint8())),
        Column("outcome_names", "Array(LowCardinality(String))", pa.list_(_TEXT)),
        Column("outcome_values", "Array(Float64) CODEC(ZSTD(1))", pa.list_(pa.float64())),
        Column("latencies", "Array(Float64) CODEC(ZSTD(1))", pa.list_(pa.float64())),
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

TABLES = (RAW_EVENTS, CONVERSATION_FACTS)
