"""Which tables and columns hold what: the mapping that an operator writes, or that is built in.

It is written in TOML (`mapping_text`): an entry a thing, the names of botlens' fields on the left, what of
the row they are on the right:

    [message]
    table = "messages"
    id = "id"                                                          # a column
    role = { column = "role", map = { bot = "assistant" } }            # its words in ours
    confidence_score = { column = "score", scale = 0.01 }              # 0..100 as 0..1
    content = { sql = "body || coalesce(footer, '')" }                 # an expression of one row
    fallback = { constant = false }
    language = { column = "language", optional = true }                # a column that need not be there
    where = "NOT private"                                              # which rows there are at all

Expressions are run on the operator's own database, by the rights of the role that reads; a mapping is a file
of the operator and never comes over the network.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final
from zoneinfo import ZoneInfo

COMPANY, CHATBOT, SUBSCRIPTION = "company", "chatbot", "subscription"
ACCOUNTS: Final = (COMPANY, CHATBOT, SUBSCRIPTION)

NEEDED: Final[Mapping[str, tuple[str, ...]]] = {
    COMPANY: ("id",),
    CHATBOT: ("id", "company"),
    SUBSCRIPTION: ("user", "plan"),
    "conversation": ("id", "chatbot"),
    "message": ("id", "conversation", "role", "content", "created_at"),
    "feedback": ("message", "value", "created_at"),
    "rating": ("conversation", "score", "created_at"),
    "handoff": ("conversation", "created_at"),
    "outcome": ("conversation", "created_at", "name"),
}
OPTIONAL: Final[Mapping[str, tuple[str, ...]]] = {
    COMPANY: ("name", "owner", "plan", "timezone", "created_at"),
    CHATBOT: ("name", "is_published", "average_rating", "timezone", "created_at"),
    SUBSCRIPTION: (),
    "conversation": ("created_at", "session", "language", "channel", "test"),
    "message": ("confidence_score", "fallback", "latency_ms", "session", "language", "channel", "sequence"),
    "feedback": ("id", "conversation", "comment"),
    "rating": ("id",),
    "handoff": ("id", "reason"),
    "outcome": ("id", "value"),
}
KINDS: Final = tuple(NEEDED)
"""What there can be entities of, with the fields that each of them needs, and may have."""


@dataclass(frozen=True, slots=True)
class TableName:
    """A table, by the names that it has in the catalogue."""

    schema: str
    name: str

    @classmethod
    def parse(cls, written: str) -> "TableName":
        """`messages` is in the schema `public`, `chat.messages` in `chat`."""
        schema, dot, name = written.rpartition(".")
        return cls(schema if dot else "public", name)

    def __str__(self) -> str:
        return f"{self.schema}.{self.name}"

    @property
    def sql(self) -> str:
        """The same in a statement."""
        return f"{quoted(self.schema)}.{quoted(self.name)}"


@dataclass(frozen=True, slots=True)
class FieldSource:
    """Where a field of ours comes from: exactly one of a column, an expression, a constant.

    Attributes:
        column: its name.
        sql: an expression over the columns of one row.
        constant: the same for all rows.
        words: what the source's words are in ours; others stay as they are.
        scale: what a number is to be multiplied with.
        optional: the table may be without the column, or the role without the right to read it: then the
            source says nothing of the field.
    """

    column: str | None = None
    sql: str | None = None
    constant: str | float | bool | None = None
    words: Mapping[str, str] = field(default_factory=dict)
    scale: float | None = None
    optional: bool = False

    @property
    def expression(self) -> str:
        """What a statement reads; a constant is not read."""
        if self.sql is not None:
            return f"({self.sql})"
        return "NULL" if self.column is None else quoted(self.column)


@dataclass(frozen=True, slots=True)
class Entity:
    """Things of one kind, each a row of a table.

    Attributes:
        kind: of `KINDS`.
        table: where they are.
        fields: by the names of botlens.
        where: SQL, which of the rows there are at all; a row that no longer meets it is gone.
    """

    kind: str
    table: TableName
    fields: Mapping[str, FieldSource]
    where: str | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that are named, each once."""
        named = (each.column for each in self.fields.values() if each.column is not None)
        return tuple(dict.fromkeys(named))

    def needs(self, name: str) -> bool:
        """Whether a field must be said; what else has no column stays empty."""
        return name in NEEDED[self.kind]

    @property
    def source(self) -> str:
        """The table in a statement, by the name by which expressions may call it."""
        return f"{self.table.sql} AS {quoted(self.table.name)}"

    @property
    def condition(self) -> str:
        """Which of the rows there are, in a statement."""
        return "true" if self.where is None else f"({self.where})"

    @property
    def is_read_again(self) -> bool:
        """Whether a changed row must be read by a statement, since a follower cannot evaluate SQL."""
        return self.where is not None or any(each.sql is not None for each in self.fields.values())

    def found_in(self, columns: Collection[str]) -> "Entity":
        """The entity of a table with these columns: without the optional fields that it has none for."""
        fields = {
            name: each
            for name, each in self.fields.items()
            if not each.optional or each.column is None or each.column in columns
        }
        return self if len(fields) == len(self.fields) else replace(self, fields=fields)


@dataclass(frozen=True, slots=True)
class TableMapping:
    """What is where.

    Attributes:
        zone: of timestamps that have none.
        entities: in the order of the file.
    """

    zone: ZoneInfo
    entities: tuple[Entity, ...]

    def of(self, *kinds: str) -> Iterator[Entity]:
        """The entities of some kinds."""
        return (each for each in self.entities if each.kind in kinds)

    @property
    def events(self) -> tuple[Entity, ...]:
        """What events are made of."""
        return tuple(each for each in self.entities if each.kind not in ACCOUNTS)

    @property
    def tables(self) -> tuple[TableName, ...]:
        """All of them, each once."""
        return tuple(dict.fromkeys(each.table for each in self.entities))


def quoted(name: str) -> str:
    """A name in a statement, whatever is in it."""
    return '"' + name.replace('"', '""') + '"'
