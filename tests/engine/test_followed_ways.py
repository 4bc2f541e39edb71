"""Which way a source is followed: why no better one, and back to the log when it can be followed again."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from datetime import timedelta
from threading import Event, Thread
from typing import Any

import psycopg
import pytest

from botlens.cli.sync.standing import seen_now, way_of
from botlens.jobs.job import Progress, StoppedError
from botlens.sources.postgres import following, following_run, ways
from botlens.sources.postgres.address import parse_address
from botlens.sources.postgres.bridging import Bridge
from botlens.sources.postgres.changes import BridgeNeededError, FollowedTable, Lag
from botlens.sources.postgres.following import FollowedSource
from botlens.sources.postgres.log_follower import LogFollower
from botlens.sources.postgres.mapping import TableName
from botlens.sources.postgres.refusals import SourceError
from botlens.sources.postgres.sweep import Sweep
from botlens.sources.postgres.ways import OpenedWay, SourceWays, WayToFollow
from tests.engine.platform import NOW, Follows, Platform


@contextmanager
def no_slot_is_free(platform: Platform) -> Iterator[None]:
    """Others have them all, as long as the block lasts."""
    free = "SELECT current_setting('max_replication_slots')::int - count(*) FROM pg_replication_slots"
    made = "SELECT pg_create_physical_replication_slot('o_' || n, false, true) FROM generate_series(1, %s) n"
    all_there_are = "SELECT count(*) FROM pg_replication_slots"
    with psycopg.connect(platform.url, autocommit=True) as others:
        with suppress(AssertionError):  # else one that is just ending would be free then
            Follows.wait(lambda: platform.value(all_there_are) == 0)
        others.execute(made, [platform.value(free)])
        yield
    assert platform.slots() == 0


@pytest.fixture
def best(follows: Callable[..., Follows], monkeypatch: pytest.MonkeyPatch) -> Follows:
    """Follows the best way, and looks for the log all the time."""
    monkeypatch.setattr(following_run, "LOOK_FOR_THE_LOG_SECONDS", 0.5)
    monkeypatch.setattr(following_run, "NOTED_SECONDS", 0.0)
    return follows(None)


def said(source: Follows) -> dict[str, Any]:
    """What `botlens sync --status` goes by."""
    return seen_now(source.source.store.load(), NOW)


def test_a_slot_that_is_free_again(platform: Platform, best: Follows) -> None:
    """Sweeps say why; then the log is followed again, and what went meanwhile is gone here, too."""
    _, (_, answer) = platform.conversation("Where?", "There")
    with ExitStack() as followed:
        with no_slot_is_free(platform):
            followed.enter_context(best.running())
            best.wait(lambda: said(best)["way"] == "sweep")
            assert ["slots of the server are taken" in each for each in said(best)["why"]] == [True]
            assert "no better way: All" in best.status.sentence()
            platform.run("DELETE FROM messages WHERE id = %s", answer)
        best.wait(lambda: said(best)["way"] == "stream")
        assert said(best)["why"] == []
        best.check()
    assert platform.slots() == 0


def test_why_is_what_it_is_now(platform: Platform, best: Follows) -> None:
    """Another reason than at first: it is the one that is said."""
    platform.conversation("Where?")
    with ExitStack() as followed:
        with no_slot_is_free(platform):
            followed.enter_context(best.running())
            best.wait(lambda: said(best)["why"] != [])
            platform.run("DROP PUBLICATION botlens")
        best.wait(lambda: ["no publication" in each for each in said(best)["why"]] == [True])
        assert said(best)["way"] == "sweep"


def test_the_last_slot_is_taken_by_somebody_else(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between the look and the making of ours: the next way is taken, and says why; not if one is wanted."""
    tables = [FollowedTable(TableName("public", "messages"), ("id",))]
    monkeypatch.setattr(ways, "find_ways", lambda *_: [WayToFollow(name, ()) for name in ways.WAYS])
    with no_slot_is_free(platform):
        opened = SourceWays(parse_address(platform.url)).open(tables, print)
        opened.follower.close()
        assert opened.name == "sweep"
        assert ["no slot, stream or connection free" in each for each in opened.why] == [True]
        with pytest.raises(SourceError, match="no slot, stream or connection free"):
            SourceWays(parse_address(platform.url), "stream").open(tables, print)


