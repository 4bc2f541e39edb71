"""`GET /v1/conversations/{id}`: one conversation, message by message, with what counts of it."""

from typing import Any
from urllib.parse import quote

import pytest

from botlens.events.record import deletion_of
from tests.conftest import Tenant
from tests.events import answer, conversation, handoff, message, outcome, rating, vote

START = "2026-03-18T10:00:00.000000Z"


def at(second: int) -> str:
    return f"2026-03-18T10:00:{second:02d}Z"


def sent(second: int) -> str:
    return f"2026-03-18T10:00:{second:02d}.000000Z"


def transcript(tenant: Tenant, conversation_id: str = "a", **params: str) -> dict[str, Any]:
    return tenant.get(f"/v1/conversations/{conversation_id}", **params)


def error(tenant: Tenant, conversation_id: str, **params: str) -> tuple[int, str]:
    return tenant.status(f"/v1/conversations/{conversation_id}", **params)


def test_everything(tenant: Tenant) -> None:
    """A conversation with one of each: what was said, how it was taken, and what is counted of it."""
    tenant.send(
        conversation("a", session_id="visitor", language="de", channel="web"),
        message("a", "1", "Wo ist mein Paket?", at(0)),
        answer("a", "2", 0.1, at(1), content="Das weiß ich nicht.", latency_ms=900.5),
        message("a", "3", "Schade", at(2)),
        message("a", "4", "Guten Tag!", at(3), role="agent"),
        vote("a", "2", "negative", at(4), comment="no help"),
        rating("a", 4, at(5)),
        handoff("a", at(2), reason="asked for a human"),
        outcome("a", "solved", at(6)),
        outcome("a", "sold", at(6), value=12.5),
    )
    found = transcript(tenant)
    spoken = {
        "confidence_score": None,
        "fallback": False,
        "unanswered": False,
        "latency_ms": None,
        "feedback": None,
        "revision": 0,
    }
    negative = {"value": "negative", "comment": "no help", "created_at": sent(4)}
    scored = {"confidence_score": 0.1, "unanswered": True, "latency_ms": 900.5, "feedback": negative}
    assert found.pop("messages") == [
        {"id": "1", "role": "user", "content": "Wo ist mein Paket?", "created_at": sent(0), **spoken},
        {
            "id": "2",
            "role": "assistant",
            "content": "Das weiß ich nicht.",
            "created_at": sent(1),
            **spoken,
            **scored,
        },
        {"id": "3", "role": "user", "content": "Schade", "created_at": sent(2), **spoken},
        {"id": "4", "role": "agent", "content": "Guten Tag!", "created_at": sent(3), **spoken},
    ]
    assert found == {
        "conversation_id": "a",
        "chatbot_id": "bot",
        "started_at": START,
        "ended_at": sent(3),
        "session_id": "visitor",
        "language": "de",
        "channel": "web",
        "test": False,
        "counted": True,
        "rating": {"score": 4, "created_at": sent(5)},
        "handoffs": [{"created_at": sent(2), "reason": "asked for a human"}],
        "outcomes": [
            {"name": "sold", "value": 12.5, "created_at": sent(6)},
            {"name": "solved", "value": None, "created_at": sent(6)},
        ],
        "feedback_on_unknown_messages": [],
        "facts": {
            "messages": 4,
            "questions": 2,
            "answers": 1,
            "unanswered": 1,
            "positive_feedback": 0,
            "negative_feedback": 1,
            "handoff": True,
            "human": True,
            "engaged": True,
            "abandoned": False,
            "confirmed": False,
            "first_question": "Wo ist mein Paket?",
        },
    }


