"""The second witness is itself right: small histories, added up by eye."""

from datetime import UTC, datetime

from tests.oracle.seed import chatbot_object, overview
from tests.unit.oracle_events import (
    BERLIN,
    NOW,
    conversation,
    days_of_march_2024,
    feedback,
    message,
    rating,
    record,
)

# A small company on the Sunday on which Berlin's clocks go forward.
HISTORY = [
    # c1 begins at 00:30 on the 31st in Berlin, though it is still the 30th in UTC.
    conversation("c1", session_id="s1"),
    message("1", "user", "Hello", "2024-03-30T23:30:00Z", language="de"),
    message("2", "assistant", "Hi!", "2024-03-30T23:30:01Z", confidence_score=0.9),
    message("3", "user", "Opening hours?", "2024-03-30T23:31:00Z"),
    message("4", "assistant", "Hm.", "2024-03-30T23:31:01Z", confidence_score=0.1),
    message("5", "assistant", "Sorry.", "2024-03-30T23:31:02Z", fallback=True),
    rating(2, "2024-03-30T23:40:00Z"),
    rating(5, "2024-03-30T23:41:00Z"),
    feedback("4", "negative", "2024-03-30T23:32:00Z"),
    feedback("2", "negative", "2024-03-30T23:32:00Z"),
    feedback("2", "positive", "2024-03-30T23:33:00Z"),
    # c2: 00:45 in Berlin on Monday the 25th, so this week; the same visitor; scored exactly the threshold.
    message("1", "user", " opening   HOURS ", "2024-03-24T23:45:00Z", "c2", session_id="s1"),
    message("2", "assistant", "Nine to five.", "2024-03-24T23:45:09Z", "c2", confidence_score=0.2),
    rating(4, "2024-03-24T23:50:00Z", "c2"),
    # c3: 23:59 in Berlin on Sunday the 24th, so last week. No visitor, no language; nobody asked.
    message("1", "assistant", "Anyone?", "2024-03-24T23:59:00+01:00", "c3", confidence_score=0.0),
    # c4 began on 29 February and is known by its own event alone.
    conversation("c4", created_at="2024-02-29T12:00:00Z", session_id="s2", language="en"),
    # Left out: a test, a conversation that never began, and another bot's.
    conversation("c5", created_at="2024-03-31T08:00:00Z", test=True),
    message("1", "user", "test test", "2024-03-31T08:00:00Z", "c5"),
    conversation("c6", created_at=None, session_id="s6"),
    rating(1, "2024-03-31T08:00:00Z", "c6"),
    feedback("1", "negative", "2024-03-31T08:00:00Z", "c6"),
    message("1", "user", "Hello", "2024-03-31T07:00:00Z", "c1", "bot-b", session_id="s1"),
    rating(1, "2024-03-31T07:05:00Z", "c1", "bot-b"),
]
BOT_A = {
    "chatbot_id": "bot-a",
    "chatbot_name": "Untitled",
    "total_conversations": 4,
    "unique_sessions": 2,
    "total_messages": 8,
    "average_messages_per_conversation": 2.0,
    "average_rating": 4.5,
    "total_ratings": 2,
    "conversations_today": 1,
    "conversations_this_week": 2,
    "conversations_this_month": 3,
    "daily_conversations": days_of_march_2024(2, {24: 1, 25: 1, 31: 1}),
    "top_queries": [{"query": "opening HOURS", "count": 2}, {"query": "Hello", "count": 1}],
    "languages_used": {"de": 1, "und": 2, "en": 1},
    "peak_hour": 0,
    "unanswered_count": 3,
    "unanswered_queries": [{"query": "Opening hours?", "count": 2}],
    "feedback_positive": 1,
    "feedback_negative": 1,
}
BOT_B = {
    "chatbot_id": "bot-b",
    "chatbot_name": "Bea",
    "total_conversations": 1,
    "unique_sessions": 1,
    "total_messages": 1,
    "average_messages_per_conversation": 1.0,
    "average_rating": 1.0,
    "total_ratings": 0,
    "conversations_today": 1,
    "conversations_this_week": 1,
    "conversations_this_month": 1,
    "daily_conversations": days_of_march_2024(2, {31: 1}),
    "top_queries": [{"query": "Hello", "count": 1}],
    "languages_used": {"und": 1},
    "peak_hour": 9,
    "unanswered_count": 0,
    "unanswered_queries": [],
    "feedback_positive": 0,
    "feedback_negative": 0,
}


