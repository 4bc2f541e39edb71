"""What is found of a source before it is read: sentences that say what to do, and the SQL to paste."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from botlens.sources.postgres.mapping import TableName, quoted

STREAM: Final = "stream"
SLOT: Final = "slot"
SWEEP: Final = "sweep"
BY_THE_LOG: Final = frozenset({STREAM, SLOT})
EVERY_WAY: Final = frozenset({STREAM, SLOT, SWEEP})


class Severity(StrEnum):
    """How it is: as it should be, worth knowing, or wrong."""

    FINE = "fine"
    NOTE = "note"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class SourceFinding:
    """Something that was found.

    Attributes:
        severity: how it is.
        sentence: what it is, and what to do.
        sql: for the owner of the source, to paste; empty if none helps.
        bars: the ways to follow that are not possible because of it.
    """

    severity: Severity
    sentence: str
    sql: str = ""
    bars: frozenset[str] = frozenset()


def as_it_should_be(sentence: str) -> SourceFinding:
    """Something is."""
    return SourceFinding(Severity.FINE, sentence)


def worth_knowing(sentence: str, sql: str = "", bars: Iterable[str] = ()) -> SourceFinding:
    """Something is; or there is a way to follow less."""
    return SourceFinding(Severity.NOTE, sentence, sql, frozenset(bars))


def is_wrong(sentence: str, sql: str = "", bars: Iterable[str] = ()) -> SourceFinding:
    """Something must be mended."""
    return SourceFinding(Severity.WRONG, sentence, sql, frozenset(bars))


def list_in_sql(tables: Iterable[TableName]) -> str:
    """Tables in a statement; the names that need no quotes without them, so that it can be read."""
    return ", ".join(f"{plain_name(each.schema)}.{plain_name(each.name)}" for each in tables)


def plain_name(name: str) -> str:
    """A name in a statement, without quotes where it needs none."""
    is_plain = name.isascii() and name.isidentifier() and name.islower()
    return name if is_plain and name not in _RESERVED else quoted(name)


# Of the names of tables and columns that people have, those that SQL keeps for itself.
_RESERVED: Final = frozenset(
    {"all", "case", "check", "column", "default", "desc", "end", "from", "grant", "group", "limit", "order"}
    | {"primary", "references", "select", "table", "to", "user", "using", "when", "where", "window", "with"}
)
