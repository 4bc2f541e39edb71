"""Brings the accounts database to the newest schema: loaded only where there is something to change."""

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import Connection

from botlens.errors import InvalidError


def migrate_to_newest(connection: Connection, schema: str | None) -> None:
    """Run the migrations that are missing, in the transaction of the connection.

    Args:
        connection: to the accounts database.
        schema: the tables are in; None for SQLite, which has none.

    Raises:
        InvalidError: a newer botlens made the database.
    """
    config = Config()
    config.set_main_option("script_location", "botlens.database:migrations")
    config.attributes.update(connection=connection, schema=schema)
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        message = (
            f"The accounts database has a schema that this botlens does not know ({error}). "
            "A newer botlens wrote it: upgrade botlens, or restore a backup."
        )
        raise InvalidError(message, field="accounts_url") from error
