"""Periods: `30d`, `month`, `all` or two dates become a window, in the local calendar of a zone."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from botlens.errors import InvalidError
from botlens.metrics.calendar import Today
from botlens.query.window import Window

Span = str | Mapping[str, Any]
"""A period as a request has it: its name, or `{"from": ..., "to": ...}`."""

ALL = "all"
DEFAULT = "30d"
PREVIOUS = "previous_period"

_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


@dataclass(frozen=True, slots=True)
class Period:
    """A named period.

    Attributes:
        name: `N` stands for a number.
        examples: how it is said.
        definition: what it is.
        before: what comes before it.
    """

    name: str
    examples: tuple[str, ...]
    definition: str
    before: str


@dataclass(frozen=True, slots=True)
class _UpToToday(Period):
    """A period that ends with today.

    Attributes:
        pattern: how a request writes it; a number is its first group.
        first: its first local day, of today and the number.
        first_before: the ordinal of the first local day of the period before, of its own first day, today
            and the number.
    """

    pattern: re.Pattern[str]
    first: Callable[[date, int], date]
    first_before: Callable[[date, date, int], int]


def _as_long_before(first: date, today: date, _: int) -> int:
    return 2 * first.toordinal() - today.toordinal() - 1


def _months_before(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(year, month + 1, 1)


_UP_TO_TODAY: Final = (
    _UpToToday(
        "today",
        ("today",),
        "the present local day",
        "yesterday",
        re.compile("today"),
        lambda today, _: today,
        _as_long_before,
    ),
    _UpToToday(
        "Nd",
        ("7d", DEFAULT, "90d"),
        "the last N local days, today included",
        "the N days before",
        re.compile(r"([1-9]\d{0,4})d", re.ASCII),
        lambda today, days: today - timedelta(days=days - 1),
        _as_long_before,
    ),
    _UpToToday(
        "week",
        ("week",),
        "since Monday, up to the end of today",
        "the whole week before",
        re.compile("week"),
        lambda today, _: today - timedelta(days=today.weekday()),
        lambda first, _, __: first.toordinal() - 7,
    ),
    _UpToToday(
        "month",
        ("month",),
        "since the first of the month, up to the end of today",
        "the whole month before",
        re.compile("month"),
        lambda today, _: today.replace(day=1),
        lambda first, _, __: _months_before(first, 1).toordinal(),
    ),
    _UpToToday(
        "Nmo",
        ("12mo",),
        "N calendar months, the present one included, up to the end of today",
        "the N whole months before",
        re.compile(r"([1-9]\d{0,2})mo", re.ASCII),
        lambda today, months: _months_before(today, months - 1),
        lambda first, _, months: _months_before(first, months).toordinal(),
    ),
)

PERIODS: Final = (*_UP_TO_TODAY, Period(ALL, (ALL,), "everything", "nothing comes before it: refused"))
PERIOD_NAMES: Final = tuple(example for each in PERIODS for example in each.examples)
_TEACH = f"use {', '.join(PERIOD_NAMES)}, or from and to"


def invalid_period(what: str, field: str = "period") -> InvalidError:
    """The error of a period that cannot be read."""
    return InvalidError(f"{what[0].upper()}{what[1:]}: {_TEACH}.", code="invalid_period", field=field)


def window_of(period: Span, now: datetime, zone: ZoneInfo) -> Window:
    """The window of a period.

    Args:
        period: a name, or `{"from": ..., "to": ...}` with dates or times, see `Window.parse`.
        now: aware.
        zone: of the local days.

    Raises:
        InvalidError: it is none.
    """
    if isinstance(period, Mapping):
        return _written_out(period, zone, "period")
    if period == ALL:
        return Window()
    today = Today.of(now, zone).day
    _, _, first = _known(period, today)
    return Window.of_days(first.toordinal(), today.toordinal(), zone)


def compared_window(compare: Span, period: Span, now: datetime, zone: ZoneInfo) -> Window:
    """The window that a period is compared with.

    Args:
        compare: `previous_period`, or `{"from": ..., "to": ...}`.
        period: the period itself.
        now: aware.
        zone: of the local days.

    Raises:
        InvalidError: there is nothing before the period.
    """
    if isinstance(compare, Mapping):
        return _written_out(compare, zone, "compare")
    if compare != PREVIOUS:
        raise InvalidError(
            f"`compare` is `{PREVIOUS}`, or an object with `from` and `to`.",
            code="invalid_period",
            field="compare",
        )
    if isinstance(period, Mapping):
        return _before_written_out(period, zone)
    if period == ALL:
        raise InvalidError(
            "Nothing comes before `all`: choose a period with a beginning.",
            code="invalid_period",
            field="compare",
        )
    today = Today.of(now, zone).day
    known, number, first = _known(period, today)
    return Window.of_days(known.first_before(first, today, number), first.toordinal() - 1, zone)


def _known(given: str, today: date) -> tuple[_UpToToday, int, date]:
    """The period that a text names, its number (0 if it has none) and its first local day."""
    for each in _UP_TO_TODAY:
        if found := each.pattern.fullmatch(given):
            number = int(found[1]) if found.groups() else 0
            try:
                return each, number, each.first(today, number)
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


def _before_written_out(period: Mapping[str, Any], zone: ZoneInfo) -> Window:
    """As many local days before two dates; the same time before two instants."""
    start, end = period.get("from"), period.get("to")
    if not start or not end:
        raise invalid_period("nothing comes before a period without a beginning and an end", "compare")
    window = _written_out(period, zone, "period")
    if _DATE.fullmatch(start) and _DATE.fullmatch(end):
        first, last = date.fromisoformat(start).toordinal(), date.fromisoformat(end).toordinal()
        return Window.of_days(2 * first - last - 1, first - 1, zone)
    low, high = window.bounds()
    return Window(low - (high - low), low).clipped()
