"""`botlens doctor URL`: everything that is to be known of a source before it is read."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from botlens.errors import BotlensError
from botlens.sources.postgres.address import SourceAddress, parse_address
from botlens.sources.postgres.changes import FollowedTable
from botlens.sources.postgres.connection import SourceConnection, connect
from botlens.sources.postgres.contents import SourceContents
from botlens.sources.postgres.described import TableDescription, describe_tables
from botlens.sources.postgres.followable import read_server
from botlens.sources.postgres.mapping import ACCOUNTS, Entity, TableMapping, TableName
from botlens.sources.postgres.owners import SourceOwners
from botlens.sources.postgres.readable import broken_expressions, of_tables
from botlens.sources.postgres.refusals import reported
from botlens.sources.postgres.source_findings import (
    EVERY_WAY,
    SourceFinding,
    as_it_should_be,
    is_wrong,
)
from botlens.sources.postgres.ways import WAYS, find_obstacles, ways_of


def followed_tables(mapping: TableMapping) -> list[FollowedTable]:
    """The tables of which changes are followed, with the columns that a mapping names: those of events."""
    return _with_columns(mapping.events)


def _with_columns(entities: Iterable[Entity]) -> list[FollowedTable]:
    columns: dict[TableName, dict[str, None]] = {}
    for each in entities:
        needed = (source.column for source in each.fields.values() if source.column and not source.optional)
        columns.setdefault(each.table, {}).update(dict.fromkeys(needed))
    return [FollowedTable(name, tuple(found)) for name, found in columns.items()]


def examine_source(
    url: str, mapping: TableMapping, plans: Sequence[str], own: Collection[str]
) -> Iterator[SourceFinding]:
    """What is fine, worth knowing and wrong, as it is found; nothing of it has the password of the URL.

    Args:
        url: of the source.
        mapping: what its tables mean.
        plans: those that are configured here.
        own: ids of companies that are here and not of the source.
    """
    try:
        address = parse_address(url)
        with connect(address) as connection, reported(address):
            # Entities of one table have findings of their own that say the same.
            yield from _each_once(_examine(connection, address, mapping, plans, own))
    except BotlensError as error:
        yield is_wrong(error.message, bars=EVERY_WAY)


def _each_once(findings: Iterable[SourceFinding]) -> Iterator[SourceFinding]:
    said = set[SourceFinding]()
    for each in findings:
        if each not in said:
            said.add(each)
            yield each


def _examine(
    connection: SourceConnection,
    address: SourceAddress,
    mapping: TableMapping,
    plans: Sequence[str],
    own: Collection[str],
) -> Iterator[SourceFinding]:
    server = read_server(connection)
    yield as_it_should_be(f"{address} answers (PostgreSQL {server.version // 10_000}, role {server.role})")
    tables = describe_tables(connection, mapping.tables)
    found = list(of_tables(mapping, tables))
    # Accounts are read whole, now and then: of them the log need not say anything.
    accounts = _with_columns(mapping.of(*ACCOUNTS))
    found += find_obstacles(connection, address, followed_tables(mapping), accounts)
    if not _bar_everything(found):
        found += (each for entity in mapping.entities for each in broken_expressions(connection, entity))
    can_be_read = not _bar_everything(found)
    if can_be_read:
        rows = sum(each.rows for each in tables.values())
        about = f" (about {rows:,} rows)" if rows else ""  # nobody may have counted them there
        yield as_it_should_be(f"The {len(mapping.tables)} tables of the mapping can be read{about}")
    yield from found
    yield from _ways(found)
    if can_be_read:
        there = _as_far_as_it_is_there(mapping, tables)
        yield from SourceContents(connection, there).examine()
        yield from SourceOwners(connection, there, plans, own).examine()


def _as_far_as_it_is_there(
    mapping: TableMapping, tables: Mapping[TableName, TableDescription]
) -> TableMapping:
    """The mapping without the fields whose columns are missing."""
    entities = []
    for each in mapping.entities:
        columns = tables[each.table].columns
        fields = {
            name: source
            for name, source in each.fields.items()
            if source.column is None or source.column in columns
        }
        entities.append(replace(each, fields=fields))
    return replace(mapping, entities=tuple(entities))


def _bar_everything(found: Sequence[SourceFinding]) -> bool:
    return any(each.bars == EVERY_WAY for each in found)


def _ways(found: Sequence[SourceFinding]) -> Iterator[SourceFinding]:
    """The way that would be taken."""
    for way in ways_of(found):
        if way.is_open:
            yield as_it_should_be(f"It can be followed {WAYS[way.name]}")
            return
