"""What comes between while tables are followed: cut off, emptied, another server, columns that go away."""

import errno
from collections.abc import Callable
from contextlib import suppress
from tempfile import gettempdir
from threading import Event, Thread
from typing import IO

import pytest

from botlens.jobs.job import Progress, StoppedError
from botlens.sources.postgres import following, following_run, spool
from botlens.sources.postgres.bridging import Bridge
from botlens.sources.postgres.changes import BridgeNeededError
from botlens.sources.postgres.machine import MachineRefusesError
from botlens.sources.postgres.state import StateStore
from botlens.sources.postgres.ways import OpenedWay
from tests.engine.platform import Follows, Platform

WAYS = ("stream", "slot", "sweep")


def test_moved_and_cut_off_after_the_copy(
    platform: Platform, follows: Callable[..., Follows], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What went since from where a conversation is now goes, while that goes from where it was."""
    conversation, (_, answer) = platform.conversation("Where?", "There")
    source = follows()
    source.once()
    platform.run("UPDATE conversations SET chatbot_id = %s WHERE id = %s", platform.new_bot(), conversation)
    state = source.source.store.load()
    state.mark = None
    source.source.store.save(state)

    def cut_off(*_: object) -> None:
        raise StoppedError

    monkeypatch.setattr(Bridge, "catch_up", cut_off)
    with pytest.raises(StoppedError):
        source.once()
    monkeypatch.undo()
    platform.run("DELETE FROM messages WHERE id = %s", answer)
    source.once()
    source.check()


def test_nothing_of_ours_stays(platform: Platform, follows: Callable[..., Follows]) -> None:
    """Not one slot, after any way and any end."""
    for way in WAYS:
        with follows(way).running():
            platform.conversation("Where?")
    assert platform.slots() == 0


def test_begun_anew_too_often(
    platform: Platform, follows: Callable[..., Follows], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Why is said as it was: a publication that changes is none of the room that a slot has."""
    monkeypatch.setattr(following, "MOST_LET_GO", 1)
    source = follows("stream")
    source.source = source._new()

    def opened(*_: object) -> OpenedWay:
        raise BridgeNeededError("The publication was changed.", code="publication_changed")

    monkeypatch.setattr(source.source.ways, "open", opened)
    stopping = Event()
    follower = Thread(target=lambda: suppressed(source.source, stopping))
    follower.start()
    try:
        source.wait(lambda: "begun anew" in source.status.sentence())
        assert "The publication was changed." in source.status.sentence()
        assert "max_slot_wal_keep_size" not in source.status.sentence()
    finally:
        stopping.set()
        follower.join(60)


def suppressed(source: following.FollowedSource, stopping: Event) -> None:
    with suppress(StoppedError):
        source.follow(Progress(stopping))


def test_no_room_for_what_waits(
    platform: Platform, follows: Callable[..., Follows], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk of temporary files is full: it is said which, also by `--status`, and it goes on with room."""
    platform.many(20)
    monkeypatch.setattr(spool, "_IN_MEMORY", 10)
    source = follows("stream")
    source.source, full = source._new(), True

    def write(file: IO[bytes], piece: bytes) -> None:
        if full:
            raise OSError(errno.ENOSPC, "No space left on device")
        file.write(piece)

    monkeypatch.setattr(spool, "_write", write)
    with pytest.raises(MachineRefusesError, match=f"{gettempdir()}: No space.*: make room on its disk"):
        source.source.follow(Progress(Event()))
    assert "make room" in source.source.store.load().seen["says"]
    with pytest.raises(OSError, match=gettempdir()):
        source.once()
    full = False
    source.once()
    source.check()
    assert platform.slots() == 0


def test_a_table_that_was_emptied(platform: Platform, follows: Callable[..., Follows]) -> None:
    """Nothing is deleted before somebody confirms it; it is said aloud meanwhile."""
    for _ in range(12):
        _, (_, answer) = platform.conversation("Where?", "There")
    platform.vote(answer)
    source = follows()
    with source.running():
        source.check()
        platform.run("TRUNCATE messages CASCADE")
        source.wait(lambda: "are gone" in (source.status.warning() or ""))
        assert source.here()["total_messages"] == 24
    source.once()
    assert source.here()["total_messages"] == 24
    with source.running():
        source.source.store.confirm(confirmed=True)
        source.check()
        source.wait(lambda: source.status.warning() is None)


def test_deleted_at_once(platform: Platform, follows: Callable[..., Follows]) -> None:
    """More than half of many rows in one transaction is held; one conversation of two is not."""
    for _ in range(150):
        platform.conversation("Where?")
    source = follows()
    with source.running():
        source.check()
        platform.run("DELETE FROM conversations WHERE id IN (SELECT id FROM conversations LIMIT 10)")
        source.check()
        platform.run("DELETE FROM conversations WHERE id IN (SELECT id FROM conversations LIMIT 120)")
        source.wait(lambda: "are gone" in (source.status.warning() or ""))
        assert source.here()["total_conversations"] == 140


def test_between_acknowledgement_and_mark(
    platform: Platform, follows: Callable[..., Follows], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A death there has it read again, which changes nothing."""
    platform.conversation("Where?", "There")
    source = follows()
    with source.running():
        monkeypatch.setattr(StateStore, "save", lambda *_: None)
        _, (_, answer) = platform.conversation("When?", "Then")
        vote = platform.vote(answer)
        source.check()
        platform.run("DELETE FROM message_feedback WHERE id = %s", vote)
        source.check()
    monkeypatch.undo()
    source.once()
    source.check()


@pytest.mark.parametrize("way", ["stream", "slot"])
def test_a_commit_is_in_the_log_before_it_is_seen(
    platform: Platform, follows: Callable[..., Follows], way: str
) -> None:
    """What a change says is completed from tables that show it: else a vote that is gone would be said anew.

    A commit that waits for a synchronous replica stands in the log, and nobody sees it yet.
    """
    _, (_, answer) = platform.conversation("Where?", "There")
    vote = platform.vote(answer)
    source = follows(way)
    with source.running():
        source.check()
        with platform.nobody_sees_commits():
            late = Thread(target=platform.alone, args=(f"DELETE FROM message_feedback WHERE id = {vote}",))
            late.start()
            while (
                platform.value("SELECT wait_event FROM pg_stat_activity WHERE wait_event = 'SyncRep'") is None
            ):
                late.join(0.01)
            late.join(1.5)
            assert source.votes() == (1, 0)
        late.join()
        source.check()
        assert source.votes() == (0, 0)


def test_another_server(platform: Platform, follows: Callable[..., Follows]) -> None:
    """Where the log of a restored server begins lower than that of the first, its rows win all the same."""
    _, (question, _) = platform.conversation("Where?", "There")
    source = follows()
    source.once()
    state = source.source.store.load()
    state.identity, state.highest = "another/1", state.highest + (1 << 30)
    source.source.store.save(state)
    platform.run("UPDATE messages SET content = 'Elsewhere?' WHERE id = %s", question)
    source.once()
    source.check()
    assert source.source.store.load().base > 1 << 30


def test_a_crash_that_lost_the_end_of_the_log(platform: Platform, follows: Callable[..., Follows]) -> None:
    """What is written next has places in the log that were read before: it wins all the same."""
    _, (question, _) = platform.conversation("Where?", "There")
    source = follows()
    source.once()
    state = source.source.store.load()
    state.base, state.mark = 3_000, None
    source.source.store.save(state)
    source.once()
    state = source.source.store.load()
    state.base = 0  # as if the log began that much lower
    source.source.store.save(state)
    platform.run("UPDATE messages SET content = 'Elsewhere?' WHERE id = %s", question)
    source.once()
    source.check()


def test_a_column_that_goes_away(
    platform: Platform, follows: Callable[..., Follows], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its table stops, with a sentence, and the others go on; when it is back, what was missed comes in."""
    monkeypatch.setattr(following_run, "ACCOUNTS_SECONDS", 1.0)
    _, (question, answer) = platform.conversation("Where?", "There")
    source = follows()
    with source.running():
        source.check()
        platform.run("ALTER TABLE message_feedback RENAME feedback TO vote")
        platform.run("INSERT INTO message_feedback (message_id, vote) VALUES (%s, 'positive')", answer)
        platform.run("UPDATE messages SET content = 'Still?' WHERE id = %s", question)
        source.wait(lambda: any("feedback" in each for each in source.status.stopped))
        source.wait(lambda: source.here()["chatbots"][0]["top_queries"][0]["query"] == "Still?")
        platform.run("ALTER TABLE message_feedback RENAME vote TO feedback")
        source.check()
