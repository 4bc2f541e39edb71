"""From what a request says of time to a window of instants, in the local calendar of a zone."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from tests.oracle.conversations import Conversation, instant
from tests.oracle.seed import local_day, monday_of

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Window:
    """start <= t < end; None is open."""

    start: datetime | None
    end: datetime | None

    def holds(self, conversation: Conversation) -> bool:
        return (self.start is None or self.start <= conversation.start) and (
            self.end is None or conversation.start < self.end
        )


def start_of(day: date, zone: str) -> datetime:
    return datetime.combine(day, time.min, ZoneInfo(zone)).astimezone(UTC)


def from_day_to_day(first: date, last: date, zone: str) -> Window:
    """Both days are in it."""
    return Window(start_of(first, zone), start_of(last + ONE_DAY, zone))


def first_of_month(day: date, months_before: int = 0) -> date:
    months = day.year * 12 + (day.month - 1) - months_before
    return date(months // 12, months % 12 + 1, 1)


def window_of(period: str | dict, *, now: datetime, zone: str) -> Window:
    if isinstance(period, dict):
        return said_window(period, zone)
    if period == "all":
        return Window(None, None)
    today = local_day(now, zone)
    return from_day_to_day(first_day(period, today), today, zone)


def first_day(period: str, today: date) -> date:
    """The first local day of a period that ends with today."""
    if period == "today":
        return today
    if period == "week":
        return monday_of(today)
    if period == "month":
        return first_of_month(today)
    if period.endswith("mo"):
        return first_of_month(today, int(period.removesuffix("mo")) - 1)
    return today - timedelta(days=int(period.removesuffix("d")) - 1)


def said_window(period: dict, zone: str) -> Window:
    start, end = period.get("from"), period.get("to")
    return Window(
        None
        if start is None
        else start_of(date.fromisoformat(start), zone)
        if is_date(start)
        else instant(start),
        None
        if end is None
        else start_of(date.fromisoformat(end) + ONE_DAY, zone)
        if is_date(end)
        else instant(end),
    )


def is_date(text: str) -> bool:
    return re.fullmatch(r"\d{4}-\d\d-\d\d", text) is not None


def compared_window(compare: str | dict, period: str | dict, *, now: datetime, zone: str) -> Window:
    if isinstance(compare, dict):
        return said_window(compare, zone)
    assert compare == "previous_period", compare
    assert period != "all", "nothing comes before all"
    if isinstance(period, dict):
        return window_before(period, zone)
    today = local_day(now, zone)
    return from_day_to_day(*days_before(period, today), zone)


def days_before(period: str, today: date) -> tuple[date, date]:
    """The first and the last local day of what comes before a period that ends with today."""
    start = first_day(period, today)
    if period == "week":
        before = start - timedelta(days=7)
    elif period == "month":
        before = first_of_month(start, 1)
    elif period.endswith("mo"):
        before = first_of_month(start, int(period.removesuffix("mo")))
    else:
        before = start - (today + ONE_DAY - start)
    return before, start - ONE_DAY


def window_before(period: dict, zone: str) -> Window:
    """As many local days before two dates; the same time before two instants."""
    if is_date(period["from"]) and is_date(period["to"]):
        first, last = date.fromisoformat(period["from"]), date.fromisoformat(period["to"])
        return from_day_to_day(first - (last + ONE_DAY - first), first - ONE_DAY, zone)
    window = said_window(period, zone)
    assert window.start is not None
    assert window.end is not None
    return Window(window.start - (window.end - window.start), window.start)


def local_days(window: Window, found: list[Conversation], zone: str) -> list[date]:
    """Every local day of a window; on an open side as far as there are conversations."""
    starts = [local_day(conversation.start, zone) for conversation in found]
    if not starts and (window.start is None or window.end is None):
        return []
    if window.start is not None and window.start == window.end:
        return []
    first = min(starts) if window.start is None else local_day(window.start, zone)
    last = max(starts) if window.end is None else local_day(window.end - timedelta(microseconds=1), zone)
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]
