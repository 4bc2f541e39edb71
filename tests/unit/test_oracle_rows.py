"""The second witness lays out the rows of every dimension as they are meant, by eye."""

import pytest

from tests import events as plain
from tests.oracle.asking import TALKS, asked, at, card, rows, said, signal, started
from tests.oracle.dimensions import confidence_band

BERLIN = "Europe/Berlin"


def test_days_are_local_and_without_holes():
    """Half an hour before and after Berlin's clocks go forward, and at the ends of that day of 23 hours."""
    times = ["2024-03-30T22:59:59Z", "2024-03-30T23:00:00Z", "2024-03-31T00:30:00Z", "2024-03-31T22:00:00Z"]
    period = {"from": "2024-03-30", "to": "2024-04-02"}
    seen = rows(started(*times), "conversations", "day", timezone=BERLIN, period=period)
    assert seen == [("2024-03-30", 1), ("2024-03-31", 2), ("2024-04-01", 1), ("2024-04-02", 0)]


def test_half_hours_and_three_quarters():
    """22:15 UTC is 04:00 the next day in Kathmandu and 18:45 the same day in St. John's."""
    events = started("2024-02-29T22:15:00Z")
    assert rows(events, "conversations", "day", timezone="Asia/Kathmandu") == [("2024-03-01", 1)]
    assert rows(events, "conversations", "month", timezone="America/St_Johns") == [("2024-02", 1)]
    assert (4, 1) in rows(events, "conversations", "hour", timezone="Asia/Kathmandu")
    assert (18, 1) in rows(events, "conversations", "hour", timezone="America/St_Johns")


def test_weeks_begin_on_monday_and_months_are_whole():
    """From the window's first to its last, each named by its beginning."""
    events = started("2024-03-03T12:00:00Z", "2024-03-04T12:00:00Z")
    period = {"from": "2024-03-01", "to": "2024-03-11"}
    weeks = [("2024-02-26", 1), ("2024-03-04", 1), ("2024-03-11", 0)]
    assert rows(events, "conversations", "week", period=period) == weeks
    assert rows(events, "conversations", "month", period=period) == [("2024-03", 2)]
    both = rows(events, "conversations", "month", "week", period={"from": "2024-02-28", "to": "2024-03-04"})
    assert both == [("2024-02", "2024-02-26", 0), ("2024-03", "2024-02-26", 1), ("2024-03", "2024-03-04", 1)]


def test_all_time_is_filled_from_the_first_to_the_last():
    """Of the conversations that are counted; where there are none, there are no days, but hours."""
    events = started("2024-03-03T12:00:00Z", "2024-03-05T12:00:00Z", "2024-03-07T12:00:00Z")
    but_the_last = {"field": "conversation", "op": "is not", "value": "c2"}
    seen = rows(events, "conversations", "day", filters=but_the_last)
    assert seen == [("2024-03-03", 1), ("2024-03-04", 0), ("2024-03-05", 1)]
    assert rows([], "conversations", "day", "hour") == []
    assert rows([], "conversations", "weekday") == [(day, 0) for day in range(1, 8)]
    assert len(rows(events, "conversations", "hour", "weekday")) == 24 * 7


def test_beside_other_dimensions_calendars_are_filled_for_what_occurs():
    """Ordered by the metric, then by the dimensions, nulls last; nothing occurs, nothing is filled."""
    events = [
        plain.conversation("c1", at("10:00:00", 1), channel="web"),
        plain.conversation("c2", at("10:00:00", 2)),
    ]
    period = {"from": "2024-03-01", "to": "2024-03-02"}
    assert rows(events, "conversations", "channel", "day", period=period) == [
        ("web", "2024-03-01", 1),
        (None, "2024-03-02", 1),
        ("web", "2024-03-02", 0),
        (None, "2024-03-01", 0),
    ]
    assert rows([], "conversations", "channel", "day", period=period) == []


def test_values_of_a_conversation():
    """Depth, rating, language, chatbot and first question; the unknown is null or `und`."""
    events = [
        *said("c1", ("user", "?!", at("10:00:00")), ("user", " Hello!", at("10:00:01")), language="en"),
        plain.rating("c1", 2),
        plain.conversation("c2"),
    ]
    assert rows(events, "conversations", "depth") == [(0, 1), (2, 1)]
    assert rows(events, "conversations", "rating") == [(2, 1), (None, 1)]
    assert rows(events, "conversations", "language") == [("en", 1), ("und", 1)]
    assert rows(events, "conversations", "chatbot") == [("bot", 2)]
    assert rows(events, "conversations", "first_question") == [("hello", 1), (None, 1)]


@pytest.mark.parametrize(
    ("score", "band"),
    [
        (None, None),
        (0.0, "0.0-0.2"),
        (0.19999, "0.0-0.2"),
        (0.2, "0.2-0.4"),
        (0.6, "0.6-0.8"),
        (0.8, "0.8-1.0"),
        (1.0, "0.8-1.0"),
    ],
)
def test_bands_hold_their_lower_bound(score, band):
    """And the last its upper one too."""
    assert confidence_band(score) == band


