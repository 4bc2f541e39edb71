"""`POST /v1/query`: whole answers, over events that can be added up by eye."""

from typing import Any

import pytest

from botlens.metrics.facts import DEFINITION_VERSION
from tests.conftest import Tenant
from tests.contract.small_company import (
    NONE_OF_ONE,
    NOTHING,
    ONE_OF_ONE,
    ONE_OF_THREE,
    ONE_OF_TWO,
    ask,
    at,
    rate,
    rows,
)
from tests.events import message, rating

HALF = 2.5706 * 2 + 1  # Student's t of six pairs of days, the root of four conversations, half a one a side


def test_a_card(company: Tenant) -> None:
    """One row without dimensions: values, what they stand on, what was left out, of when and how fresh."""
    found = ask(
        company,
        "conversations",
        "messages",
        "unique_sessions",
        "messages_per_conversation",
        "median_messages",
        "unanswered_rate",
        "csat",
        "latency_p95",
    )
    assert found == {
        "rows": [
            {
                "conversations": 3,
                "messages": 8,
                "unique_sessions": 2,
                "messages_per_conversation": 8 / 3,
                "median_messages": 2,
                "unanswered_rate": 1 / 3,
                "csat": 0.5,
                "latency_p95": 4000,
            }
        ],
        "meta": {
            "timezone": "UTC",
            "as_of": "2026-03-18T12:00:00.000000Z",
            "incomplete": {},
            "window": {"from": "2026-03-12T00:00:00.000000Z", "to": "2026-03-19T00:00:00.000000Z"},
            "rows_total": 1,
            "n": {
                "messages_per_conversation": [{"numerator": 8, "denominator": 3}],
                "median_messages": [{"n": 3}],
                "unanswered_rate": [ONE_OF_THREE],
                "csat": [ONE_OF_TWO],
                "latency_p95": [{"n": 4}],
            },
            "excluded": {"test_conversations": 1, "without_session": 1, "answers_without_score": 1},
            "definition_version": DEFINITION_VERSION,
            "freshness": "2026-03-17T23:40:00.000000Z",
        },
    }


def test_a_series(company: Tenant) -> None:
    """By day: every day of the window, null and not zero where a rate has nothing to be of."""
    found = ask(company, "conversations", "unanswered_rate", dimensions=["day"])
    assert [list(row.values()) for row in found["rows"]] == [
        ["2026-03-12", 0, None],
        ["2026-03-13", 0, None],
        ["2026-03-14", 0, None],
        ["2026-03-15", 0, None],
        ["2026-03-16", 1, 0.5],
        ["2026-03-17", 2, 0.0],
        ["2026-03-18", 0, None],
    ]
    assert found["meta"]["rows_total"] == 7
    assert found["meta"]["n"] == {
        "unanswered_rate": [NOTHING] * 4 + [ONE_OF_TWO, NONE_OF_ONE, NOTHING],
    }


def test_by_chatbot(company: Tenant) -> None:
    """The most first; the parts of a sum make the whole; each rate has its own n."""
    found = ask(company, "conversations", "handoff_rate", dimensions=["chatbot"])
    assert found["rows"] == [
        {"chatbot": "bot", "conversations": 2, "handoff_rate": 0.0},
        {"chatbot": "shop", "conversations": 1, "handoff_rate": 1.0},
    ]
    assert found["meta"]["n"] == {"handoff_rate": [rate(0, 2, 0.0, 0.6576198), ONE_OF_ONE]}


def test_several_dimensions(company: Tenant) -> None:
    """Every combination that occurs; calendar units in which nothing happened have rows for each of them."""
    by = ["month", "language"]
    assert rows(company, "conversations", dimensions=by) == [
        ["2026-03", "de", 1],
        ["2026-03", "en", 1],
        ["2026-03", "und", 1],
    ]
    found = rows(
        company, "conversations", dimensions=["language", "weekday"], order_by=["language", "weekday"]
    )
    assert len(found) == 21
    assert found[:3] == [["de", 1, 0], ["de", 2, 1], ["de", 3, 0]]