def test_the_same_as_in_a_list(tenant: Tenant) -> None:
    """Whatever a list tells of a conversation its transcript tells too: on top, in full, or as a fact."""
    tenant.send(message("a", "1", "Why?", at(0)), answer("a", "2", 0.1, at(1)), rating("a", 4, at(5)))
    (listed,) = tenant.get("/v1/conversations")["conversations"]
    found = transcript(tenant)
    assert (listed.pop("rating"), listed.pop("outcomes")) == (found["rating"]["score"], found["outcomes"])
    facts = found["facts"]
    assert {name: found.get(name, facts.get(name)) for name in listed if name != "messages"} == {
        name: value for name, value in listed.items() if name != "messages"
    }
    assert facts["messages"] == listed["messages"] == 2
    assert set(facts) < set(listed)


def test_what_is_not_known_is_null(tenant: Tenant) -> None:
    """One message and nothing else: nulls, empty lists, the language `und`."""
    tenant.send(message("a", "1", " "))
    found = transcript(tenant)
    assert (found["session_id"], found["channel"], found["rating"]) == (None, None, None)
    assert (found["language"], found["handoffs"], found["outcomes"]) == ("und", [], [])
    assert found["facts"]["first_question"] is None


def test_only_what_won(tenant: Tenant) -> None:
    """The highest revision of a message, the latest vote and rating: in whatever order they came."""
    tenant.send(
        message("a", "1", "second", revision=2),
        message("a", "1", "first", revision=1),
        vote("a", "1", "positive", at(9)),
        vote("a", "1", "negative", at(8), comment="before"),
        rating("a", 5, at(9)),
        rating("a", 1, at(8)),
    )
    found = transcript(tenant)
    (only,) = found["messages"]
    assert (only["content"], only["revision"]) == ("second", 2)
    assert only["feedback"] == {"value": "positive", "comment": None, "created_at": sent(9)}
    assert found["rating"] == {"score": 5, "created_at": sent(9)}


def test_order(tenant: Tenant) -> None:
    """By time, then sequence, then id: not by arrival."""
    tenant.send(
        message("a", "x", at=at(1)),
        message("a", "b", at=at(0), sequence=1),
        message("a", "c", at=at(0)),
        message("a", "a", at=at(0), sequence=1),
    )
    assert [each["id"] for each in transcript(tenant)["messages"]] == ["c", "a", "b", "x"]


def test_no_metadata(tenant: Tenant) -> None:
    """What was sent as metadata, costs and tokens among it, is in no answer."""
    secret = {"cost_usd": 0.0123, "prompt_tokens": 4711}
    tenant.send(message("a", "1", metadata=secret), conversation("a", metadata=secret))
    for path in ("/v1/conversations/a", "/v1/conversations", "/v1/export?format=jsonl&data=messages"):
        text = tenant.world.client.get(path, headers=tenant.headers).text
        assert "hello" in text
        assert not any(word in text for word in ("cost", "token", "4711", "0.0123", "metadata"))


def test_votes_on_messages_that_never_came(tenant: Tenant) -> None:
    """They are counted, so they are shown."""
    tenant.send(message("a", "1"), vote("a", "9", "positive", comment="thanks"))
    found = transcript(tenant)
    assert found["feedback_on_unknown_messages"] == [
        {"message_id": "9", "value": "positive", "comment": "thanks", "created_at": START}
    ]
    assert found["facts"]["positive_feedback"] == 1


def test_a_test(tenant: Tenant) -> None:
    """A test conversation has a transcript, is not counted, and is in no list."""
    tenant.send(conversation("a", test=True), message("a", "1"))
    found = transcript(tenant)
    assert (found["test"], found["counted"], len(found["messages"])) == (True, False, 1)
    assert found["started_at"] == START
    assert tenant.get("/v1/conversations")["total"] == 0


def test_what_has_not_started(tenant: Tenant) -> None:
    """A vote came, and no message yet: there is no start, and nothing counts."""
    tenant.send(vote("a", "1"))
    found = transcript(tenant)
    assert (found["started_at"], found["ended_at"], found["counted"], found["messages"]) == (
        None,
        None,
        False,
        [],
    )
    assert len(found["feedback_on_unknown_messages"]) == 1


