"""Local days, weeks and months of an IANA zone, exact across every change of its offset.

A zone is cut into stretches of constant offset. A local day is then whatever falls on that date in any
stretch: it may have 23 or 25 hours, be missing, or (where clocks go back over midnight) come in two pieces.
The store's own time zone tables are never asked, so that a server elsewhere cannot give other days.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from botlens.errors import InvalidError
from botlens.moments import EPOCH, days
from botlens.zones import zone_of

DAY_SECONDS = 86_400
HOUR_SECONDS = 3_600
_SAMPLE = 6 * 3_600
_RULED_FROM = 2038
"""From this year on zones follow rules (time zone data lists what was or is decided): no two changes are
nearer than the two around a Ramadan."""

_RULED_SAMPLE = 5 * DAY_SECONDS


@dataclass(frozen=True, slots=True)
class Stretch:
    """Seconds `start <= t < end` (since 1970, UTC) in which the zone is `offset` seconds ahead of UTC."""

    start: int
    end: int
    offset: int


def zone_named(name: str, *, field: str = "tz") -> ZoneInfo:
    """The zone of an IANA name.

    Raises:
        InvalidError: there is no such zone.
    """
    zone = zone_of(name)
    if zone is None:
        raise InvalidError(
            f"`{name[:50]}` is not a time zone: use an IANA name like Europe/Berlin or UTC.",
            code="unknown_timezone",
            field=field,
        )
    return zone


def _offset(zone: ZoneInfo, second: int) -> int:
    offset = (EPOCH + timedelta(seconds=second)).astimezone(zone).utcoffset()
    return int((offset or timedelta()).total_seconds())


@lru_cache(maxsize=16_384)
def _changes_in_year(zone_name: str, year: int) -> tuple[tuple[int, int], ...]:
    """The (second, new offset) at which the offset of a zone changes in a calendar year of UTC."""
    zone = zone_named(zone_name)
    begin = days(date(year, 1, 1)) * DAY_SECONDS
    end = days(date(year + 1, 1, 1)) * DAY_SECONDS
    changes = []
    before = _offset(zone, begin - 1)
    low = begin - 1
    for high in [*range(begin, end, _SAMPLE if year < _RULED_FROM else _RULED_SAMPLE), end - 1]:
        after = _offset(zone, high)
        if after != before:
            changes.append((_bisect(zone, low, high, after), after))
        low, before = high, after
    return tuple(changes)


def _bisect(zone: ZoneInfo, low: int, high: int, after: int) -> int:
    """The first second in `low < t <= high` that has the offset `after`."""
    while high - low > 1:
        middle = (low + high) // 2
        if _offset(zone, middle) == after:
            high = middle
        else:
            low = middle
    return high


def _year(second: int) -> int:
    return (EPOCH + timedelta(seconds=second)).year


def stretches(zone: ZoneInfo, start: int, end: int) -> list[Stretch]:
    """The stretches of constant offset that cover `start <= t < end`, in order (seconds since 1970)."""
    found = []
    at, offset = start, _offset(zone, start)
    for year in range(_year(start), _year(end) + 1):
        for second, new in _changes_in_year(zone.key, year):
            if at < second < end:
                found.append(Stretch(at, second, offset))
                at = second
            if at >= second:
                offset = new
    found.append(Stretch(at, end, offset))
    return found


def is_aligned(parts: Iterable[Stretch], step: int) -> bool:
    """Whether local midnights, and the moments at which the offset changes, are multiples of `step` in UTC.

    The outer ends of the stretches must be multiples themselves.
    """
    return all(part.offset % step == 0 and part.start % step == 0 for part in parts)


def pieces(parts: Iterable[Stretch], first: date, last: date) -> Iterator[tuple[int, int]]:
    """The spans of UTC seconds whose local date `d` is `first <= d < last`."""
    low = days(first) * DAY_SECONDS
    high = days(last) * DAY_SECONDS
    for part in parts:
        begin, end = max(part.start, low - part.offset), min(part.end, high - part.offset)
        if begin < end:
            yield begin, end


def hours(parts: Iterable[Stretch]) -> Iterator[tuple[int, int]]:
    """The hours of the local clock in some stretches: the first second of each in UTC, and the offset."""
    for part in parts:
        at = part.start
        while at < part.end:
            yield at, part.offset
            at += HOUR_SECONDS - (at + part.offset) % HOUR_SECONDS


def start_of_day(zone: ZoneInfo, day: date) -> datetime:
    """The first instant of a local date, in UTC; of a date the zone skipped, the instant at which it did."""
    utc_midnight = days(day) * DAY_SECONDS
    parts = stretches(zone, utc_midnight - 2 * DAY_SECONDS, utc_midnight + 2 * DAY_SECONDS)
    first = min((begin for begin, _ in pieces(parts, day, day + timedelta(days=2))), default=utc_midnight)
    return EPOCH + timedelta(seconds=first)


@dataclass(frozen=True, slots=True)
class Today:
    """The local calendar units that `now` falls in."""

    day: date
    week: date
    month: date
    next_month: date

    @classmethod
    def of(cls, now: datetime, zone: ZoneInfo) -> "Today":
        """The units of an aware `now` in a zone; weeks start on Monday."""
        day = now.astimezone(zone).date()
        month = day.replace(day=1)
        return cls(
            day=day,
            week=day - timedelta(days=day.weekday()),
            month=month,
            next_month=(month + timedelta(days=32)).replace(day=1),
        )
