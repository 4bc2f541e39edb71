"""The whole answer of each seed route, on data small enough to add up by eye."""

from tests.conftest import Tenant
from tests.events import answer, conversation, message, rating, vote


def fill(tenant: Tenant) -> None:
    """Two conversations today, one last week, one in February, one test, on one bot."""
    tenant.send(
        message("a", "1", "Where is my order?", "2026-03-18T09:10:00Z", session_id="ann", language="en"),
        answer("a", "2", 0.1, "2026-03-18T09:10:05Z"),
        message("a", "3", "  where is  MY order ", "2026-03-18T09:11:00Z"),
        answer("a", "4", 0.9, "2026-03-18T09:11:05Z"),
        vote("a", "2", "negative"),
        vote("a", "4"),
        rating("a", 2),
        message("b", "1", "Where is my order?", "2026-03-18T09:50:00Z", session_id="bob", language="de"),
        answer("b", "2", None, "2026-03-18T09:50:05Z", fallback=True),
        rating("b", 5),
        message("c", "1", "Thanks!", "2026-03-11T23:00:00Z", session_id="ann"),
        conversation("d", "2026-02-28T09:00:00Z"),
        conversation("t", "2026-03-18T09:00:00Z", test=True),
        message("t", "1", "Where is my order?"),
        rating("t", 1),
    )


EXPECTED = {
    "chatbot_id": "bot",
    "chatbot_name": "Bot",
    "total_conversations": 4,
    "unique_sessions": 2,
    "total_messages": 7,
    "average_messages_per_conversation": 1.8,
    "average_rating": 3.5,
    "total_ratings": 2,
    "conversations_today": 2,
    "conversations_this_week": 2,
    "conversations_this_month": 3,
    "top_queries": [{"query": "Where is my order?", "count": 3}, {"query": "Thanks!", "count": 1}],
    "languages_used": {"de": 1, "en": 1, "und": 2},
    "peak_hour": 9,
    "unanswered_count": 2,
    "unanswered_queries": [{"query": "Where is my order?", "count": 2}],
    "feedback_positive": 1,
    "feedback_negative": 1,
}


def test_chatbot(tenant: Tenant) -> None:
    """Every field of the chatbot object, and no other."""
    fill(tenant)
    found = tenant.chatbot()
    daily = found.pop("daily_conversations")
    assert found == EXPECTED
    assert [day["date"] for day in daily][::29] == ["2026-02-17", "2026-03-18"]
    assert {day["date"]: day["count"] for day in daily if day["count"]} == {
        "2026-02-28": 1,
        "2026-03-11": 1,
        "2026-03-18": 2,
    }


def test_overview(tenant: Tenant) -> None:
    """Every field of the overview object, and no other; its chatbots are chatbot objects."""
    fill(tenant)
    tenant.put("quiet", is_published=False)
    found = tenant.overview()
    bot, quiet = found.pop("chatbots")
    assert found == {
        "total_chatbots": 2,
        "published_chatbots": 1,
        "total_conversations": 4,
        "total_messages": 7,
        "unique_sessions": 2,
        "conversations_this_month": 3,
        "average_rating": 3.5,
        "plan": "pro",
        "conversations_limit": 10_000,
        "conversations_used": 3,
    }
    assert bot == tenant.chatbot()
    assert (quiet["chatbot_name"], quiet["total_conversations"], quiet["peak_hour"]) == ("Untitled", 0, None)
    assert len(quiet["daily_conversations"]) == 30


def test_gaps(tenant: Tenant) -> None:
    """The unanswered questions with their counts, as a plain list."""
    fill(tenant)
    assert tenant.gaps() == [{"query": "Where is my order?", "count": 2}]


def test_overview_without_chatbots(new_tenant) -> None:
    """A company that has just begun gets zeros and an empty list, not an error."""
    assert new_tenant(chatbots=()).overview() == {
        "total_chatbots": 0,
        "published_chatbots": 0,
        "total_conversations": 0,
        "total_messages": 0,
        "unique_sessions": 0,
        "conversations_this_month": 0,
        "average_rating": None,
        "chatbots": [],
        "plan": "pro",
        "conversations_limit": 10_000,
        "conversations_used": 0,
    }


def test_window(tenant: Tenant) -> None:
    """`from` and `to` choose by the local day of the start, `to` included, and every field obeys."""
    fill(tenant)
    march = tenant.chatbot(**{"from": "2026-03-01", "to": "2026-03-17"})
    assert (march["total_conversations"], march["total_messages"], march["conversations_today"]) == (1, 1, 0)
    assert march["top_queries"] == [{"query": "Thanks!", "count": 1}]
    until = tenant.chatbot(to="2026-03-18T09:50:00Z")
    assert until["total_conversations"] == 3
    overview = tenant.overview(**{"from": "2026-03-18"})
    assert (overview["total_conversations"], overview["conversations_used"]) == (2, 3)


def test_zone_of_the_request(tenant: Tenant) -> None:
    """`tz` moves the days: 23:00 in UTC is the next day in Berlin."""
    fill(tenant)
    counts = {day["date"]: day["count"] for day in tenant.chatbot(tz="Europe/Berlin")["daily_conversations"]}
    assert (counts["2026-03-11"], counts["2026-03-12"]) == (0, 1)
    assert tenant.chatbot(tz="Europe/Berlin")["peak_hour"] == 10


def test_rating_of_the_record(tenant: Tenant) -> None:
    """Where nobody rated, the average of the chatbot's own record is shown, also by the overview."""
    tenant.world.engine.accounts.put_chatbot(tenant.company.id, "bot", average_rating=4.2)
    assert tenant.chatbot()["average_rating"] == 4.2
    assert tenant.overview()["average_rating"] == 4.2
    tenant.send(message("a", "1"), rating("a", 1))
    assert tenant.chatbot()["average_rating"] == 1.0


def test_threshold_of_the_chatbot(tenant: Tenant) -> None:
    """What counts as unanswered is the chatbot's own threshold, and a new one recounts the past."""
    tenant.send(message("a", "1", "Why?"), answer("a", "2", 0.3, "2026-03-18T10:00:01Z"))
    assert tenant.chatbot()["unanswered_count"] == 0
    tenant.put("bot", confidence_threshold=0.5)
    assert tenant.chatbot()["unanswered_count"] == 1
    assert tenant.gaps() == [{"query": "Why?", "count": 1}]
    tenant.send(answer("a", "3", 0.4, "2026-03-18T10:00:02Z"))
    assert tenant.chatbot()["unanswered_count"] == 2
    tenant.put("bot", confidence_threshold=0.3)
    assert tenant.chatbot()["unanswered_count"] == 0