def test_what_was_deleted(new_tenant) -> None:
    """A deleted conversation is one that there never was, and makes nothing ambiguous."""
    tenant = new_tenant(chatbots=("bot", "other"))
    tenant.send(message("a", "1"), vote("a", "1"), message("a", "1", chatbot_id="other"))
    deletion = deletion_of("bot", "a", tenant.world.now)
    tenant.world.engine.commits.submit(tenant.company.id, [deletion]).result()
    assert error(tenant, "a", chatbot="bot") == error(tenant, "nobody", chatbot="bot")
    assert transcript(tenant)["chatbot_id"] == "other"
    assert tenant.get("/v1/conversations", period="all")["total"] == 1


@pytest.mark.parametrize("name", ["a/b", "a/b/", "/a", "ä ö", "a'b\\c", "100%", "messages", "x" * 128])
def test_ids_of_all_kinds(tenant: Tenant, name: str) -> None:
    """Slashes, quotes, line ends: an id is any text of up to 128 characters."""
    tenant.send(message(name, "1"), message("a", "2"))
    assert transcript(tenant, quote(name, safe=""))["conversation_id"] == name


def test_an_id_that_several_chatbots_have(new_tenant) -> None:
    """Without a chatbot: an error that names those to choose from. With one: its conversation."""
    tenant = new_tenant(chatbots=("one", "two", "three"))
    tenant.send(
        message("a", "1", "of one", chatbot_id="one"),
        message("a", "1", "of two", chatbot_id="two"),
        message("b", "1", "of three", chatbot_id="three"),
    )
    answer = tenant.world.client.get("/v1/conversations/a", headers=tenant.headers)
    assert answer.status_code == 422
    assert answer.json()["error"] == {
        "code": "ambiguous_conversation",
        "message": "Several chatbots have a conversation of this id: say which with `chatbot`: one, two.",
        "field": "chatbot",
    }
    assert transcript(tenant, "a", chatbot="two")["messages"][0]["content"] == "of two"
    assert transcript(tenant, "b")["chatbot_id"] == "three"
    assert error(tenant, "a", chatbot="three") == (404, "unknown_conversation")


def test_of_another_company(new_tenant) -> None:
    """Somebody else's conversation and chatbot answer like those that do not exist: byte for byte."""
    mine, theirs = new_tenant(chatbots=("bot",)), new_tenant(chatbots=("bot", "secret"))
    theirs.send(message("theirs", "1"), message("theirs", "1", chatbot_id="secret"))
    mine.send(message("mine", "1"))

    def content(path: str) -> tuple[int, bytes]:
        answer = mine.world.client.get(f"/v1/conversations/{path}", headers=mine.headers)
        return answer.status_code, answer.content

    assert content("theirs") == content("nobody")
    assert content("theirs?chatbot=bot") == content("nobody?chatbot=bot")
    assert content("theirs?chatbot=secret") == content("nobody?chatbot=none")
    assert error(mine, "theirs") == (404, "unknown_conversation")
    assert error(mine, "mine", chatbot="secret") == (404, "unknown_chatbot")


def test_same_id_in_two_companies(new_tenant) -> None:
    """Each company sees its own conversation of an id."""
    mine, theirs = new_tenant(), new_tenant()
    mine.send(message("a", "1", "mine"))
    theirs.send(message("a", "1", "theirs"), message("a", "2", "theirs"))
    assert [each["content"] for each in transcript(mine)["messages"]] == ["mine"]
    assert [each["content"] for each in transcript(theirs)["messages"]] == ["theirs", "theirs"]


def test_a_new_threshold(tenant: Tenant) -> None:
    """What is unanswered follows the chatbot's threshold, message by message and in sum."""
    tenant.send(message("a", "1", at=at(0)), answer("a", "2", 0.3, at(1)))
    assert (transcript(tenant)["messages"][1]["unanswered"], transcript(tenant)["facts"]["unanswered"]) == (
        False,
        0,
    )
    tenant.put("bot", confidence_threshold=0.5)
    assert (transcript(tenant)["messages"][1]["unanswered"], transcript(tenant)["facts"]["unanswered"]) == (
        True,
        1,
    )
