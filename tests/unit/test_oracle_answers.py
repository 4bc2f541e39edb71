"""The second witness filters, cuts windows and compares as is meant, by eye."""

from datetime import UTC, datetime

import pytest

from tests import events as plain
from tests.oracle.asking import NOW, TALKS, asked, at, card, rows, started
from tests.oracle.periods import Window, compared_window, start_of, window_of
from tests.oracle.sameness import differences, same

BERLIN = "Europe/Berlin"


# Filters


@pytest.mark.parametrize(
    ("field", "op", "value", "chosen"),
    [
        ("language", "is", "und", "c1 c3"),
        ("language", "is not", ["de", "fr"], "c1 c3"),
        ("channel", "is", ["web", None], "c1 c2 c3"),
        ("channel", "contains", "e", "c3"),
        ("channel", "contains", "E", ""),
        ("rating", "between", [1, 5], "c3"),
        ("rating", "is not", 5, "c1 c2"),
        ("depth", "between", [1, 1], "c1"),
        ("messages", "is", 2, "c1 c2"),
        ("day", "between", ["2024-03-02", "2024-03-03"], "c2 c3"),
        ("week", "is", "2024-02-26", "c1 c2 c3"),
        ("hour", "is", 10, "c1 c2"),
        ("weekday", "is", [5, 7], "c1 c3"),
        ("outcome", "is", None, "c1 c2"),
        ("outcome", "contains", "al", "c3"),
        ("question", "is", "opening!", "c2"),
        ("question", "contains", " Opening ", "c1 c2"),
        ("question", "is not", "hello", "c1 c3"),
        ("first_question", "is", "Hello", "c2"),
        ("first_question", "contains", "HOURS?", "c1"),
        ("session", "is", None, "c1 c2"),
        ("conversation", "contains", "c", "c1 c2 c3"),
        ("unanswered", "is", True, "c1"),
        ("abandoned", "is not", True, "c3"),
        ("confirmed", "is", False, "c1 c2"),
        ("session_kind", "is", None, "c1 c2"),
        ("confidence_band", "is", None, "c1 c2 c3"),
    ],
)
def test_a_filter_chooses(field, op, value, chosen):
    """The conversations of a field's values, and by `is not` the others."""
    leaf = {"field": field, "op": op, "value": value}
    only = [{"field": "conversation", "op": "is", "value": name} for name in ("c1", "c2", "c3")]
    assert [card(TALKS, "conversations", filters=[leaf, one]) for one in only] == [
        [int(name in chosen.split())] for name in ("c1", "c2", "c3")
    ]


def test_filters_nest():
    """A list means and."""
    first, second = ({"field": "conversation", "op": "is", "value": name} for name in ("c1", "c2"))
    either = {"or": [first, second]}
    assert card(TALKS, "conversations", filters=either) == [2]
    assert card(TALKS, "conversations", filters={"not": either}) == [1]
    assert card(TALKS, "conversations", filters=[first, second]) == [0]
    assert card(TALKS, "conversations", filters={"and": [either, {"not": second}]}) == [1]


# Periods and comparisons


def days(first: str, last_and_one: str, zone: str = BERLIN) -> Window:
    return Window(*(start_of(datetime.fromisoformat(day).date(), zone) for day in (first, last_and_one)))


@pytest.mark.parametrize(
    ("period", "window", "before"),
    [
        ("today", ("2024-04-01", "2024-04-02"), ("2024-03-31", "2024-04-01")),
        ("1d", ("2024-04-01", "2024-04-02"), ("2024-03-31", "2024-04-01")),
        ("30d", ("2024-03-03", "2024-04-02"), ("2024-02-02", "2024-03-03")),
        ("week", ("2024-04-01", "2024-04-02"), ("2024-03-25", "2024-04-01")),
        ("month", ("2024-04-01", "2024-04-02"), ("2024-03-01", "2024-04-01")),
        ("1mo", ("2024-04-01", "2024-04-02"), ("2024-03-01", "2024-04-01")),
        ("4mo", ("2024-01-01", "2024-04-02"), ("2023-09-01", "2024-01-01")),
        (
            {"from": "2024-03-30", "to": "2024-03-31"},
            ("2024-03-30", "2024-04-01"),
            ("2024-03-28", "2024-03-30"),
        ),
    ],
)
def test_periods_are_local_days(period, window, before):
    """As of 00:30 in Berlin on Monday, 1 April 2024, which is still March in UTC."""
    now = datetime(2024, 3, 31, 22, 30, tzinfo=UTC)
    assert window_of(period, now=now, zone=BERLIN) == days(*window)
    assert compared_window("previous_period_whole", period, now=now, zone=BERLIN) == days(*before)


