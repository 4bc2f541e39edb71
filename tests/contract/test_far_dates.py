"""Dates far from today: how programs write "open", and events of a clock that was wrong by decades."""

import base64
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.conftest import Tenant
from tests.events import message

CARD = {"metrics": ["conversations"]}
SPANS = [
    {"from": "0001-01-01T00:00:00Z", "to": "2026-12-01"},
    {"from": "0001-01-01", "to": "9999-12-31"},
    {"from": "0001-01-01T00:00:00+23:59", "to": "9999-12-31T23:59:59-23:59"},
    {"from": "2026-01-01", "to": "9999-12-31T23:59:59.9999999Z"},
    {"from": "2026-01-01", "to": "2999-12-31"},
]


def ask(tenant: Tenant, **body: Any) -> dict[str, Any]:
    answer = tenant.world.client.post("/v1/query", json={**CARD, **body}, headers=tenant.headers)
    assert answer.status_code == 200, answer.text
    return answer.json()


@contextmanager
def soon() -> Iterator[None]:
    """What is inside does not walk through all the days: that takes minutes.

    Where it is well it is a second at most; but what the engine of these tests does besides is counted, too.
    """
    begun = time.process_time()
    yield
    assert time.process_time() - begun < 30


ZONES = ("Europe/Berlin", "Pacific/Kiritimati", "Pacific/Niue")


@pytest.mark.parametrize(
    ("span", "timezone"),
    # What goes from one end of the calendar to the other with each, the others with one.
    [(span, ZONES[number % 3]) for number, span in enumerate(SPANS)]
    + [(SPANS[number], zone) for number in (1, 2) for zone in ZONES if zone != ZONES[number % 3]],
    ids=str,
)
def test_open_ends_as_programs_write_them(tenant: Tenant, span: dict[str, str], timezone: str) -> None:
    """Each route answers with what there is, as it does without an end."""
    tenant.send(message("a", "1"))
    with soon():
        assert ask(tenant, period=span, timezone=timezone)["rows"] == [{"conversations": 1}]
        assert sum(r["conversations"] for r in ask(tenant, period=span, dimensions=["hour"])["rows"]) == 1
        compared = ask(tenant, period=span, compare="previous_period", timezone=timezone)
        assert compared["compare"]["rows"] == [{"conversations": 0}]
        compared = ask(tenant, period="today", compare=span, timezone=timezone)
        assert compared["compare"]["rows"] == [{"conversations": 1}]
        cohorts = ask(
            tenant, metrics=["retained_sessions"], dimensions=["cohort_week", "weeks_later"], period=span
        )
        assert cohorts["rows"] == []  # nobody has a session
        for path in ("/analytics/overview", "/analytics/chatbot/bot"):
            assert tenant.get(path, **span, tz=timezone)["total_conversations"] == 1
        assert tenant.get("/v1/conversations", **span, tz=timezone)["total"] == 1
        file = tenant.world.client.get(
            "/v1/export", params={**span, "format": "jsonl", "tz": timezone}, headers=tenant.headers
        )
        assert (file.status_code, len(file.text.splitlines())) == (200, 1)


def test_a_time_that_is_to_come_is_taken_with_a_warning(tenant: Tenant) -> None:
    """The sender hears of a clock that is wrong by more than a day, once an event; others do not."""
    events = [message("a", "1"), message("a", "2", at="2031-05-01T10:00:00+02:00")]
    for content_type, body in (
        ("application/json", json.dumps({"events": events})),
        ("application/x-ndjson", "\n".join(map(json.dumps, events))),
    ):
        headers = {**tenant.headers, "Content-Type": content_type}
        answer = tenant.world.client.post("/v1/events", content=body, headers=headers).json()
        assert (answer["accepted"], answer["warning_counts"]) == (2, {"time_ahead": 1})
        (warning,) = answer["warnings"]
        assert (warning["index"], warning["code"], warning["field"]) == (1, "time_ahead", "created_at")
        assert "2031-05-01 08:00 UTC" in warning["message"]


