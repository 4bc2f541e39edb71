"""Periods: `30d`, `month`, `all` or two dates become a window, in the local calendar of a zone."""

import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from botlens.errors import InvalidError
from botlens.metrics.calendar import Today
from botlens.query.window import Window

Span = str | Mapping[str, Any]
"""A period as it is said: its name, or `{"from": ..., "to": ...}`."""

ALL = "all"
DEFAULT = "30d"
PREVIOUS = "previous_period"

_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_DAYS = re.compile(r"([1-9]\d{0,4})d")
_MONTHS = re.compile(r"([1-9]\d{0,2})mo")
_TEACH = "use today, 7d, 30d, week, month, 12mo, all, or from and to"


def invalid(what: str, field: str = "period") -> InvalidError:
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
        return _said(period, zone, "period")
    if period == ALL:
        return Window()
    today = Today.of(now, zone).day
    return Window.of_days(_first_day(period, today).toordinal(), today.toordinal(), zone)


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
        return _said(compare, zone, "compare")
    if compare != PREVIOUS:
        raise InvalidError(
            f"`compare` is `{PREVIOUS}`, or an object with `from` and `to`.",
            code="invalid_period",
            field="compare",
        )
    if isinstance(period, Mapping):
        return _before_said(period, zone)
    if period == ALL:
        raise InvalidError(
            "Nothing comes before `all`: choose a period with a beginning.",
            code="invalid_period",
            field="compare",
        )
    today = Today.of(now, zone).day
    first = _first_day(period, today)
    return Window.of_days(_first_day_before(period, first, today), first.toordinal() - 1, zone)


def _first_day(period: str, today: date) -> date:
    """The first local day of a period that ends with today."""
    named = {"today": today, "week": today - timedelta(days=today.weekday()), "month": today.replace(day=1)}
    if period in named:
        return named[period]
    try:
        if days := _DAYS.fullmatch(period):
            return today - timedelta(days=int(days[1]) - 1)
        if months := _MONTHS.fullmatch(period):
            return _months_before(today, int(months[1]) - 1)
    except (OverflowError, ValueError):
        pass
    raise invalid(f"`{period[:50]}` is not a period")


def _first_day_before(period: str, first: date, today: date) -> int:
    """The ordinal of the first local day of the period before one."""
    if period == "week":
        return first.toordinal() - 7
    if period == "month":
        return _months_before(first, 1).toordinal()
    if months := _MONTHS.fullmatch(period):
        return _months_before(first, int(months[1])).toordinal()
    return 2 * first.toordinal() - today.toordinal() - 1


def _months_before(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(year, month + 1, 1)


def _said(said: Mapping[str, Any], zone: ZoneInfo, field: str) -> Window:
    unknown = set(said) - {"from", "to"}
    if unknown or not said:
        raise invalid(f"`{field}` has `from` and `to` and nothing else", field)
    for name, value in said.items():
        if value is not None and not isinstance(value, str):
            raise invalid(f"`{name}` must be a text", name)
    return Window.parse(said.get("from") or None, said.get("to") or None, zone)


def _before_said(period: Mapping[str, Any], zone: ZoneInfo) -> Window:
    """As many local days before two dates; the same time before two instants."""
    start, end = period.get("from"), period.get("to")
    if not start or not end:
        raise invalid("nothing comes before a period without a beginning and an end", "compare")
    window = _said(period, zone, "period")
    if _DATE.fullmatch(start) and _DATE.fullmatch(end):
        first, last = date.fromisoformat(start).toordinal(), date.fromisoformat(end).toordinal()
        return Window.of_days(2 * first - last - 1, first - 1, zone)
    low, high = window.bounds()
    return Window(low - (high - low), low).clipped()
