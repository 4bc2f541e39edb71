"""The second witness tells sessions right: who is new, who came back in time, who had to ask again.

As of noon on 20 March 2024, over all time, in UTC, unless a test says otherwise.
"""

from datetime import UTC, datetime

import pytest

from tests import events as plain
from tests.oracle.asking import NOW, asked, at, card, of, said
from tests.oracle.sessions import nearly_the_same


def test_sessions_are_of_a_chatbot_and_new_once():
    """The first of the session is new wherever the window begins; without session id there is none."""
    events = [
        plain.conversation("b", at("10:00:00", 1), session_id="s"),
        plain.conversation("a", at("10:00:00", 1), session_id="s"),  # at the same time, the smaller id: first
        plain.conversation("c", at("10:00:00", 2), session_id="s"),
        plain.conversation("d", at("10:00:00", 2), session_id="S"),
        plain.conversation("e", at("10:00:00", 2)),
    ]
    metrics = ["unique_sessions", "new_sessions", "returning_sessions"]
    assert card(events, *metrics) == [2, 2, 0]
    assert card(events, *metrics, period={"from": "2024-03-02", "to": "2024-03-02"}) == [2, 1, 1]
    kinds = asked(events, "conversations", dimensions=["session_kind"])["rows"]
    assert kinds == [
        {"session_kind": "new", "conversations": 2},
        {"session_kind": "returning", "conversations": 2},
        {"session_kind": None, "conversations": 1},
    ]
    only_b = {"field": "conversation", "op": "is", "value": "b"}
    assert card(events, *metrics, filters=only_b) == [1, 0, 1]  # the filter does not make it the first


RETURN = [
    *said("c1", ("user", "a", at("10:00:00", 1)), ("assistant", "b", at("11:00:00", 1)), session_id="s"),
    plain.conversation("c2", at("11:00:00", 2), session_id="s"),  # 24 h after the end, exactly
]


@pytest.mark.parametrize(
    ("second", "now", "expected", "too_recent"),
    [
        ("11:00:00", NOW, (1, 2), 0),
        ("11:00:00.000001", NOW, (2, 2), 0),
        ("11:00:00", datetime(2024, 3, 3, 10, 59, 59, tzinfo=UTC), (0, 1), 1),  # c2 may still be returned to
        ("11:00:00", datetime(2024, 3, 3, 11, tzinfo=UTC), (1, 2), 0),
        ("11:00:00.000001", datetime(2024, 3, 1, 12, tzinfo=UTC), (0, 0), 2),
    ],
)
def test_contained_without_return(second, now, expected, too_recent):
    """Decided when somebody came back or the time is over, to the microsecond; the others are said aloud."""
    events = [*RETURN[:-1], plain.conversation("c2", at(second, 2), session_id="s"), plain.conversation("c3")]
    metric = "contained_without_return_rate"
    assert of(events, metric, now) == expected
    excluded = asked(events, metric, now=now)["meta"]["excluded"]
    assert excluded == {"test_conversations": 0, "without_session": 1, "too_recent_for_return": too_recent}


def test_resolution_is_assumed_of_who_was_answered_and_stays_away():
    """In the hours of the request; a neutral rating does not spoil it, a bad one does; c2 asked nothing."""
    metric = "resolution_assumed_rate"
    assert of(RETURN, metric) == (0, 2)
    assert of(RETURN, metric, resolution_hours=23) == (1, 2)
    for score, numerator in [(3, 1), (2, 0), (4, 0)]:
        rated = [*RETURN, plain.rating("c1", score, at("12:00:00"))]
        assert of(rated, metric, resolution_hours=23) == (numerator, 2)


@pytest.mark.parametrize(
    ("one", "other", "near"),
    [
        ("reset my password now", "reset my password today", True),  # 3 of 5
        ("reset my password", "my order", False),
        ("a b c d", "a b e", False),  # 2 of 5
        ("where is it", "it is where where", True),
        ("don't", "t, don", True),
        ("-", "-", False),
        ("¿qué", "qué", False),  # only ASCII punctuation parts words
        ("a\u00a0b", "b", False),
    ],
)
def test_nearly_the_same(one, other, near):
    """Three fifths of the words, whatever their order and number."""
    assert nearly_the_same(one, other) is near


def test_rephrased_questions():
    """Of the conversation or of the session's last day before it; "?" is no question, "-" is like nothing."""
    events = [
        *said(
            "c1",
            ("user", "my order", at("10:00:00", 1)),
            ("user", "My ORDER?", at("10:00:01", 1)),
            session_id="s",
        ),
        *said(
            "c2", ("user", "?", at("10:00:00", 2)), ("user", "order, my", at("10:00:01", 2)), session_id="s"
        ),
        *said(
            "c3", ("user", "my order", at("10:00:00.1", 3)), ("user", "-", at("10:01:00", 3)), session_id="s"
        ),
        *said("c4", ("user", "my order", at("10:00:00", 3)), ("user", "-", at("10:01:00", 3))),
    ]
    # c1's second; c2's second, as c1 started exactly a day before; c3 came a moment later than that.
    assert of(events, "rephrase_rate") == (2, 7)
