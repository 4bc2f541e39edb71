"""Which schema the accounts database should have, and whether it has it, without loading what changes it."""

from typing import Final

from sqlalchemy import Connection, String, column, inspect, select, table

NEWEST_SCHEMA: Final = "0015"
"""The last of the migrations; a test holds it against them."""

_VERSIONS: Final = "alembic_version"


def has_newest_schema(connection: Connection, schema: str | None) -> bool:
    """Whether there is nothing to migrate.

    Args:
        connection: to the accounts database.
        schema: the tables are in; None for SQLite, which has none.
    """
    if not inspect(connection).has_table(_VERSIONS, schema=schema):
        return False
    found = select(column("version_num", String)).select_from(table(_VERSIONS, schema=schema))
    return connection.scalars(found).all() == [NEWEST_SCHEMA]
