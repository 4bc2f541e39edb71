"""Whether the log of a source can be followed: its version, settings, rights, publications and slots."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from botlens.sources.postgres.address import SourceAddress
from botlens.sources.postgres.changes import FollowedTable
from botlens.sources.postgres.connection import SourceConnection, connect
from botlens.sources.postgres.described import TableDescription
from botlens.sources.postgres.mapping import TableName
from botlens.sources.postgres.publication import INSERTS, PUBLICATION, Publications, PublishedTable
from botlens.sources.postgres.refusals import SourceError
from botlens.sources.postgres.source_findings import (
    BY_THE_LOG,
    EVERY_WAY,
    STREAM,
    SourceFinding,
    is_wrong,
    list_in_sql,
    plain_name,
    worth_knowing,
)

_OLDEST: Final = 150_000
_GIVEN_BY_THE_OWNER: Final = 170_000
_FULL: Final = "f"
_EVERYTHING: Final = frozenset({"insert", "update", "delete", "truncate"})


@dataclass(frozen=True, slots=True)
class SourceServer:
    """A server, and the role that reads from it.

    Attributes:
        version: 150008 is 15.8.
        is_replica: it follows another itself.
        wal_level: what its log is good for: `logical` is needed.
        role: who we are.
        may_replicate: the role may read the log.
        slots: how many of its slots are taken.
        most_slots: how many it has.
        senders: the same of what streams.
        most_senders: how many it has.
        statement_timeout: of this session; `0` if there is none.
    """

    version: int
    is_replica: bool
    wal_level: str
    role: str
    may_replicate: bool
    slots: int
    most_slots: int
    senders: int
    most_senders: int
    statement_timeout: str


_SERVER: Final = """
SELECT current_setting('server_version_num')::int, pg_is_in_recovery(), current_setting('wal_level'),
       current_user::text,
       (SELECT rolreplication OR rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user),
       (SELECT count(*) FROM pg_catalog.pg_replication_slots),
       current_setting('max_replication_slots')::int,
       (SELECT count(*) FROM pg_catalog.pg_stat_replication), current_setting('max_wal_senders')::int,
       current_setting('statement_timeout')
