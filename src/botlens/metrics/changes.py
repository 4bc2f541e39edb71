"""How far a value has changed, and whether that can be told from chance, at 95 %.

`change_of` is the one place that judges: answers that compare use it, and so does whatever else sets the same
stretch before beside that after. It takes the evidence of both sides, of one kind:

* `Total`: a count or sum over time. Two counts are tested on condition of their sum, with the dispersion that
  they have from day to day: bots have good and bad days, and Poisson alone would call each of them news.
* `Share`: Newcombe's interval of the difference of two shares. Where one conversation adds several answers or
  votes, these are no independent witnesses: their number is divided by the design effect first.
* `Mean` and `Quantile`: the bootstrap over conversations, with a fixed seed: one question has one answer.

Bootstrap and design effect do not need the conversations: a fixed hash puts each into one of `GROUPS` random
groups, and groups are drawn in their place. None is what cannot be said, and `Unsaid` why: too few days,
groups or values, or a side that lies before anything was known.

Sources: R. G. Newcombe, "Interval estimation for the difference between independent proportions", Statistics
in Medicine 17 (1998), method 10; J. Przyborowski and H. Wilenski, "Homogeneity of results in testing samples
from Poisson series", Biometrika 31 (1940).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import sqrt
from typing import Final

import numpy as np

from botlens.metrics.evidence import Evidence, Mean, Quantile, Share, Total
from botlens.metrics.intervals import Z_95, Interval, newcombe, student
from botlens.metrics.resampling import GROUPS, Floats, drawn_means, drawn_quantiles, ends_of

LEAST_N: Final = 30
"""What a share, a mean or a quantile must stand on, on both sides: conversations, answers or values. Of
fewer, Newcombe's interval beside a large side finds up to 12 % where nothing has changed; of 30, 5 %."""

LEAST_GROUPS: Final = 20
"""Fewer groups that hold anything (some 25 conversations) say nothing of how much groups differ."""

LEAST_IN_TAIL: Final = 10
"""So many values must lie above and below a quantile: the tail is else a matter of one or two of them."""

LEAST_FREEDOM: Final = 4
"""Of what days say of their dispersion: seven days a side, one of them not over, have ten."""

_FREEDOM_OF_GROUPS = 2 * (GROUPS - 1)


class Unsaid(StrEnum):
    """Why something of a change is not said."""

    NO_VALUE = "no_value"
    """One of the two values is not known: there is no change."""

    NOTHING_BEFORE = "nothing_before"
    """A side lies before the first conversation: there is nothing to compare with."""

    PARTLY_BEFORE = "partly_before"
    """A side begins before the first conversation: what it came to is not that of the whole stretch."""

    TOO_FEW = "too_few"
    """A side stands on fewer than `LEAST_N` (answers of one conversation are not witnesses of their own), on
    conversations of fewer than `LEAST_GROUPS` groups, or on a tail of fewer than `LEAST_IN_TAIL`."""

    TOO_FEW_DAYS = "too_few_days"
    """Too few whole days to tell how much days differ."""

    TOO_MANY_ROWS = "too_many_rows"
    """Of so many rows it is not looked at."""


@dataclass(frozen=True, slots=True)
class ValueChange:
    """From one value to another.

    Attributes:
        absolute: the later less the earlier value; None if one of them is not known.
        relative: that by the earlier value; None of shares (points say more than percents of percents), and
            where there was nothing.
        interval: that the true absolute change lies in 95 times of 100; None if it is not known, or if totals
            are of stretches of different lengths.
        distinguishable: whether chance alone seldom (5 %) makes such a change; None if that cannot be said.
            Of totals over different lengths it is the pace that is judged.
        unsaid: why something of it is not said that else would be.
    """

    absolute: float | None = None
    relative: float | None = None
    interval: Interval | None = None
    distinguishable: bool | None = None
    unsaid: Unsaid | None = None


NO_VALUE: Final = ValueChange(unsaid=Unsaid.NO_VALUE)
NOTHING_BEFORE: Final = ValueChange(unsaid=Unsaid.NOTHING_BEFORE)


def change_of(before: Evidence, after: Evidence, *, paired: bool = False) -> ValueChange:
    """How a value has changed.

    Args:
        before: the earlier side.
        after: the later side, of the same kind.
        paired: whether the days of totals stand whole weeks apart, place by place: what weekdays do to both
            sides alike is no dispersion then.
    """
    if before.value is None or after.value is None:
        return NO_VALUE
    absolute = float(after.value - before.value)
    partly = not (_is_whole(before) and _is_whole(after))
    divides = not (isinstance(after, Share) or partly) and before.value != 0
    relative = absolute / abs(before.value) if divides else None
    judged = _interval(before, after, paired)
    partly_before = Unsaid.PARTLY_BEFORE if partly else None
    if isinstance(judged, Unsaid):
        return ValueChange(absolute, relative, unsaid=partly_before or judged)
    low, high = judged
    interval = judged if _as_long(before, after) else None
    return ValueChange(absolute, relative, interval, low > 0 or high < 0, partly_before)


def _is_whole(side: Evidence) -> bool:
    """Whether it is known what all of the stretch came to: other values need no stretch."""
    return not isinstance(side, Total) or side.whole


def _as_long(before: Evidence, after: Evidence) -> bool:
    """Whether an interval is one of the absolute change, and not of the pace alone."""
    return not (isinstance(before, Total) and isinstance(after, Total) and before.length != after.length)


