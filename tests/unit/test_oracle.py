"""The second witness is itself right: small histories, added up by eye."""

import json
import random
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.oracle.conversations import conversations, unanswered_questions
from tests.oracle.seed import chatbot_object, gaps, normal_form, overview, ranking, shown_text
from tests.oracle.strategies import ZONES, chatbots, histories, moments, settled_histories, windows, zones

BERLIN = "Europe/Berlin"


def message(id, role, content, at, conversation="c1", chatbot="bot-a", **fields):  # noqa: A002
    return {
        "type": "message",
        "chatbot_id": chatbot,
        "conversation_id": conversation,
        "id": id,
        "role": role,
        "content": content,
        "created_at": at,
        **fields,
    }


def conversation(id="c1", chatbot="bot-a", **fields):  # noqa: A002
    return {"type": "conversation", "chatbot_id": chatbot, "id": id, **fields}


def feedback(message_id, value, at, conversation="c1", chatbot="bot-a"):
    return {
        "type": "feedback",
        "chatbot_id": chatbot,
        "conversation_id": conversation,
        "message_id": message_id,
        "value": value,
        "created_at": at,
    }


def rating(score, at, conversation="c1", chatbot="bot-a"):
    return {
        "type": "rating",
        "chatbot_id": chatbot,
        "conversation_id": conversation,
        "score": score,
        "created_at": at,
    }


def record(chatbot_id="bot-a", **fields):
    return {
        "chatbot_id": chatbot_id,
        "name": None,
        "is_published": True,
        "confidence_threshold": 0.2,
        "average_rating": None,
        "timezone": None,
        **fields,
    }


def days_of_march_2024(first: int, counts: dict[int, int]):
    return [{"date": f"2024-03-{day:02}", "count": counts.get(day, 0)} for day in range(first, first + 30)]


# A small company on the Sunday on which Berlin's clocks go forward (2024-03-31, 02:00 becomes 03:00).
NOW = datetime(2024, 3, 31, 10, 0, tzinfo=UTC)
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
    assert rated_by_record["average_rating"] is None


def test_the_highest_revision_wins_then_the_later_arrival_and_replaces_the_whole():
    at = "2024-03-31T08:00:00Z"
    one = [
        message("1", "user", "second", at, revision=1, session_id="s1", language="de"),
        message("1", "user", "late first", at),
        message("1", "user", "second, again", at, revision=1, session_id="s2"),
        message("1", "user", "first", at, revision=0),
    ]
    (seen,) = conversations(one)
    assert [m.content for m in seen.messages] == ["second, again"]
    assert (seen.session_id, seen.language, seen.channel) == ("s2", "und", "")

    (seen,) = conversations(
        [
            message("1", "user", "hi", at, session_id="from the message", language="en", channel="web"),
            conversation(created_at="2024-03-01T00:00:00Z", session_id="old", language="de", test=True),
            conversation(session_id="new", revision=1, language=""),
        ]
    )
    assert seen.start == datetime(2024, 3, 31, 8, tzinfo=UTC)
    assert (seen.session_id, seen.language, seen.channel) == ("new", "en", "web")


def test_a_conversation_starts_at_its_own_time_even_after_its_first_message():
    (seen,) = conversations(
        [
            message("1", "user", "hi", "2024-03-01T00:00:00Z"),
            conversation(created_at="2024-03-02T00:00:00+05:45"),
        ]
    )
    assert seen.start == datetime(2024, 3, 1, 18, 15, tzinfo=UTC)


def test_messages_are_ordered_by_instant_then_sequence_then_id_by_code_point():
    at = "2024-03-31T08:00:00Z"
    (seen,) = conversations(
        [
            message("𝔪", "user", "6", at),
            message("ｍ", "user", "5", at),
            message("9", "user", "3", at),
            message("10", "user", "2", "2024-03-31T13:45:00+05:45"),
            message("a", "user", "4", at, sequence=None),
            message("0", "user", "7", at, sequence=1),
            message("z", "user", "1", at, sequence=-1),
            message("~", "user", "0", "2024-03-31T07:59:59.999999Z", sequence=9),
        ]
    )
    assert "".join(m.content for m in seen.messages) == "01234567"


