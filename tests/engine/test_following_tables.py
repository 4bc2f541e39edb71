"""The tables of a platform are followed: every number is what its rows come to, whichever way they came."""

import uuid
from collections.abc import Callable
from random import Random
from threading import Thread

import psycopg
import pytest

from botlens.sources.postgres import applying, bridging, following_run, sampling
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
    monkeypatch.setattr(following_run, "FIRST_COMPARING_SECONDS", 2.0)
    for each in (bridging, applying):  # on a slow machine more than half of the votes go between two looks
        monkeypatch.setattr(each, "is_held", lambda *_: False)
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


def test_a_chatbot_that_comes_later(platform: Platform, follows: Callable[..., Follows]) -> None:
    """What is said of it is taken at once, not with the next look at the accounts."""
    source = follows()
    with source.running():
        bot = platform.new_bot()
        platform.conversation("Where?", bot=bot)
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


def test_verify_mends_contents(
    platform: Platform, follows: Callable[..., Follows], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where all keys are here, every field is looked at, part by part, and rows that differ are mended."""
    monkeypatch.setattr(sampling, "_AT_ONCE", 7)
    said = [platform.conversation("Where?", "There", session=f"s{number}") for number in range(20)]
    source = follows()
    source.once()
    at = source.source.store.load().highest
    forged = {"type": "message", "role": "user", "content": "Forged", "created_at": AT, "revision": at}
    for conversation, (question, _) in said[3:18:5]:
        source.send({**forged, "id": question}, conversation=conversation)
    other = said[9][0]
    source.send({"type": "conversation", "id": other, "language": "de", "revision": at}, conversation=other)
    platform.run("SELECT pg_logical_emit_message(true, 'time', 'goes by')")
    report = source.verify()
    assert (report.gone, report.missing, report.rows, report.different) == (0, 0, 60, 4)
    source.check()
    assert "nothing differs" in source.verify().sentence()
