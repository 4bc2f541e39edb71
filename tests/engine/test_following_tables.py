"""The tables of a platform are followed: every number is what its rows come to, whichever way they came."""

import uuid
from collections.abc import Callable
from contextlib import suppress
from importlib.resources import files
from random import Random
from threading import Event, Thread

import psycopg
import pytest

from botlens.jobs.job import Progress, StoppedError
from botlens.sources.postgres import following
from botlens.sources.postgres.bridging import Bridge
from botlens.sources.postgres.changes import BridgeNeededError, Follower
from botlens.sources.postgres.mapping_text import parse_mapping
from botlens.sources.postgres.state import StateStore
from tests.engine.platform import AT, Follows, Platform

WAYS = ("stream", "slot", "sweep")


@pytest.mark.parametrize("way", WAYS)
def test_what_changes_is_followed(platform: Platform, follows: Callable[..., Follows], way: str) -> None:
    """New rows, edits, votes given, toggled and withdrawn."""
    _, (question, answer) = platform.conversation("Where?", "There")
    source = follows(way)
    with source.running():
        source.check()
        vote = platform.vote(answer)
        conversation, _ = platform.conversation("What?", "That", session="t")
        source.check()
        platform.run("UPDATE message_feedback SET feedback = 'negative' WHERE id = %s", vote)
        platform.run("UPDATE messages SET content = 'Where else?' WHERE id = %s", question)
        platform.run(
            "UPDATE messages SET created_at = created_at - interval '3 days' WHERE conversation_id = %s",
            conversation,
        )
        source.check()
        if way != "sweep":
            platform.run("DELETE FROM message_feedback WHERE id = %s", vote)
            platform.run("DELETE FROM messages WHERE id = %s", question)
            platform.run("DELETE FROM conversations WHERE id = %s", conversation)
            source.check()


