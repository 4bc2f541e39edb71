"""Following the log of a real PostgreSQL, streamed and by statements: what arrives of each kind of change."""

import contextlib
import signal
import subprocess
import sys
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from botlens.sources.postgres import slot, temporary_slot
from botlens.sources.postgres.address import parse_address
from botlens.sources.postgres.changes import BridgeNeededError, FollowedTable, Follower, Lag
from botlens.sources.postgres.mapping import TableName
from botlens.sources.postgres.refusals import SourceError
from botlens.sources.postgres.transactions import Transactions
from tests.engine.origin import LARGE, LOG_FOLLOWERS, Origin, changes, told


@pytest.fixture
def origin(new_postgres: Callable[[], str]) -> Iterator[Origin]:
    found = Origin(new_postgres())
    yield found
    found.connection.close()


@pytest.fixture(params=LOG_FOLLOWERS)
def way(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(autouse=True)
def _soon(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Statements are not paced, but where that is looked at: how long they take here says nothing."""
    if "paced" not in request.node.name:
        monkeypatch.setattr(slot, "_SHARE", 0)


@pytest.fixture
def follower(origin: Origin, way: str) -> Iterator[Follower]:
    with contextlib.closing(origin.follow(way)) as found:
        yield found


def test_rows_come_and_go(origin: Origin, follower: Follower) -> None:
    """New, changed and deleted rows arrive once each, in order, with the commit's place in the WAL."""
    origin.run("INSERT INTO notes VALUES (1, 'one', 0.5), (2, NULL, NULL)")
    origin.run("UPDATE notes SET score = 0.25 WHERE id = 1")
    origin.run("DELETE FROM notes WHERE id = 2")
    found = changes(follower)
    assert told(found) == [
        ("put", "1", {"id": "1", "content": "one", "score": "0.5"}),
        ("put", "2", {"id": "2", "content": None, "score": None}),
        ("put", "1", {"id": "1", "content": "one", "score": "0.25"}),
        ("delete", "2", {"id": "2"}),
    ]
    revisions = [each.revision for each in found]
    assert follower.start < revisions[0] == revisions[1] < revisions[2] < revisions[3]
    assert changes(follower) == []


def test_only_what_was_committed(origin: Origin, follower: Follower) -> None:
    """By the order of commits: what was rolled back, also to a savepoint, never was."""
    with psycopg.connect(origin.url) as slow:
        slow.execute("INSERT INTO notes VALUES (1, 'begun first', 0)")
        origin.run("INSERT INTO notes VALUES (2, 'committed first', 0)")
        slow.execute("SAVEPOINT here")
        slow.execute("INSERT INTO notes VALUES (3, 'taken back', 0)")
        slow.execute("ROLLBACK TO here")
        slow.commit()
        slow.execute("INSERT INTO notes VALUES (4, 'taken back', 0)")
        slow.rollback()
    assert [each.key for each in changes(follower)] == [("2",), ("1",)]


def test_of_a_transaction_the_last_of_each_row(origin: Origin, follower: Follower) -> None:
    """However often it changed a row."""
    origin.run(
        "INSERT INTO notes VALUES (1, 'one', 0), (2, 'two', 0), (3, 'three', 0)",
        "UPDATE notes SET score = score + 1",
        "DELETE FROM notes WHERE id IN (2, 3)",
        "INSERT INTO notes VALUES (3, 'again', 7)",
    )
    assert told(changes(follower)) == [
        ("put", "1", {"id": "1", "content": "one", "score": "1"}),
        ("delete", "2", {"id": "2"}),
        ("put", "3", {"id": "3", "content": "again", "score": "7"}),
    ]


def test_a_large_value_that_did_not_change(origin: Origin, follower: Follower) -> None:
    """It is taken from earlier in the transaction; else the change says that it is missing."""
    origin.run(f"INSERT INTO notes VALUES (1, '{LARGE}', 0)", "UPDATE notes SET score = 1")
    origin.run("UPDATE notes SET score = 2")
    whole, part = changes(follower)
    assert (whole.row["content"], whole.row["score"], whole.unchanged) == (LARGE, "1", frozenset())
    assert (dict(part.row), part.unchanged) == ({"id": "1", "score": "2"}, frozenset({"content"}))


def test_a_key_that_changes(origin: Origin, follower: Follower) -> None:
    """The row of before is gone, then there is another; its large value is that of before, if known."""
    origin.run(f"INSERT INTO notes VALUES (1, '{LARGE}', 0)", "UPDATE notes SET id = 2")
    origin.run("UPDATE notes SET id = 3")
    found = changes(follower)
    assert told(found) == [
        ("delete", "1", {"id": "1"}),
        ("put", "2", {"id": "2", "content": len(LARGE), "score": "0"}),
        ("delete", "2", {"id": "2"}),
        ("put", "3", {"id": "3", "score": "0"}),
    ]
    assert [each.unchanged for each in found] == [frozenset()] * 3 + [frozenset({"content"})]


def test_the_whole_row_where_it_identifies_itself(origin: Origin, follower: Follower) -> None:
    """With REPLICA IDENTITY FULL nothing is missing, and the key is still the primary key."""
    origin.run(f"INSERT INTO notes VALUES (1, '{LARGE}', 0)")
    origin.run("ALTER TABLE notes REPLICA IDENTITY FULL")
    origin.run("UPDATE notes SET score = 1")
    origin.run("DELETE FROM notes")
    assert told(changes(follower))[1:] == [
        ("put", "1", {"id": "1", "content": len(LARGE), "score": "1"}),
        ("delete", "1", {"id": "1", "content": len(LARGE), "score": "1"}),
    ]


def test_a_table_without_a_key(origin: Origin, way: str) -> None:
    """Each insert is a row of its own, which nothing identifies."""
    origin.run("CREATE TABLE votes (message int, vote text)")
    origin.run("CREATE PUBLICATION botlens_inserts FOR TABLE votes WITH (publish = 'insert')")
    votes = FollowedTable(TableName("public", "votes"), ("message", "vote"))
    names = ("botlens", "botlens_inserts", "one that there is not")
    with contextlib.closing(origin.follow(way, votes, publications=names)) as follower:
        origin.run("INSERT INTO votes VALUES (1, 'up'), (1, 'up')")
        assert told(changes(follower)) == [("put", {"message": "1", "vote": "up"})] * 2


def test_a_table_that_is_emptied(origin: Origin, follower: Follower) -> None:
    """What the transaction did to it before does not matter any more; what it does afterwards does."""
    origin.run(
        "INSERT INTO notes VALUES (1, 'one', 0)", "TRUNCATE notes", "INSERT INTO notes VALUES (2, 'two', 0)"
    )
    assert [(each.kind, each.key) for each in changes(follower)] == [("truncate", ()), ("put", ("2",))]


def test_columns_that_come_change_and_go(origin: Origin, follower: Follower) -> None:
    """Rows are as the table was when they were written, also within a transaction; nothing stops."""
    origin.run("INSERT INTO notes VALUES (1, 'one', 0.5)")
    origin.run(
        "ALTER TABLE notes ADD language text DEFAULT 'en'", "INSERT INTO notes VALUES (2, 'two', 0, 'de')"
    )
    origin.run("ALTER TABLE notes ALTER score TYPE text USING 'about ' || score")
    origin.run(
        "INSERT INTO notes VALUES (3, 'three', 'high', 'fr')",
        "ALTER TABLE notes RENAME content TO body",
        "INSERT INTO notes VALUES (4, 'four', 'low', 'fr')",
    )
    origin.run("ALTER TABLE notes DROP score", "UPDATE notes SET body = 'eins' WHERE id = 1")
    last = {each.key: dict(each.row) for each in changes(follower)}
    assert last == {
        ("1",): {"id": "1"},
        ("2",): {"id": "2", "content": "two", "score": "0"},
        ("3",): {"id": "3", "content": "three", "score": "high"},
        ("4",): {"id": "4", "score": "low"},
    }


def test_names_of_all_kinds(origin: Origin, way: str) -> None:
    """Quoted, with dots, quotes, spaces and commas in them: tables, columns and publications."""
    name = TableName('the "chat".v1', "Mess'ages, all")
    origin.run(
        'CREATE SCHEMA "the ""chat"".v1"',
        f'CREATE TABLE {name.sql} ("the id" uuid, part int, "Con%tent" text, PRIMARY KEY (part, "the id"))',
        f'CREATE PUBLICATION "bot, ""lens""" FOR TABLE {name.sql}',
    )
    table = FollowedTable(name, ("Con%tent",))
    with contextlib.closing(origin.follow(way, table, publications=['bot, "lens"'])) as follower:
        origin.run(f"INSERT INTO {name.sql} VALUES ('00000000-0000-0000-0000-00000000000a', 7, 'x')")
        (found,) = changes(follower)
    key = ("00000000-0000-0000-0000-00000000000a", "7")
    assert (found.table, found.key, found.row) == (
        name,
        key,
        {"the id": key[0], "part": "7", "Con%tent": "x"},
    )


def test_tables_that_nobody_wants(origin: Origin, follower: Follower) -> None:
    """Nothing of them is given, and the slot goes past them."""
    origin.run("CREATE TABLE others (id int PRIMARY KEY)", "ALTER PUBLICATION botlens ADD TABLE others")
    origin.run("INSERT INTO others SELECT generate_series(1, 1000)")
    written = origin.value("SELECT pg_current_wal_flush_lsn() - '0/0'")
    assert changes(follower) == []
    assert acknowledged_after(origin, follower, int(str(written)))


def acknowledged_after(origin: Origin, follower: Follower, place: int, seconds: float = 20) -> bool:
    """Whether the slot comes past a place in the WAL."""
    until = time.monotonic() + seconds
    confirmed = (
        "SELECT confirmed_flush_lsn - '0/0' FROM pg_replication_slots WHERE database = current_database()"
    )
    while time.monotonic() < until:
        assert changes(follower, 0.2) == []
        if int(str(origin.value(confirmed))) >= place:
            return True
    return False


def test_the_writes_of_others_do_not_hold_the_slot_back(origin: Origin, follower: Follower) -> None:
    """32 MB that are none of ours: the slot follows, although nothing is given."""
    origin.run("CREATE TABLE logs (line text)")
    origin.run("INSERT INTO logs SELECT repeat('x', 1000) FROM generate_series(1, 32000)")
    written = int(str(origin.value("SELECT pg_current_wal_flush_lsn() - '0/0'")))
    assert written - follower.start > 32_000_000
    assert follower.lag().behind > 30_000_000
    assert acknowledged_after(origin, follower, written)
    assert follower.lag().behind < 1_000_000


def test_what_is_not_acknowledged_is_kept_by_the_source(origin: Origin, follower: Follower) -> None:
    """It is given once all the same; the lag says how much it is."""
    for number in range(20):
        origin.run(f"INSERT INTO notes VALUES ({number}, '{LARGE}', 0)")
        batch = next(iter(follower.batches(20)))
        assert [each.key for each in batch.changes] == [(str(number),)]
    assert list(follower.batches(1)) == []
    assert follower.lag().behind > 20 * len(LARGE)


def test_a_large_transaction(origin: Origin, follower: Follower) -> None:
    """It comes in parts, of which the last alone lets it go; its texts are never all in memory."""
    origin.run(
        "INSERT INTO notes SELECT n, repeat(md5(n::text), 120), 0 FROM generate_series(1, 20000) n",
        "UPDATE notes SET score = 1 WHERE id % 2 = 0",
    )
    tracemalloc.start()
    scores: dict[str, str | None] = {}
    places, revisions = [], set()
    for batch in follower.batches(2):
        assert len(batch.changes) <= 5_000
        places.append(batch.upto)
        revisions |= {each.revision for each in batch.changes}
        for each in batch.changes:
            assert each.key[0] not in scores
            scores[each.key[0]] = each.row["score"]
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert scores == {str(n): "1" if n % 2 == 0 else "0" for n in range(1, 20_001)}
    assert len(revisions) == 1
    assert len(places) >= 4
    assert set(places[:-1]) == {follower.start + 1}
    assert places[-1] > next(iter(revisions))
    assert peak < 50_000_000  # the texts are 77 MB


def test_many_large_rows(origin: Origin, follower: Follower) -> None:
    """Of small transactions, too, no more is held than there is memory for; all of them come, in order."""
    for number in range(60):
        origin.run(f"INSERT INTO notes SELECT {number}, repeat('x', 1000000), 0")
    sizes, keys = [], []
    for batch in follower.batches(3):
        follower.acknowledge(batch.upto)
        keys += [each.key[0] for each in batch.changes]
        sizes.append(sum(len(each.row["content"] or "") for each in batch.changes))
    assert keys == [str(number) for number in range(60)]
    assert max(sizes) <= 20_000_000


def test_a_part_of_a_batch_that_nobody_waits_for(origin: Origin, follower: Follower) -> None:
    """Who stops in the middle goes on there."""
    origin.run("INSERT INTO notes SELECT n, 'x', 0 FROM generate_series(1, 12000) n")
    first = next(iter(follower.batches(5)))
    rest = changes(follower)
    assert [each.key[0] for each in [*first.changes, *rest]] == [str(n) for n in range(1, 12_001)]


def test_a_publication_that_is_made_anew(origin: Origin, way: str) -> None:
    """What was changed in between would be missing, and nothing would say so: the bridge is needed."""
    with contextlib.closing(origin.follow(way, look_every=0.1)) as follower:
        origin.run("INSERT INTO notes VALUES (1, 'one', 0)")
        assert len(changes(follower)) == 1
        origin.run("DROP PUBLICATION botlens")
        origin.run("CREATE PUBLICATION botlens FOR TABLE notes")
        with pytest.raises(BridgeNeededError) as raised:
            changes(follower, 3)
        assert raised.value.code == "publication_changed"


@pytest.mark.parametrize(
    "altered",
    [
        ("ALTER PUBLICATION botlens DROP TABLE notes", "ALTER PUBLICATION botlens ADD TABLE notes"),
        ("ALTER PUBLICATION botlens SET (publish = 'insert')",),
        ("ALTER PUBLICATION botlens SET TABLE notes WHERE (score > 0)",),
        ("CREATE PUBLICATION botlens_inserts FOR TABLE notes",),
    ],
)
def test_a_publication_that_is_altered(origin: Origin, way: str, altered: tuple[str, ...]) -> None:
    """Tables, flags and filters are looked at."""
    names = ("botlens", "botlens_inserts")
    with contextlib.closing(origin.follow(way, look_every=0.1, publications=names)) as follower:
        for statement in altered:
            origin.run(statement)
        with pytest.raises(BridgeNeededError, match="was changed"):
            changes(follower, 3)


def test_no_publication(origin: Origin, way: str) -> None:
    """There is nothing to follow, and no slot is made."""
    with pytest.raises(SourceError, match="botlens_of_another") as raised:
        origin.follow(way, publications=["botlens_of_another"])
    assert raised.value.code == "no_publication"
    assert origin.slots() == 0


def test_an_open_transaction_is_waited_for_by_name(
    origin: Origin, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the slot is made, whoever has written and is still open is named."""
    monkeypatch.setattr(temporary_slot, "_SECONDS", 0.2)
    said = threading.Event()
    sentences = []

    def waiting(sentence: str) -> None:
        sentences.append(sentence)
        said.set()

    with psycopg.connect(origin.url, application_name="the bot's worker") as slow:
        slow.execute("INSERT INTO notes VALUES (1, 'one', 0)")
        process = slow.info.backend_pid
        ending = threading.Thread(target=lambda: said.wait(60) and slow.commit())
        ending.start()
        with contextlib.closing(origin.follow(way, waiting=waiting)) as follower:
            ending.join()
            origin.run("INSERT INTO notes VALUES (2, 'two', 0)")
            assert [each.key for each in changes(follower)] == [("2",)]
    assert f"process {process}" in sentences[0]
    assert "the bot's worker" in sentences[0]


def test_the_wait_can_be_given_up(origin: Origin, way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """And no slot stays."""
    monkeypatch.setattr(temporary_slot, "_SECONDS", 0.2)

    def give_up(_sentence: str) -> None:
        raise InterruptedError

    with psycopg.connect(origin.url) as slow:
        slow.execute("INSERT INTO notes VALUES (1, 'one', 0)")
        with pytest.raises(InterruptedError):
            origin.follow(way, waiting=give_up)
        assert origin.slots() == 0


def test_a_slot_that_is_lost(origin: Origin, way: str) -> None:
    """The log that it needs is gone: the bridge is needed. Before that, the lag says that room runs out."""
    with contextlib.closing(origin.follow(way)) as follower:
        assert not follower.lag().is_running_out
        changes(follower, 0.1)
        origin.run("INSERT INTO notes VALUES (1, 'one', 0)")
        with limited_wal(origin):
            assert follower.lag().limit == 64 * 1024 * 1024
            running_out = False
            for _ in range(12):
                origin.run("SELECT pg_logical_emit_message(false, 'x', repeat('x', 9000000))")
                running_out = running_out or follower.lag().is_running_out
                origin.run("SELECT pg_switch_wal()")
                origin.connection.execute("CHECKPOINT")
            assert running_out
            assert follower.lag().status == "lost"
            with pytest.raises(BridgeNeededError) as raised:
                changes(follower, 60)
            assert raised.value.code in ("slot_lost", "connection_lost")
    assert origin.slots() == 0


@contextlib.contextmanager
def limited_wal(origin: Origin) -> Iterator[None]:
    """So much WAL is kept for slots."""
    origin.connection.execute("ALTER SYSTEM SET max_slot_wal_keep_size = '64MB'")
    origin.connection.execute("SELECT pg_reload_conf()")
    until = time.monotonic() + 60
    while origin.value("SHOW max_slot_wal_keep_size") != "64MB" and time.monotonic() < until:
        time.sleep(0.05)
    time.sleep(0.3)
    yield
    origin.connection.execute("ALTER SYSTEM RESET max_slot_wal_keep_size")
    origin.connection.execute("SELECT pg_reload_conf()")


def test_a_connection_that_is_gone(origin: Origin, follower: Follower) -> None:
    """The bridge is needed."""
    changes(follower, 0.1)
    origin.run(
        "SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE database = "
        "current_database()"
    )
    with pytest.raises(BridgeNeededError) as raised:
        changes(follower, 20)
    assert raised.value.code == "connection_lost"


def test_nothing_of_ours_stays(origin: Origin, way: str) -> None:
    """Neither a slot nor a connection, after it is closed."""
    follower = origin.follow(way)
    changes(follower, 0.1)
    follower.close()
    assert origin.slots() == 0
    mine = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'botlens'"
    mine += " AND datname = current_database()"
    until = time.monotonic() + 60
    while origin.value(mine) and time.monotonic() < until:
        time.sleep(0.05)
    assert origin.value(mine) == 0


FOLLOW = """
import sys
from tests.engine.origin import LOG_FOLLOWERS, NOTES
from botlens.sources.postgres.address import parse_address
from botlens.sources.postgres.changes import FollowedTable
print("begun", flush=True)
tables = [FollowedTable(NOTES, ())]
follower = LOG_FOLLOWERS[sys.argv[2]](parse_address(sys.argv[1]), tables, ["botlens"], print)
print("following", flush=True)
while True:
    list(follower.batches(1))
"""


def following(origin: Origin, way: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", FOLLOW, origin.url, way],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    )


def test_nothing_stays_of_a_follower_that_was_killed(origin: Origin, way: str) -> None:
    """While it followed, and while it waited for its slot."""
    process = following(origin, way)
    assert process.stdout is not None
    assert [process.stdout.readline().strip() for _ in range(2)] == ["begun", "following"]
    assert origin.value("SELECT count(*) FROM pg_replication_slots WHERE database = current_database()") == 1
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert origin.slots() == 0
    with psycopg.connect(origin.url) as slow:
        slow.execute("INSERT INTO notes VALUES (1, 'one', 0)")
        process = following(origin, way)
        assert process.stdout is not None
        assert process.stdout.readline().strip() == "begun"
        assert "waits for transactions" in process.stdout.readline()
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert origin.slots() == 0


def test_a_mark_rises_when_all_before_it_was_kept(
    origin: Origin, follower: Follower, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Never over what was not acknowledged: whoever begins there reads it again."""
    monkeypatch.setattr("botlens.sources.postgres.positions._MARK_SECONDS", 0.0)
    first = follower.mark
    origin.run("INSERT INTO notes VALUES (1, 'one', 0)")
    written = origin.value("SELECT xmin::text::bigint FROM notes")
    given = [batch for _ in range(3) for batch in follower.batches(0.3)]
    assert follower.mark <= int(str(written))
    follower.acknowledge(given[-1].upto)
    origin.run("INSERT INTO notes VALUES (2, 'two', 0)")
    until = time.monotonic() + 60
    while follower.mark <= int(str(written)) and time.monotonic() < until:
        changes(follower, 0.2)
    assert first <= int(str(written)) < follower.mark


def test_a_lag_is_running_out() -> None:
    """When less than half of the room is left; without a limit, never."""
    assert Lag(0, room=49, limit=100, status="extended").is_running_out
    assert not Lag(0, room=51, limit=100, status="reserved").is_running_out
    assert Lag(0, status="lost").is_running_out
    assert not Lag(1 << 40, status="reserved").is_running_out


def test_statements_are_paced(origin: Origin, monkeypatch: pytest.MonkeyPatch) -> None:
    """After one that took the server a while, without the way there and back, 20 times that passes."""
    began: list[float] = []
    trips: list[float] = []
    ask = slot.PolledLog._ask

    def noted(self: slot.PolledLog) -> bool:
        began.append(time.monotonic())
        trips.append(self._work._trip)  # of the look before
        return ask(self)

    slept = " UNION ALL SELECT ''::bytea FROM pg_sleep(0.05) AS slept WHERE slept::text = 'never') TO STDOUT"
    monkeypatch.setattr(slot, "_PEEK", slot._PEEK.replace(") TO STDOUT", slept))
    monkeypatch.setattr(slot.PolledLog, "_ask", noted)
    with contextlib.closing(origin.follow("slot")) as follower:
        until = time.monotonic() + 60
        while len(began) < 2 and time.monotonic() < until:
            list(follower.batches(0.1))
    assert began[1] - began[0] >= 20 * (0.05 - trips[1])


def test_what_is_done_here_is_none_of_the_servers_work(
    origin: Origin, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However long it takes to understand what came: the server is not asked later for that."""
    receive, take, slow, worked = slot.PolledLog._receive, Transactions.take, [5.0], []

    def slowly(self: Transactions, message: bytes) -> None:
        if slow:
            time.sleep(slow.pop())
        take(self, message)

    def noted(self: slot.PolledLog) -> bool:
        found = receive(self)
        worked.append(self._work.seconds)
        return found

    monkeypatch.setattr(Transactions, "take", slowly)
    monkeypatch.setattr(slot.PolledLog, "_receive", noted)
    with contextlib.closing(origin.follow("slot")) as follower:
        origin.run("INSERT INTO notes VALUES (1, 'a', 0)")
        assert told(changes(follower)) == [("put", "1", {"id": "1", "content": "a", "score": "0"})]
    assert not slow
    assert 0 < max(worked) < 5.0


def test_a_slot_left_over_in_a_session_of_a_pooler(origin: Origin) -> None:
    """A session that is given to us again still has it: it is dropped before another is made."""
    from botlens.sources.postgres.connection import connect
    from botlens.sources.postgres.temporary_slot import make_slot

    address = parse_address(origin.url)
    with connect(address) as session, connect(address) as side:
        make_slot(session, "botlens_of_before", lambda: side, print)
        make_slot(session, "botlens_of_now", lambda: side, print)
        found = side.execute(
            "SELECT slot_name FROM pg_replication_slots WHERE database = current_database()"
        ).fetchall()
    assert found == [("botlens_of_now",)]
