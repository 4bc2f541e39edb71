"""Keys of the source beside what counts here, in ranges of conversations: nothing is lost where one ends."""

from collections.abc import Callable
from threading import current_thread
from typing import Any

import pytest

from botlens.store import said
from botlens.store.connection import ClickHouse
from tests.engine.platform import Follows, Platform

FEW = 10
"""Rows of events in a range: two or three conversations of four rows each."""

_ENDS = ("00000000-0000-4000-8000-000000000000", "ffffffff-ffff-4fff-bfff-ffffffffffff")
"""Before and behind every id of a conversation that was there."""


def ids(platform: Platform, statement: str) -> set[str]:
    return {str(row[0]) for row in platform.connection.execute(statement)}


def test_differences_are_found_in_every_range(
    platform: Platform, follows: Callable[..., Follows], monkeypatch: pytest.MonkeyPatch
) -> None:
    """In each conversation one message has gone and one has come; each is named, and mended."""
    monkeypatch.setattr(said, "_ROWS", FEW)
    platform.many(40)
    other = platform.new_bot()
    for _ in range(5):
        platform.conversation("Where?", "There", bot=other)
    source = follows()
    source.once()
    gone = ids(platform, "SELECT id FROM messages WHERE role IN ('human', 'user')")
    platform.run("DELETE FROM messages WHERE role IN ('human', 'user')")
    for conversation in ids(platform, "SELECT id FROM conversations"):
        platform.message(conversation, "What?")
    come = ids(platform, "SELECT id FROM messages WHERE role = 'user'")
    found = source.once()
    assert {name.name for _, name in found.gone} == gone
    assert {value for values in found.missing.values() for value in values} == come
    source.check()
    found = source.once()
    assert (len(found.gone), found.missing_rows) == (0, 0)


def test_conversations_and_votes_at_the_ends(
    platform: Platform, follows: Callable[..., Follows], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some come before and behind all that are here, some go; some votes are others by now."""
    monkeypatch.setattr(said, "_ROWS", FEW)
    platform.many(40)
    source = follows()
    source.once()
    ordered = sorted(ids(platform, "SELECT id FROM conversations"))
    for each in (ordered[0], ordered[20], ordered[-1]):
        platform.run("DELETE FROM conversations WHERE id = %s", each)
    for each in _ENDS:
        platform.run(
            "INSERT INTO conversations SELECT %s, chatbot_id, session_id, language, created_at "
            "FROM conversations LIMIT 1",
            each,
        )
        platform.message(each, "Where?")
    platform.run("UPDATE message_feedback SET feedback = 'negative' WHERE mod(id, 2) = 0")
    toggled = platform.value("SELECT count(*) FROM message_feedback WHERE feedback = 'negative'")
    found = source.once()
    assert {spot.conversation for _, spot in found.conversations} == {ordered[0], ordered[20], ordered[-1]}
    assert found.different == toggled
    source.check()


def test_no_answer_of_the_store_has_more_rows_than_a_range(
    platform: Platform, follows: Callable[..., Follows], monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many there are: so it does not take more memory, either."""
    platform.many(60)
    source = follows()
    source.once()
    monkeypatch.setattr(said, "_ROWS", FEW)
    answers: list[int] = []
    ask, own = ClickHouse.columns, current_thread()

    def noted(store: ClickHouse, *what: Any, **more: Any) -> Any:
        found = ask(store, *what, **more)
        if current_thread() is own or current_thread().name.startswith("botlens-ahead"):
            answers.append(len(found))  # of no work in the background, of other companies
        return found

    monkeypatch.setattr(ClickHouse, "columns", noted)
    found = source.once()
    assert (found.compared, found.missing_rows) == (180, 0)  # questions, answers and votes
    assert max(answers) == FEW
    assert sum(answers) >= 180


@pytest.mark.parametrize("way", ["stream", "sweep"])
def test_what_was_moved_is_not_gone(platform: Platform, follows: Callable[..., Follows], way: str) -> None:
    """However much of a table is in another place than before: it is taken from where it was, once."""
    first, messages = platform.conversation(*(f"Is it {number}?" for number in range(20)))
    second, _ = platform.conversation("Or this?", session="t")
    for message in messages[1::2]:
        platform.vote(message)
    bots = [platform.bot, platform.new_bot()]
    for number in range(10):
        platform.conversation("Where?", session=f"m{number}", bot=bots[1])
    source = follows(way)
    source.once()
    source.check()
    third = platform.new_bot()
    platform.run("UPDATE messages SET conversation_id = %s WHERE conversation_id = %s", second, first)
    platform.run("UPDATE conversations SET chatbot_id = %s WHERE chatbot_id = %s", third, bots[1])
    with source.running():
        source.check()
    assert source.source.store.load().held == {}
    assert source.here()["total_messages"] == 31
