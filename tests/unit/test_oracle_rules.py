"""The rules of the oracle, one by one: who wins, in which order, and how questions are told apart."""

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
from tests.unit.oracle_events import BERLIN, NOW, conversation, feedback, message, rating, record


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


@settings(max_examples=60)
@given(data=st.data(), bots=chatbots(), zone=zones(), seed=st.integers(0, 1000))
def test_a_settled_history_gives_the_same_numbers_in_any_order(data, bots, zone, seed):
    events = data.draw(settled_histories())
    now = data.draw(moments(events))
    start, end = data.draw(windows(events))
    shuffled = events + events[:3]
    random.Random(seed).shuffle(shuffled)
    told = {"now": now, "zone": zone, "plan": "pro", "limit": 10_000, "start": start, "end": end}
    assert overview(events, bots, **told) == overview(shuffled, bots, **told)


@settings(max_examples=60)
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
