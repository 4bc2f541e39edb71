"""Events of type `deletion`: what a message, a vote, a rating or a conversation takes back, and who may."""

import json
from typing import Any

import pytest

from tests.conftest import Tenant
from tests.events import AT, deletion, message, rating, vote


def rejected(tenant: Tenant, *events: dict[str, Any], scopes: tuple[str, ...] | None = None) -> list[Any]:
    """What is not taken of some events: place, code and field."""
    key = tenant.key
    if scopes is not None:
        _, key = tenant.world.engine.accounts.create_key(tenant.company.id, scopes=scopes)
    answer = tenant.world.client.post(
        "/v1/events", json={"events": events}, headers={"Authorization": f"Bearer {key}"}
    )
    assert answer.status_code == 200, answer.text
    assert answer.json()["accepted"] == len(events) - len(answer.json()["rejected"])
    return [(each["index"], each["code"], each.get("field")) for each in answer.json()["rejected"]]


def test_who_may(tenant: Tenant) -> None:
    """All with the scope `ingest`, but a conversation with `admin`: else it alone is rejected."""
    tenant.send(message("c", "1"), message("c", "2"), vote("c", "2"), rating("c", 2))
    taken = [deletion("c", "message", "1"), deletion("c", "feedback", "2"), deletion("c", "rating")]
    whole = deletion("c", "conversation")
    assert rejected(tenant, whole, *taken, scopes=("ingest",)) == [(0, "missing_scope", "of")]
    found = tenant.chatbot()
    assert (found["total_messages"], found["feedback_positive"], found["average_rating"]) == (1, 0, None)
    assert rejected(tenant, whole, scopes=("admin",)) == []
    assert tenant.chatbot()["total_conversations"] == 0


def test_a_conversation_stays_deleted(tenant: Tenant) -> None:
    """Whatever revision says it again, and if its deletion came before all else."""
    tenant.send(deletion("c", "conversation", revision=0))
    tenant.send(message("c", "1", revision=9), message("d", "1"))
    assert tenant.chatbot()["total_conversations"] == 1
    assert tenant.status("/v1/conversations/c") == (404, "unknown_conversation")


@pytest.mark.parametrize(
    ("event", "code", "field"),
    [
        (deletion("c", "message"), "missing_field", "message_id"),
        (deletion("c", "feedback", message_id=None), "missing_field", "message_id"),
        (deletion("c", "conversation", "1"), "invalid_value", "message_id"),
        (deletion("c", "rating", "1"), "invalid_value", "message_id"),
        (deletion("c", "handoff"), "invalid_value", "of"),
        (deletion("c", "message", "1\n"), "invalid_id", "message_id"),
        (deletion("c", "message", ""), "invalid_id", "message_id"),
        (deletion("c", "message", "1", revision=-1), "out_of_range", "revision"),
        (deletion("c", "message", "1") | {"chatbot_id": "nobody"}, "unknown_chatbot", "chatbot_id"),
        (deletion("c", "message", "1", at="2026-03-18"), "invalid_time", "created_at"),
    ],
)
def test_what_is_none(tenant: Tenant, event: dict[str, Any], code: str, field: str) -> None:
    """Each is rejected alone: beside flawless events as among others that are not."""
    tenant.send(message("c", "1"), rating("c", 3))
    assert rejected(tenant, event, message("c", "2")) == [(0, code, field)]
    assert rejected(tenant, {"type": "none"}, event) == [(0, "unknown_type", "type"), (1, code, field)]
    assert tenant.chatbot()["total_messages"] == 2


def test_however_it_is_written(tenant: Tenant) -> None:
    """The rules of a deletion hold where its name is written with escapes, and for one event a line."""
    event = json.dumps(deletion("c", "conversation", "1")).replace("deletion", "\\u0064eletion")
    answer = tenant.post(event.encode(), **{"Content-Type": "application/x-ndjson"})
    assert [each["code"] for each in answer.json()["rejected"]] == ["invalid_value"]


def test_a_conversation_of_which_nothing_is_left(tenant: Tenant) -> None:
    """It is as one that never was, until a higher revision comes; so is one that a deletion waits for."""
    tenant.send(message("c", "1"), rating("c", 5))
    tenant.send(deletion("c", "message", "1"), deletion("c", "rating"), deletion("d", "message", "1"))
    for name in ("c", "d"):
        assert tenant.status(f"/v1/conversations/{name}") == (404, "unknown_conversation")
    assert tenant.get("/v1/conversations", period="all")["total"] == 0
    tenant.send(message("c", "1", "again", revision=1))
    assert [each["content"] for each in tenant.get("/v1/conversations/c")["messages"]] == ["again"]


def test_a_vote_says_its_revision(tenant: Tenant) -> None:
    """A later vote with a lower revision changes nothing; its transcript shows the one that counts."""
    tenant.send(message("c", "1"), vote("c", "1", "positive", revision=2))
    tenant.send(vote("c", "1", "negative", at=AT.replace("10:00", "11:00"), revision=1))
    (shown,) = tenant.get("/v1/conversations/c")["messages"]
    assert shown["feedback"]["value"] == "positive"