def test_compared_with_the_period_before(company: Tenant) -> None:
    """The same metrics of the seven days before, beside each row, with what they stand on."""
    company.send(message("old", "1", "Hi", "2026-01-05T09:00:00Z"))
    found = ask(company, "conversations", "unanswered_rate", compare="previous_period")
    assert found["rows"] == [{"conversations": 3, "unanswered_rate": 1 / 3}]
    assert found["compare"] == {
        "window": {"from": "2026-03-05T00:00:00.000000Z", "to": "2026-03-11T12:00:00.000000Z"},
        "rows": [{"conversations": 1, "unanswered_rate": 1.0}],
        "n": {"unanswered_rate": [ONE_OF_ONE]},
        "change": {
            "conversations": [
                {
                    "absolute": 2,
                    "relative": 2.0,
                    "interval": pytest.approx([2 - HALF, 2 + HALF], rel=0.005),
                    "distinguishable": False,
                    "unsaid": None,
                }
            ],
            # Of three conversations nobody can say how alike the answers of one are.
            "unanswered_rate": [
                {
                    "absolute": 1 / 3 - 1,
                    "relative": None,
                    "interval": None,
                    "distinguishable": None,
                    "unsaid": "too_few",
                }
            ],
        },
    }
    assert found["meta"]["compared"] == {
        "period": "previous_period",
        "align": None,
        "window": found["compare"]["window"],
        "known": "whole",
        "later_events": "counted",
    }


def changed(found: dict[str, Any], metric: str) -> list[tuple[Any, ...]]:
    """By row: how far a metric has changed, in itself and of what it was, and what is not said of it."""
    changes = found["compare"]["change"][metric]
    return [(each["absolute"], each["relative"], each["unsaid"]) for each in changes]


def test_before_the_first_conversation_there_is_nothing_to_compare_with(company: Tenant) -> None:
    """It is no zero: no change is told, of the whole, of its parts, and of a chatbot that came later."""
    nothing = (None, None, "nothing_before")
    year = ask(company, "conversations", "csat", compare="previous_year", totals=True)
    assert year["meta"]["compared"]["known"] == "nothing"
    assert changed(year, "conversations") == changed(year, "csat") == [nothing]
    assert year["totals"]["compare"]["change"]["conversations"]["unsaid"] == "nothing_before"
    # The first conversation was on the 10th, at the chatbot "bot": the days before have no counterpart.
    days = ask(company, "conversations", compare="previous_period", dimensions=["day"])
    assert [(row["day"], row["conversations"]) for row in days["compare"]["rows"]][4:6] == [
        ("2026-03-09", 0),
        ("2026-03-10", 1),
    ]
    assert changed(days, "conversations")[4:6] == [nothing, (1, 1.0, "too_few_days")]
    hours = ask(company, "conversations", compare="previous_period", dimensions=["date_hour"])
    assert changed(hours, "conversations")[5 * 24 - 1] == nothing
    assert changed(hours, "conversations")[5 * 24] == (0, None, "too_few_days")
    bots = ask(company, "conversations", compare="previous_period", dimensions=["chatbot"])
    assert [row["chatbot"] for row in bots["rows"]] == ["bot", "shop"]
    assert changed(bots, "conversations") == [(1, None, "partly_before"), nothing]


def test_a_period_that_began_before_the_first_conversation(company: Tenant) -> None:
    """Counts of it are no counts of the whole period, so that no percentage is told; shares are compared."""
    found = ask(company, "conversations", "unanswered_rate", compare="previous_period")
    assert found["meta"]["compared"]["known"] == "part"
    assert changed(found, "conversations") == [(2, None, "partly_before")]
    assert changed(found, "unanswered_rate") == [(1 / 3 - 1, None, "too_few")]
    # The day of the first conversation is one of its days, also where it came at noon.
    since = ask(company, "conversations", compare={"from": "2026-03-10", "to": "2026-03-11"})
    assert since["meta"]["compared"]["known"] == "whole"
    assert changed(since, "conversations") == [(2, 2.0, None)]


def test_changes_are_told_of_what_is_asked_for(company: Tenant) -> None:
    """All, some or none of the metrics; what is compared stands there all the same."""
    both = ask(company, "conversations", "csat", compare="previous_period")
    some = ask(company, "conversations", "csat", compare="previous_period", change=["csat"], totals=True)
    none = ask(company, "conversations", "csat", compare="previous_period", change=False, totals=True)
    assert some["compare"]["change"] == {"csat": both["compare"]["change"]["csat"]}
    assert some["totals"]["compare"]["change"].keys() == {"csat"}
    assert "change" not in none["compare"]
    assert "change" not in none["totals"]["compare"]
    assert none["compare"]["rows"] == both["compare"]["rows"]
    link = {"metrics": "conversations,csat", "period": "7d", "compare": "previous_period"}
    for said, answered in (("csat", some), ("false", none), ("true", both)):
        assert company.get("/v1/query", **link, change=said)["compare"] == answered["compare"]