@pytest.mark.slow
@pytest.mark.parametrize("way", WAYS)
def test_any_traffic(
    platform: Platform, follows: Callable[..., Follows], way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cut off and begun again in the middle of it: afterwards every number is the oracle's over the rows."""
    monkeypatch.setattr(following, "FIRST_COMPARING_SECONDS", 2.0)
    platform.many(50)
    source = follows(way)
    traffic = Thread(target=platform.storm, args=(Random(12), 12.0))
    traffic.start()
    while traffic.is_alive():
        with source.running():
            traffic.join(3.0)
    with source.running():
        source.check()
    source.once()
    source.check()
    assert platform.slots() == 0


@pytest.mark.parametrize("way", ["stream", "slot"])
def test_transactions(platform: Platform, follows: Callable[..., Follows], way: str) -> None:
    """Rolled back, with savepoints, toggled within one, and open while others commit."""
    conversation, (question, answer) = platform.conversation("Where?", "There")
    source = follows(way)
    with source.running(), psycopg.connect(platform.url) as late:
        late.execute("UPDATE messages SET content = 'Late' WHERE id = %s", [question])
        with platform.connection.transaction(force_rollback=True):
            platform.message(conversation, "Never said")
        with platform.connection.transaction():
            platform.message(conversation, "Said")
            with platform.connection.transaction(force_rollback=True):
                platform.message(conversation, "Nor this")
            vote = platform.vote(answer)
            platform.run("DELETE FROM message_feedback WHERE id = %s", vote)
            platform.vote(answer, "negative")
        source.check()
        late.commit()
        source.check()
        with platform.connection.transaction():
            platform.run("DELETE FROM message_feedback WHERE message_id = %s", answer)
            platform.vote(answer, "positive")
        source.check()
    assert platform.slots() == 0


@pytest.mark.parametrize("way", ["stream", "slot"])
def test_several_votes_on_one_message(platform: Platform, follows: Callable[..., Follows], way: str) -> None:
    """They are one here; if one is withdrawn, another counts."""
    _, (_, answer) = platform.conversation("Where?", "There")
    first = platform.vote(answer, "negative")
    source = follows(way)
    with source.running():
        second = platform.vote(answer, "positive")
        source.wait(lambda: source.votes() == (1, 0))
        platform.run("DELETE FROM message_feedback WHERE id = %s", second)
        source.wait(lambda: source.votes() == (0, 1))
        platform.run("DELETE FROM message_feedback WHERE id = %s", first)
        source.wait(lambda: source.votes() == (0, 0))


@pytest.mark.parametrize("way", ["stream", "sweep"])
def test_moved(platform: Platform, follows: Callable[..., Follows], way: str) -> None:
    """A message to another conversation, with the vote on it; a conversation to another chatbot."""
    _, (_, answer) = platform.conversation("Where?", "There")
    other, _ = platform.conversation("When?", session="t")
    platform.vote(answer)
    bot = platform.new_bot()
    source = follows(way)
    with source.running():
        source.check()
        platform.run("UPDATE messages SET conversation_id = %s WHERE id = %s", other, answer)
        source.check()
        platform.run("UPDATE conversations SET chatbot_id = %s WHERE id = %s", bot, other)
        source.check()
        moved = uuid.uuid4()
        platform.run("DELETE FROM message_feedback")
        platform.run("UPDATE messages SET id = %s WHERE id = %s", moved, answer)
        if way == "stream":
            source.check()
    source.once()
    source.check()


@pytest.mark.parametrize("way", WAYS)
def test_moved_there_and_back(platform: Platform, follows: Callable[..., Follows], way: str) -> None:
    """A vote that is back by the time that its move is looked at is on one message only."""
    answers = [platform.conversation("Where?", "There", session=each)[1][1] for each in "ab"]
    vote = platform.vote(answers[0])
    source = follows(way)
    with source.running():
        for _ in range(5):
            for answer in reversed(answers):
                platform.run("UPDATE message_feedback SET message_id = %s WHERE id = %s", answer, vote)
        platform.message(platform.conversation()[0], "Last")
        source.wait(lambda: source.here()["total_messages"] == 5)
        source.check()
        assert source.votes() == (1, 0)


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


def test_while_it_was_away(platform: Platform, follows: Callable[..., Follows]) -> None:
    """A bridge brings in what was missed: rows, edits, and what is gone; doing it again changes nothing."""
    conversation, (question, answer) = platform.conversation("Where?", "There")
    gone, _ = platform.conversation("What?", session="t")
    vote = platform.vote(answer, "negative")
    source = follows()
    source.once()
    source.check()
    platform.run("DELETE FROM conversations WHERE id = %s", gone)
    platform.run("UPDATE message_feedback SET feedback = 'thumbs_up' WHERE id = %s", vote)
    platform.run("UPDATE messages SET content = 'Where then?' WHERE id = %s", question)
    platform.message(conversation, "New")
    found = source.once()
    source.check()
    assert found.gone_by_kind() == {"conversation": 1}
    again = source.once()
    assert (again.gone, again.conversations, again.missing) == ([], [], {})
    source.check()


def test_nothing_of_ours_stays(platform: Platform, follows: Callable[..., Follows]) -> None:
    """Not one slot, after any way and any end."""
    for way in WAYS:
        with follows(way).running():
            platform.conversation("Where?")
    assert platform.slots() == 0


def test_what_is_not_known_is_set_aside(platform: Platform, follows: Callable[..., Follows]) -> None:
    """Counted by reason and chatbot; it comes in by itself once the mapping knows it."""
    conversation, (_, answer) = platform.conversation("Where?", "There")
    other = platform.message(conversation, "Beep", "robot")
    platform.vote(answer, "meh")
    source = follows()
    with source.running():
        source.check()
        platform.message(conversation, "x" * 100_001)
        source.wait(lambda: len(source.aside()) == 3)
        assert source.aside() == {
            ("too_long", "content", platform.bot): 1,
            ("unknown_role", "robot", platform.bot): 1,
            ("unknown_vote", "meh", platform.bot): 1,
        }
        platform.run("UPDATE messages SET role = 'assistant' WHERE id = %s", other)
        source.wait(lambda: len(source.aside()) == 2)
        source.check()
        platform.run("UPDATE messages SET role = 'robot' WHERE id = %s", other)
        source.wait(lambda: len(source.aside()) == 3)
        source.check()
    text = (files("botlens.sources.postgres") / "mappings" / "supabase.toml").read_text()
    source.mapping = parse_mapping(text.replace("map = {", "map = { robot = 'assistant', meh = 'negative',"))
    source.once()
    assert source.aside() == {("too_long", "content", platform.bot): 1}
    assert source.votes() == (0, 1)
    here = source.here()
    assert here["total_messages"] == 4


@pytest.mark.parametrize("way", WAYS)
def test_a_time_that_is_none(platform: Platform, follows: Callable[..., Follows], way: str) -> None:
    """It has the same reason by whichever way it comes, and another than one that is missing."""
    conversation, (first, second) = platform.conversation("Where?", "There")
    platform.run("UPDATE messages SET created_at = 'infinity' WHERE id = %s", first)
    source = follows(way)
    with source.running():
        assert source.aside() == {("invalid_time", "created_at", platform.bot): 1}
        later = platform.message(conversation, "When?")
        platform.run("UPDATE messages SET created_at = '-infinity' WHERE id = %s", second)
        platform.run("UPDATE messages SET created_at = '20000-01-01Z' WHERE id = %s", later)
        missing = platform.message(conversation, "Since when?")
        platform.run("UPDATE messages SET created_at = NULL WHERE id = %s", missing)
        wanted = {("invalid_time", "created_at", platform.bot): 3, ("no_time", "created_at", platform.bot): 1}
        source.wait(lambda: source.aside() == wanted)


def test_begun_anew_too_often(
    platform: Platform, follows: Callable[..., Follows], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Why is said as it was: a publication that changes is none of the room that a slot has."""
    monkeypatch.setattr(following, "MOST_LET_GO", 1)
    source = follows("stream")
    source.source = source._new()

    def opened(*_: object) -> tuple[str, Follower]:
        raise BridgeNeededError("The publication was changed.", code="publication_changed")

    monkeypatch.setattr(source.source, "open_follower", opened)
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


def test_a_chatbot_that_comes_later(platform: Platform, follows: Callable[..., Follows]) -> None:
    """What is said of it is taken at once, not with the next look at the accounts."""
    source = follows()
    with source.running():
        bot = platform.new_bot()
        platform.conversation("Where?", bot=bot)
        source.check()


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
    monkeypatch.setattr(following, "ACCOUNTS_SECONDS", 1.0)
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


def test_verify_mends(platform: Platform, follows: Callable[..., Follows]) -> None:
    """Whatever differs, of keys and of contents, and says how much."""
    conversation, (question, answer) = platform.conversation("Where?", "There")
    platform.vote(answer)
    source = follows()
    source.once()
    at = source.source.store.load().highest
    source.send(
        {
            "type": "message",
            "id": question,
            "role": "user",
            "content": "Forged",
            "created_at": AT,
            "revision": 1,
        },
        {"type": "message", "id": "ghost", "role": "user", "content": "Boo", "created_at": AT, "revision": 5},
        {"type": "deletion", "of": "message", "message_id": answer, "created_at": AT, "revision": at},
        conversation=conversation,
    )
    platform.run("SELECT pg_logical_emit_message(true, 'time', 'goes by')")
    report = source.verify()
    assert (report.gone, report.missing) == (1, 2)
    source.check()
    assert "nothing differs" in source.verify().sentence()


@pytest.mark.parametrize("way", ["stream", "slot"])
def test_a_vote_counts_while_its_message_does(
    platform: Platform, follows: Callable[..., Follows], way: str
) -> None:
    """It waits for a message that is set aside, whichever of the two came first, and comes back with it."""
    messages = [platform.conversation("Where?", "There", session=each)[1][1] for each in "ab"]
    platform.vote(messages[0])
    roles = "UPDATE messages SET role = %s WHERE id = ANY(%s::uuid[])"
    source = follows(way)
    with source.running():
        platform.run(roles, "robot", messages)
        platform.vote(messages[1])
        source.wait(lambda: sum(source.aside().values()) == 4)
        source.check()
        assert source.votes() == (0, 0)
        platform.run(roles, "assistant", messages)
        source.check()
        assert source.votes() == (2, 0)
        assert source.aside() == {}
    assert source.once().missing_rows == 0


def test_what_is_set_aside_is_what_the_last_transaction_left(
    platform: Platform, follows: Callable[..., Follows]
) -> None:
    """Of several that are looked at together: taken, set aside, gone and there again."""
    _, messages = platform.conversation("Where?", "There", "What?", "That")
    changed = "UPDATE messages SET role = %s WHERE id = %s"
    source = follows("slot")
    with source.running():
        for _ in range(5):
            platform.run(changed, "robot", messages[0])
            platform.run(changed, "user", messages[0])
            platform.run(changed, "user", messages[2])
            platform.run(changed, "robot", messages[2])
        platform.run("CREATE TABLE kept AS SELECT * FROM messages WHERE id = %s", messages[3])
        for _ in range(5):
            platform.run("DELETE FROM messages WHERE id = %s", messages[3])
            platform.run("INSERT INTO messages SELECT * FROM kept")
            platform.run(changed, "robot", messages[3])
        source.check()
        source.wait(lambda: list(source.aside().values()) == [2])
        assert source.here()["total_messages"] == 2
    found = source.once()
    assert (found.gone, found.missing_rows) == ([], 0)


def test_what_was_set_aside_and_is_gone_is_not_counted_any_more(
    platform: Platform, follows: Callable[..., Follows]
) -> None:
    """Although nobody followed when it went."""
    conversation, (question, _) = platform.conversation("Where?", "There")
    platform.run("UPDATE messages SET role = 'robot' WHERE id = %s", question)
    kept = platform.message(conversation, "What?", "robot")
    source = follows()
    source.once()
    assert source.aside() == {("unknown_role", "robot", platform.bot): 2}
    platform.run("DELETE FROM messages WHERE id = %s", question)
    source.once()
    assert source.aside() == {("unknown_role", "robot", platform.bot): 1}
    platform.run("DELETE FROM messages WHERE id = %s", kept)
    source.once()
    assert source.aside() == {}


def test_a_conversation_that_comes_back_is_said_to_be_deleted(
    platform: Platform, follows: Callable[..., Follows]
) -> None:
    """A deletion of a conversation is final: what the source has all the same is counted aloud."""
    conversation, _ = platform.conversation("Where?", "There")
    source = follows()
    source.once()
    for bot in (platform.new_bot(), platform.bot):
        platform.run("UPDATE conversations SET chatbot_id = %s WHERE id = %s", bot, conversation)
        source.once()
    assert source.here()["total_messages"] == 0
    assert source.aside() == {("deleted_here", "", platform.bot): 1}
    platform.run("DELETE FROM conversations WHERE id = %s", conversation)
    source.once()
    assert source.aside() == {}
