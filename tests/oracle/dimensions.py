"""Which rows an answer has: the values of each dimension, and calendars without holes."""

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import product
from zoneinfo import ZoneInfo

from tests.oracle.periods import Window, ends_of, first_of_month, hour_of, hours_of, local_days
from tests.oracle.seed import local_day, monday_of
from tests.oracle.sessions import Visit

SPECK = timedelta(microseconds=1)
Key = tuple  # one value for each dimension asked for, in their order

# Each conversation has exactly one value of these: `visit, zone -> value`.
PARTITIONS: dict[str, Callable[[Visit, str], object]] = {
    "day": lambda visit, zone: day_name(local_day(visit.started_at, zone)),
    "week": lambda visit, zone: week_name(local_day(visit.started_at, zone)),
    "month": lambda visit, zone: month_name(local_day(visit.started_at, zone)),
    "date_hour": lambda visit, zone: hour_of(visit.started_at, zone),
    "hour": lambda visit, zone: visit.started_at.astimezone(ZoneInfo(zone)).hour,
    "weekday": lambda visit, zone: local_day(visit.started_at, zone).isoweekday(),
    "chatbot": lambda visit, zone: visit.conversation.chatbot_id,
    "language": lambda visit, zone: visit.conversation.language,
    "channel": lambda visit, zone: visit.conversation.channel or None,
    "rating": lambda visit, zone: visit.conversation.rating,
    "depth": lambda visit, zone: visit.depth,
    "first_question": lambda visit, zone: visit.first_question,
    "confidence_band": lambda visit, zone: confidence_band(visit.lowest_score),
    "session_kind": lambda visit, zone: visit.session_kind,
    "latency_band": lambda visit, zone: latency_band(visit.latencies),
}
# A conversation may have several values of these, or none.
SPECIAL: dict[str, Callable[[Visit], set]] = {
    "outcome": lambda visit: visit.outcome_names,
    "question": lambda visit: {form or None for form in visit.forms},
    "exchange": lambda visit: set(range(1, visit.depth + 1)),
}
COHORTS = ("cohort_week", "weeks_later")
DATES = ("day", "week", "month", "date_hour")
CLOCK = {"hour": range(24), "weekday": range(1, 8)}
ASCENDING = {*DATES, *CLOCK, *COHORTS, "exchange", "depth", "rating", "latency_band"}


def day_name(day) -> str:
    return day.isoformat()


def week_name(day) -> str:
    return monday_of(day).isoformat()


def month_name(day) -> str:
    return first_of_month(day).isoformat()[:7]


def confidence_band(score: float | None) -> str | None:
    if score is None:
        return None
    for low, high in (("0.8", "1.0"), ("0.6", "0.8"), ("0.4", "0.6"), ("0.2", "0.4")):
        if score >= float(low):
            return f"{low}-{high}"
    return "0.0-0.2"


def latency_band(latencies: list[float]) -> int | None:
    """The lowest milliseconds of the band that the longest one is in."""
    below = [low for low in (0, 1_000, 2_000, 5_000, 10_000, 30_000) if latencies and low <= max(latencies)]
    return max(below, default=None)


def values_of(visit: Visit, dimension: str, zone: str) -> set:
    if dimension in SPECIAL:
        return SPECIAL[dimension](visit)
    return {PARTITIONS[dimension](visit, zone)}


def combinations_that_occur(found: list[Visit], dimensions: list[str], zone: str) -> list[Key]:
    """Without dimensions that is the empty one, even where there is no conversation."""
    if not dimensions:
        return [()]
    keys: dict[Key, None] = {}
    for visit in found:
        keys.update(dict.fromkeys(product(*(values_of(visit, each, zone) for each in dimensions))))
    return list(keys)


def dates_of(window: Window, found: list[Visit], dimensions: list[str], zone: str) -> list[Key]:
    """Every combination of day, week, month and hour asked for that the window has, in order."""
    names = {"day": day_name, "week": week_name, "month": month_name}
    if not dimensions:
        return [()]
    conversations = [visit.conversation for visit in found]
    if "date_hour" in dimensions:
        ends = ends_of(window, conversations)
        hours = hours_of(*ends, zone) if ends else []
        return [
            tuple(hour if each == "date_hour" else names[each](day) for each in dimensions)
            for day, hour in hours
        ]
    days = local_days(window, conversations, zone)
    return list(dict.fromkeys(tuple(names[each](day) for each in dimensions) for day in days))


def unit_of(dimension: str, moment: datetime, zone: str) -> str:
    """The day, week, month or hour that a moment is in."""
    names = {"day": day_name, "week": week_name, "month": month_name}
    return hour_of(moment, zone) if dimension == "date_hour" else names[dimension](local_day(moment, zone))


def incomplete(
    window: Window, found: list[Visit], dimensions: list[str], now: datetime, zone: str
) -> dict[str, dict]:
    """Which units of the window are not known whole: the first, and the last that has begun."""
    ends = ends_of(window, [visit.conversation for visit in found])
    told = {}
    for name in dimensions:
        if name in DATES:
            told[name] = {"first": None, "last": None}
            if ends is not None:
                told[name] = {
                    "first": first_incomplete(window.start, name, zone),
                    "last": last_incomplete(window.end, *ends, name, now, zone),
                }
    return told


def first_incomplete(start: datetime | None, name: str, zone: str) -> str | None:
    if start is None or unit_of(name, start - SPECK, zone) != unit_of(name, start, zone):
        return None
    return unit_of(name, start, zone)


def last_incomplete(
    end: datetime | None, first: datetime, last: datetime, name: str, now: datetime, zone: str
) -> str | None:
    if now <= last:
        return unit_of(name, max(first, now), zone)
    unit = unit_of(name, last, zone)
    return unit if unit_of(name, now if end is None else end, zone) == unit else None


def clock_of(dimensions: list[str]) -> list[Key]:
    """Every combination of the hour and weekday asked for, whether a day has it or not."""
    return list(product(*(CLOCK[each] for each in dimensions)))


def kinds_of(dimensions: list[str]) -> tuple[list[str], list[str], list[str]]:
    """The dimensions that are dates, those that are read from a clock, and the others."""
    dates = [each for each in dimensions if each in DATES]
    clock = [each for each in dimensions if each in CLOCK]
    return dates, clock, [each for each in dimensions if each not in dates and each not in clock]


def joined(dimensions: list[str], dates: Key, clock: Key, others: Key) -> Key:
    """One key, in the order of the dimensions, from the three parts of `kinds_of`."""
    values = dict(
        zip((name for part in kinds_of(dimensions) for name in part), (*dates, *clock, *others), strict=True)
    )
    return tuple(values[each] for each in dimensions)