def test_a_rating_today_of_a_conversation_of_last_week_is_counted(company: Tenant) -> None:
    """What came later belongs to the conversation: the answer says so."""
    company.send(rating("p", 4, at(18, "11:00:00")))
    assert ask(company, "ratings", compare="previous_period")["compare"]["rows"] == [{"ratings": 1}]


def test_what_is_not_over_is_said(company: Tenant) -> None:
    """Units that the window cuts, and the one that now falls into; of what is over, none."""
    today = {"period": "today", "dimensions": ["date_hour"]}
    assert ask(company, "conversations", **today)["meta"]["incomplete"] == {
        "date_hour": {"first": None, "last": "2026-03-18T12:00:00+00:00"}
    }
    by = {"dimensions": ["day", "week", "month"], "period": "7d"}
    assert ask(company, "conversations", **by)["meta"]["incomplete"] == {
        "day": {"first": None, "last": "2026-03-18"},
        "week": {"first": "2026-03-09", "last": "2026-03-16"},
        "month": {"first": "2026-03", "last": "2026-03"},
    }
    over = {"dimensions": ["day", "week"], "period": "last_week"}
    assert ask(company, "conversations", **over)["meta"]["incomplete"] == {
        "day": {"first": None, "last": None},
        "week": {"first": None, "last": None},
    }
    everything = ask(company, "conversations", dimensions=["day"], period="all")["meta"]["incomplete"]
    assert everything == {"day": {"first": None, "last": None}}  # nothing has begun today


def test_hours_in_time(company: Tenant) -> None:
    """Each hour of the window by its first moment, with its offset; in order, whatever the clocks do."""
    company.send(
        message("e", "1", "Too early?", "2026-03-29T00:30:00Z"),
        message("f", "1", "Still there?", "2026-10-25T00:30:00Z"),
        message("g", "1", "Still there?", "2026-10-25T01:30:00Z"),
    )
    by = {"dimensions": ["date_hour"], "timezone": "Europe/Berlin"}

    def hours(day: str) -> list[list[Any]]:
        return rows(company, "conversations", period={"from": day, "to": day}, **by)

    short, long = hours("2026-03-29"), hours("2026-10-25")
    assert (len(short), len(long)) == (23, 25)
    assert short[1:3] == [["2026-03-29T01:00:00+01:00", 1], ["2026-03-29T03:00:00+02:00", 0]]
    assert long[2:4] == [["2026-10-25T02:00:00+02:00", 1], ["2026-10-25T02:00:00+01:00", 1]]


def test_half_hours_of_lord_howe(company: Tenant) -> None:
    """Where clocks go back by half an hour, the hour in which they do begins twice."""
    company.send(message("e", "1", "Hello?", "2024-04-06T15:10:00Z"))
    day = {"from": "2024-04-07", "to": "2024-04-07"}
    by = {"dimensions": ["date_hour"], "timezone": "Australia/Lord_Howe", "period": day}
    found = rows(company, "conversations", **by)
    assert len(found) == 25
    assert found[1:4] == [
        ["2024-04-07T01:00:00+11:00", 0],
        ["2024-04-07T01:30:00+10:30", 1],
        ["2024-04-07T02:00:00+10:30", 0],
    ]


def test_more_hours_than_an_answer_may_have(company: Tenant) -> None:
    """Are refused, before they are counted one by one."""
    body = {"metrics": ["conversations"], "dimensions": ["date_hour"], "period": "500d"}
    found = company.world.client.post("/v1/query", json=body, headers=company.headers)
    assert (found.status_code, found.json()["error"]["code"]) == (422, "too_many_rows")


def test_hours_compared(company: Tenant) -> None:
    """The hours that have not come have no counterpart: null, not a fall to nothing."""
    found = ask(company, "conversations", dimensions=["date_hour"], period="today", compare="previous_period")
    assert len(found["rows"]) == 24
    assert found["compare"]["rows"][11] == {"date_hour": "2026-03-17T11:00:00+00:00", "conversations": 0}
    assert found["compare"]["rows"][12]["date_hour"] is None
    assert found["compare"]["change"]["conversations"][12]["absolute"] is None


