"""Conversations that are moved to another chatbot, and come back: nothing is lost, or counted twice."""

from collections.abc import Callable

import pytest

from botlens.events.record import record_of
from botlens.events.types import Conversation, Deletion
from botlens.sources.postgres import applying
from botlens.sources.postgres.outgoing import Outgoing, OutgoingEvent
from botlens.store.said import SaidNames, SaidRange, said_names
from tests.engine.platform import AT, Follows, Platform

WAYS = ("stream", "slot", "sweep")


def names(source: Follows, bot: str) -> SaidNames:
    """What counts of a chatbot."""
    snapshots, within = source.engine.commits.snapshots, SaidRange(bot)
    return snapshots.read(source.platform.company, lambda reader: said_names(reader, within))


@pytest.mark.parametrize("way", WAYS)
def test_there_and_back_while_it_is_followed(
    platform: Platform, follows: Callable[..., Follows], way: str
) -> None:
    """Again and again, with its votes; what is set aside in it is counted where it is."""
    conversation, (_, answer) = platform.conversation("Where?", "There")
    platform.message(conversation, "Beep", "robot")
    vote = platform.vote(answer)
    other = platform.new_bot()
    source = follows(way)
    with source.running():
        for bot in (other, platform.bot, other, platform.bot):
            platform.move(conversation, bot)
            source.wait(lambda bot=bot: source.aside() == {("unknown_role", "robot", bot): 1})
            source.check()
        assert source.votes() == (1, 0)
        platform.run("UPDATE message_feedback SET feedback = 'negative' WHERE id = %s", vote)
        source.check()
    report = source.verify()
    assert (report.gone, report.missing, report.different, report.deleted_here) == (0, 0, 0, 0)


def test_there_and_back_while_nobody_follows(platform: Platform, follows: Callable[..., Follows]) -> None:
    """A bridge takes it from where it was, and brings it back; the next finds nothing to do."""
    conversation, messages = platform.conversation(*(f"Is it {number}?" for number in range(200)))
    platform.vote(messages[1])
    platform.message(conversation, "Beep", "robot")
    other = platform.new_bot()
    source = follows()
    source.once()
    for bot in (other, platform.bot, other):
        platform.move(conversation, bot)
        assert source.once().gone_by_kind() == {"conversation": 1}
        source.check()
        assert source.aside() == {("unknown_role", "robot", bot): 1}
        again = source.once()
        assert (again.gone, again.conversations, again.missing) == ([], [], {})
    assert "nothing differs." in source.verify().sentence()
    found = source.engine.answers.conversations.transcript(source.scope(), conversation)
    assert (found["chatbot_id"], len(found["messages"])) == (other, 200)


