"""What is seen out of its order: a change that is older than what is known by then undoes nothing."""

import contextlib
from collections.abc import Callable
from typing import Any

import pytest

from botlens.sources.postgres import transactions
from botlens.sources.postgres.bridging import Bridge
from botlens.sources.postgres.changes import ChangeBatch
from tests.engine.origin import PATIENCE, Origin, changes
from tests.engine.platform import Follows, Platform

_MUCH = "repeat('x', 1000000)"


pytestmark = pytest.mark.usefixtures("unpaced")


def test_small_transactions_after_a_large_one(origin: Origin, way: str) -> None:
    """All of them come, once and in order, also where the table was not heard of before."""
    with contextlib.closing(origin.follow(way)) as follower:
        origin.run(f"INSERT INTO notes SELECT n, {_MUCH}, 0 FROM generate_series(1, 10) n")
        for number in range(11, 20):
            origin.run(f"INSERT INTO notes VALUES ({number}, 'x', 0)")
        assert [each.key[0] for each in changes(follower)] == [str(n) for n in range(1, 20)]


def test_a_table_that_changes_after_a_large_transaction(origin: Origin, way: str) -> None:
    """Rows are read by the columns that there were when they were written."""
    with contextlib.closing(origin.follow(way)) as follower:
        origin.run("INSERT INTO notes VALUES (0, '', 7)")
        origin.run(f"INSERT INTO notes SELECT n, {_MUCH}, 7 FROM generate_series(1, 10) n")
        origin.run(
            "ALTER TABLE notes DROP content",
            "ALTER TABLE notes ADD content text",
            "INSERT INTO notes VALUES (11, 8, 'new')",
        )
        rows = {each.key[0]: dict(each.row) for each in changes(follower)}
    assert rows.pop("0") == {"id": "0", "content": "", "score": "7"}
    assert rows.pop("11") == {"id": "11", "content": "new", "score": "8"}
    assert [(len(each["content"] or ""), each["score"]) for each in rows.values()] == [(1_000_000, "7")] * 10


def test_no_more_is_acknowledged_than_was_given(
    origin: Origin, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Large and small ones in turn: each batch lets go of what ended before the next, and of nothing more."""
    monkeypatch.setattr(transactions, "BATCH_CHANGES", 3)
    with contextlib.closing(origin.follow(way)) as follower:
        for number, count in enumerate((5, 1, 1, 7, 1)):
            first = 10 * number
            origin.run(f"INSERT INTO notes SELECT {first} + n, 'x', 0 FROM generate_series(1, {count}) n")
        given: list[ChangeBatch] = []
        for batch in follower.batches(PATIENCE):
            given += [batch] if batch.changes else []
            if sum(len(each.changes) for each in given) >= 15:
                break
        assert [each for each in follower.batches(0.3) if each.changes] == []
    keys = [int(change.key[0]) for each in given for change in each.changes]
    assert keys == [1, 2, 3, 4, 5, 11, 21, 31, 32, 33, 34, 35, 36, 37, 41]
    for number, each in enumerate(given):
        assert all(each.upto <= change.revision for later in given[number + 1 :] for change in later.changes)
    assert given[-1].upto > max(change.revision for change in given[-1].changes)


def test_gone_at_once_in_parts(
    platform: Platform, follows: Callable[..., Follows], way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A transaction that comes in parts is looked at as a whole, whatever came before it: nothing goes of it.

    What came before it is of a table that is published and not followed, so it comes in no batch.
    """
    monkeypatch.setattr(transactions, "BATCH_CHANGES", 4)
    for _ in range(12):
        platform.conversation("Where?")
    source = follows(way)
    with source.running():
        source.check()
        platform.run("UPDATE chatbots SET name = 'Another'")
        platform.run("DELETE FROM conversations")
        source.wait(lambda: "are gone" in (source.status.warning() or ""))
        assert source.here()["total_conversations"] == 12
    assert source.source.store.load().held["public.conversations"] == (12, 12)


def test_moved_while_keys_were_compared(
    platform: Platform, follows: Callable[..., Follows], way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A change from before the move does not take the conversation from where it is: that would be final."""
    monkeypatch.setattr(transactions, "BATCH_CHANGES", 1)
    conversation, _ = platform.conversation("Where?", "There")
    bot = platform.new_bot()
    source = follows(way)
    source.once()
    catch_up = Bridge.catch_up

    def meanwhile(bridge: Bridge, *arguments: Any) -> Any:
        platform.run("UPDATE conversations SET language = 'de' WHERE id = %s", conversation)
        platform.run("UPDATE conversations SET chatbot_id = %s WHERE id = %s", bot, conversation)
        platform.conversation("Last", session="t")
        return catch_up(bridge, *arguments)

    monkeypatch.setattr(Bridge, "catch_up", meanwhile)
    source.status.at("copy", 0, None)
    with source.running():
        platform.conversation("After it", session="u")
        source.wait(lambda: source.here()["total_conversations"] == 3)
        source.check()
    source.once()
    source.check()
    assert source.aside() == {}
