"""Which answer to write next: how many conversations a month it would save, with the working.

Saved are the distinct sessions that failed on a gap in 28 days, but for those that failed on another gap,
too, and but for the share that will fail in spite of the answer. That share is what verified gaps of the
company came to; what a new one will come to nobody knows better.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import fmean, median, variance
from typing import Final, Literal

from botlens.metrics.intervals import Interval

DAYS: Final = 28
"""Four whole weeks, so that no month has a weekend more; what is called a month here."""

WEEKS: Final = 8
"""By their counts it is judged how much weeks differ."""

DEFAULT_EXPECTED: Final = 0.2

_Z_90: Final = 1.6448536269514722
"""The 95th percentile of the standard normal distribution: 90 % lie between minus and plus it."""


@dataclass(frozen=True, slots=True)
class Demand:
    """The sessions that failed on a gap.

    Attributes:
        sessions_28d: distinct ones, in the last 28 days.
        without_other_gap: those of them that failed on no other gap.
        weekly: distinct ones of each of the last 8 weeks, in any order; fewer weeks for a younger chatbot.
    """

    sessions_28d: int
    without_other_gap: int
    weekly: Sequence[int]


@dataclass(frozen=True, slots=True)
class ExpectedShare:
    """The share of sessions that will fail in spite of an answer, and what that was taken from."""

    share: float
    origin: Literal["verified gaps", "default"]


@dataclass(frozen=True, slots=True)
class Impact:
    """What an answer would save.

    Attributes:
        conversations_per_month: sessions x the share without another gap x what will not fail.
        interval: that it lies in 9 times of 10, as weeks differ.
        sessions_28d: see `Demand`.
        share_without_other_gap: of those; None of none.
        expected: what will fail in spite of it.
    """

    conversations_per_month: float
    interval: Interval
    sessions_28d: int
    share_without_other_gap: float | None
    expected: ExpectedShare


def expected_share(verified: Iterable[float]) -> ExpectedShare:
    """What will fail in spite of an answer.

    Args:
        verified: the failing shares since their fixes of the company's gaps that are verified.
    """
    shares = list(verified)
    if not shares:
        return ExpectedShare(DEFAULT_EXPECTED, "default")
    return ExpectedShare(median(shares), "verified gaps")


def conversations_saved(demand: Demand, expected: ExpectedShare) -> float:
    """How many conversations a month an answer to a gap would save."""
    return demand.without_other_gap * (1 - expected.share)


def impact_of(demand: Demand, expected: ExpectedShare) -> Impact:
    """What an answer to a gap would save."""
    saved = 1 - expected.share
    low, high = _score_interval(demand.without_other_gap, _dispersion(demand.weekly))
    sessions = demand.sessions_28d
    return Impact(
        conversations_per_month=conversations_saved(demand, expected),
        interval=(low * saved, high * saved),
        sessions_28d=sessions,
        share_without_other_gap=demand.without_other_gap / sessions if sessions else None,
        expected=expected,
    )


def _dispersion(weekly: Sequence[int]) -> float:
    """Variance by mean of weekly counts: 1 of chance alone, and never taken for less."""
    if len(weekly) < 2 or not any(weekly):
        return 1.0
    return max(1.0, variance(weekly) / fmean(weekly))


def _score_interval(count: int, dispersion: float) -> Interval:
    """Where the mean lies 9 times of 10, of a count whose variance is so many times its mean.

    The score interval, as Wilson's is of a share: of few it is not symmetric, of none it does not end at 0.
    """
    half = _Z_90 * _Z_90 * dispersion / 2
    spread = sqrt(half * half + 2 * half * count)
    return max(0.0, count + half - spread), count + half + spread
