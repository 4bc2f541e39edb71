"""The second witness of the query language counts right: each metric on a few events, by eye.

All answers are as of noon on 20 March 2024, over all time, in UTC, with the threshold 0.2, unless a test says
otherwise.
"""

import pytest

from tests import events as plain
from tests.oracle.asking import asked, at, card, of, said, signal
from tests.oracle.metrics import rate
from tests.oracle.query_strategies import EVERY_METRIC

ONE_TALK = said(
    "c1",
    ("assistant", "Welcome!", at("10:00:00")),
    ("user", "Hours?", at("10:00:10")),
    ("system", "thinking", at("10:00:11")),
    ("assistant", "Hm.", at("10:00:12.500"), {"confidence_score": 0.19}),
    ("assistant", "Sorry.", at("10:00:13"), {"fallback": True, "latency_ms": 7}),
    ("user", "Human!", at("10:01:00"), {"latency_ms": 99}),
    ("agent", "Yes?", at("10:01:30"), {"confidence_score": 0.0}),
    ("assistant", "Bye.", at("10:01:31"), {"confidence_score": 0.2}),
)


def test_nothing_gives_zeros_and_nulls():
    """Counts and sums of nothing are 0; ratios, medians and percentiles of nothing are null."""
    zeros = [
        "conversations messages questions answers unique_sessions new_sessions returning_sessions",
        "unanswered_answers unanswered_conversations handoffs ratings positive_feedback negative_feedback",
        "conversions outcomes outcome_value",
    ]
    zeros = " ".join(zeros).split()
    others = [name for name in EVERY_METRIC[:-4] if name not in zeros]
    assert card([], *zeros) == [0] * len(zeros)
    assert card([], *others) == [None] * len(others)
    assert asked([], "csat")["meta"] == {
        "timezone": "UTC",
        "as_of": "2024-03-20T12:00:00+00:00",
        "window": {"from": None, "to": None},
        "incomplete": {},
        "rows_total": 1,
        "n": {"csat": [{"numerator": 0, "denominator": 0, "interval": None}]},
        "excluded": {"test_conversations": 0},
        "definition_version": 3,
        "freshness": None,
    }


def test_messages_questions_and_answers_by_role():
    """An agent and the system answer nothing; messages are those of all roles."""
    empty = plain.conversation("c2", at("11:00:00"))
    metrics = ["conversations", "messages", "questions", "answers", "messages_per_conversation"]
    assert card([*ONE_TALK, empty], *metrics) == [2, 8, 2, 4, 4.0]
    assert of([*ONE_TALK, empty], "messages_per_conversation") == (8, 2)


def test_a_median_is_the_middle_or_the_mean_of_both():
    """8, 1, 0: 1; without the last 4.5."""
    two = [*ONE_TALK, plain.message("c2", "1")]
    assert card(two, "median_messages") == [4.5]
    three = asked([*two, plain.conversation("c3")], "median_messages")
    assert (three["rows"], three["meta"]["n"]) == (
        [{"median_messages": 1.0}],
        {"median_messages": [{"n": 3}]},
    )


def test_unanswered_scored_and_fallback_answers():
    """An agent's score is none; 0.2 is not below 0.2; an answer without score and fallback is not judged."""
    metrics = ["unanswered_answers", "unanswered_rate", "score_coverage", "fallback_rate"]
    assert card(ONE_TALK, *metrics) == [2, 2 / 3, 3 / 4, 1 / 4]
    assert asked(ONE_TALK, "unanswered_rate")["meta"]["excluded"] == {
        "test_conversations": 0,
        "answers_without_score": 1,
    }
    other = plain.answer("c2", "1", 0.9)
    assert card([*ONE_TALK, other], "unanswered_conversations", "unanswered_conversation_rate") == [1, 0.5]


def test_engaged_is_a_user_after_the_bot():
    """A user who only asked first, or spoke with an agent alone, is not."""
    events = [
        *ONE_TALK,
        *said("c2", ("user", "a", at("10:00:00")), ("assistant", "b", at("10:00:01"))),
        *said("c3", ("agent", "a", at("10:00:00")), ("user", "b", at("10:00:01"))),
    ]
    assert of(events, "engaged_rate") == (1, 3)