def test_instants_are_compared_with_the_same_time_before():
    """25 hours with 25 hours, whatever the clocks do; `to` is excluded."""
    period = {"from": "2024-03-31T00:00:00+01:00", "to": "2024-03-31T23:00:00Z"}
    before = compared_window("previous_period_whole", period, now=NOW, zone=BERLIN)
    assert before == Window(datetime(2024, 3, 29, 23, tzinfo=UTC), datetime(2024, 3, 30, 23, tzinfo=UTC))
    assert card(started("2024-03-30T23:00:00Z", "2024-03-31T23:00:00Z"), "conversations", period=period) == [
        1
    ]
    nothing = {"from": "2024-03-31T00:00:00Z", "to": "2024-03-31T00:00:00Z"}
    assert rows(started("2024-03-31T00:00:00Z"), "conversations", "day", period=nothing) == []


def test_days_are_compared_by_place_and_others_by_value():
    """What only the other period has gets a row of nothing, unless there is a limit."""
    events = [
        plain.conversation("c1", at("10:00:00", 1), channel="web"),
        plain.conversation("c2", at("10:00:00", 3), channel="web"),
        plain.conversation("c3", at("10:00:00", 2), channel="app"),
    ]
    request = {"period": {"from": "2024-03-03", "to": "2024-03-04"}, "compare": "previous_period"}
    by_day = asked(events, "conversations", dimensions=["day"], **request)
    assert [tuple(row.values()) for row in by_day["rows"]] == [("2024-03-03", 1), ("2024-03-04", 0)]
    assert [tuple(row.values()) for row in by_day["compare"]["rows"]] == [
        ("2024-03-01", 1),
        ("2024-03-02", 1),
    ]

    by_channel = asked(events, "conversations", dimensions=["channel"], **request)
    assert [tuple(row.values()) for row in by_channel["rows"]] == [("web", 1), ("app", 0)]
    assert [tuple(row.values()) for row in by_channel["compare"]["rows"]] == [("web", 1), ("app", 1)]
    limited = asked(events, "conversations", dimensions=["channel"], limit=5, **request)
    assert [tuple(row.values()) for row in limited["rows"]] == [("web", 1)]


def test_days_with_their_weeks_are_compared_by_place():
    """The i-th day, with the week it is in, with the i-th day, though that is elsewhere in its week."""
    period = {"from": "2024-03-10", "to": "2024-03-11"}  # a Sunday and a Monday
    seen = asked([], "conversations", dimensions=["day", "week"], period=period, compare="previous_period")
    assert [(row["day"], row["week"]) for row in seen["compare"]["rows"]] == [
        ("2024-03-08", "2024-03-04"),
        ("2024-03-09", "2024-03-04"),
    ]


def test_a_day_without_counterpart_is_compared_with_nothing():
    """The other window may be shorter; what it has more is nobody's counterpart."""
    short, long = {"from": "2024-03-01", "to": "2024-03-01"}, {"from": "2024-03-02", "to": "2024-03-03"}
    events = started("2024-03-01T10:00:00Z", "2024-03-02T10:00:00Z")
    seen = asked(events, "csat", dimensions=["day"], period=long, compare=short)
    nothing = {"numerator": 0, "denominator": 0, "interval": None}
    assert seen["compare"]["rows"] == [{"day": "2024-03-01", "csat": None}, {"day": None, "csat": None}]
    assert seen["compare"]["n"] == {"csat": [nothing, nothing]}
    assert len(asked(events, "csat", dimensions=["day"], period=short, compare=long)["compare"]["rows"]) == 1


# Sameness


def test_the_same_in_other_words():
    """Floats by their digits, times of `meta` by their instant; no other text, no other type."""
    ours = asked(TALKS, "csat", "conversations", compare={"from": "2024-03-01", "to": "2024-03-02"})
    theirs = asked(TALKS, "csat", "conversations", compare={"from": "2024-03-01", "to": "2024-03-02"})
    theirs["rows"][0]["csat"] *= 1 + 1e-12
    theirs["compare"]["window"]["from"] = "2024-03-01T00:00:00Z"
    same(ours, theirs)
    theirs["rows"][0]["conversations"] = 3.0
    theirs["meta"]["excluded"]["more"] = 1
    theirs["compare"]["rows"][0]["csat"] = 0.0
    assert differences(ours, theirs) == [
        ".rows[0].conversations: 3 != 3.0",
        ".meta.excluded.more: only the engine has it",
        ".compare.rows[0].csat: None != 0.0",
    ]
    with pytest.raises(AssertionError, match="oracle != engine"):
        same(ours, theirs)
