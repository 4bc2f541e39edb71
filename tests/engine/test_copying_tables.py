"""The tables of a platform are copied whole, whatever happens meanwhile: with every row, and each once."""

from collections.abc import Callable
from threading import Event
from typing import Any

import psycopg
import pytest

from botlens.jobs.job import StoppedError
from botlens.sources.postgres import bulk
from botlens.sources.postgres.loading import Loading
from tests.engine.platform import Follows, Platform


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
