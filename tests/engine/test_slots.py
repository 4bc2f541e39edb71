"""The slot of whoever follows the log: who holds it up, how far it is, and that nothing of it stays."""

import contextlib
import itertools
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from botlens.sources.postgres import temporary_slot
from botlens.sources.postgres.changes import BridgeNeededError, Follower, Lag
from tests.engine.origin import LARGE, PATIENCE, Origin, changes, first

pytestmark = pytest.mark.usefixtures("unpaced")
_RECORD_OF_ITS_OWN = "SELECT pg_log_standby_snapshot()"
"""As any server writes one into its log now and then, also while nobody writes anything."""


def test_tables_that_nobody_wants(origin: Origin, follower: Follower) -> None:
    """Nothing of them is given or remembered, and the slot goes past them."""
    origin.run("CREATE TABLE others (id int PRIMARY KEY)", "ALTER PUBLICATION botlens ADD TABLE others")
    for begin in range(0, 5_000, 1_000):
        origin.run(f"INSERT INTO others SELECT generate_series({begin}, {begin + 999})")
    written = origin.value("SELECT pg_current_wal_flush_lsn() - '0/0'")
    assert changes(follower) == []
    assert acknowledged_after(origin, follower, int(str(written)))
    assert len(follower._transactions.ended) <= 1  # the first says what the table is


def acknowledged_after(origin: Origin, follower: Follower, place: int) -> bool:
    """Whether the slot comes past a place in the WAL."""
    until = time.monotonic() + PATIENCE
    confirmed = (
        "SELECT confirmed_flush_lsn - '0/0' FROM pg_replication_slots WHERE database = current_database()"
    )
    while time.monotonic() < until:
        assert changes(follower, 0.05) == []
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
        batch = first(follower)
        assert [each.key for each in batch.changes] == [(str(number),)]
    assert list(follower.batches(0.3)) == []
    assert follower.lag().behind > 20 * len(LARGE)


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
                changes(follower, PATIENCE)
            assert raised.value.code in ("slot_lost", "connection_lost")
    assert origin.slots() == 0


@contextlib.contextmanager
def limited_wal(origin: Origin) -> Iterator[None]:
    """So much WAL is kept for slots."""
    origin.connection.execute("ALTER SYSTEM SET max_slot_wal_keep_size = '64MB'")
    origin.connection.execute("SELECT pg_reload_conf()")
    until = time.monotonic() + PATIENCE
    while origin.value("SHOW max_slot_wal_keep_size") != "64MB" and time.monotonic() < until:
        time.sleep(0.05)
    time.sleep(0.3)
    try:
        yield
    finally:
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
        changes(follower, PATIENCE)
    assert raised.value.code == "connection_lost"


def test_nothing_of_ours_stays(origin: Origin, way: str) -> None:
    """Neither a slot nor a connection, after it is closed."""
    follower = origin.follow(way)
    changes(follower, 0.1)
    follower.close()
    assert origin.slots() == 0
    mine = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'botlens'"
    mine += " AND datname = current_database()"
    until = time.monotonic() + PATIENCE
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
    began_at = follower.mark
    origin.run("INSERT INTO notes VALUES (1, 'one', 0)")
    written = origin.value("SELECT xmin::text::bigint FROM notes")
    given = first(follower)
    origin.value(_RECORD_OF_ITS_OWN)
    for _ in range(3):
        assert list(follower.batches(0.1)) == []
        assert follower.mark <= int(str(written))
    follower.acknowledge(given.upto)
    for _ in writing(origin):
        if follower.mark > int(str(written)):
            break
        changes(follower, 0.05)
    assert began_at <= int(str(written)) < follower.mark


def writing(origin: Origin) -> Iterator[None]:
    """Row after row, from 2 on.

    A moment becomes a mark when the log was kept beyond it, and an idle source may have written a record of
    its own before the moment: then only what is written next comes behind it.
    """
    until = time.monotonic() + PATIENCE
    for number in itertools.count(2):
        origin.run(f"INSERT INTO notes VALUES ({number}, 'one more', 0)")
        yield
        assert time.monotonic() < until, "it does not become a mark"


def test_no_mark_over_what_was_not_published(
    origin: Origin, follower: Follower, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Publications are looked at once a minute; who ends before that begins where all was seen."""
    monkeypatch.setattr("botlens.sources.postgres.positions._MARK_SECONDS", 0.0)
    origin.run("INSERT INTO notes VALUES (1, 'one', 0)")
    origin.value(_RECORD_OF_ITS_OWN)
    changes(follower, 0.3)
    origin.run("ALTER PUBLICATION botlens DROP TABLE notes")
    origin.run("UPDATE notes SET score = 1")
    unseen = origin.value("SELECT xmin::text::bigint FROM notes")
    origin.run("ALTER PUBLICATION botlens ADD TABLE notes")
    with pytest.raises(BridgeNeededError, match="was changed"):
        [changes(follower, 0.05) for _ in writing(origin)]
    assert follower.mark <= int(str(unseen))


def test_a_lag_is_running_out() -> None:
    """When less than half of the room is left; without a limit, never."""
    assert Lag(0, room=49, limit=100, status="extended").is_running_out
    assert not Lag(0, room=51, limit=100, status="reserved").is_running_out
    assert Lag(0, status="lost").is_running_out
    assert not Lag(1 << 40, status="reserved").is_running_out
