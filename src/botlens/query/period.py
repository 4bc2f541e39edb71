"""Periods: `30d`, `month`, `all` or two dates become a window, in the local calendar of a zone."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from botlens.errors import InvalidError
from botlens.metrics.calendar import Today
from botlens.query.window import Window

Span = str | Mapping[str, Any]
"""A period as a request has it: its name, or `{"from": ..., "to": ...}`."""

ALL = "all"
DEFAULT = "30d"

_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


@dataclass(frozen=True, slots=True)
class Period:
    """A named period.

    Attributes:
        name: `N` stands for a number.
        examples: how it is written.
        definition: what it is.
        before: what comes before it, as a whole.
    """

    name: str
    examples: tuple[str, ...]
    definition: str
    before: str


@dataclass(frozen=True, slots=True)
class LocalDays:
    """A period as local days, told as ordinals (see `date.toordinal`); they may lie outside of the calendar.

    Attributes:
        first: its first day.
        last: its last day, included.
        unit_last: the last day of the calendar unit that it is the beginning of: of `month`, the month's.
        before: the first day of the whole period before, which ends the day before `first`.
        of_months: whether it is made of calendar months.
    """

    first: int
    last: int
    unit_last: int
    before: int
    of_months: bool = False


@dataclass(frozen=True, slots=True)
class _Named(Period):
    """A period of local days.

    Attributes:
        pattern: how a request writes it; a number is its first group.
        days: the days, of today and the number.
    """

    pattern: re.Pattern[str]
    days: Callable[[date, int], LocalDays]


def _some_days(first: int, last: int) -> LocalDays:
    return LocalDays(first, last, last, 2 * first - last - 1)


def _week(monday: int, last: int) -> LocalDays:
    return LocalDays(monday, last, monday + 6, monday - 7)


def _monday(today: date) -> int:
    return today.toordinal() - today.weekday()


def _months(first: date, last: date, months: int) -> LocalDays:
    """From the first of a month on; `months` is how many make the whole unit."""
    after = _month_later(first, months)
    before = _month_later(first, -months)
    return LocalDays(
        first.toordinal(), last.toordinal(), after.toordinal() - 1, before.toordinal(), of_months=True
    )


def _month_later(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, 1)


def _last_month(today: date) -> LocalDays:
    first = _month_later(today, -1)
    return _months(first, date.fromordinal(today.replace(day=1).toordinal() - 1), 1)


def _like(text: str) -> re.Pattern[str]:
    return re.compile(text, re.ASCII)


_NAMED: Final = (
    _Named(
        "today",
        ("today",),
        "the present local day",
        "yesterday",
        _like("today"),
        lambda today, _: _some_days(today.toordinal(), today.toordinal()),
    ),
    _Named(
        "yesterday",
        ("yesterday",),
        "the local day before today",
        "the day before that",
        _like("yesterday"),
        lambda today, _: _some_days(today.toordinal() - 1, today.toordinal() - 1),
    ),
    _Named(
        "Nd",
        ("7d", DEFAULT, "90d"),
        "the last N local days, today included",
        "the N days before",
        _like(r"([1-9]\d{0,4})d"),
        lambda today, days: _some_days(today.toordinal() - days + 1, today.toordinal()),
    ),
    _Named(
        "week",
        ("week",),
        "since Monday, up to the end of today",
        "the week before",
        _like("week"),
        lambda today, _: _week(_monday(today), today.toordinal()),
    ),
    _Named(
        "last_week",
        ("last_week",),
        "the whole week before the present one, Monday to Sunday",
        "the week before that",
        _like("last_week"),
        lambda today, _: _week(_monday(today) - 7, _monday(today) - 1),
    ),
    _Named(
        "month",
        ("month",),
        "since the first of the month, up to the end of today",
        "the month before",
        _like("month"),
        lambda today, _: _months(today.replace(day=1), today, 1),
    ),
    _Named(
        "last_month",
        ("last_month",),
        "the whole calendar month before the present one",
        "the month before that",
        _like("last_month"),
        lambda today, _: _last_month(today),
    ),
    _Named(
        "quarter",
        ("quarter",),
        "since the first of January, April, July or October, up to the end of today",
        "the quarter before",
        _like("quarter"),
        lambda today, _: _months(_month_later(today, -((today.month - 1) % 3)), today, 3),
    ),
    _Named(
        "ytd",
        ("ytd",),
        "since the first of January, up to the end of today",
        "the year before",
        _like("ytd"),
        lambda today, _: _months(date(today.year, 1, 1), today, 12),
    ),
    _Named(
        "Nmo",
        ("12mo",),
        "N calendar months, the present one included, up to the end of today",
        "the N months before",
        _like(r"([1-9]\d{0,2})mo"),
        lambda today, months: _months(_month_later(today, 1 - months), today, months),
    ),
)

PERIODS: Final = (*_NAMED, Period(ALL, (ALL,), "everything", "nothing comes before it: refused"))
PERIOD_NAMES: Final = tuple(example for each in PERIODS for example in each.examples)
_TEACH = f"use {', '.join(PERIOD_NAMES)}, or from and to"


def invalid_period(what: str, field: str = "period") -> InvalidError:
    """The error of a period that cannot be read."""
    return InvalidError(f"{what[0].upper()}{what[1:]}: {_TEACH}.", code="invalid_period", field=field)


def window_of(period: Span, now: datetime, zone: ZoneInfo, field: str = "period") -> Window:
    """The window of a period.

    Args:
        period: a name, or `{"from": ..., "to": ...}` with dates or times, see `Window.parse`.
        now: aware.
        zone: of the local days.
        field: what the request calls it.

    Raises:
        InvalidError: it is none.
    """
    if isinstance(period, Mapping):
        return _written_out(period, zone, field)
    if period == ALL:
        return Window()
    days = _days_named(period, Today.of(now, zone).day)
    return Window.of_days(days.first, days.last, zone)


def days_of(period: Span, now: datetime, zone: ZoneInfo) -> LocalDays | None:
    """The local days that a period is made of; None if it has an open side, or begins or ends at an instant.

    Raises:
        InvalidError: it is no period.
    """
    if isinstance(period, str):
        return None if period == ALL else _days_named(period, Today.of(now, zone).day)
    start, end = period.get("from") or "", period.get("to") or ""
    if not (_DATE.fullmatch(start) and _DATE.fullmatch(end)):
        return None
    _written_out(period, zone, "period")
    return _some_days(date.fromisoformat(start).toordinal(), date.fromisoformat(end).toordinal())


def _days_named(given: str, today: date) -> LocalDays:
    for each in _NAMED:
        if found := each.pattern.fullmatch(given):
            try:
                return each.days(today, int(found[1]) if found.groups() else 0)
            except (OverflowError, ValueError):
                break
    raise invalid_period(f"`{given[:50]}` is not a period")


def _written_out(given: Mapping[str, Any], zone: ZoneInfo, field: str) -> Window:
    unknown = set(given) - {"from", "to"}
    if unknown or not given:
        raise invalid_period(f"`{field}` has `from` and `to` and nothing else", field)
    for name, value in given.items():
        if value is not None and not isinstance(value, str):
            raise invalid_period(f"`{name}` must be a text", name)
    return Window.parse(given.get("from") or None, given.get("to") or None, zone)
