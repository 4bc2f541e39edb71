"""What a period is compared with: the same stretch of an earlier one, so that like stands beside like."""

from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from botlens.errors import InvalidError
from botlens.metrics.values import Align
from botlens.moments import microseconds
from botlens.query.period import ALL, LocalDays, Span, days_of, invalid_period, window_of
from botlens.query.window import Window

_WEEK = 7


class Earlier(StrEnum):
    """The names that an earlier period has."""

    PREVIOUS = "previous_period"
    """The same elapsed stretch of the period before: at 10:15 on its third day, the third day until 10:15."""

    WHOLE = "previous_period_whole"
    """The period before as a whole, also where the present one is not over."""

    YEAR = "previous_year"
    """The same elapsed stretch, from the same date of the year before on."""


def earlier_named(said: str) -> Earlier:
    """The earlier period of a name.

    Raises:
        InvalidError: there is none.
    """
    try:
        return Earlier(said)
    except ValueError:
        names = ", ".join(f"`{each}`" for each in Earlier)
        raise InvalidError(
            f"`compare` is {names}, or an object with `from` and `to`.",
            code="invalid_period",
            field="compare",
        ) from None


def compared_window(
    compare: Span, align: Align | None, period: Span, now: datetime, zone: ZoneInfo
) -> Window:
    """The window that a period is compared with.

    Args:
        compare: one of `Earlier`, or `{"from": ..., "to": ...}`, which is taken as it is.
        align: what is kept; None: nothing.
        period: the period itself.
        now: aware; what is compared with a period that is not over has elapsed as far.
        zone: of the local days.

    Raises:
        InvalidError: there is nothing before the period.
    """
    if not isinstance(compare, str):
        return window_of(compare, now, zone, "compare")
    earlier = earlier_named(compare)
    if period == ALL:
        raise InvalidError(
            "Nothing comes before `all`: choose a period with a beginning.",
            code="invalid_period",
            field="compare",
        )
    days = days_of(period, now, zone)
    if days is None:
        return _before_instants(earlier, align, window_of(period, now, zone), now, zone)
    first, last = _year_before(days) if earlier is Earlier.YEAR else (days.before, days.first - 1)
    if align:
        moved = _to_weekday(days.first - first, earlier)
        if last < days.first <= last + moved:
            moved -= _WEEK
        first, last = first + moved, last + moved
    whole = Window.of_days(first, last, zone)
    return whole if earlier is Earlier.WHOLE else _elapsed(days, first, whole, now, zone)


def _elapsed(days: LocalDays, first: int, whole: Window, now: datetime, zone: ZoneInfo) -> Window:
    """Of an earlier period, what stands as far from its first day as now does: by the local clock."""
    end = Window.of_days(days.first, days.last, zone).end
    if end is not None and microseconds(now) >= end:
        return whole
    local = now.astimezone(zone)
    place = local.date().toordinal() - days.first
    start, end = whole.bounds()
    if place < 0:
        return Window(start, start)
    until = Window.moment_at(first + place, local, zone)
    return Window(start, min(max(until, start), end))


def _year_before(days: LocalDays) -> tuple[int, int]:
    """The same dates of the year before: whole months of months, else as many days."""
    first = _date_of_year_before(days.first)
    if days.of_months:
        return first, _date_of_year_before(days.unit_last + 1) - 1
    return first, first + days.unit_last - days.first


def _date_of_year_before(ordinal: int) -> int:
    """Of 29 February, the 28th; outside of the calendar about a year."""
    if not date.min.toordinal() + 366 <= ordinal <= date.max.toordinal():
        return ordinal - 365
    day = date.fromordinal(ordinal)
    if (day.month, day.day) == (2, 29):
        day = day.replace(day=28)
    return day.replace(year=day.year - 1).toordinal()


def _to_weekday(distance: int, earlier: Earlier) -> int:
    """By how many days a period moves to stand whole weeks before another.

    A year before it is as near as can be (364 days); else it moves back, by six days at most.
    """
    beyond = distance % _WEEK
    return beyond if earlier is Earlier.YEAR else -((_WEEK - beyond) % _WEEK)


def _before_instants(
    earlier: Earlier, align: Align | None, window: Window, now: datetime, zone: ZoneInfo
) -> Window:
    """As much time right before two instants; by the local clock where weekdays or dates are kept."""
    start, end = window.start, window.end
    if start is None or end is None:
        raise invalid_period("nothing comes before a period without a beginning and an end", "compare")
    until = end if earlier is Earlier.WHOLE else min(max(microseconds(now), start), end)
    if earlier is not Earlier.YEAR and not align:
        return Window(start - (end - start), start - (end - until)).clipped()
    first, last = (Window.local(moment, zone) for moment in (start, end))
    day = first.date().toordinal()
    if earlier is Earlier.YEAR:
        back = day - _date_of_year_before(day)
        back -= _to_weekday(back, earlier) if align else 0
    else:
        by_clock = last.replace(tzinfo=None) - first.replace(tzinfo=None)
        back = _WEEK * max(1, -(by_clock // -timedelta(days=_WEEK)))
    low, high = (_days_earlier(moment, back, zone) for moment in (start, until))
    return Window(low, max(low, high)).clipped()


def _days_earlier(moment: int, days: int, zone: ZoneInfo) -> int:
    local = Window.local(moment, zone)
    return Window.moment_at(local.date().toordinal() - days, local, zone)