def test_the_question_is_the_last_user_message_before_the_unanswered_one():
    (seen,) = conversations(
        [
            message("1", "assistant", "Hello?", "2024-03-31T08:00:01Z", confidence_score=0.0),
            message("2", "user", "first", "2024-03-31T08:00:02Z"),
            message("3", "assistant", "unsure", "2024-03-31T08:00:03Z", confidence_score=0.19999),
            message("4", "agent", "let me", "2024-03-31T08:00:04Z", confidence_score=0.0, fallback=True),
            message("5", "assistant", "unsure again", "2024-03-31T08:00:05Z", confidence_score=0.0),
            message("6", "user", "second", "2024-03-31T08:00:06Z"),
            message("7", "assistant", "sure", "2024-03-31T08:00:07Z", confidence_score=0.2),
            message("8", "assistant", "who knows", "2024-03-31T08:00:08Z", confidence_score=None),
            message("9", "user", "third", "2024-03-31T08:00:09Z"),
        ]
    )
    assert [question.content for question in unanswered_questions(seen, 0.2)] == ["first", "first"]
    assert [question.content for question in unanswered_questions(seen, 0.5)] == ["first", "first", "second"]
    assert unanswered_questions(seen, 0.0) == []


def test_votes_and_ratings_at_the_same_instant_settle_on_the_worse():
    at, same = "2024-03-31T08:00:00Z", "2024-03-31T04:30:00-03:30"
    said = [
        conversation(created_at=at),
        feedback("not here yet", "negative", at),
        feedback("not here yet", "positive", same),
        feedback("other", "negative", at),
        feedback("other", "positive", "2024-03-31T08:00:00.000001Z"),
        rating(2, at),
        rating(5, same),
    ]
    for order in (said, said[::-1]):
        (seen,) = conversations(order)
        assert seen.votes == {"not here yet": "negative", "other": "positive"}
        assert seen.rating == 2


def test_handoffs_and_outcomes_are_one_per_instant_and_the_higher_value_wins():
    at, same = "2024-03-31T08:00:00Z", "2024-03-31T04:30:00-03:30"
    of_c1 = {"chatbot_id": "bot-a", "conversation_id": "c1"}
    said = [
        conversation(created_at=at),
        {"type": "handoff", **of_c1, "created_at": at},
        {"type": "handoff", **of_c1, "created_at": same, "reason": "angry"},
        {"type": "outcome", **of_c1, "name": "sale", "created_at": at, "value": None},
        {"type": "outcome", **of_c1, "name": "sale", "created_at": same, "value": -5.0},
        {"type": "outcome", **of_c1, "name": "lead", "created_at": same},
    ]
    instant = datetime(2024, 3, 31, 8, tzinfo=UTC)
    for order in (said, said[::-1]):
        (seen,) = conversations(order)
        assert seen.handoffs == {instant}
        assert seen.outcomes == {("sale", instant): -5.0, ("lead", instant): None}


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("Hello", "hello"),
        (" HELLO \t there ?! ", "hello there"),
        ("Straße…", "strasse"),
        ("ﬁne ; :,", "fine"),
        ("ｈｅｌｌｏ？", "hello"),
        ("cafe\u0301", "caf\u00e9"),
        ("Hello\u00a0!", "hello"),
        ("¿Qué?", "¿qué"),
        ("...why?", "...why"),
        ("?! …", ""),
        (" ", ""),
    ],
)
def test_normal_form(text, form):
    assert normal_form(text) == form


def test_shown_text_collapses_white_space_and_then_cuts():
    assert shown_text("  a \n b  ") == "a b"
    assert shown_text("é" * 99 + "   " + "b") == "é" * 99 + " "
    assert shown_text("👋" * 150) == "👋" * 100


