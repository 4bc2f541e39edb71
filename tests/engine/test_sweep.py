"""Sweeps of a real PostgreSQL: every row that was written since, whatever the order of commits and times."""

import contextlib
import time
from collections.abc import Iterator

import psycopg
import pytest

from botlens.sources.postgres import sweep
from botlens.sources.postgres.changes import BridgeNeededError, FollowedTable, Follower
from botlens.sources.postgres.mapping import TableName
from botlens.sources.postgres.refusals import SourceError
from tests.engine.origin import LARGE, PATIENCE, Origin, batches, changes, coming, first, told


@pytest.fixture
def follower(origin: Origin, monkeypatch: pytest.MonkeyPatch) -> Iterator[Follower]:
    monkeypatch.setattr(sweep, "_SHARE", 1)
    monkeypatch.setattr(sweep, "_SHORTEST_SECONDS", 0.05)
    with contextlib.closing(origin.follow("sweep")) as found:
        yield found


def some(follower: Follower, silence: float | None = None) -> list[tuple[object, ...]]:
    """What the next sweeps have to say."""
    return told(changes(follower, silence))


def test_new_and_changed_rows(origin: Origin, follower: Follower) -> None:
    """Each once as it is, whole; what was there before is not, and what is gone is not seen."""
    origin.run(f"INSERT INTO notes VALUES (1, '{LARGE}', 0), (2, NULL, NULL), (3, 'three', 0)")
    assert some(follower) == [
        ("put", "1", {"id": "1", "content": len(LARGE), "score": "0"}),
        ("put", "2", {"id": "2", "content": None, "score": None}),
        ("put", "3", {"id": "3", "content": "three", "score": "0"}),
    ]
    origin.run("UPDATE notes SET score = 1 WHERE id = 1")
    origin.run("DELETE FROM notes WHERE id = 2")
    assert some(follower) == [("put", "1", {"id": "1", "content": len(LARGE), "score": "1"})]
    assert some(follower) == []


def test_what_is_committed_late(origin: Origin, follower: Follower) -> None:
    """A transaction that began long before, with savepoints; what was committed meanwhile comes once only."""
    with psycopg.connect(origin.url) as slow:
        slow.execute("INSERT INTO notes VALUES (1, 'begun first', 0)")
        slow.execute("SAVEPOINT here")
        slow.execute("INSERT INTO notes VALUES (2, 'in a savepoint', 0)")
        for number in (3, 4):
            origin.run(f"INSERT INTO notes VALUES ({number}, 'committed meanwhile', 0)")
            assert [key for _, key, _ in some(follower)] == [str(number)]
        slow.commit()
    assert [key for _, key, _ in some(follower)] == ["1", "2"]


def test_revisions_rise(origin: Origin, follower: Follower) -> None:
    """From sweep to sweep, and above the start."""
    revisions = [follower.start]
    for number in range(3):
        origin.run(f"INSERT INTO notes VALUES ({number}, 'x', 0)")
        revisions += {each.revision for each in changes(follower)}
    assert len(revisions) == 4
    assert revisions == sorted(set(revisions))


def test_many_rows_come_in_parts(origin: Origin, follower: Follower) -> None:
    """The snapshot is over before they are given, so that nobody waits for whoever takes them."""
    origin.run("INSERT INTO notes SELECT n, repeat('x', 1000), 0 FROM generate_series(1, 12000) n")
    found = []
    mark = follower.mark
    for batch in coming(follower):
        assert len(batch.changes) <= 5_000
        snapshots = "SELECT count(*) FROM pg_stat_activity WHERE xact_start IS NOT NULL"
        of_ours = "application_name = 'botlens' AND datname = current_database()"
        assert origin.value(f"{snapshots} AND {of_ours}") == 0
        found += [each.key[0] for each in batch.changes]
        assert follower.mark == mark
        follower.acknowledge(batch.upto)
        mark = follower.mark
    assert found == [str(n) for n in range(1, 12_001)]
    assert mark > int(str(origin.value("SELECT max(xmin::text::bigint) FROM notes")))


def test_a_mark_waits_for_what_was_not_kept(origin: Origin, follower: Follower) -> None:
    """Also over sweeps that find nothing."""
    origin.run("INSERT INTO notes VALUES (1, 'one', 0)")
    written = int(str(origin.value("SELECT xmin::text::bigint FROM notes")))
    batch = first(follower)
    for _ in range(3):
        assert list(follower.batches(0.2)) == []
        assert follower.mark <= written
    follower.acknowledge(batch.upto)
    assert follower.mark > written


