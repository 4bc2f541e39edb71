"""How far behind whoever follows is: as far as it says, whoever has no time, and however much is written."""

import contextlib
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator

import psycopg
import pytest

from botlens.sources.postgres.changes import Follower
from tests.engine.origin import PATIENCE, Origin, batches, changes, coming, first
from tests.engine.platform import Follows, Platform

WAYS = ("stream", "slot", "sweep")
SECONDS = 1.0  # in which it asks the source many times how far it is


@pytest.fixture(params=WAYS)
def follower(origin: Origin, request: pytest.FixtureRequest) -> Iterator[Follower]:
    """Each way to follow, also without a log."""
    with contextlib.closing(origin.follow(request.param)) as found:
        yield found


def until_caught_up(follower: Follower, moment: float) -> list[str]:
    """The keys of all that comes until it says that it has caught up with a moment."""
    keys: list[str] = []
    until = time.monotonic() + PATIENCE
    while follower.caught_up_at < moment:
        assert time.monotonic() < until, "it never says so"
        keys += [each.key[0] for each in changes(follower, 0.1)]
    return keys


@contextlib.contextmanager
def written_all_the_time(url: str, statement: str) -> Iterator[None]:
    """By somebody else, as long as the block lasts."""
    stopping = threading.Event()

    def write() -> None:
        with psycopg.connect(url, autocommit=True) as connection:
            while not stopping.wait(0.02):
                connection.execute(statement)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        yield
    finally:
        stopping.set()
        writer.join()


@contextlib.contextmanager
def sends_nothing(pid: int) -> Iterator[None]:
    """A process of the server has no time, as on a machine that is busy, as long as the block lasts."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def test_what_is_caught_up_was_given(origin: Origin, follower: Follower) -> None:
    """All that was committed before the moment of which it says so, each time."""
    for number in range(5):
        origin.run(f"INSERT INTO notes VALUES ({number}, 'one', 0)")
        assert until_caught_up(follower, time.monotonic()) == [str(number)]


def test_what_is_not_acknowledged_is_not_caught_up(origin: Origin, follower: Follower) -> None:
    origin.run("INSERT INTO notes VALUES (1, 'one', 0)")
    written = time.monotonic()
    batch = first(follower)
    assert list(follower.batches(SECONDS)) == []
    assert follower.caught_up_at < written
    follower.acknowledge(batch.upto)
    assert until_caught_up(follower, written) == []


def test_others_alone_write(origin: Origin, follower: Follower) -> None:
    """What nobody wants is nothing to wait for."""
    origin.run("CREATE TABLE logs (line text)")
    origin.run("INSERT INTO logs VALUES ('x')")
    assert until_caught_up(follower, time.monotonic()) == []


def test_much_is_written_all_the_time(origin: Origin, follower: Follower) -> None:
    """It has caught up with a moment shortly before, although there is never silence."""
    origin.run("INSERT INTO notes VALUES (1, 'one', 0)")
    with written_all_the_time(origin.url, "UPDATE notes SET score = score + 1"):
        for _ in range(3):
            moment = time.monotonic()
            for _ in coming(follower, PATIENCE):
                if follower.caught_up_at >= moment:
                    break
            assert follower.caught_up_at >= moment


def test_the_place_came_before_the_acknowledgement(origin: Origin) -> None:
    """The server says once how far it is, while something is not kept yet; the slot is let go that far then.

    Without that it would be held, and said to be behind, until somebody writes something.
    """
    with contextlib.closing(origin.follow("stream")) as follower:
        origin.run("CREATE TABLE logs (line text)")
        assert batches(follower) == []
        origin.run("INSERT INTO notes VALUES (1, 'one', 0)")
        batch = first(follower)
        origin.run("INSERT INTO logs SELECT repeat('x', 1000) FROM generate_series(1, 1000)")
        place, until = (
            int(str(origin.value("SELECT pg_current_wal_flush_lsn() - '0/0'"))),
            time.monotonic() + PATIENCE,
        )
        while follower._seen_upto < place and time.monotonic() < until:  # type: ignore[attr-defined]
            assert list(follower.batches(0.1)) == []
        assert follower.lag().behind > 1_000_000
        follower.acknowledge(batch.upto)
        assert batches(follower) == []
        assert follower.lag().behind <= 100_000


def test_a_server_that_does_not_come_to_send(platform: Platform, follows: Callable[..., Follows]) -> None:
    """Silence is not taken for having it all: the status says since when something may be missing."""
    sender = "SELECT active_pid FROM pg_replication_slots WHERE database = current_database()"
    source = follows("stream")
    with source.running():
        caught_up(source)
        with sends_nothing(platform.value(sender)):
            platform.conversation("Where?", "There")
            written = time.monotonic()
            time.sleep(SECONDS)
            assert source.here()["total_messages"] == 0
            assert source.status.caught_up_at < written
            assert source.status.behind_seconds >= SECONDS
        caught_up(source)
        assert source.here()["total_messages"] == 2


def caught_up(source: Follows) -> None:
    """Wait until it has all that there is now."""
    now = time.monotonic()
    source.wait(lambda: source.status.caught_up_at >= now)


@pytest.mark.parametrize("way", WAYS)
def test_the_status_while_others_alone_write(
    platform: Platform, follows: Callable[..., Follows], way: str
) -> None:
    """The server has a word for each of it, which is no news: what is due besides is seen to."""
    platform.run("CREATE TABLE logs (line text)")
    source = follows(way)
    with source.running(), written_all_the_time(platform.url, "INSERT INTO logs VALUES ('x')"):
        for _ in range(3):
            caught_up(source)


@pytest.mark.parametrize("way", WAYS)
def test_the_status_while_much_is_written(
    platform: Platform, follows: Callable[..., Follows], way: str
) -> None:
    """It catches up with any moment, so that nobody is warned of a source that is followed as it changes."""
    platform.conversation("Where?", "There")
    source = follows(way)
    with source.running(), written_all_the_time(platform.url, "UPDATE messages SET confidence_score = 0.3"):
        for _ in range(3):
            caught_up(source)
