"""The tables of a platform are followed: every number is what its rows come to, whichever way they came."""

import uuid
from collections.abc import Callable, Iterator
from importlib.resources import files
from pathlib import Path
from random import Random
from threading import Event, Thread
from typing import Any

import psycopg
import pytest

from botlens.engine import Engine
from botlens.jobs.job import StoppedError
from botlens.sources.postgres import bulk, following
from botlens.sources.postgres.bridging import Bridge
from botlens.sources.postgres.loading import Loading
from botlens.sources.postgres.mapping import parse_mapping
from botlens.sources.postgres.state import StateStore
from tests.engine.platform import AT, Follows, Platform

WAYS = ("stream", "slot", "sweep")


@pytest.fixture
def platform(new_postgres: Callable[[], str]) -> Iterator[Platform]:
    found = Platform(new_postgres())
    yield found
    found.connection.close()


@pytest.fixture
def follows(platform: Platform, engine: Engine, tmp_path: Path) -> Callable[..., Follows]:
    def make(way: str = "stream", **more: object) -> Follows:
        return Follows(platform, engine, tmp_path, way, **more)

    return make


def test_all_that_is_there_is_copied(platform: Platform, follows: Callable[..., Follows]) -> None:
    """SourceConversations, messages and votes; words in ours, no content is an empty one."""
    conversation, (_, answer) = platform.conversation("Where?", "There")
    platform.vote(answer, "thumbs_down")
    platform.message(conversation, None, "tool")
    source = follows()
    source.once()
    source.check()
    here = source.here()
    assert (here["total_conversations"], here["total_messages"]) == (1, 3)


def test_a_very_long_text(platform: Platform, follows: Callable[..., Follows]) -> None:
    """It is cut, and holds up nothing."""
    conversation, _ = platform.conversation("Where?")
    platform.message(conversation, "There" * 1_000_000)
    source = follows()
    source.once()
    assert source.here()["total_messages"] == 2
    assert source.aside() == {("too_long", "content", platform.bot): 1}


def test_many_rows(platform: Platform, follows: Callable[..., Follows]) -> None:
    """They are loaded as columns, by the same rules: words, scores, votes, what is set aside."""
    platform.many(1_500)
    robot = platform.value("SELECT id FROM messages LIMIT 1")
    platform.run("UPDATE messages SET role = 'robot' WHERE id = %s", robot)
    platform.run("UPDATE messages SET confidence_score = 7 WHERE content = 'Answer 5'")
    platform.run("DELETE FROM message_feedback WHERE message_id = %s", robot)
    source = follows()
    source.once()
    assert {(reason, word) for reason, word, _ in source.aside()} == {
        ("unknown_role", "robot"),
        ("out_of_range", "confidence_score"),
        ("unknown_message", ""),  # the vote on that message
    }
    platform.run("DELETE FROM messages WHERE confidence_score = 7")
    source.once()
    source.check()


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


def test_written_anew_while_it_is_copied(
    platform: Platform, follows: Callable[..., Follows], monkeypatch: pytest.MonkeyPatch
) -> None:
    """VACUUM FULL between two ranges moves rows into blocks that were read: the table is begun again."""
    for _ in range(400):
        platform.conversation("Where?" * 50)
    platform.run("DELETE FROM messages WHERE id IN (SELECT id FROM messages ORDER BY ctid LIMIT 200)")
    monkeypatch.setattr(bulk, "_FIRST_BLOCKS", 4)
    monkeypatch.setattr(bulk, "_MOST_BLOCKS", 4)
    read = bulk.BulkReading._piece
    calls = iter(range(1_000))

    def disturbed(reading: bulk.BulkReading, entity: Any, block: int, until: int) -> Any:
        if block >= 8 and next(calls) == 0:
            platform.run(f"VACUUM FULL {reading._part.name.sql}")
        return read(reading, entity, block, until)

    monkeypatch.setattr(bulk.BulkReading, "_piece", disturbed)
    source = follows()
    source.once()
    source.check()
    assert next(calls) > 0


def test_cut_off_in_the_middle_of_the_copy(
    platform: Platform, follows: Callable[..., Follows], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It goes on where it was: ranges that were kept are not read again."""
    for _ in range(300):
        platform.conversation("Where?" * 50)
    monkeypatch.setattr(bulk, "_FIRST_BLOCKS", 4)
    monkeypatch.setattr(bulk, "_MOST_BLOCKS", 4)
    read, blocks = bulk.BulkReading._piece, []

    def dying(reading: bulk.BulkReading, entity: Any, block: int, until: int) -> Any:
        blocks.append((reading._part.known_as, block))
        if len(blocks) == 5:
            raise StoppedError
        return read(reading, entity, block, until)

    monkeypatch.setattr(bulk.BulkReading, "_piece", dying)
    source = follows()
    with pytest.raises(StoppedError):
        source.once()
    source.once()
    source.check()
    assert len(blocks) == len(set(blocks)) + 1


def test_the_next_range_is_read_while_one_is_loaded(
    platform: Platform, follows: Callable[..., Follows], monkeypatch: pytest.MonkeyPatch
) -> None:
    """That one, and none behind it: so no more than two are in memory."""
    for _ in range(300):
        platform.conversation("Where?" * 50)
    monkeypatch.setattr(bulk, "_FIRST_BLOCKS", 2)
    monkeypatch.setattr(bulk, "_MOST_BLOCKS", 2)
    read, load = bulk.BulkReading._piece, Loading.load
    another = Event()
    loaded: list[int] = []
    ahead: list[int] = []

    def noted(reading: bulk.BulkReading, entity: Any, block: int, until: int) -> Any:
        found = read(reading, entity, block, until)
        if entity.kind == "message":
            ahead.append(block // 2 - len(loaded))
            if block:
                another.set()
        return found

    def slow(self: Loading, entity: Any, table: Any, revision: int) -> None:
        if entity.kind == "message":
            assert loaded or another.wait(60)
            load(self, entity, table, revision)
            loaded.append(len(table))
        else:
            load(self, entity, table, revision)

    monkeypatch.setattr(bulk.BulkReading, "_piece", noted)
    monkeypatch.setattr(Loading, "load", slow)
    source = follows()
    source.once()
    source.check()
    assert len(loaded) > 3
    assert max(ahead) == 1


def test_it_ends_though_the_source_does_not_answer(
    platform: Platform, follows: Callable[..., Follows], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The range that is read ahead waits for a lock there: nobody waits for that."""
    for _ in range(300):
        platform.conversation("Where?" * 50)
    monkeypatch.setattr(bulk, "_FIRST_BLOCKS", 2)
    monkeypatch.setattr(bulk, "_MOST_BLOCKS", 2)
    read, load, held = bulk.BulkReading._piece, Loading.load, Event()

    def hindered(reading: bulk.BulkReading, entity: Any, block: int, until: int) -> Any:
        if entity.kind == "message" and block == 2:
            lock = psycopg.connect(platform.url)
            lock.execute("LOCK TABLE messages")
            locks.append(lock)
            held.set()
        return read(reading, entity, block, until)

    def stopped(self: Loading, entity: Any, table: Any, revision: int) -> None:
        if entity.kind == "message":
            assert held.wait(60)
            raise StoppedError
        load(self, entity, table, revision)

    locks: list[psycopg.Connection] = []
    source = follows()
    with monkeypatch.context() as patch:
        patch.setattr(bulk.BulkReading, "_piece", hindered)
        patch.setattr(Loading, "load", stopped)
        with pytest.raises(StoppedError):
            source.once()
    for each in locks:
        each.close()
    source.once()
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
