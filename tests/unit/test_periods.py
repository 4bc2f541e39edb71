"""Periods and what they are compared with, by eye: the same elapsed stretch, clocks that change."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from botlens.moments import instant
from botlens.query.comparison import compared_window
from botlens.query.period import window_of
from botlens.query.window import Window

BERLIN = ZoneInfo("Europe/Berlin")
LORD_HOWE = ZoneInfo("Australia/Lord_Howe")
NOW = datetime(2026, 3, 31, 10, 15, tzinfo=BERLIN)  # a Tuesday; the clocks went forward on Sunday


def local(window: Window, zone: ZoneInfo = BERLIN) -> str:
    """Both ends as the clock shows them; midnight is not written."""
    assert window.start is not None
    assert window.end is not None
    ends = (instant(each).astimezone(zone) for each in (window.start, window.end))
    return " ".join(f"{each:%Y-%m-%d %H:%M}".removesuffix(" 00:00").replace(" ", "T") for each in ends)


@pytest.mark.parametrize(
    ("period", "window"),
    [
        ("yesterday", "2026-03-30 2026-03-31"),
        ("last_week", "2026-03-23 2026-03-30"),
        ("last_month", "2026-02-01 2026-03-01"),
        ("quarter", "2026-01-01 2026-04-01"),
        ("ytd", "2026-01-01 2026-04-01"),
    ],
)
def test_named_periods(period: str, window: str) -> None:
    """Those that are over, and those that began with a quarter or a year and go up to the end of today."""
    assert local(window_of(period, NOW, BERLIN)) == window


@pytest.mark.parametrize(
    ("period", "window"),
    [
        ("today", "2026-03-30 2026-03-30T10:15"),
        ("7d", "2026-03-18 2026-03-24T10:15"),
        ("30d", "2026-01-31 2026-03-01T10:15"),
        ("week", "2026-03-23 2026-03-24T10:15"),
        ("month", "2026-02-01 2026-03-01"),  # the 31st of a shorter month: all of it, and nothing before
        ("quarter", "2025-10-01 2025-12-29T10:15"),
        ("ytd", "2025-01-01 2025-03-31T10:15"),
        ("2mo", "2025-12-01 2026-01-28T10:15"),
        ("yesterday", "2026-03-29 2026-03-30"),  # what is over is compared whole
        ("last_week", "2026-03-16 2026-03-23"),
        ("last_month", "2026-01-01 2026-02-01"),
        ({"from": "2026-03-30", "to": "2026-04-02"}, "2026-03-26 2026-03-27T10:15"),
        ({"from": "2026-03-20", "to": "2026-03-21"}, "2026-03-18 2026-03-20"),
        ({"from": "2026-04-02", "to": "2026-04-03"}, "2026-03-31 2026-03-31"),  # nothing has elapsed
        (
            {"from": "2026-03-31T08:00:00+02:00", "to": "2026-03-31T12:00:00+02:00"},
            "2026-03-31T04:00 2026-03-31T06:15",
        ),
    ],
)
def test_the_same_elapsed_stretch(period: str | dict[str, str], window: str) -> None:
    """As of 10:15 on Tuesday, 31 March: the same day offset and time of day of the period before."""
    assert local(compared_window("previous_period", None, period, NOW, BERLIN)) == window


@pytest.mark.parametrize(
    ("compare", "align", "period", "window"),
    [
        ("previous_period_whole", None, "today", "2026-03-30 2026-03-31"),
        ("previous_period_whole", None, "week", "2026-03-23 2026-03-30"),
        ("previous_period_whole", None, "month", "2026-02-01 2026-03-01"),
        ("previous_period", "weekday", "30d", "2026-01-26 2026-02-24T10:15"),  # 35 days before
        ("previous_period", "weekday", "7d", "2026-03-18 2026-03-24T10:15"),
        ("previous_period", "weekday", "today", "2026-03-24 2026-03-24T10:15"),
        ("previous_period_whole", "weekday", "30d", "2026-01-26 2026-02-25"),
        ("previous_year", None, "today", "2025-03-31 2025-03-31T10:15"),
        ("previous_year", None, "month", "2025-03-01 2025-03-31T10:15"),
        ("previous_year", None, "last_month", "2025-02-01 2025-03-01"),
        ("previous_year", "weekday", "week", "2025-03-31 2025-04-01T10:15"),  # 364 days before
        ("previous_year", "weekday", "12mo", "2024-03-26 2025-03-25T10:15"),  # never into the period
        (
            "previous_period",
            "weekday",
            {"from": "2026-03-31T08:00:00+02:00", "to": "2026-03-31T12:00:00+02:00"},
            "2026-03-24T08:00 2026-03-24T10:15",  # by the clock, whose hour was another
        ),
    ],
)
def test_whole_years_and_weekdays(compare: str, align: str | None, period: object, window: str) -> None:
    """The other ways to compare, as of the same moment."""
    assert local(compared_window(compare, align, period, NOW, BERLIN)) == window  # type: ignore[arg-type]


def test_a_leap_day_is_compared_with_the_last_of_february() -> None:
    """There is no 29 February the year before."""
    now = datetime(2024, 2, 29, 6, tzinfo=BERLIN)
    assert (
        local(compared_window("previous_year", None, "today", now, BERLIN)) == "2023-02-28 2023-02-28T06:00"
    )


@pytest.mark.parametrize(
    ("zone", "now", "until"),
    [
        # 02:30 was skipped the day before: half past two hours after midnight, which the clock called 03:30.
        (BERLIN, datetime(2026, 3, 30, 2, 30, tzinfo=BERLIN), "2026-03-29T03:30:00+02:00"),
        # 02:30 came twice the day before: the first time.
        (BERLIN, datetime(2026, 10, 26, 2, 30, tzinfo=BERLIN), "2026-10-25T02:30:00+02:00"),
        # Today it comes for the second time; a year before, weekday by weekday, the clocks changed too.
        (BERLIN, datetime(2026, 10, 25, 2, 30, tzinfo=BERLIN, fold=1), "2026-10-24T02:30:00+02:00"),
        # Half an hour was skipped: 02:15 did not exist.
        (LORD_HOWE, datetime(2024, 10, 7, 2, 15, tzinfo=LORD_HOWE), "2024-10-06T02:45:00+11:00"),
    ],
)
def test_clocks_that_change(zone: ZoneInfo, now: datetime, until: str) -> None:
    """What the clock skips or shows twice on the earlier day has one end, the same for everybody."""
    window = compared_window("previous_period", None, "today", now, zone)
    assert window.end is not None
    assert instant(window.end).astimezone(zone).isoformat() == until


def test_the_second_time_is_compared_with_the_second_time() -> None:
    """Where both days have the hour twice."""
    now = datetime(2026, 10, 25, 2, 30, tzinfo=BERLIN, fold=1)
    window = compared_window("previous_year", "weekday", "today", now, BERLIN)
    assert window.end is not None
    assert instant(window.end).astimezone(BERLIN).isoformat() == "2025-10-26T02:30:00+01:00"
