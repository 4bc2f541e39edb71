"""The router that this contract comes from had faults; each has a test here that it would have failed."""

from datetime import UTC, datetime

import pytest

from botlens.store.failures import StoreError
from tests.conftest import Tenant
from tests.events import answer, conversation, message, rating


def test_no_cap_on_rows(tenant: Tenant) -> None:
    """1,001 conversations, 201 messages in one of them: the origin stopped at 1,000, 100 and 200."""
    tenant.send(*(message(str(number), "1", "hi") for number in range(1_001)))
    tenant.send(*(message("0", f"more {number}", "hi") for number in range(200)))
    found = tenant.chatbot()
    assert (found["total_conversations"], found["total_messages"]) == (1_001, 1_201)
    assert found["top_queries"] == [{"query": "hi", "count": 1_201}]


def test_question_before_the_answer(tenant: Tenant) -> None:
    """The unanswered question is the one before the answer, not the last one of the conversation."""
    tenant.send(
        message("a", "1", "Do you ship to Malta?", "2026-03-18T10:00:00Z"),
        answer("a", "2", 0.05, "2026-03-18T10:00:01Z"),
        message("a", "3", "Never mind, bye", "2026-03-18T10:00:02Z"),
    )
    assert tenant.gaps() == [{"query": "Do you ship to Malta?", "count": 1}]


def test_unanswered_in_the_overview(tenant: Tenant) -> None:
    """The overview counts unanswered answers like the detail; the origin said 0."""
    tenant.send(message("a", "1", "Why?"), answer("a", "2", 0.1, "2026-03-18T10:00:01Z"))
    (chatbot,) = tenant.overview()["chatbots"]
    assert (chatbot["unanswered_count"], chatbot["unanswered_queries"]) == (
        1,
        [{"query": "Why?", "count": 1}],
    )


@pytest.mark.parametrize(
    ("zone", "today", "yesterday"), [("UTC", 0, 1), ("Pacific/Auckland", 1, 0), ("America/St_Johns", 1, 0)]
)
def test_days_of_the_company(new_tenant, zone: str, today: int, yesterday: int) -> None:
    """Today is the company's day: at 02:00 UTC, 23:50 UTC is yesterday there, but today in Auckland (UTC+13).

    In St John's (UTC-2:30 in March) it is still the day before, and so was 23:50 UTC.
    """
    tenant = new_tenant(timezone=zone)
    tenant.world.now = datetime(2026, 3, 18, 2, tzinfo=UTC)
    tenant.send(conversation("a", "2026-03-17T23:50:00Z"))
    found = tenant.chatbot()
    counts = [day["count"] for day in found["daily_conversations"]]
    assert (found["conversations_today"], counts[-1], counts[-2]) == (today, today, yesterday)


def test_days_without_conversations(tenant: Tenant) -> None:
    """The last 30 days are all there, in order, also those on which nothing happened."""
    daily = tenant.chatbot()["daily_conversations"]
    assert [day["date"] for day in daily] == [
        *(f"2026-02-{day:02}" for day in range(17, 29)),
        *(f"2026-03-{day:02}" for day in range(1, 19)),
    ]
    assert not any(day["count"] for day in daily)


def test_errors_are_told(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the store fails the answer is an error; the origin answered with zeros."""
    tenant.send(message("a", "1"))

    def fail(*_: object, **__: object) -> None:
        raise StoreError("the disk is gone")

    monkeypatch.setattr(tenant.world.engine.store, "rows", fail)
    assert tenant.status("/analytics/overview") == (503, "store_unavailable")
    monkeypatch.undo()
    assert tenant.overview()["total_conversations"] == 1


def test_average_is_weighted(new_tenant) -> None:
    """The company's average is over all ratings, not over the averages of its chatbots."""
    tenant = new_tenant(chatbots=("bot", "other"))
    tenant.send(*(rating(f"a{number}", 5) for number in range(3)), *(message(f"a{n}", "1") for n in range(3)))
    tenant.send(rating("b", 1, chatbot_id="other"), message("b", "1", chatbot_id="other"))
    assert tenant.overview()["average_rating"] == 4.0
    assert [chatbot["average_rating"] for chatbot in tenant.overview()["chatbots"]] == [5.0, 1.0]


def test_without_ratings_the_average_is_that_of_the_records(new_tenant) -> None:
    """A record's own average is given as it is; the company's is their mean without null and 0, halves up."""
    tenant = new_tenant(chatbots=("a", "b", "c", "d"))
    for chatbot_id, average in (("a", 4.3), ("b", 4.4), ("c", 0)):
        assert tenant.put(chatbot_id, average_rating=average)["average_rating"] == average
    assert [each["average_rating"] for each in tenant.overview()["chatbots"]] == [4.3, 4.4, 0, None]
    assert tenant.overview()["average_rating"] == 4.4  # 4.35; binary halves would give 4.3
    assert tenant.put("a", average_rating=None)["average_rating"] is None
    assert tenant.overview()["average_rating"] == 4.4
    tenant.send(rating("x", 2, chatbot_id="b"), message("x", "1", chatbot_id="b"))
    assert tenant.overview()["average_rating"] == 2.0


def test_feedback_is_one_of_two(tenant: Tenant) -> None:
    """What is neither positive nor negative is refused; the origin took it as negative."""
    event = {
        "type": "feedback",
        "chatbot_id": "bot",
        "conversation_id": "a",
        "message_id": "1",
        "value": "neutral",
        "created_at": "2026-03-18T10:00:00Z",
    }
    found = tenant.world.client.post("/v1/events", json={"events": [event]}, headers=tenant.headers).json()
    assert (found["accepted"], found["rejected"][0]["code"]) == (0, "invalid_value")
    assert tenant.chatbot()["feedback_negative"] == 0
