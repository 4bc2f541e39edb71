"""Which revisions sweeps give: places in the log that no crash takes away, and that stay beside it."""

import contextlib
import signal
from collections.abc import Iterator

import psycopg
import pytest

from botlens.sources.postgres.changes import BridgeNeededError
from botlens.sources.postgres.positions import flushed_position
from botlens.sources.postgres.sweep import Sweep
from tests.engine.origin import PATIENCE, Origin, changes
from tests.engine.postgres_server import PostgresServer


@pytest.fixture
def server() -> Iterator[PostgresServer]:
    found = PostgresServer("wal_writer_delay=10s", "wal_writer_flush_after=0")
    yield found
    found.close()


def test_what_a_crash_takes_away_is_no_revision(server: PostgresServer) -> None:
    """What is changed after it has a higher one: an open transaction had written megabytes by then."""
    origin = Origin(server.url())
    with contextlib.closing(origin.follow("sweep")) as follower:
        origin.run("INSERT INTO notes VALUES (1, 'one', 0)")
        late = psycopg.connect(server.url())
        late.execute("INSERT INTO notes SELECT n, repeat('x', 1000), 0 FROM generate_series(2, 3000) n")
        (before,) = changes(follower)
        assert before.key == ("1",)
        server.stop(signal.SIGQUIT)
        late.close()
    server.start()
    after = psycopg.connect(server.url(), autocommit=True)
    after.execute("UPDATE notes SET score = 1 WHERE id = 1")
    assert before.revision <= flushed_position(after)


def test_a_source_on_which_nothing_is_written(origin: Origin) -> None:
    """However often it is looked at: what comes then has the place that the log has, and no later one."""
    follower = origin.follow("sweep")
    assert isinstance(follower, Sweep)
    with contextlib.closing(follower):
        for _ in range(1_000):
            follower._look_at_ends()
        origin.run("INSERT INTO notes VALUES (1, '', 0)")
        (row,) = changes(follower)
        assert row.revision <= flushed_position(origin.connection) + 3


def test_a_table_that_goes_while_it_is_swept(origin: Origin) -> None:
    """It may come back with changes that nobody saw: it is bridged."""
    with contextlib.closing(origin.follow("sweep")) as follower:
        origin.run("INSERT INTO notes VALUES (1, 'one', 0)")
        changes(follower)
        mark = follower.mark
        origin.run("ALTER TABLE notes RENAME TO old_notes")
        with pytest.raises(BridgeNeededError, match="no table public"):
            changes(follower, PATIENCE)
        assert follower.mark == mark