def test_a_human_was_there_by_handoff_or_by_speaking():
    """Two handoffs of one conversation are one; an agent who speaks needs none."""
    events = [
        *ONE_TALK,
        plain.conversation("c2"),
        signal("handoff", "c2", at("10:00:00")),
        signal("handoff", "c2", at("10:00:01")),
        plain.conversation("c3"),
    ]
    assert card(events, "handoffs", "handoff_rate", "containment_rate") == [1, 1 / 3, 1 / 3]


def test_latencies_are_told_or_measured_from_the_question_that_began_the_exchange():
    """2,500 ms after "Hours?", 7 as told; nothing of the welcome, after the agent, or of the user."""
    assert asked(ONE_TALK, "latency_p50", "latency_p95")["rows"] == [
        {"latency_p50": 2500.0, "latency_p95": 2500.0}
    ]
    assert asked(ONE_TALK, "latency_p50")["meta"]["n"] == {"latency_p50": [{"n": 2}]}


@pytest.mark.parametrize(
    ("many", "p50", "p95"), [(1, 0, 0), (2, 1, 1), (3, 1, 2), (20, 10, 19), (21, 10, 19)]
)
def test_percentiles_are_the_value_at_the_place(many, p50, p95):
    """Of 0, 1, 2, ... the value is its place: floor(p * n)."""
    events = [plain.answer("c1", str(n), latency_ms=n) for n in reversed(range(many))]
    assert card(events, "latency_p50", "latency_p95") == [p50, p95]


@pytest.mark.parametrize(
    ("signals", "confirmed"),
    [
        ([], False),
        ([("rating", 0, {"score": 4})], True),
        ([("rating", 0, {"score": 3})], False),
        ([("rating", 0, {"score": 5}), ("feedback", 1, {"value": "negative"})], False),
        ([("rating", 2, {"score": 5}), ("feedback", 1, {"value": "negative"})], True),
        ([("rating", 1, {"score": 5}), ("feedback", 1, {"value": "negative"})], False),  # the worst
        ([("rating", 1, {"score": 3}), ("feedback", 1, {"value": "positive"})], False),
        ([("rating", 1, {"score": 1}), ("feedback", 2, {"value": "positive"})], True),
        ([("rating", 1, {"score": 4}), ("handoff", 2, {})], False),
    ],
)
def test_the_last_signal_confirms(signals, confirmed):
    """The latest of votes and rating, the worst of those at one instant; never with a human."""
    events = said("c1", ("user", "a", at("10:00:00")), ("assistant", "b", at("10:00:01")))
    for kind, second, fields in signals:
        message_id = {"message_id": "m1"} if kind == "feedback" else {}
        events.append(signal(kind, "c1", at(f"11:00:0{second}"), **message_id, **fields))
    assert of(events, "resolution_confirmed_rate") == (int(confirmed), 1)


@pytest.mark.parametrize(
    ("roles", "score", "left"),
    [
        ("u", None, True),
        ("us", None, True),  # the system is no answer
        ("ua", None, False),
        ("ua", 0.1, True),
        ("uaa", 0.1, True),
        ("uau", None, True),
        ("a", 0.1, False),  # nobody asked
        ("", None, False),
    ],
)
def test_abandoned_is_left_without_an_answer(roles, score, left):
    """After the last question nothing, or in the end an unanswered answer."""
    names = {"u": "user", "a": "assistant", "s": "system"}
    turns = [(names[role], "x", at(f"10:00:0{n}")) for n, role in enumerate(roles)]
    events = [plain.conversation("c1", at("09:00:00")), *said("c1", *turns, confidence_score=score)]
    assert of(events, "abandonment_rate") == (int(left), 1)
    good = plain.rating("c1", 5, at("12:00:00"))
    assert of([*events, good], "abandonment_rate") == (0, 1)
    assert of([*events, signal("handoff", "c1", at("12:00:00"))], "abandonment_rate") == (0, 1)


def test_an_agent_who_spoke_last_leaves_nobody():
    """Even after an unanswered answer; and there a human was."""
    events = said("c1", ("user", "a", at("10:00:00")), ("agent", "b", at("10:00:01")))
    assert of(events, "abandonment_rate") == (0, 1)


