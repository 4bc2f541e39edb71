"""What the catalogue of a PostgreSQL says of tables: their columns, keys and rights."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from botlens.sources.postgres.connection import SourceConnection
from botlens.sources.postgres.mapping import TableName


@dataclass(frozen=True, slots=True)
class TableDescription:
    """A table of a source.

    Attributes:
        name: schema and name.
        oid: its number.
        kind: `r` of a table, `p` of one in partitions, `v` and `m` of views, `f` of a foreign one.
        columns: their types by their names, in the order of the table.
        readable: those of the columns that the role may read.
        key: what identifies a row: the primary key, or the index that was chosen; in the order of the table.
        identity: what the log says of rows that change: `d` the primary key, `i` an index, `f` all, `n`
        nothing.
        hides_rows: row level security keeps rows from the role.
        rows: about how many; 0 if nobody has counted yet.
    """

    name: TableName
    oid: int
    kind: str
    columns: Mapping[str, str]
    readable: frozenset[str]
    key: tuple[str, ...]
    identity: str
    hides_rows: bool
    rows: int


_TABLES: Final = """
SELECT n.nspname::text, c.relname::text, c.oid::bigint, c.relkind::text, c.relreplident::text,
       row_security_active(c.oid), greatest(c.reltuples, 0)::bigint,
       has_schema_privilege(n.oid, 'USAGE'),
       ARRAY(SELECT a.attname::text FROM pg_catalog.pg_attribute a
             WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum),
       ARRAY(SELECT format_type(a.atttypid, a.atttypmod) FROM pg_catalog.pg_attribute a
             WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum),
       ARRAY(SELECT a.attname::text FROM pg_catalog.pg_attribute a
             WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
               AND has_column_privilege(c.oid, a.attnum, 'SELECT')),
       ARRAY(SELECT a.attname::text FROM pg_catalog.pg_index i JOIN pg_catalog.pg_attribute a
               ON a.attrelid = c.oid AND a.attnum = ANY ((i.indkey::int2[])[0:i.indnkeyatts - 1])
             WHERE i.indrelid = c.oid
               AND CASE WHEN c.relreplident = 'i' THEN i.indisreplident ELSE i.indisprimary END
             ORDER BY a.attnum)
FROM unnest(%s::text[], %s::text[]) AS wanted (schema_name, table_name)
JOIN pg_catalog.pg_namespace n ON n.nspname = wanted.schema_name
JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = wanted.table_name
  AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
"""


def describe_tables(
    connection: SourceConnection, names: Iterable[TableName]
) -> dict[TableName, TableDescription]:
    """What the catalogue knows of some tables; those that are not there are missing.

    Raises:
        psycopg.Error: it cannot be read.
    """
    wanted = list(dict.fromkeys(names))
    found = connection.execute(_TABLES, ([each.schema for each in wanted], [each.name for each in wanted]))
    tables = {}
    for schema, name, oid, kind, identity, hides, rows, usable, columns, types, readable, key in found:
        table = TableName(schema, name)
        may_read = frozenset(readable) if usable else frozenset()
        typed = dict(zip(columns, types, strict=True))
        tables[table] = TableDescription(table, oid, kind, typed, may_read, tuple(key), identity, hides, rows)
    return tables