"""


def read_server(connection: SourceConnection) -> SourceServer:
    """What the server says of itself.

    Raises:
        psycopg.Error: it cannot be asked.
    """
    found = connection.execute(_SERVER).fetchone()
    if found is None:
        raise AssertionError("a statement without FROM has one row")
    return SourceServer(*found)


def of_server(server: SourceServer) -> Iterator[SourceFinding]:
    """What of the server and the role is in the way."""
    if server.version < _OLDEST:
        sentence = f"PostgreSQL {server.version // 10_000} is too old: botlens reads 15 and newer."
        yield is_wrong(sentence, bars=EVERY_WAY)
    if server.is_replica:
        sentence = "This is a replica, which has no place in the log of its own: use the primary."
        yield is_wrong(sentence, bars=EVERY_WAY)
    if server.statement_timeout != "0":
        sentence = (
            f"The statement_timeout of {server.statement_timeout} cannot be lifted: what stands between "
            "does not keep "
            "the settings of a session. Use the direct connection or the session pooler."
        )
        yield is_wrong(sentence, bars=EVERY_WAY)
    if server.wal_level != "logical":
        sentence = (
            f"wal_level is {server.wal_level}: the log of changes says nothing of rows until it is set to "
            "logical and the server restarted."
        )
        yield worth_knowing(sentence, "ALTER SYSTEM SET wal_level = logical;", BY_THE_LOG)
    if not server.may_replicate:
        older = (
            ""
            if server.version >= _GIVEN_BY_THE_OWNER
            else " Before 17 a superuser must do it; at Supabase log in as `postgres` instead."
        )
        sentence = f"The role {server.role} may not read the log of changes, for want of REPLICATION.{older}"
        yield worth_knowing(sentence, f"ALTER ROLE {plain_name(server.role)} REPLICATION;", BY_THE_LOG)
    if server.slots >= server.most_slots:
        sentence = (
            f"All {server.most_slots} slots of the server are taken: drop one that nobody needs, or raise "
            "max_replication_slots."
        )
        sql = "SELECT slot_name, active, wal_status FROM pg_replication_slots;"
        yield worth_knowing(sentence, sql, BY_THE_LOG)
    if server.senders >= server.most_senders:
        sentence = f"All {server.most_senders} streams of the server are taken: raise max_wal_senders."
        yield worth_knowing(sentence, bars=[STREAM])


def of_stream(address: SourceAddress) -> Iterator[SourceFinding]:
    """What is in the way of streaming, found by trying."""
    try:
        connect(address, replication=True).close()
    except SourceError as error:
        yield worth_knowing(error.message, bars=[STREAM])


def of_publications(
    publications: Publications,
    followed: Sequence[FollowedTable],
    tables: Mapping[TableName, TableDescription],
) -> Iterator[SourceFinding]:
    """What of the publications is in the way of the log, or of the bot itself.

    Args:
        publications: as they are.
        followed: what is wanted of them.
        tables: as they are; those that are not there are not looked at.
    """
    there = [each for each in followed if each.name in tables]
    yield from _breaking(publications, tables)
    missing = [each.name for each in there if not publications.of(each.name)]
    if missing:
        yield _unpublished(missing, publications, tables)
    for each in there:
        if published := publications.of(each.name):
            yield from _incomplete(each, published, tables[each.name])


def _is_identified(table: TableDescription) -> bool:
    """Whether the log can say which row was changed."""
    return table.identity == _FULL or (table.identity != "n" and bool(table.key))


def _breaking(
    publications: Publications, tables: Mapping[TableName, TableDescription]
) -> Iterator[SourceFinding]:
    for each in publications.tables:
        table = tables.get(each.name)
        if table is None or _is_identified(table) or not each.kinds & {"update", "delete"}:
            continue
        name = list_in_sql([each.name])
        sentence = (
            f"{each.name} has no primary key, and the publication {each.publication} publishes its updates: "
            "the "
            "bot's own UPDATE and DELETE of it fail now. Publish only what is inserted, or give it a "
            "primary key."
        )
        sql = (
            f"ALTER PUBLICATION {plain_name(each.publication)} DROP TABLE {name};\n"
            f"CREATE PUBLICATION {INSERTS} FOR TABLE {name} WITH (publish = 'insert');"
        )
        yield is_wrong(sentence, sql)


def _unpublished(
    missing: Sequence[TableName], publications: Publications, tables: Mapping[TableName, TableDescription]
) -> SourceFinding:
    keyed = [name for name in missing if _is_identified(tables[name])]
    others = [name for name in missing if name not in keyed]
    sql = [
        *_adding(PUBLICATION, keyed, publications, ""),
        *_adding(INSERTS, others, publications, " WITH (publish = 'insert')"),
    ]
    names = ", ".join(str(each) for each in missing)
    sentence = (
        f"The log of changes says nothing of {names}: no publication {PUBLICATION} or {INSERTS} has them. "
        "Their owner adds them."
    )
    return worth_knowing(sentence, "\n".join(sql), BY_THE_LOG)


def _adding(name: str, tables: Sequence[TableName], publications: Publications, how: str) -> Iterable[str]:
    if not tables:
        return []
    if name in publications.names:
        return [f"ALTER PUBLICATION {name} ADD TABLE {list_in_sql(tables)};"]
    return [f"CREATE PUBLICATION {name} FOR TABLE {list_in_sql(tables)}{how};"]


def _incomplete(
    followed: FollowedTable, published: Sequence[PublishedTable], table: TableDescription
) -> Iterator[SourceFinding]:
    name, first = list_in_sql([table.name]), plain_name(published[0].publication)
    again = f"ALTER PUBLICATION {first} DROP TABLE {name};\nALTER PUBLICATION {first} ADD TABLE {name};"
    kinds = frozenset[str]().union(*(each.kinds for each in published))
    if not _is_identified(table):
        yield worth_knowing(
            f"{table.name} has no primary key: the log of changes says what is inserted, not what is changed "
            "or deleted there. That is seen when all is compared: at each start, and by "
            "`botlens sync --verify`."
        )
    elif kinds != _EVERYTHING:
        lacking = ", ".join(sorted(_EVERYTHING - kinds))
        sentence = f"The publication {published[0].publication} says nothing of {lacking} of {table.name}."
        sql = f"ALTER PUBLICATION {first} SET (publish = 'insert, update, delete, truncate');"
        yield worth_knowing(sentence, sql, BY_THE_LOG)
    if all(each.where is not None for each in published):
        sentence = (
            f"The publication {published[0].publication} has only some rows of {table.name}: WHERE "
            f"{published[0].where}."
        )
        yield worth_knowing(sentence, again, BY_THE_LOG)
    columns = frozenset[str]().union(*(each.columns for each in published))
    lacking_columns = sorted(set(followed.columns) & table.columns.keys() - columns)
    if lacking_columns:
        sentence = (
            f"The publication {published[0].publication} leaves out {', '.join(lacking_columns)} of "
            f"{table.name}."
        )
        yield worth_knowing(sentence, again, BY_THE_LOG)
    if table.kind == "p" and not all(each.through_root for each in published):
        sentence = (
            f"{table.name} is in partitions, and the publication {published[0].publication} names these "
            "instead of it."
        )
        yield worth_knowing(
            sentence, f"ALTER PUBLICATION {first} SET (publish_via_partition_root = true);", BY_THE_LOG
        )