def test_columns_that_come_and_go(origin: Origin, follower: Follower) -> None:
    """A column that is gone is missing in the rows; a table that is gone has the source bridged."""
    origin.run("ALTER TABLE notes RENAME content TO body", "INSERT INTO notes VALUES (1, 'one', 0)")
    assert some(follower) == [("put", "1", {"id": "1", "score": "0"})]
    origin.run("ALTER TABLE notes RENAME body TO content", "UPDATE notes SET score = 2")
    assert some(follower) == [("put", "1", {"id": "1", "content": "one", "score": "2"})]
    origin.run("DROP TABLE notes")
    with pytest.raises(BridgeNeededError, match=r"no table public\.notes"):
        some(follower)


def test_a_table_in_partitions_and_one_without_a_key(origin: Origin) -> None:
    """Rows of all parts, by the name of the whole; quoted names."""
    name = TableName("public", 'odd, "na\'me"')
    origin.run(
        f'CREATE TABLE {name.sql} ("the %% id" int, day int) PARTITION BY LIST (day)',
        f"CREATE TABLE one PARTITION OF {name.sql} FOR VALUES IN (1)",
        f"CREATE TABLE two PARTITION OF {name.sql} FOR VALUES IN (2)",
    )
    with contextlib.closing(origin.follow("sweep", FollowedTable(name, ("the %% id",)))) as follower:
        origin.run(f"INSERT INTO {name.sql} VALUES (1, 1), (1, 2)")
        assert some(follower) == [("put", {"the %% id": "1"})] * 2


def test_hidden_rows_are_an_error(origin: Origin) -> None:
    """Row level security without BYPASSRLS: never as if there were no rows."""
    origin.run(
        "ALTER TABLE notes ENABLE ROW LEVEL SECURITY",
        "CREATE ROLE sweeps LOGIN",
        "GRANT SELECT ON notes TO sweeps",
    )
    owner = origin.url
    origin.url = owner.replace("postgres@", "sweeps@")
    with (
        contextlib.closing(origin.follow("sweep")) as follower,
        pytest.raises(SourceError, match="BYPASSRLS"),
    ):
        batches(follower)
    origin.run("DROP OWNED BY sweeps", "DROP ROLE sweeps")


def test_a_connection_that_is_gone(origin: Origin, follower: Follower) -> None:
    """The bridge is needed."""
    origin.run(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'botlens'"
        " AND datname = current_database()"
    )
    with pytest.raises(BridgeNeededError):
        batches(follower, PATIENCE)


def test_sweeps_cost_little(origin: Origin, monkeypatch: pytest.MonkeyPatch) -> None:
    """A sweep for which the server works a while is not made again before 49 times that has passed."""
    began: list[float] = []
    make, describe = sweep.Sweep._sweep, sweep.describe_tables

    def noted(self: sweep.Sweep) -> None:
        began.append(time.monotonic())
        make(self)

    def slow(connection: psycopg.Connection, names: object) -> object:
        connection.execute("SELECT pg_sleep(0.06)")
        return describe(connection, names)

    monkeypatch.setattr(sweep.Sweep, "_sweep", noted)
    monkeypatch.setattr(sweep, "describe_tables", slow)
    with contextlib.closing(origin.follow("sweep")) as follower:
        until = time.monotonic() + PATIENCE
        while len(began) < 2 and time.monotonic() < until:
            list(follower.batches(0.1))
            # On a busy machine the server works longer for the first one, and the pause is longer for it; or
            # a trip there and back, which is taken off, was slow.
            until = max(until, began[0] + 2 * follower.pause_seconds)
        assert follower.pause_seconds >= 49 * 0.03
    assert began[1] - began[0] >= 49 * 0.03


def test_new_rows_come_before_the_next_sweep(origin: Origin, monkeypatch: pytest.MonkeyPatch) -> None:
    """They lie where a table ends. What was written elsewhere comes with the sweep; nothing comes twice."""
    long = LARGE[:1_000]  # seven fill a block
    origin.run(f"INSERT INTO notes SELECT n, '{long}', 0 FROM generate_series(1, 2000) n")
    monkeypatch.setattr(sweep, "_SHARE", 1_000_000)
    with contextlib.closing(origin.follow("sweep")) as follower:
        assert some(follower) == []
        mark = follower.mark
        # The room of the deleted one is at the beginning; what is changed is written there as well.
        origin.run("DELETE FROM notes WHERE id = 1")
        with psycopg.connect(origin.url, autocommit=True) as cleaning:
            cleaning.execute("VACUUM notes")
        origin.run("UPDATE notes SET score = 7 WHERE id = 2")
        assert "(0," in str(origin.value("SELECT ctid FROM notes WHERE id = 2"))
        for number in (5001, 5002):
            origin.run(f"INSERT INTO notes VALUES ({number}, '{long}', 0)")
            until, found = time.monotonic() + PATIENCE, []
            while not found and time.monotonic() < until:
                found = some(follower, 0.3)
            assert [key for _, key, _ in found] == [f"{number}"]
            assert follower.mark == mark
        follower._due = 0.0
        assert [(key, row["score"]) for _, key, row in some(follower)] == [("2", "7")]
        assert follower.mark > mark
