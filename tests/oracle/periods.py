"""From what a request says of time to a window of instants, in the local calendar of a zone."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
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
    return from_day_to_day(*days_of(period, local_day(now, zone)), zone)


def days_of(period: str, today: date) -> tuple[date, date]:
    """The first and the last local day of a named period."""
    monday, month = monday_of(today), first_of_month(today)
    quarter = first_of_month(today, (today.month - 1) % 3)
    ended = {
        "yesterday": (today - ONE_DAY, today - ONE_DAY),
        "last_week": (monday - 7 * ONE_DAY, monday - ONE_DAY),
        "last_month": (first_of_month(today, 1), month - ONE_DAY),
    }
    if period in ended:
        return ended[period]
    began = {
        "today": today,
        "week": monday,
        "month": month,
        "quarter": quarter,
        "ytd": date(today.year, 1, 1),
    }
    if period in began:
        return began[period], today
    if period.endswith("mo"):
        return first_of_month(today, int(period.removesuffix("mo")) - 1), today
    return today - timedelta(days=int(period.removesuffix("d")) - 1), today


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


def compared_window(
    compare: str | dict, period: str | dict, *, now: datetime, zone: str, align: str | None = None
) -> Window:
    if isinstance(compare, dict):
        return said_window(compare, zone)
    assert period != "all", "nothing comes before all"
    today = local_day(now, zone)
    if isinstance(period, dict):
        if not (is_date(period["from"]) and is_date(period["to"])):
            return window_before_instants(compare, said_window(period, zone), now, zone, align)
        first, last = date.fromisoformat(period["from"]), date.fromisoformat(period["to"])
    else:
        first, last = days_of(period, today)
    earlier = earlier_days(compare, period, first, last)
    if align:
        earlier = moved_to_weekday(compare, earlier, first)
    whole = from_day_to_day(*earlier, zone)
    if compare == "previous_period_whole" or now >= start_of(last + ONE_DAY, zone):
        return whole
    if today < first:
        return Window(whole.start, whole.start)
    assert whole.start is not None
    assert whole.end is not None
    until = same_clock(earlier[0] + (today - first), now.astimezone(ZoneInfo(zone)), zone)
    return Window(whole.start, min(max(until, whole.start), whole.end))


def earlier_days(compare: str, period: str | dict, first: date, last: date) -> tuple[date, date]:
    """The whole earlier period."""
    months = 0
    if isinstance(period, str):
        months = {"month": 1, "last_month": 1, "quarter": 3, "ytd": 12}.get(period, 0)
        months = months or (int(period.removesuffix("mo")) if period.endswith("mo") else 0)
    weeks = period in ("week", "last_week")
    if compare == "previous_year":
        begin = year_before(first)
        if months:
            return begin, first_of_month(begin, -months) - ONE_DAY
        return begin, begin + (timedelta(days=6) if weeks else last - first)
    if months:
        return first_of_month(first, months), first - ONE_DAY
    return first - (timedelta(days=7) if weeks else last + ONE_DAY - first), first - ONE_DAY


def year_before(day: date) -> date:
    is_leap_day = (day.month, day.day) == (2, 29)
    return date(day.year - 1, day.month, 28 if is_leap_day else day.day)


def moved_to_weekday(compare: str, earlier: tuple[date, date], first: date) -> tuple[date, date]:
    """The same weekday: of a year ago the nearest, else the one before; but not into the period."""
    tries = [0, 1, -1, 2, -2, 3, -3] if compare == "previous_year" else [0, -1, -2, -3, -4, -5, -6]
    (days,) = (n for n in tries if (earlier[0] + n * ONE_DAY).weekday() == first.weekday())
    if earlier[1] < first <= earlier[1] + days * ONE_DAY:
        days -= 7
    return earlier[0] + days * ONE_DAY, earlier[1] + days * ONE_DAY


def same_clock(day: date, shown: datetime, zone: str) -> datetime:
    """When a clock shows the same on another day; of two times the same of the two, else the first."""
    naive = datetime.combine(day, shown.time())
    both = [naive.replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC) for fold in (0, 1)]
    real = [each for each in both if each.astimezone(ZoneInfo(zone)).replace(tzinfo=None) == naive]
    if not real:  # skipped: as long after midnight
        return start_of(day, zone) + (naive - datetime.combine(day, time.min))
    return real[-1] if shown.fold else real[0]


def window_before_instants(
    compare: str, window: Window, now: datetime, zone: str, align: str | None
) -> Window:
    """The same time before two instants; or so many days before, by the clock."""
    start, end = window.start, window.end
    assert start is not None
    assert end is not None
    until = end if compare == "previous_period_whole" else min(max(now, start), end)
    if compare != "previous_year" and not align:
        return Window(start - (end - start), start - (end - until))
    day = local_day(start, zone)
    if compare == "previous_year":
        before = year_before(day)
        if align:
            before, _ = moved_to_weekday(compare, (before, before), day)
        days = (day - before).days
    else:
        days = 7
        naive = [each.astimezone(ZoneInfo(zone)).replace(tzinfo=None) for each in (start, end)]
        while naive[1] - timedelta(days=days) > naive[0]:
            days += 7
    low, high = (
        same_clock(local_day(each, zone) - timedelta(days=days), each.astimezone(ZoneInfo(zone)), zone)
        for each in (start, until)
    )
    return Window(low, max(low, high))


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


@lru_cache(maxsize=100_000)
def hour_of(moment: datetime, zone: str) -> str:
    """The first moment of an hour of the local clock; it begins anew where the clock is changed."""
    here = moment.astimezone(ZoneInfo(zone))
    since = timedelta(minutes=here.minute, seconds=here.second, microseconds=here.microsecond)
    begin = moment.astimezone(UTC) - since
    while begin.astimezone(ZoneInfo(zone)).utcoffset() != here.utcoffset():
        begin += timedelta(seconds=1)
    return begin.astimezone(ZoneInfo(zone)).isoformat()


def hours_of(first: datetime, last: datetime, zone: str) -> list[tuple[date, str]]:
    """Every hour from one moment to another, with its local day."""
    found: dict[str, date] = {}
    moment = first
    while moment <= last:
        found.setdefault(hour_of(moment, zone), local_day(moment, zone))
        moment += timedelta(minutes=5)
    found.setdefault(hour_of(last, zone), local_day(last, zone))
    return [(day, hour) for hour, day in found.items()]


def ends_of(window: Window, found: list[Conversation]) -> tuple[datetime, datetime] | None:
    """The first and the last moment; on an open side as far as there are conversations."""
    starts = [conversation.start for conversation in found]
    if (window.start is None or window.end is None) and not starts:
        return None
    first = min(starts) if window.start is None else window.start
    last = max(starts) if window.end is None else window.end - timedelta(microseconds=1)
    return (first, last) if first <= last else None
