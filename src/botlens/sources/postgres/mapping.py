"""Which tables and columns hold what: the mapping that an operator writes, or that is built in.

It is TOML: an entry a thing, the names of botlens' fields on the left, what of the row they are on the right:

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

import tomllib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from botlens.errors import InvalidError
from botlens.zones import zone_of

SUPABASE: Final = "supabase"
BUILT_IN: Final = (SUPABASE, "chatwoot", "dify")

COMPANY, CHATBOT, SUBSCRIPTION = "company", "chatbot", "subscription"
ACCOUNTS: Final = (COMPANY, CHATBOT, SUBSCRIPTION)

_NEEDED: Final[Mapping[str, tuple[str, ...]]] = {
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
_OPTIONAL: Final[Mapping[str, tuple[str, ...]]] = {
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
KINDS: Final = tuple(_NEEDED)


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
        return name in _NEEDED[self.kind]

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


@cache
def built_in(name: str) -> TableMapping:
    """One of `BUILT_IN`."""
    text = (files("botlens.sources.postgres") / "mappings" / f"{name}.toml").read_text(encoding="utf-8")
    return parse_mapping(text)


def read_mapping(named: str) -> TableMapping:
    """The mapping that is built in under a name, or that a file holds.

    Raises:
        InvalidError: there is neither, or the file is no mapping.
    """
    if named in BUILT_IN:
        return built_in(named)
    try:
        text = Path(named).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        message = (
            f"`{named}` is no mapping: built in are {', '.join(BUILT_IN)}; else it is a TOML file ({error})."
        )
        raise InvalidError(message, code="invalid_mapping", field="mapping") from None
    return parse_mapping(text)


def parse_mapping(text: str) -> TableMapping:
    """A mapping that is written in TOML.

    Raises:
        InvalidError: it is none; the message names the entry and the field.
    """
    try:
        written = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _invalid(f"it is no TOML: {error}") from None
    zone = written.pop("timezone", "UTC")
    entities = [
        _entity(kind, each, f"[{kind}]" if isinstance(entries, dict) else f"[{kind}] number {number}")
        for kind, entries in written.items()
        for number, each in enumerate(entries if isinstance(entries, list) else [entries], 1)
    ]
    found = {each.kind for each in entities}
    for kind in (COMPANY, CHATBOT, "conversation", "message"):
        if kind not in found:
            raise _invalid(f"[{kind}] is missing")
    found_zone = zone_of(zone) if isinstance(zone, str) else None
    if found_zone is None:
        raise _invalid("`timezone` must be a zone such as Europe/Berlin")
    return TableMapping(found_zone, tuple(entities))


def _entity(kind: str, written: Any, place: str) -> Entity:
    if kind not in _NEEDED:
        raise _invalid(f"there is no [{kind}]; there are {', '.join(KINDS)}")
    if not isinstance(written, dict):
        raise _invalid(f"{place} must be a table")
    known = (*_NEEDED[kind], *_OPTIONAL[kind])
    given = dict(written)
    table, where = given.pop("table", None), given.pop("where", None)
    if not isinstance(table, str) or not table:
        raise _invalid(f"{place} must name its `table`")
    if where is not None and (not isinstance(where, str) or not where.strip()):
        raise _invalid(f"{place} `where` must be an SQL condition")
    for name in given:
        if name not in known:
            raise _invalid(f"{place} has no `{name}`; it has table, where, {', '.join(known)}")
    for name in _NEEDED[kind]:
        if name not in given:
            raise _invalid(f"{place} must say what `{name}` is")
    fields = {name: _field(value, f"{place} `{name}`") for name, value in given.items()}
    return Entity(kind, TableName.parse(table), fields, where)


_PARTS: Final = frozenset({"column", "sql", "constant", "map", "scale", "optional"})


def _field(written: Any, place: str) -> FieldSource:
    if isinstance(written, str) and written:
        return FieldSource(column=written)
    if not isinstance(written, dict):
        raise _invalid(f"{place} must be the name of a column, or a table with `column`, `sql` or `constant`")
    if unknown := sorted(written.keys() - _PARTS):
        raise _invalid(f"{place} has no `{unknown[0]}`; it has {', '.join(sorted(_PARTS))}")
    if len(written.keys() & {"column", "sql", "constant"}) != 1:
        raise _invalid(f"{place} needs exactly one of `column`, `sql` and `constant`")
    for name in ("column", "sql"):
        if name in written and not (isinstance(written[name], str) and written[name].strip()):
            raise _invalid(f"{place} `{name}` must be a text")
    words, scale = written.get("map", {}), written.get("scale")
    if not isinstance(words, dict) or not all(isinstance(each, str) for each in words.values()):
        raise _invalid(f"{place} `map` must be a table of words")
    if scale is not None and (isinstance(scale, bool) or not isinstance(scale, int | float)):
        raise _invalid(f"{place} `scale` must be a number")
    constant = written.get("constant")
    if not isinstance(constant, str | float | int | bool | None):
        raise _invalid(f"{place} `constant` must be a text, a number, or true or false")
    optional = _optional(written, place)
    return FieldSource(written.get("column"), written.get("sql"), constant, words, scale, optional)


def _optional(written: dict[str, Any], place: str) -> bool:
    said = written.get("optional", False)
    if not isinstance(said, bool) or (said and "column" not in written):
        raise _invalid(f"{place} `optional` is true or false, and said of a `column`")
    return said


def _invalid(what: str) -> InvalidError:
    return InvalidError(f"The mapping: {what}.", code="invalid_mapping", field="mapping")