def _interval(before: Evidence, after: Evidence, paired: bool) -> Interval | Unsaid:
    if isinstance(before, Total) and isinstance(after, Total):
        return _of_totals(before, after, paired)
    if isinstance(before, Share) and isinstance(after, Share):
        return _of_shares(before, after)
    if isinstance(before, Mean) and isinstance(after, Mean):
        return _of_means(before, after)
    if isinstance(before, Quantile) and isinstance(after, Quantile):
        return _of_quantiles(before, after)
    raise TypeError("both sides of a change are of one kind")


def _of_totals(before: Total, after: Total, paired: bool) -> Interval | Unsaid:
    """At the pace of the earlier side: what the later one has more than that, with its interval.

    On condition of the sum of both it is the same as the distance of one of them from its share of the sum.
    """
    if before.length <= 0 or after.length <= 0:
        return Unsaid.TOO_FEW_DAYS
    spread = _daily_variance(before, after, paired)
    if spread is None:
        return Unsaid.TOO_FEW_DAYS
    variance, freedom = spread
    longer = after.length / before.length
    more = after.value - longer * before.value
    # Half a count to each side: counts move in steps.
    step = (1 + longer) / 2 if after.counts else 0.0
    half = student(freedom) * sqrt(variance * after.length * (1 + longer)) + step
    return more - half, more + half


def _daily_variance(before: Total, after: Total, paired: bool) -> tuple[float, int] | None:
    """The variance of a day at the pace of both sides, and its degrees of freedom; None if not known."""
    found = _paired_variance(before.days, after.days) if paired else _pooled_variance(before.days, after.days)
    if found is None:
        return None
    variance, freedom = found
    days = [*before.days, *after.days]
    usual, pace = sum(days) / len(days), (before.value + after.value) / (before.length + after.length)
    if usual > 0 and pace > 0:
        dispersion = variance / usual
        return (max(1.0, dispersion) if after.counts else dispersion) * pace, freedom
    if after.counts:
        return pace, freedom
    return (variance, freedom) if variance > 0 else None


def _pooled_variance(before: Sequence[float], after: Sequence[float]) -> tuple[float, int] | None:
    freedom = sum(len(days) - 1 for days in (before, after) if days)
    if freedom < LEAST_FREEDOM:
        return None
    sides = [np.asarray(days, float) for days in (before, after) if days]
    return sum(float(((side - side.mean()) ** 2).sum()) for side in sides) / freedom, freedom


def _paired_variance(before: Sequence[float], after: Sequence[float]) -> tuple[float, int] | None:
    """Of the differences of days; each is of two days."""
    pairs = min(len(before), len(after))
    if pairs - 1 < LEAST_FREEDOM:
        return None
    differences = np.asarray(after[:pairs], float) - np.asarray(before[:pairs], float)
    return float(differences.var(ddof=1)) / 2, pairs - 1


def _of_shares(before: Share, after: Share) -> Interval | Unsaid:
    effect = _design_effect(before, after)
    if effect is None or min(before.whole, after.whole) / effect < LEAST_N:
        return Unsaid.TOO_FEW
    found = newcombe(*((each.part / effect, each.whole / effect) for each in (before, after)))
    return Unsaid.TOO_FEW if found is None else found


def _design_effect(before: Share, after: Share) -> float | None:
    """By how much the variance of a share is larger than if each of the whole were a witness of its own."""
    if before.groups is None or after.groups is None:
        return 1.0
    found, expected, heaped = 0.0, 0.0, 1.0
    for side in (before, after):
        groups = _filled(side.groups)
        if groups is None or not side.whole:
            return None
        share = side.part / side.whole
        size = len(groups)
        found += float(((groups[:, 0] - share * groups[:, 1]) ** 2).sum()) * size / (size - 1)
        expected += share * (1 - share) * side.whole
        heaped = max(heaped, float((groups[:, 1] ** 2).sum() / groups[:, 1].sum() / (side.whole / size)))
    # Known from groups alone: as Student's t is wider than the normal distribution.
    sure = (student(_FREEDOM_OF_GROUPS) / Z_95) ** 2
    return max(1.0, sure * found / expected) if expected else heaped


def _filled(groups: Sequence[tuple[float, float]] | None) -> Floats | None:
    """Of the groups those that hold anything; None if they are too few."""
    found = np.asarray([each for each in groups or () if each[1]], float)
    return found if len(found) >= LEAST_GROUPS else None


def _of_means(before: Mean, after: Mean) -> Interval | Unsaid:
    groups = [_filled(each.groups) for each in (before, after)]
    filled = min(0 if each is None else len(each) for each in groups)
    if not filled or min(before.denominator, after.denominator) < LEAST_N:
        return Unsaid.TOO_FEW
    earlier, later = (drawn_means(each.groups, side) for side, each in enumerate((before, after)))
    found = ends_of(later - earlier, (after.value or 0.0) - (before.value or 0.0), filled)
    return Unsaid.TOO_FEW if found is None else found


def _of_quantiles(before: Quantile, after: Quantile) -> Interval | Unsaid:
    filled = min(sum(map(bool, each.groups)) for each in (before, after))
    n, tail = min(before.n, after.n), min(after.level, 1 - after.level)
    if filled < LEAST_GROUPS or n < LEAST_N or n * tail < LEAST_IN_TAIL:
        return Unsaid.TOO_FEW
    earlier, later = (
        drawn_quantiles(each.groups, each.level, side, middle=each.middle)
        for side, each in enumerate((before, after))
    )
    found = ends_of(later - earlier, (after.value or 0.0) - (before.value or 0.0), filled)
    return Unsaid.TOO_FEW if found is None else found