def test_a_conversation_is_in_the_row_of_each_of_its_outcomes():
    """Its rate is of all conversations of the other dimensions, those without outcome too."""
    events = [
        *started("2024-03-01T10:00:00Z", "2024-03-01T10:00:00Z", "2024-03-02T10:00:00Z"),
        signal("outcome", "c0", at("11:00:00"), name="sale", value=5.0),
        signal("outcome", "c0", at("12:00:00"), name="sale", value=2.0),
        signal("outcome", "c0", at("12:00:00"), name="lead"),
        signal("outcome", "c1", at("12:00:00"), name="lead"),
    ]
    assert rows(events, "conversations", "outcome") == [("lead", 2), ("sale", 1)]
    assert rows(events, "outcomes", "outcome") == [("lead", 2), ("sale", 2)]
    assert rows(events, "outcome_value", "outcome") == [("sale", 7.0), ("lead", 0.0)]
    assert rows(events, "conversion_rate", "outcome") == [("lead", 2 / 3), ("sale", 1 / 3)]
    assert rows(events, "conversion_rate", "outcome", "day", order_by=["day", "outcome"]) == [
        ("lead", "2024-03-01", 1.0),
        ("sale", "2024-03-01", 0.5),
        ("lead", "2024-03-02", 0.0),
        ("sale", "2024-03-02", 0.0),
    ]


def test_questions_are_rows_by_normal_form():
    """An unanswered answer belongs to the question before it; one before any question to none."""
    events = said(
        "c1",
        ("assistant", "Hm?", at("10:00:00"), {"fallback": True}),
        ("user", "Hours?", at("10:00:01")),
        ("assistant", "Hm.", at("10:00:02"), {"fallback": True}),
        ("assistant", "Hm.", at("10:00:03"), {"fallback": True}),
        ("user", "hours", at("10:00:04")),
        ("user", "?", at("10:00:05")),
    )
    assert rows(events, "questions", "question") == [("hours", 2), (None, 1)]
    assert rows(events, "unanswered_answers", "question") == [("hours", 2), (None, 0)]
    assert card(events, "unanswered_answers") == [3]


def test_exchanges_count_who_got_there():
    """Three conversations of depth 1, 3 and 0."""
    events = [
        *said("c1", ("user", "a", at("10:00:00"))),
        *said("c2", *(("user", "a", at(f"10:00:0{n}")) for n in range(3))),
        plain.conversation("c3"),
    ]
    assert rows(events, "reached", "exchange") == [(1, 2), (2, 1), (3, 1)]
    assert rows(events, "drop_off_rate", "exchange") == [(1, 0.5), (2, 0.0), (3, 1.0)]


def test_cohorts_are_the_sessions_that_began_in_a_week():
    """Any later conversation brings them back, outside of the window too; no week after that of now."""
    events = [
        plain.conversation("c1", "2024-03-04T00:00:00Z", session_id="s"),  # a Monday
        plain.conversation("c2", "2024-03-03T23:59:59Z", session_id="t"),
        plain.conversation("c3", "2024-03-18T10:00:00Z", session_id="s"),
        plain.conversation("c4", "2024-03-25T10:00:00Z", session_id="s"),  # in the future
        plain.conversation("c5", "2024-03-05T10:00:00Z", session_id="u"),
        plain.conversation("c6", "2024-03-25T10:00:00Z", session_id="v"),
    ]
    seen = rows(
        events,
        "retention_rate",
        "cohort_week",
        "weeks_later",
        period={"from": "2024-03-04", "to": "2024-03-31"},
    )
    assert seen == [("2024-03-04", 0, 1.0), ("2024-03-04", 1, 0.0), ("2024-03-04", 2, 0.5)]
    assert len(rows(events, "retained_sessions", "weeks_later", "cohort_week")) == 4 + 3


def test_order_and_limit():
    """Nulls last either way; ties by the dimensions; all rows are counted before the cut."""
    events = [*TALKS, plain.rating("c1", 1)]
    by = ("average_rating", "language")
    assert rows(events, *by) == [("und", 3.0), ("de", None)]
    assert rows(events, *by, order_by="average_rating") == [("und", 3.0), ("de", None)]
    assert rows(events, *by, order_by="language") == [("de", None), ("und", 3.0)]
    assert rows(events, "conversations", "rating") == [(1, 1), (5, 1), (None, 1)]
    assert rows(events, "conversations", "rating", order_by="-rating") == [(5, 1), (1, 1), (None, 1)]
    by_two = [("web", 5, 1), (None, 1, 1), (None, None, 1)]
    assert rows(events, "conversations", "channel", "rating") == by_two
    cut = asked(events, "csat", dimensions=["rating"], limit=1)
    assert (cut["rows"], cut["meta"]["rows_total"]) == ([{"rating": 1, "csat": 0.0}], 3)
    assert len(cut["meta"]["n"]["csat"]) == 1