def test_days_are_compared_by_their_place(company: Tenant) -> None:
    """The i-th day with the i-th day; values of other dimensions with the same value, also what is gone."""
    found = ask(company, "conversations", dimensions=["day"], compare="previous_period")
    assert [row["day"] for row in found["compare"]["rows"]] == [f"2026-03-{day:02d}" for day in range(5, 12)]
    assert [row["conversations"] for row in found["compare"]["rows"]] == [0, 0, 0, 0, 0, 1, 0]
    found = ask(company, "conversations", dimensions=["language"], compare="previous_period")
    assert [list(row.values()) for row in found["rows"]] == [["de", 1], ["en", 1], ["und", 1], ["fr", 0]]
    assert [list(row.values()) for row in found["compare"]["rows"]] == [
        ["de", 0],
        ["en", 0],
        ["und", 0],
        ["fr", 1],
    ]


def test_compared_with_any_other_period(company: Tenant) -> None:
    """`from` and `to` name another period; dates are local days, the last one included."""
    other = {"from": "2026-03-10", "to": "2026-03-10"}
    found = ask(company, "conversations", compare=other)["compare"]
    assert found["window"] == {"from": "2026-03-10T00:00:00.000000Z", "to": "2026-03-11T00:00:00.000000Z"}
    assert found["rows"] == [{"conversations": 1}]


def test_order_and_limit(company: Tenant) -> None:
    """By a metric or a dimension, either way; ties by the dimensions; how many there were is told."""
    by = {"dimensions": ["language"], "order_by": "-messages"}
    found = ask(company, "messages", limit=2, **by)
    assert [list(row.values()) for row in found["rows"]] == [["en", 4], ["de", 2]]
    assert found["meta"]["rows_total"] == 3
    assert rows(company, "messages", dimensions=["language"], order_by="-language") == [
        ["und", 2],
        ["en", 4],
        ["de", 2],
    ]
    assert rows(company, "csat", dimensions=["language"], order_by="csat") == [
        ["de", 0.0],
        ["en", 1.0],
        ["und", None],  # what is not known comes last, whichever way
    ]
    assert rows(company, "csat", dimensions=["language"], order_by="-csat")[-1] == ["und", None]


def test_an_empty_window(company: Tenant) -> None:
    """Nothing happened: counts are 0, rates null, freshness too; what does not occur has no row."""
    empty = {"from": "2026-01-01", "to": "2026-01-02"}
    found = ask(company, "conversations", "csat", "average_rating", "latency_p50", period=empty)
    assert found["rows"] == [{"conversations": 0, "csat": None, "average_rating": None, "latency_p50": None}]
    assert found["meta"]["freshness"] is None
    assert found["meta"]["excluded"] == {"test_conversations": 0}
    assert found["meta"]["n"]["csat"] == [NOTHING]
    assert rows(company, "conversations", dimensions=["language"], period=empty) == []
    assert rows(company, "conversations", dimensions=["day"], period=empty) == [
        ["2026-01-01", 0],
        ["2026-01-02", 0],
    ]


def test_days_are_those_of_the_zone(company: Tenant) -> None:
    """Half past eleven at night in UTC is the next day in Berlin; a single chatbot's own zone goes first."""
    found = ask(company, "conversations", dimensions=["day"], timezone="Europe/Berlin", period="today")
    assert found["rows"] == [{"day": "2026-03-18", "conversations": 1}]
    assert found["meta"]["timezone"] == "Europe/Berlin"
    assert found["meta"]["window"] == {
        "from": "2026-03-17T23:00:00.000000Z",
        "to": "2026-03-18T23:00:00.000000Z",
    }
    assert rows(company, "conversations", period="today") == [[0]]
    company.put("bot", timezone="Asia/Kathmandu")
    assert ask(company, "conversations", chatbots=["bot"])["meta"]["timezone"] == "Asia/Kathmandu"
    assert ask(company, "conversations", chatbots=["bot", "shop"])["meta"]["timezone"] == "UTC"


def test_what_was_acknowledged_is_counted(company: Tenant) -> None:
    """The next query sees what was accepted before it; a resend changes nothing."""
    late = message("d", "1", "Am I in?", at(18, "11:59:59"))
    for _ in range(2):
        company.send(late)
        found = ask(company, "conversations", period="today")
        assert found["rows"] == [{"conversations": 1}]
        assert found["meta"]["freshness"] == "2026-03-18T11:59:59.000000Z"


def test_no_chatbots(company: Tenant) -> None:
    """No chatbots at all is an answer too, and not an error."""
    assert rows(company, "conversations", chatbots=[]) == [[0]]