def test_two_rogue_dates_by_day(tenant: Tenant) -> None:
    """Where empty days would be more rows than an answer has, they are left out, and the answer says so."""
    tenant.send(
        message("old", "1", at="1970-01-01T12:00:00Z", session_id="s-1"),
        message("a", "1", at="2026-03-16T12:00:00Z", session_id="s-1"),
        message("b", "1", at="2026-03-18T12:00:00Z", session_id="s-2"),
        message("new", "1", at="2199-12-31T12:00:00Z", session_id="s-2"),
    )
    days = ["1970-01-01", "2026-03-16", "2026-03-18", "2199-12-31"]
    with soon():
        found = ask(tenant, dimensions=["day"], period="all")
    assert found["rows"] == [{"day": day, "conversations": 1} for day in days]
    assert (found["meta"]["filled"], found["meta"]["rows_total"]) == (False, 4)
    assert "filled" not in ask(tenant, dimensions=["day"], period="7d")["meta"]
    with soon():
        months = ask(tenant, dimensions=["month"], period="all")
    assert len(months["rows"]) == 230 * 12  # few enough: all of them
    with soon():
        overview = tenant.overview()
    assert (overview["total_conversations"], overview["conversations_this_month"]) == (4, 2)


def test_a_comparison_with_rogue_dates(tenant: Tenant) -> None:
    """The i-th day is compared with the i-th day, whether or not the days between have rows."""
    tenant.send(
        message("a", "1", at="1980-01-02T12:00:00Z"),
        message("b", "1", at="2080-01-02T12:00:00Z"),
        message("c", "1", at="2080-01-04T12:00:00Z"),
    )
    first, second = ({"from": f"{year}-01-01", "to": f"{year + 50}-12-31"} for year in (1980, 2080))
    found = ask(tenant, dimensions=["day"], period=second, compare=first)
    assert found["meta"]["filled"] is False
    assert [(row["day"], row["conversations"]) for row in found["rows"]] == [
        ("2080-01-02", 1),
        ("2080-01-04", 1),
    ]
    assert [(row["day"], row["conversations"]) for row in found["compare"]["rows"]] == [
        ("1980-01-02", 1),
        ("1980-01-04", 0),
    ]


def test_cohorts_of_rogue_dates(tenant: Tenant) -> None:
    """Weeks in which nobody of a cohort came are left out where there would be too many."""
    tenant.send(
        *(
            message(f"c-{year}", "1", at=f"{year}-01-07T12:00:00Z", session_id=f"s-{year}")
            for year in (1970, 1971, 1972, 1973, 2026)
        ),
        message("again", "1", at="2026-01-14T12:00:00Z", session_id="s-2026"),
    )
    asked = {"metrics": ["retained_sessions"], "dimensions": ["cohort_week", "weeks_later"], "period": "all"}
    found = ask(tenant, **asked)
    assert found["meta"]["filled"] is False
    assert [(row["cohort_week"][:4], row["weeks_later"]) for row in found["rows"]] == [
        ("1970", 0),
        ("1971", 0),
        ("1972", 0),
        ("1973", 0),
        ("2026", 0),
        ("2026", 1),
    ]
    recent = ask(tenant, **{**asked, "period": {"from": "2026-01-01", "to": "2026-03-01"}})
    assert [row["retained_sessions"] for row in recent["rows"]] == [1, 1, *[0] * 9]


@pytest.mark.parametrize("year", [1, 1969, 2200, 9_999, 100_000])
def test_cursors_of_far_moments(tenant: Tenant, year: int) -> None:
    """A cursor is no way to another "now": one that no list gave is refused."""
    tenant.send(message("a", "1"), message("b", "1"))
    cursor = tenant.get("/v1/conversations", limit="1")["next"]
    values = json.loads(base64.urlsafe_b64decode(cursor + "=="))
    values[1] += (year - 2026) * 366 * 86_400 * 1_000_000
    forged = base64.urlsafe_b64encode(json.dumps(values).encode()).rstrip(b"=").decode()
    assert tenant.status("/v1/conversations", limit="1", cursor=forged) == (422, "invalid_cursor")


@pytest.mark.parametrize(
    "at", ["2026-01-01T00:00:00+24:00", "2026-01-01T00:00:00+99:99", "10000-01-01", "-0001-01-01"]
)
@pytest.mark.parametrize("path", ["/analytics/overview", "/v1/conversations", "/v1/export"])
def test_what_is_beyond_the_calendar(tenant: Tenant, path: str, at: str) -> None:
    """An offset of a day and more, or a year of five digits, is no time."""
    assert tenant.status(path, **{"from": at}) == (422, "invalid_time")
    assert tenant.status(path, to=at) == (422, "invalid_time")