def test_back_to_the_log_at_most_once_an_hour(
    platform: Platform, best: Follows, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each return has all keys compared. Where it does not last, sweeps go on following."""
    opened = []

    def sweeps(self: SourceWays, tables: Sequence[FollowedTable], _: object) -> OpenedWay:
        opened.append(None)
        return OpenedWay("sweep", Sweep(parse_address(platform.url), tables), ("All slots are taken.",))

    monkeypatch.setattr(SourceWays, "open", sweeps)
    with best.running():
        best.wait(lambda: len(opened) == 2)
        best.wait(lambda: best.status.phase == "follow")
        platform.conversation("Where?", "There")
        best.check()
        Event().wait(2)
        assert len(opened) == 2


def test_sweeps_follow_while_the_log_may_not(
    platform: Platform, best: Follows, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Begun anew too often: nobody waits for an hour, it is said aloud, and the log comes back."""
    runs, begin = list[following_run.FollowingRun](), following_run.FollowingRun.__init__
    monkeypatch.setattr(
        following_run.FollowingRun, "__init__", lambda run, *given: runs.append(run) or begin(run, *given)
    )
    lag, running_out = LogFollower.lag, [True] * following.MOST_LET_GO
    monkeypatch.setattr(
        LogFollower,
        "lag",
        lambda self: Lag(1, 1, 10, "extended") if running_out and running_out.pop() else lag(self),
    )
    _, (_, answer) = platform.conversation("Where?", "There")
    with best.running():
        best.wait(lambda: said(best)["way"] == "sweep")
        assert ["Raise max_slot_wal_keep_size" in each for each in said(best)["why"]] == [True]
        assert "begun anew 3 times" in (best.status.warning() or "")
        assert best.status.sentence().count("begun anew") == 1
        platform.vote(answer)
        best.wait(lambda: best.votes() == (1, 0))
        assert said(best)["way"] == "sweep"
        assert 3_000 < runs[-1]._log_looked_at - time.monotonic() <= 3_600
        monkeypatch.setattr(following, "LET_GO_SECONDS", 0.0)  # the hour is over
        runs[-1]._log_looked_at = 0.0
        best.wait(lambda: said(best)["way"] == "stream")
        assert (said(best)["why"], best.status.warning()) == ([], None)
        best.check()
    assert platform.slots() == 0


def test_sweeps_that_begin_anew_too_often_themselves(
    platform: Platform, best: Follows, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Then nothing goes on, and it is said why; whoever stops it does not wait."""
    monkeypatch.setattr(following, "MOST_LET_GO", 1)
    opened = []

    def begin_anew(*_: object, **__: object) -> None:
        opened.append(None)
        raise BridgeNeededError("The table can be read again.", code="table_back")

    monkeypatch.setattr(following_run.FollowingRun, "bridged", begin_anew)
    source = best._new()
    stopping = Event()
    follower = Thread(target=lambda: stopped(source, stopping))
    follower.start()
    try:
        best.wait(lambda: "so it is followed again in" in best.status.sentence())
        assert "The table can be read again." in best.status.sentence()
        assert len(opened) == 2
    finally:
        stopping.set()
        follower.join(60)


@pytest.mark.parametrize(
    ("way", "then"),
    [
        ("stream", "then the log again, if it can be followed"),
        ("sweep", "and sweeps go on: whether the log can"),
    ],
)
def test_no_log_is_promised_that_may_not_be_read(
    platform: Platform, best: Follows, monkeypatch: pytest.MonkeyPatch, way: str, then: str
) -> None:
    """What could only be swept before may be so afterwards, too."""
    monkeypatch.setattr(following, "MOST_LET_GO", 1)
    why = []

    def begin_anew(run: following_run.FollowingRun, **options: Any) -> None:
        if (meanwhile := options["meanwhile"]) is not None:
            why.append(meanwhile.why)
            raise StoppedError
        run._status.goes(way)
        raise BridgeNeededError("The table can be read again.", code="table_back")

    monkeypatch.setattr(following_run.FollowingRun, "bridged", begin_anew)
    stopped(best._new(), Event())
    assert [then in each and "The table can be read again." in each for each in why] == [True]


def stopped(source: FollowedSource, stopping: Event) -> None:
    """Follow until it is to end."""
    with pytest.raises(StoppedError):
        source.follow(Progress(stopping))


def test_a_way_that_is_wanted_is_kept(platform: Platform, follows: Callable[..., Follows]) -> None:
    """It has no reasons, and nothing better is looked for."""
    source = follows("sweep")
    with source.running():
        source.wait(lambda: said(source)["way"] == "sweep")
        assert said(source)["why"] == []
        assert source.source.ways.log_again([]) == (None, ())


def test_the_status_is_of_now(platform: Platform, best: Follows, monkeypatch: pytest.MonkeyPatch) -> None:
    """While it is bridged again, and after it ended, the way of before is not said any more."""
    platform.conversation("Where?")
    with best.running():
        best.wait(lambda: said(best)["way"] == "stream")
    assert way_of(said(best)) == "none now; who followed it was told to stop"
    bridged, while_comparing = Bridge.catch_up, []

    def looked_at(self: Bridge, *arguments: Any) -> Any:
        while_comparing.append(way_of(said(best)))
        return bridged(self, *arguments)

    monkeypatch.setattr(Bridge, "catch_up", looked_at)
    with best.running():
        best.wait(lambda: while_comparing != [])
    assert while_comparing == ["none now; the source is compared: numbers are not complete"]


def test_what_was_brought_in_once_is_not_behind(platform: Platform, follows: Callable[..., Follows]) -> None:
    """However long that took: a first copy of minutes did not end with a warning of itself."""
    platform.conversation("Where?")
    source = follows()
    source.status.caught_up_at -= 600
    source.once()
    assert source.status.warning() is None


def test_the_status_of_a_follower_that_was_killed(platform: Platform, best: Follows) -> None:
    """It could not say that it ended: what it wrote down last is too old to hold."""
    with best.running():
        best.wait(lambda: said(best)["way"] == "stream")
        state = best.source.store.load()
    assert seen_now(state, NOW + timedelta(seconds=30))["way"] == "stream"
    late = seen_now(state, NOW + timedelta(seconds=90))
    assert (late["way"], late["behind_bytes"]) == ("", None)
    assert way_of(late) == (
        "none now; who followed it has written nothing down since 2026-03-18 12:00:00 UTC (way: stream)"
    )


def test_the_status_of_a_source_that_went_away(
    platform: Platform, best: Follows, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says why it is not followed."""

    def gone(*_: object) -> None:
        raise SourceError("It cannot be reached.")

    best.once()
    monkeypatch.setattr(FollowedSource, "_follow", gone)
    with pytest.raises(SourceError):
        best.source.follow(Progress(Event()))
    assert way_of(said(best)) == "none now; It cannot be reached."
