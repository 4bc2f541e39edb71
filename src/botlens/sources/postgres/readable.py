"""Whether the tables of a mapping are there, with their columns, and may be read whole."""

import difflib
from collections.abc import Iterator, Mapping, Sequence

import psycopg

from botlens.sources.postgres.changes import FollowedTable
from botlens.sources.postgres.connection import SourceConnection
from botlens.sources.postgres.described import TableDescription
from botlens.sources.postgres.mapping import Entity, TableMapping, TableName
from botlens.sources.postgres.source_findings import (
    EVERY_WAY,
    SourceFinding,
    is_wrong,
    list_in_sql,
    plain_name,
    worth_knowing,
)

_KINDS = {"v": "a view", "m": "a materialized view", "f": "a foreign table"}


def of_tables(mapping: TableMapping, tables: Mapping[TableName, TableDescription]) -> Iterator[SourceFinding]:
    """What of the tables and columns that a mapping names is not there.

    Args:
        mapping: what is to be read.
        tables: as they are.
    """
    if not tables:
        names = ", ".join(map(str, mapping.tables))
        sentence = (
            f"None of the tables of the mapping is in this database ({names}): look whether the end of the "
            "URL names the right one, and --mapping what your tables are."
        )
        yield is_wrong(sentence, bars=EVERY_WAY)
        return
    for name in mapping.tables:
        table = tables.get(name)
        if table is None:
            yield is_wrong(
                f"There is no table {name}: name it in the mapping as it is, with its schema if not public.",
                bars=EVERY_WAY,
            )
        elif table.kind in _KINDS:
            kind = _KINDS[table.kind]
            yield is_wrong(
                f"{name} is {kind}, of whose changes nothing is known: map the tables beneath it.",
                bars=EVERY_WAY,
            )
    for entity in mapping.entities:
        if entity.table in tables and tables[entity.table].kind not in _KINDS:
            yield from _missing(entity, tables[entity.table])


def _missing(entity: Entity, table: TableDescription) -> Iterator[SourceFinding]:
    for field, source in entity.fields.items():
        if source.column is None or source.optional or source.column in table.columns:
            continue
        near = difflib.get_close_matches(source.column, table.columns, n=1)
        hint = f" (is it `{near[0]}`?)" if near else ""
        sentence = (
            f"{table.name} has no column `{source.column}`{hint}, which the mapping names as [{entity.kind}] "
        )
        if entity.needs(field):
            yield is_wrong(sentence + f"{field}: name another, or a constant.", bars=EVERY_WAY)
        else:
            yield worth_knowing(sentence + f"{field}: that stays empty.")


def of_rights(
    followed: Sequence[FollowedTable], tables: Mapping[TableName, TableDescription], role: str
) -> Iterator[SourceFinding]:
    """What of the tables the role may not read, or only in part."""
    there = [(each, tables[each.name]) for each in followed if each.name in tables]
    wanted = {each.name: {*table.key, *each.columns} & table.columns.keys() for each, table in there}
    closed = {name: columns - tables[name].readable for name, columns in wanted.items()}
    closed = {name: columns for name, columns in closed.items() if columns}
    if closed:
        named = ", ".join(f"{name} ({', '.join(sorted(columns))})" for name, columns in closed.items())
        schemas = ", ".join(dict.fromkeys(plain_name(each.schema) for each in closed))
        sql = (
            f"GRANT USAGE ON SCHEMA {schemas} TO {plain_name(role)};\n"
            f"GRANT SELECT ON {list_in_sql(closed)} TO {plain_name(role)};"
        )
        yield is_wrong(f"The role {role} may not read {named}: the owner grants it.", sql, EVERY_WAY)
    hidden = [each.name for each, table in there if table.hides_rows]
    if hidden:
        names = ", ".join(str(each) for each in hidden)
        sentence = (
            f"Row level security hides rows of {names} from the role {role}, which lacks BYPASSRLS: nothing "
            "is read, "
            "since an incomplete copy would look whole."
        )
        yield is_wrong(sentence, f"ALTER ROLE {plain_name(role)} BYPASSRLS;", EVERY_WAY)


def broken_expressions(connection: SourceConnection, entity: Entity) -> Iterator[SourceFinding]:
    """SQL of the mapping that cannot be run."""
    written = {name: source.expression for name, source in entity.fields.items() if source.sql is not None}
    if entity.where is not None:
        written["where"] = f"({entity.where})"
    for name, expression in written.items():
        condition = "true" if name == "where" else entity.condition
        try:
            connection.execute(f"SELECT {expression} FROM {entity.source} WHERE {condition} LIMIT 0".encode())
        except psycopg.OperationalError:
            raise
        except psycopg.Error as error:
            said = str(error).splitlines()[0]
            yield is_wrong(
                f"[{entity.kind}] {name} of the mapping cannot be run on {entity.table}: {said}.",
                bars=EVERY_WAY,
            )
