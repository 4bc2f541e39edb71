"""All that an accounts database holds, brought into another one: every declared table, row by row.

Either all of it is there afterwards or nothing: it is one transaction, which looks at what it wrote before it
ends. Tables are those that the rooms declare; whoever calls has loaded these rooms.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

from sqlalchemy import Table, func, insert, inspect, select, text
from sqlalchemy.orm import Session

from botlens.database.base import Base
from botlens.database.database import Database
from botlens.database.postgres import POSTGRES_SCHEMA
from botlens.errors import BotlensError

_STAYS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "leases": "who runs a job, and when it was last done, is of the processes on one database",
        "changes": "a database counts its own",
        **dict.fromkeys(
            (
                *("cluster", "nodes", "journal", "intentions", "shard_words"),
                *("slots", "slot_facts", "slot_moves", "slot_remains"),
            ),
            "a folder is of no cluster, and has none",
        ),
    }
)
"""Tables that do not go along, each with the reason."""

_AT_ONCE = 2_000
_LOCK: Final = 0x626F746C6D6F7665  # "botlmove", for pg_advisory_xact_lock


class NotCopiedError(BotlensError):
    """What was written is not what was read; nothing was kept of it."""

    code = "not_moved"


class Contents(StrEnum):
    """What a database holds, beside another."""

    NOTHING = "nothing"
    THE_SAME = "the same"
    OTHERS = "others"


def moved_tables() -> list[Table]:
    """The tables that go along, each after those that it refers to."""
    return [table for table in Base.metadata.sorted_tables if table.name not in _STAYS]


def undeclared_tables(database: Database) -> set[str]:
    """The tables that a database has and no room that is loaded declares. There should be none."""
    with database.reading() as session:
        schema = None if database.is_a_file else POSTGRES_SCHEMA
        found = set(inspect(session.connection()).get_table_names(schema))
    return found - set(Base.metadata.tables) - {"alembic_version"}


def contents(source: Database, target: Database) -> Contents:
    """What the target holds, beside the source.

    A table without rows in the source that is of no company is the target's own: it tells nothing.
    """
    with source.reading() as reader, target.reading() as writer:
        return _contents(reader, writer)


def copy_all(source: Database, target: Database) -> int:
    """Bring every row into a database that holds none; returns how many.

    Raises:
        NotCopiedError: it holds some by now, or what is there afterwards is not the same.
        OverloadedError: one of both does not answer.
    """
    with source.reading() as reader, target.writing() as writer:
        if not target.is_a_file:
            writer.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        if _contents(reader, writer) is Contents.OTHERS:
            raise NotCopiedError("Somebody else has written to the accounts database that is moved to.")
        rows = sum(_copy(table, reader, writer) for table in moved_tables() if not _has_rows(writer, table))
        if rows and _contents(reader, writer) is not Contents.THE_SAME:
            raise NotCopiedError("The accounts are not the same in the database that they were copied to.")
        return rows


def _contents(reader: Session, writer: Session) -> Contents:
    states = set()
    for table in moved_tables():
        there = _has_rows(writer, table)
        if _has_rows(reader, table):
            same = there and _rows(reader, table) == _rows(writer, table)
            states.add(Contents.THE_SAME if same else Contents.OTHERS if there else Contents.NOTHING)
        elif there and _is_of_companies(table):
            states.add(Contents.OTHERS)
    if Contents.OTHERS in states or len(states) > 1:
        return Contents.OTHERS
    return states.pop() if states else Contents.NOTHING


def _is_of_companies(table: Table) -> bool:
    return "company" in table.info


def _has_rows(session: Session, table: Table) -> bool:
    return session.execute(select(1).select_from(table).limit(1)).first() is not None


def _rows(session: Session, table: Table) -> Counter[tuple[Any, ...]]:
    """All rows, in no order: databases sort texts each in its own way."""
    return Counter(tuple(row) for row in session.execute(select(table)))


def _copy(table: Table, reader: Session, writer: Session) -> int:
    rows = 0
    found = reader.execute(select(table)).mappings()
    for part in found.partitions(_AT_ONCE):
        writer.execute(insert(table), [dict(row) for row in part])
        rows += len(part)
    if rows:
        for column in _numbered(table, writer):
            _count_on(table, column, writer)
    return rows


def _numbered(table: Table, session: Session) -> Iterator[str]:
    """The column whose numbers PostgreSQL gives by a counter of its own, if there is one."""
    if session.get_bind().dialect.name == "postgresql" and table.autoincrement_column is not None:
        yield table.autoincrement_column.name


def _count_on(table: Table, column: str, session: Session) -> None:
    """Have numbers begin after those that were brought along."""
    highest = session.scalar(select(func.max(table.columns[column])))
    counter = "pg_get_serial_sequence(:table, :column)"
    session.execute(
        text(f"SELECT setval({counter}, :highest) WHERE {counter} IS NOT NULL"),
        {"table": f"{POSTGRES_SCHEMA}.{table.name}", "column": column, "highest": highest},
    )