def test_little_of_what_moves_is_in_memory(
    platform: Platform, follows: Callable[..., Follows], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What takes it from where it was is committed in parts, and all of it is: from its end, so that what is
    left of a long one need not be listened to anew each time.
    """
    conversation, messages = platform.conversation(*(f"Is it {number}?" for number in range(40)))
    source = follows()
    source.once()
    platform.move(conversation, platform.new_bot())
    monkeypatch.setattr(applying, "_TAKEN_AT_ONCE", 7, raising=False)
    sizes: list[int] = []
    gone: list[str | None] = []
    commit = Outgoing.commit

    def noted(outgoing: Outgoing) -> list[OutgoingEvent]:
        waiting = [each for events in outgoing._waiting.values() for each in events]
        deletions = [each.event for each in waiting if isinstance(each.event, Deletion)]
        sizes.extend([len(waiting)] if deletions else ())
        gone.extend(each.message_id for each in deletions if each.of == "message")
        return commit(outgoing)

    monkeypatch.setattr(Outgoing, "commit", noted)
    source.once()
    assert (sum(sizes), max(sizes)) == (42, 7)  # a header, a rating and the messages
    assert gone == messages[::-1]
    assert names(source, platform.bot).moved_away == {conversation}
    source.check()


def test_what_was_sent_besides_goes_with_it(platform: Platform, follows: Callable[..., Follows]) -> None:
    """What no row says was said where it was, and is not there any more."""
    conversation, (_, answer) = platform.conversation("Where?", "There")
    source = follows()
    source.once()
    said = {"created_at": AT, "type": "message", "role": "user"}
    voted = {"created_at": AT, "type": "feedback", "value": "positive"}
    source.send(
        {**said, "id": "ours", "content": "Hello"},
        {**voted, "message_id": answer},
        {**voted, "message_id": "another"},
        {"type": "rating", "score": 5, "created_at": AT},
        conversation=conversation,
    )
    platform.move(conversation, platform.new_bot())
    source.once()
    source.check()
    assert source.votes() == (0, 0)
    assert names(source, platform.bot).moved_away == {conversation}


def test_what_was_sent_has_moved_nowhere(platform: Platform, follows: Callable[..., Follows]) -> None:
    """It is of no row and without a revision: it stays, whatever it says."""
    platform.conversation("Where?")
    source = follows()
    source.once()
    header = record_of(Conversation(platform.bot, "ours"))
    source.engine.commits.submit(platform.company, [header]).result()
    source.send(
        {"type": "message", "id": "one", "role": "user", "content": "Hello", "created_at": AT},
        {"type": "deletion", "of": "rating", "created_at": AT},
        conversation="ours",
    )
    source.once()
    assert not names(source, platform.bot).deleted
    assert source.here()["total_messages"] == 2


def test_what_is_deleted_where_it_moved_to(platform: Platform, follows: Callable[..., Follows]) -> None:
    """It is deleted wherever it was, for good: nothing of it is kept."""
    first, second = (platform.conversation("Where?", session=each)[0] for each in "ab")
    other = platform.new_bot()
    source = follows()
    source.once()
    for each in (first, second):
        platform.move(each, other)
    source.once()
    assert names(source, platform.bot).moved_away == {first, second}
    platform.run("DELETE FROM conversations WHERE id = %s", first)
    source.delete(second)
    source.once()
    source.engine.commits.flush()
    for bot in (platform.bot, other):
        assert names(source, bot).deleted == {first, second}
        assert not names(source, bot).moved_away
    platform.move(second, platform.bot)
    source.once()
    assert source.here()["total_messages"] == 0
    assert source.aside() == {("deleted_here", "", platform.bot): 1}


def test_deleted_by_the_name_of_its_chatbot(platform: Platform, follows: Callable[..., Follows]) -> None:
    """Also then it is deleted wherever it was: it does not come back where it was before."""
    conversation, _ = platform.conversation("Where?", "There")
    other = platform.new_bot()
    source = follows()
    source.once()
    platform.move(conversation, other)
    source.once()
    source.engine.answers.conversations.delete(source.scope(), conversation, other)
    for bot in (platform.bot, other):
        assert names(source, bot).deleted == {conversation}
    platform.move(conversation, platform.bot)
    source.once()
    assert source.here()["total_messages"] == 0


def test_what_had_moved_is_not_gone_at_once(platform: Platform, follows: Callable[..., Follows]) -> None:
    """Deleted bit by bit where it moved to, it counts nowhere: that it is gone where it was holds nothing."""
    for number in range(120):
        platform.conversation("Where?", session=f"s{number}")
    other = platform.new_bot()
    source = follows()
    source.once()
    some = "SELECT id FROM conversations WHERE chatbot_id = %s LIMIT %s"
    platform.run(f"UPDATE conversations SET chatbot_id = %s WHERE id IN ({some})", other, platform.bot, 110)
    source.once()
    with source.running():
        for count, remaining in (
            (50, 70),
            (30, 40),
            (15, 25),
            (10, 15),
            (5, 10),
        ):  # never half of them at once
            platform.run(f"DELETE FROM conversations WHERE id IN ({some})", other, count)
            source.check()
            assert source.here()["total_conversations"] == remaining
    assert len(names(source, platform.bot).deleted) == 110
    found = source.once()
    assert (sum(found.gone_by_kind().values()), source.source.store.load().held) == (0, {})


def test_what_had_moved_is_held_with_the_others(platform: Platform, follows: Callable[..., Follows]) -> None:
    """A table that nothing is seen of, for want of a right, does not have it deleted where it was, either."""
    for number in range(20):
        platform.conversation("Where?", session=f"s{number}")
    source = follows()
    source.once()
    platform.run("UPDATE conversations SET chatbot_id = %s", platform.new_bot())
    source.once()
    platform.run("DELETE FROM conversations")
    source.once()
    assert source.source.store.load().held["public.conversations"] == (20, 20)
    assert len(names(source, platform.bot).moved_away) == 20


def test_set_aside_while_its_chatbot_was_not_known(
    platform: Platform, follows: Callable[..., Follows]
) -> None:
    """A conversation of a chatbot of nobody is moved to one that counts while nobody follows."""
    platform.run("ALTER TABLE conversations DROP CONSTRAINT conversations_chatbot_id_fkey")
    nobodys = "00000000-0000-0000-0000-000000000000"
    conversation, _ = platform.conversation("Where?", "There", bot=nobodys)
    source = follows()
    source.once()
    assert source.aside() == {("unknown_chatbot", nobodys, None): 3}
    platform.move(conversation, platform.bot)
    source.once()
    source.check()
    assert (source.aside(), source.here()["total_messages"]) == ({}, 2)


@pytest.mark.parametrize("way", ["stream", "slot"])
def test_moved_and_deleted_while_it_is_followed(
    platform: Platform, follows: Callable[..., Follows], way: str
) -> None:
    """It is deleted wherever it was, at once: nobody compares keys while the log is followed."""
    first, second = (platform.conversation("Where?", session=each)[0] for each in "ab")
    other = platform.new_bot()
    source = follows(way)
    source.once()
    platform.move(first, other)
    source.once()  # one moved before it is followed
    with source.running():
        platform.move(second, other)
        source.check()
        platform.run("DELETE FROM conversations")
        source.check()
        for bot in (platform.bot, other):
            source.wait(lambda bot=bot: names(source, bot).deleted == {first, second})


def test_deleted_here_though_its_row_was_cut(platform: Platform, follows: Callable[..., Follows]) -> None:
    """What is too long in a row is no reason not to say that nothing of it counts."""
    conversation, _ = platform.conversation("Where?", session="s" * 200)
    source = follows()
    source.once()
    assert source.aside() == {("too_long", "session_id", platform.bot): 1}
    source.delete(conversation)
    for _ in range(2):
        source.once()
        assert source.aside() == {("deleted_here", "", platform.bot): 1}
        platform.run("UPDATE conversations SET language = 'de'")
    with source.running():
        platform.run("UPDATE conversations SET language = 'fr'")
        platform.conversation("When?")
        source.wait(lambda: source.here()["total_messages"] == 1)
        assert source.aside() == {("deleted_here", "", platform.bot): 1}
