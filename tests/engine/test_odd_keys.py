"""Ids of the source of other types than usual, and that refer to nothing: no row stops the others."""

from collections.abc import Callable

import pytest

from botlens.store import said
from tests.engine.platform import AT, Follows, Platform

_REFERENCES = (
    "ALTER TABLE messages DROP CONSTRAINT messages_conversation_id_fkey",
    "ALTER TABLE message_feedback DROP CONSTRAINT message_feedback_message_id_fkey",
    "ALTER TABLE conversations DROP CONSTRAINT conversations_chatbot_id_fkey",
)


def retype(platform: Platform, kind: str, *columns: str) -> None:
    """Columns (`table.column`) become of another type; nothing refers to anything any more."""
    for each in _REFERENCES:
        platform.run(each)
    for each in columns:
        table, column = each.split(".")
        platform.run(f"ALTER TABLE {table} ALTER {column} TYPE {kind} USING {column}::text::{kind}")


@pytest.mark.parametrize("way", ["stream", "slot", "sweep"])
def test_what_refers_to_no_id_at_all(platform: Platform, follows: Callable[..., Follows], way: str) -> None:
    """Where ids are UUIDs and what refers to them is text: what is no UUID is set aside, before and later."""
    conversation, (_, answer) = platform.conversation("Where?", "There")
    retype(platform, "text", "messages.conversation_id", "message_feedback.message_id")
    platform.vote(answer)
    platform.vote("nothing")
    platform.message("nowhere", "What?")
    source = follows(way)
    source.once()
    assert source.votes() == (1, 0)
    assert {why for why, *_ in source.aside()} == {"unknown_message", "unknown_conversation"}
    with source.running():
        platform.vote("nothing at all")
        platform.message("nowhere else", "What?")
        platform.message(conversation, "Why?")
        source.wait(lambda: sum(source.aside().values()) == 4)
        source.wait(lambda: source.here()["total_messages"] == 3)


@pytest.mark.parametrize("way", ["stream", "slot", "sweep"])
def test_ids_of_a_fixed_length(platform: Platform, follows: Callable[..., Follows], way: str) -> None:
    """Ids that are `char(36)`, as some frameworks make them, are found again by what they are."""
    conversation, (_, answer) = platform.conversation("Where?", "There")
    retype(
        platform, "char(36)", "messages.id", "messages.conversation_id", "message_feedback.message_id",
        "conversations.id",
    )  # fmt: skip
    source = follows(way)
    source.once()
    platform.vote(answer)
    platform.message(conversation, "What?")
    source.once()
    assert source.votes() == (1, 0)
    assert source.once().missing_rows == 0
    source.check()
    other = platform.new_bot()
    with source.running():  # all of a conversation that moves is read by its id
        platform.run("UPDATE conversations SET chatbot_id = %s WHERE id = %s", other, conversation)
        source.check()
    assert source.here()["total_messages"] == 3


_ODD = (
    *("", " ", "A", "a", "ä", "a\u0308", "10", "9", "09", "-1", "+1", "\\N", '"', "'", "a,b", "a\nb", "\t"),
    *("%s", "{a}", "NULL", "\ufffd", "\U0001f600", "x" * 200),
)
_REFUSED = 4
"""Of these: the empty one, the two with control characters, the longest."""


def test_odd_text_ids(
    platform: Platform, follows: Callable[..., Follows], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ids that order, quoting or engines could take for others; what is refused is not missing each time."""
    monkeypatch.setattr(said, "_ROWS", 10)
    retype(
        platform, "text", "messages.id", "messages.conversation_id", "message_feedback.message_id",
        "conversations.id",
    )  # fmt: skip
    for each in _ODD:
        platform.run("INSERT INTO conversations VALUES (%s, %s, 's', 'en', %s)", each, platform.bot, AT)
        platform.run("INSERT INTO messages VALUES (%s, %s, 'user', 'Where?', %s, NULL)", each, each, AT)
    source = follows()
    source.once()
    found = source.once()
    assert (found.gone, found.conversations, found.missing) == ([], [], {})
    assert source.here()["total_messages"] == len(_ODD) - _REFUSED
    assert source.here()["total_conversations"] == len(_ODD) - _REFUSED
    assert {why for why, *_ in source.aside()} == {"invalid_id", "unknown_conversation"}