def test_a_chatbot_added_up_by_eye():
    assert chatbot_object(HISTORY, record(), now=NOW, zone=BERLIN, top=10) == BOT_A


def test_an_overview_added_up_by_eye():
    bots = [record("bot-b", name="Bea", is_published=False), record()]
    assert overview(HISTORY, bots, now=NOW, zone=BERLIN, plan="pro", limit=10_000) == {
        "total_chatbots": 2,
        "published_chatbots": 1,
        "total_conversations": 5,
        "total_messages": 9,
        "unique_sessions": 3,
        "conversations_this_month": 4,
        "average_rating": 3.3,  # (5 + 4 + 1) / 3, not (4.5 + 1.0) / 2
        "chatbots": [BOT_B, BOT_A],
        "plan": "pro",
        "conversations_limit": 10_000,
        "conversations_used": 4,
    }


def test_the_same_history_in_another_zone_falls_on_other_days():
    seen = chatbot_object(HISTORY, record(), now=NOW, zone="UTC", top=10)
    # c1 is Saturday's now; c2 and c3 both last Sunday's; 23h, 23h, 22h, 12h.
    assert (seen["conversations_today"], seen["conversations_this_week"], seen["peak_hour"]) == (0, 1, 23)
    assert seen["daily_conversations"] == days_of_march_2024(2, {24: 2, 30: 1})


def test_a_window_holds_its_start_and_not_its_end():
    c2, c1 = datetime(2024, 3, 24, 23, 45, tzinfo=UTC), datetime(2024, 3, 30, 23, 30, tzinfo=UTC)
    seen = chatbot_object(HISTORY, record(), now=NOW, zone=BERLIN, top=10, start=c2, end=c1)
    assert seen == {
        **BOT_A,
        "total_conversations": 1,
        "unique_sessions": 1,
        "total_messages": 2,
        "average_rating": 4.0,
        "total_ratings": 0,
        "conversations_today": 0,
        "conversations_this_week": 1,
        "conversations_this_month": 1,
        "daily_conversations": days_of_march_2024(2, {25: 1}),
        "top_queries": [{"query": "opening HOURS", "count": 1}],
        "languages_used": {"und": 1},
        "unanswered_count": 0,
        "unanswered_queries": [],
        "feedback_positive": 0,
        "feedback_negative": 0,
    }
    # What was used of the plan this month heeds no window.
    whole = overview(HISTORY, [record()], now=NOW, zone=BERLIN, plan="pro", limit=1, start=c2, end=c1)
    assert (whole["total_conversations"], whole["conversations_this_month"], whole["conversations_used"]) == (
        1,
        1,
        3,
    )


def test_nothing_at_all():
    nothing = {
        "total_chatbots": 0,
        "published_chatbots": 0,
        "total_conversations": 0,
        "total_messages": 0,
        "unique_sessions": 0,
        "conversations_this_month": 0,
        "average_rating": None,
        "chatbots": [],
        "plan": "free",
        "conversations_limit": 100,
        "conversations_used": 0,
    }
    assert overview([], [], now=NOW, zone=BERLIN, plan="free", limit=100) == nothing
    silent = chatbot_object([], record(average_rating=4.25), now=NOW, zone=BERLIN, top=5)
    assert silent == {
        "chatbot_id": "bot-a",
        "chatbot_name": "Untitled",
        "total_conversations": 0,
        "unique_sessions": 0,
        "total_messages": 0,
        "average_messages_per_conversation": 0.0,
        "average_rating": 4.25,  # what its own record carries
        "total_ratings": 0,
        "conversations_today": 0,
        "conversations_this_week": 0,
        "conversations_this_month": 0,
        "daily_conversations": days_of_march_2024(2, {}),
        "top_queries": [],
        "languages_used": {},
        "peak_hour": None,
        "unanswered_count": 0,
        "unanswered_queries": [],
        "feedback_positive": 0,
        "feedback_negative": 0,
    }
    rated_by_record = overview([], [record(average_rating=4.25)], now=NOW, zone=BERLIN, plan="pro", limit=1)
    assert rated_by_record["average_rating"] == 4.3  # 4.25, halves up