@pytest.mark.parametrize(
    ("first", "then", "gap", "reopened"),
    [
        ("user", "user", "10:00:00", True),  # 24 h exactly
        ("user", "user", "09:59:59.999999", False),
        ("assistant", "user", "10:00:00", True),
        ("user", "assistant", "23:00:00", False),
    ],
)
def test_reopened_is_a_user_a_day_after_what_was_said_last(first, then, gap, reopened):
    """A day later to the microsecond, and by the user."""
    events = said("c1", (first, "a", at("10:00:00")), (then, "b", at(gap, day=2)))
    assert of(events, "reopen_rate") == (int(reopened), 1)


def test_ratings_and_votes():
    """The latest counts; a vote on a message that never came counts too."""
    events = [
        *[plain.conversation(f"c{n}") for n in range(4)],
        plain.rating("c0", 1, at("10:00:00")),
        plain.rating("c0", 4, at("10:00:01")),
        plain.rating("c1", 3, at("10:00:00")),
        plain.vote("c0", "x", "positive", at("10:00:00")),
        plain.vote("c0", "y", "negative", at("10:00:00")),
        plain.vote("c0", "y", "positive", at("10:00:01")),
        plain.vote("c3", "x", "negative", at("10:00:00")),
    ]
    assert card(events, "ratings", "csat", "average_rating", "rating_response_rate") == [2, 0.5, 3.5, 0.5]
    votes = ["positive_feedback", "negative_feedback", "positive_feedback_rate", "feedback_rate"]
    assert card(events, *votes) == [2, 1, 2 / 3, 0.5]


def test_outcomes():
    """Records by name and time; a value of null adds nothing; a conversation converts once."""
    events = [
        plain.conversation("c1"),
        plain.conversation("c2"),
        signal("outcome", "c1", at("10:00:00"), name="sale", value=10.5),
        signal("outcome", "c1", at("10:00:00"), name="sale", value=None),  # the same record
        signal("outcome", "c1", at("10:00:01"), name="sale", value=-0.5),
        signal("outcome", "c1", at("10:00:00"), name="lead"),
    ]
    assert card(events, "conversions", "conversion_rate", "outcomes", "outcome_value") == [1, 0.5, 3, 10.0]


def test_test_conversations_are_counted_aloud():
    """Only those of the window that meet the filters; in no number."""
    events = [
        plain.conversation("t1", at("10:00:00", 1), test=True, language="en"),
        plain.conversation("t2", at("10:00:00", 2), test=True, language="en"),
        plain.conversation("t3", at("10:00:00", 2), test=True),
        plain.conversation("t4", None, test=True),
        plain.conversation("c1", at("10:00:00", 2), language="en"),
    ]
    english = {"field": "language", "op": "is", "value": "en"}
    seen = asked(events, "conversations", period={"from": "2024-03-02", "to": "2024-03-02"}, filters=english)
    assert (seen["rows"], seen["meta"]["excluded"]) == ([{"conversations": 1}], {"test_conversations": 1})


def test_freshness_is_the_newest_record_of_what_was_counted():
    """A late vote makes it fresh; what is outside of the window does not."""
    late = plain.vote("c1", "m1", at=at("09:00:00", 9))
    events = [*ONE_TALK, late, plain.conversation("c2", at("10:00:00", 10))]
    seen = asked(events, "conversations", period={"from": "2024-03-01", "to": "2024-03-09"})
    assert seen["meta"]["freshness"] == "2024-03-09T09:00:00+00:00"


def test_the_interval_of_a_rate_is_wilsons():
    """As tables give it: 8 of 10, none of 10, all of 1."""
    assert rate(8, 10)[1]["interval"] == pytest.approx([0.4901625, 0.9433178], abs=1e-7)
    assert rate(0, 10)[1]["interval"] == pytest.approx([0.0, 0.2775328], abs=1e-7)
    assert rate(1, 1)[1]["interval"] == pytest.approx([0.2065493, 1.0], abs=1e-7)
    assert rate(0, 0) == (None, {"numerator": 0, "denominator": 0, "interval": None})