def test_ranking_shows_the_most_frequent_original_and_orders_by_count_then_text():
    long = "x" * 100
    texts = [
        "hello",
        "Hello!",
        "Hello!",
        "fine",
        "Fine",
        " Fine",
        "b",
        "a",
        long + "z",
        long + "y",
        "?!",
        "",
        "B.",
    ]
    assert ranking(texts, 10) == [
        {"query": "Fine", "count": 3},  # " Fine" < "Fine" < "fine", each once
        {"query": "Hello!", "count": 3},
        {"query": "B.", "count": 2},
        {"query": "a", "count": 1},
        {"query": long, "count": 1},
        {"query": long, "count": 1},
    ]
    assert ranking(texts, 2) == [{"query": "Fine", "count": 3}, {"query": "Hello!", "count": 3}]


def test_overview_shows_five_and_detail_and_gaps_ten():
    many = []
    for n in range(12):
        many += [
            message(f"q{n:02}", "user", f"question {n:02}", f"2024-03-31T08:00:{2 * n:02}Z"),
            message(f"a{n:02}", "assistant", "?", f"2024-03-31T08:00:{2 * n + 1:02}Z", fallback=True),
        ]
    first_ten = [{"query": f"question {n:02}", "count": 1} for n in range(10)]
    whole = overview(many, [record()], now=NOW, zone=BERLIN, plan="pro", limit=1)
    detail = chatbot_object(many, record(), now=NOW, zone=BERLIN, top=10)
    assert whole["chatbots"][0]["top_queries"] == first_ten[:5]
    assert detail["top_queries"] == first_ten
    assert detail["unanswered_queries"] == first_ten[:5]
    assert detail["unanswered_count"] == 12
    assert gaps(many, record()) == first_ten


def test_the_hour_that_comes_twice_is_one_hour():
    # Berlin, 2024-10-27: 02:30 comes twice; the two hours together beat 10:00.
    starts = ["2024-10-27T00:30:00Z", "2024-10-27T01:30:00Z", "2024-10-27T09:00:00Z"]
    events = [conversation(f"c{n}", created_at=at) for n, at in enumerate(starts)]
    seen = chatbot_object(
        events, record(), now=datetime(2024, 10, 27, 22, 59, tzinfo=UTC), zone=BERLIN, top=5
    )
    assert (seen["peak_hour"], seen["conversations_today"]) == (2, 3)


@settings(max_examples=60, deadline=None)
@given(data=st.data(), bots=chatbots(), zone=zones(), seed=st.integers(0, 1000))
def test_a_settled_history_gives_the_same_numbers_in_any_order(data, bots, zone, seed):
    events = data.draw(settled_histories())
    now = data.draw(moments(events))
    start, end = data.draw(windows(events))
    shuffled = events + events[:3]
    random.Random(seed).shuffle(shuffled)
    told = {"now": now, "zone": zone, "plan": "pro", "limit": 10_000, "start": start, "end": end}
    assert overview(events, bots, **told) == overview(shuffled, bots, **told)


@settings(max_examples=60, deadline=None)
@given(data=st.data(), bots=chatbots(), zone=zones())
def test_the_parts_add_up(data, bots, zone):
    events = data.draw(histories())
    assert json.loads(json.dumps(events)) == events
    now = data.draw(moments(events))
    for bot in bots:
        seen = chatbot_object(events, bot, now=now, zone=zone, top=10)
        assert sum(seen["languages_used"].values()) == seen["total_conversations"]
        assert seen["total_ratings"] == seen["feedback_positive"] + seen["feedback_negative"]
        assert seen["daily_conversations"][-1]["count"] == seen["conversations_today"]
        assert seen["conversations_today"] <= seen["conversations_this_week"] <= seen["total_conversations"]
        assert len(seen["daily_conversations"]) == 30
        # A window up to an instant and one from it on share nothing and lose nothing.
        before = chatbot_object(events, bot, now=now, zone=zone, top=10, end=now)
        after = chatbot_object(events, bot, now=now, zone=zone, top=10, start=now)
        for number in ("total_conversations", "total_messages", "unanswered_count", "total_ratings"):
            assert before[number] + after[number] == seen[number]


def test_every_zone_is_known_here():
    assert all(ZoneInfo(zone).key == zone for zone in ZONES)
