"""The schema that a start looks for is the one that the migrations end at."""

from alembic.config import Config
from alembic.script import ScriptDirectory

from botlens.database.newest import NEWEST_SCHEMA


def test_the_newest_schema_is_the_last_migration() -> None:
    """A migration that is added and not named would never be run on a database that has the one before."""
    config = Config()
    config.set_main_option("script_location", "botlens.database:migrations")
    assert ScriptDirectory.from_config(config).get_heads() == [NEWEST_SCHEMA]
