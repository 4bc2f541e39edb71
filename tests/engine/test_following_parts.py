"""A transaction is looked at as a whole: also one that comes in parts, or moves what it does not delete."""

from collections.abc import Callable

import pytest

from botlens.sources.postgres import following_run, transactions
from botlens.store.said import SaidRange, said_names
from tests.engine.platform import Follows, Platform

HELD = "are gone"


def is_held(source: Follows) -> bool:
    """Whether an operator is asked."""
    return HELD in (source.status.warning() or "")


def test_what_waited_is_read_after_the_last_part(
    platform: Platform, follows: Callable[..., Follows], way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A vote that waits for what the first part brings does not end the transaction there."""
    platform.many(120)
    conversation, (question,) = platform.conversation("Where?")
    platform.run("UPDATE messages SET role = 'robot' WHERE id = %s", question)
    platform.vote(question)
    source = follows(way)
    monkeypatch.setattr(transactions, "BATCH_CHANGES", 40)
    with source.running():
        source.check()
        with platform.connection.transaction():
            platform.run("UPDATE messages SET role = 'user' WHERE id = %s", question)
            platform.run("DELETE FROM conversations WHERE id <> %s", conversation)
        source.wait(lambda: is_held(source))
        assert source.votes() == (121, 0)
        assert source.here()["total_conversations"] == 121


def test_a_chatbot_that_comes_between_two_parts(
    platform: Platform, follows: Callable[..., Follows], way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What there is of it is read when the transaction has ended."""
    for _ in range(12):
        platform.conversation("What?")
    source = follows(way)
    monkeypatch.setattr(transactions, "BATCH_CHANGES", 4)
    monkeypatch.setattr(following_run, "ACCOUNTS_SECONDS", 0.0)
    with source.running():
        source.check()
        with platform.connection.transaction():
            bot = platform.new_bot()
            platform.run("DELETE FROM conversations")
        source.wait(lambda: any(each["chatbot_id"] == bot for each in source.here()["chatbots"]))
        source.wait(lambda: is_held(source))
        assert source.here()["total_conversations"] == 12


def test_moved_by_what_deletes_more_than_half(
    platform: Platform, follows: Callable[..., Follows], way: str
) -> None:
    """What moved counts where it is and nowhere else, while an operator is asked for the rest."""
    platform.many(120)
    conversation, (_, answer) = platform.conversation("Where?", "There")
    home, (mine,) = platform.conversation("When?")
    vote = platform.vote(answer)
    bot = platform.new_bot()
    source = follows(way)
    with source.running():
        source.check()
        with platform.connection.transaction():
            platform.move(conversation, bot)
            platform.run("UPDATE messages SET conversation_id = %s WHERE id = %s", home, answer)
            platform.run("UPDATE message_feedback SET message_id = %s WHERE id = %s", mine, vote)
            platform.run("DELETE FROM conversations WHERE id NOT IN (%s, %s)", conversation, home)
        source.wait(lambda: is_held(source))
        assert source.here()["total_messages"] == 243
        assert source.votes() == (121, 0)
        snapshots, within = source.engine.commits.snapshots, SaidRange(platform.bot)
        said = snapshots.read(platform.company, lambda reader: said_names(reader, within))
        assert said.moved_away == {conversation}
        assert answer in said.messages.column("event_id").to_pylist()
    assert set(source.source.store.load().held) == {
        "public.conversations",
        "public.messages",
        "public.message_feedback",
    }
