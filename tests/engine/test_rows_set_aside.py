"""Rows that cannot be taken: they are counted by reason, and come in by themselves once they can be."""

from collections.abc import Callable
from importlib.resources import files

import pytest

from botlens.sources.postgres.mapping_text import parse_mapping
from tests.engine.platform import Follows, Platform

WAYS = ("stream", "slot", "sweep")


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


def test_a_conversation_that_was_deleted_here(platform: Platform, follows: Callable[..., Follows]) -> None:
    """That is final: what the source has all the same is counted aloud, whoever looks, until it goes."""
    conversation, _ = platform.conversation("Where?", "There")
    source = follows("stream")
    source.once()
    source.delete(conversation)
    for _ in range(2):
        said = source.verify().sentence()
        assert "nothing differs. Not counted: 1 conversation of the source that was deleted" in said
        assert source.aside() == {("deleted_here", "", platform.bot): 1}
    with source.running():
        platform.run("UPDATE conversations SET language = 'de' WHERE id = %s", conversation)
        platform.conversation("What?")
        source.wait(lambda: source.here()["total_messages"] == 1)
        assert source.aside() == {("deleted_here", "", platform.bot): 1}
        platform.run("DELETE FROM conversations WHERE id = %s", conversation)
        source.wait(lambda: source.aside() == {})
    assert source.verify().deleted_here == 0


def test_a_conversation_that_is_too_long(
    platform: Platform, follows: Callable[..., Follows], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The row that has no room is set aside by its own key, whatever it is of, until it is gone."""
    monkeypatch.setattr("botlens.commit.room.ledger.MOST_RECORDS", 100)
    _, messages = platform.conversation(*(f"Is it {number}?" for number in range(100)))
    answer = messages[-1]
    source = follows("stream")
    with source.running():
        source.check()
        vote, votes = platform.vote(answer), source.source.store.set_aside_keys
        source.wait(lambda: votes("feedback") == ({str(vote)}, set()))
        assert source.aside() == {("conversation_too_long", "", platform.bot): 1}
        platform.run("DELETE FROM message_feedback WHERE id = %s", vote)
        source.wait(lambda: source.aside() == {})


def test_a_chatbot_that_is_not_here_any_more(platform: Platform, follows: Callable[..., Follows]) -> None:
    """What comes for it before the accounts were looked at again is counted aloud, not dropped."""
    conversation, _ = platform.conversation("Where?", "There")
    source = follows("stream")
    with source.running():
        source.check()
        source.engine.accounts.release(platform.company)
        source.engine.accounts.delete_chatbot(platform.company, platform.bot)
        message = platform.message(conversation, "Is anybody there?")
        keys = source.source.store.set_aside_keys
        source.wait(lambda: keys("message") == ({message}, set()))
        assert source.aside() == {("unknown_chatbot", platform.bot, platform.bot): 1}
        platform.run("DELETE FROM messages WHERE id = %s", message)
        source.wait(lambda: source.aside() == {})
