"""The seed routes and the query language say the same of a number, on data small enough to add up by eye."""

from tests.conftest import Tenant
from tests.contract.small_company import ask, rows
from tests.events import answer, conversation, message, rating, vote

EVENTS = (
    # Today: the same question twice, the first time without a good answer.
    message("a", "1", "Where is my order?", "2026-03-18T09:10:00Z", session_id="ann", language="en"),
    answer("a", "2", 0.1, "2026-03-18T09:10:05Z"),
    message("a", "3", "where is my ORDER", "2026-03-18T09:11:00Z"),
    answer("a", "4", 0.9, "2026-03-18T09:11:05Z"),
    vote("a", "2", "negative"),
    vote("a", "4"),
    rating("a", 2),
    message("b", "1", "Thanks!", "2026-03-18T09:50:00Z", session_id="bob", language="de"),
    rating("b", 5),
    # A week ago, late enough to be the next day in Berlin; last month; and a test, which is nobody's.
    message("c", "1", "Thanks!", "2026-03-11T23:30:00Z", session_id="ann"),
    conversation("d", "2026-02-28T09:00:00Z"),
    conversation("t", "2026-03-18T09:00:00Z", test=True),
    message("t", "1", "Where is my order?"),
)


def test_all_time(tenant: Tenant) -> None:
    """Each number of the chatbot beside that of the query."""
    tenant.send(*EVENTS)
    seed, period = tenant.chatbot(), {"period": "all"}
    assert [seed["total_conversations"], seed["unique_sessions"], seed["total_messages"]] == [4, 2, 6]
    assert rows(tenant, "conversations", "unique_sessions", "messages", **period) == [[4, 2, 6]]
    assert (seed["average_messages_per_conversation"], seed["average_rating"]) == (1.5, 3.5)
    assert rows(tenant, "messages_per_conversation", "average_rating", **period) == [[1.5, 3.5]]
    assert [seed["feedback_positive"], seed["feedback_negative"], seed["unanswered_count"]] == [1, 1, 1]
    votes = ("positive_feedback", "negative_feedback", "unanswered_answers")
    assert rows(tenant, *votes, **period) == [[1, 1, 1]]
    assert seed["total_ratings"] == 2
    assert seed["languages_used"] == {"de": 1, "en": 1, "und": 2}
    by_language = rows(tenant, "conversations", dimensions=["language"], **period)
    assert by_language == [["und", 2], ["de", 1], ["en", 1]]
    # Three conversations began at nine.
    assert seed["peak_hour"] == 9
    assert rows(tenant, "conversations", dimensions=["hour"], **period)[9] == [9, 3]


def test_the_calendar(tenant: Tenant) -> None:
    """Today, this week, this month and each day, in the zone of the request as in UTC."""
    tenant.send(*EVENTS)
    names = ("conversations_today", "conversations_this_week", "conversations_this_month")
    for zone, moved in (("UTC", "2026-03-11"), ("Europe/Berlin", "2026-03-12")):
        seed = tenant.chatbot(tz=zone)
        assert [seed[name] for name in names] == [2, 2, 3]
        for period, expected in (("today", 2), ("week", 2), ("month", 3)):
            assert rows(tenant, "conversations", period=period, timezone=zone) == [[expected]]
        days = {row["date"]: row["count"] for row in seed["daily_conversations"]}
        assert (days[moved], days["2026-02-28"], sum(days.values())) == (1, 1, 4)
        by_day = ask(tenant, "conversations", dimensions=["day"], period="30d", timezone=zone)["rows"]
        assert {row["day"]: row["conversations"] for row in by_day} == days


def test_a_window(tenant: Tenant) -> None:
    """The conversations of a window, with all that belongs to them."""
    tenant.send(*EVENTS)
    seed = tenant.chatbot(**{"from": "2026-03-01", "to": "2026-03-17"})
    period = {"period": {"from": "2026-03-01", "to": "2026-03-17"}}
    assert [seed["total_conversations"], seed["unique_sessions"], seed["unanswered_count"]] == [1, 1, 0]
    assert rows(tenant, "conversations", "unique_sessions", "unanswered_answers", **period) == [[1, 1, 0]]


def test_questions(tenant: Tenant) -> None:
    """How often each was asked, and how often it was not answered."""
    tenant.send(*EVENTS)
    seed = tenant.chatbot()
    # Both were asked twice, so the text decides; of two ways to write one the smaller is shown.
    assert seed["top_queries"] == [
        {"query": "Thanks!", "count": 2},
        {"query": "Where is my order?", "count": 2},
    ]
    assert rows(tenant, "questions", dimensions=["question"], period="all") == [
        ["thanks", 2],
        ["where is my order", 2],
    ]
    assert seed["unanswered_queries"] == tenant.gaps() == [{"query": "Where is my order?", "count": 1}]
    assert rows(tenant, "unanswered_answers", dimensions=["question"], period="all", limit=1) == [
        ["where is my order", 1]
    ]
    company = tenant.overview()
    assert [company["total_conversations"], company["unique_sessions"], company["average_rating"]] == [
        4,
        2,
        3.5,
    ]
