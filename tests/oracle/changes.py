"""How a compared value has changed, and whether by chance: counts by their days, shares by Newcombe.

Means, medians, percentiles and shares of answers are judged by drawing groups of conversations, which the
oracle does not: there it says how far they changed, and no more.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from tests.oracle.dimensions import DATES, unit_of
from tests.oracle.metrics import COUNTS, OTHER_NUMBERS, RATES, SUMS, Z, wilson
from tests.oracle.periods import ONE_DAY, Window, start_of
from tests.oracle.seed import local_day

DRAWN = "drawn, which the oracle does not"
OF_ANSWERS = {
    "unanswered_rate",
    "score_coverage",
    "fallback_rate",
    "positive_feedback_rate",
    "rephrase_rate",
    "drop_off_rate",
}
LEAST_N = 30
NOTHING = {"absolute": None, "relative": None, "interval": None, "distinguishable": None}


@dataclass(frozen=True)
class Elapsed:
    """The local days of a window that have elapsed, each with how much of it."""

    days: list[tuple[date, float]]
    zone: str
    window: Window

    @classmethod
    def of(cls, window: Window, now: datetime, zone: str) -> "Elapsed":
        end = now if window.end is None else min(window.end, now)
        if window.start is None or window.start >= end:
            return cls([], zone, window)
        day, days = local_day(window.start, zone), []
        while day <= local_day(end - timedelta(microseconds=1), zone):
            begin, over = start_of(day, zone), start_of(day + ONE_DAY, zone)
            inside = min(over, end) - max(begin, window.start)
            days.append((day, 1.0 if inside == over - begin else inside / (over - begin)))
            day += ONE_DAY
        return cls(days, zone, window)

    def length(self, key: dict, since: date = date.min) -> float:
        """How many days of it belong to a row."""
        return sum(part for day, part in self.days if day >= since and self.belongs(day, key))

    def known(self, key: dict, first: date | None) -> str:
        """How much of a row there is anything to count in, since the day of the first conversation."""
        if first is None:
            return "nothing"
        if "date_hour" in key:
            return "nothing" if datetime.fromisoformat(key["date_hour"]).date() < first else "whole"
        if not self.days:
            return known_of(self.window, first, self.zone)
        whole, counted = self.length(key), self.length(key, first)
        return "whole" if whole == counted else "part" if counted else "nothing"

    def belongs(self, day: date, key: dict) -> bool:
        noon = start_of(day, self.zone) + timedelta(hours=1)
        dated = all(unit_of(name, noon, self.zone) == key[name] for name in key if name in DATES[:3])
        return dated and self.has(day, key)

    def has(self, day: date, key: dict) -> bool:
        return "weekday" not in key or key["weekday"] == day.isoweekday()


@dataclass(frozen=True)
class Side:
    """A value, what it stands on, its row, and what each day came to in a row of all dates."""

    key: dict
    value: float | None
    n: dict | None
    elapsed: Elapsed
    first: date | None  # of all conversations of the chatbots that it is about
    of_day: Callable[[dict, date], float]

    def whole_days(self) -> dict[int, float]:
        if "date_hour" in self.key:
            return {}
        undated = {name: value for name, value in self.key.items() if name not in DATES}
        return {
            place: self.of_day(undated, day)
            for place, (day, part) in enumerate(self.elapsed.days)
            if part == 1.0
            and self.first is not None
            and day >= self.first
            and self.elapsed.has(day, self.key)
        }


def change(metric: str, before: Side, after: Side) -> dict:
    no_date = any(value is None and after.key[name] is not None for name, value in before.key.items())
    if no_date:
        return NOTHING | {"unsaid": "no_value"}
    known = {side.elapsed.known(side.key, side.first) for side in (before, after)}
    if "nothing" in known:
        return NOTHING | {"unsaid": "nothing_before"}
    if before.value is None or after.value is None:
        return NOTHING | {"unsaid": "no_value"}
    absolute = after.value - before.value
    is_share, is_total = metric in RATES, metric in (*COUNTS, *SUMS, *OTHER_NUMBERS)
    partly = is_total and "part" in known
    relative = None if is_share or partly or before.value == 0 else absolute / abs(before.value)
    found = {"absolute": float(absolute), "relative": relative, "unsaid": None}
    if is_total:
        judged = judged_total(metric, before, after)
        unsaid = "partly_before" if partly else "too_few_days" if judged["distinguishable"] is None else None
        return found | judged | {"unsaid": unsaid}
    if is_share and metric not in OF_ANSWERS:
        if min(before.n["denominator"], after.n["denominator"]) < LEAST_N:
            return found | {"interval": None, "distinguishable": None, "unsaid": "too_few"}
        low, high = newcombe(before.n, after.n)
        return found | {"interval": [low, high], "distinguishable": low > 0 or high < 0}
    return found | {"interval": DRAWN, "distinguishable": DRAWN, "unsaid": DRAWN}


def known_of(window: Window, first: date | None, zone: str) -> str:
    """How much of a window is not before a day."""
    if first is None:
        return "nothing"
    since = start_of(first, zone)
    if window.end is not None and window.end <= since:
        return "nothing"
    return "part" if window.start is not None and window.start < since else "whole"


def newcombe(before: dict, after: dict) -> tuple[float, float]:
    one, two = (each["numerator"] / each["denominator"] for each in (before, after))
    low_1, high_1 = wilson(before["numerator"], before["denominator"])
    low_2, high_2 = wilson(after["numerator"], after["denominator"])
    return (
        two - one - math.sqrt((two - low_2) ** 2 + (high_1 - one) ** 2),
        two - one + math.sqrt((high_2 - two) ** 2 + (one - low_1) ** 2),
    )


def judged_total(metric: str, before: Side, after: Side) -> dict:
    unknown = {"interval": None, "distinguishable": None}
    lengths = [side.elapsed.length(side.key, side.first or date.max) for side in (before, after)]
    days = before.whole_days(), after.whole_days()
    counts = metric != "outcome_value"
    spread = dispersion(days, whole_weeks_apart(before.elapsed, after.elapsed))
    if spread is None or 0 in lengths:
        return unknown
    variance, freedom = spread
    seen = [*days[0].values(), *days[1].values()]
    if whole_weeks_apart(before.elapsed, after.elapsed):
        seen = [side[place] for side in days for place in side if place in days[0] and place in days[1]]
    usual, pace = sum(seen) / len(seen), (before.value + after.value) / sum(lengths)
    if usual > 0 and pace > 0:
        variance *= pace / usual
        variance = max(variance, pace) if counts else variance
    elif counts:
        variance = pace
    elif variance == 0:
        return unknown
    ratio = lengths[1] / lengths[0]
    more = after.value - ratio * before.value
    half = student(freedom) * math.sqrt(variance * lengths[1] * (1 + ratio)) + (1 + ratio) / 2 * counts
    interval = [more - half, more + half] if lengths[0] == lengths[1] else None
    return {"interval": interval, "distinguishable": abs(more) > half}


def dispersion(days: tuple[dict, dict], paired: bool) -> tuple[float, int] | None:
    """The variance of a day, and its degrees of freedom: of which four are needed."""
    if paired:
        differences = [days[1][place] - days[0][place] for place in days[1] if place in days[0]]
        groups, share = [differences], 2
    else:
        groups, share = [list(each.values()) for each in days if each], 1
    freedom = sum(len(group) - 1 for group in groups)
    if freedom < 4:
        return None
    squares = sum((value - sum(group) / len(group)) ** 2 for group in groups for value in group)
    return squares / freedom / share, freedom


def whole_weeks_apart(before: Elapsed, after: Elapsed) -> bool:
    if not before.days or not after.days:
        return False
    distance = (after.days[0][0] - before.days[0][0]).days
    return distance % 7 == 0 and abs(len(after.days) - len(before.days)) <= 1


def student(freedom: int) -> float:
    """The 97.5th percentile of Student's t, by the series that the reference names."""
    terms = (
        (Z**3 + Z) / 4,
        (5 * Z**5 + 16 * Z**3 + 3 * Z) / 96,
        (3 * Z**7 + 19 * Z**5 + 17 * Z**3 - 15 * Z) / 384,
    )
    return Z + sum(term / freedom ** (place + 1) for place, term in enumerate(terms))
