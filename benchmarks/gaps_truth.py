"""How often the proof of a fix is wrong, and how long it takes: histories drawn from a known truth, seeded.

Each day a Poisson number of sessions asks, each fails with the true share, and what is proven is looked at
every day. The way `wilson` beside it decides each day by whether the Wilson interval of all sessions so far
lies on one side of the limit: what one would do who knows intervals, and what looking every day does to it.
"""

import statistics
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from benchmarks.figures import Results
from botlens.gaps.proof.curve import CurveDay, FailingShare
from botlens.gaps.proof.verdicts import DEFAULT_LIMIT, LEAST_SESSIONS, WRONG_AT_MOST, Decided, Decision, judge

STAGE = "gaps_truth"
HISTORIES = {"full": 5_000, "small": 1_000, "tiny": 200}
AT_LIMIT_PACES = (0.3, 1, 5, 30)
"""Askers a day."""

FIRST = date(2026, 1, 1)
RELAPSE_DAY = 45

Way = Callable[[Sequence[CurveDay]], Sequence[Decided]]


@dataclass(frozen=True)
class Truth:
    """What is true of a gap after its fix.

    Attributes:
        pace: sessions a day.
        share: of them that fail.
        days: that are looked at.
        later: the share that fails from day `RELAPSE_DAY` on; None is the same.
    """

    pace: float
    share: float
    days: int = 90
    later: float | None = None

    def histories(self, count: int, seed: int) -> Iterator[list[CurveDay]]:
        chance = np.random.default_rng([seed, self.days, round(self.pace * 10), round(self.share * 100)])
        shares = np.full(self.days, self.share)
        if self.later is not None:
            shares[RELAPSE_DAY:] = self.later
        for _ in range(count):
            sessions = chance.poisson(self.pace, self.days)
            failing = chance.binomial(sessions, shares)
            yield [
                CurveDay(FIRST + timedelta(days=at), int(asked), int(failed))
                for at, (asked, failed) in enumerate(zip(sessions, failing, strict=True))
            ]


@dataclass(frozen=True)
class Outcome:
    """What was decided in many histories of one truth, and on which day; `FIRST` is day 1."""

    decided: list[dict[Decision, int]]

    def share(self, decision: Decision) -> float:
        """Of the histories, those in which it was ever decided, in percent."""
        return 100 * len(self.days(decision)) / len(self.decided)

    def days(self, decision: Decision) -> list[int]:
        """On which it was decided, where it was."""
        return [each[decision] for each in self.decided if decision in each]

    def median_day(self, decision: Decision) -> float:
        """Of all histories; infinite if it was decided in fewer than half."""
        days = [each.get(decision, float("inf")) for each in self.decided]
        return statistics.median(days)


def e_process(history: Sequence[CurveDay]) -> Sequence[Decided]:
    return judge(history, DEFAULT_LIMIT).decisions


def wilson(history: Sequence[CurveDay]) -> Sequence[Decided]:
    """Once, by the interval of everything so far."""
    sessions = failing = 0
    for each in history:
        sessions += each.sessions
        failing += each.failing
        interval = FailingShare(sessions, failing).interval
        if sessions < LEAST_SESSIONS or interval is None:
            continue
        if interval[1] < DEFAULT_LIMIT:
            return [Decided(Decision.VERIFIED, each.day)]
        if interval[0] > DEFAULT_LIMIT:
            return [Decided(Decision.REOPENED, each.day)]
    return []


def outcome(truth: Truth, count: int, seed: int = 1, way: Way = e_process) -> Outcome:
    """What a way decides in so many histories."""
    return Outcome(
        [
            {each.decision: (each.on - FIRST).days + 1 for each in way(history)}
            for history in truth.histories(count, seed)
        ]
    )


def relapse_days(told: Outcome) -> list[float]:
    """How many days a relapse went on until it was called one; infinite where it never was.

    Histories in which something was called one before are false alarms, and not counted here.
    """
    days = [each.get(Decision.REOPENED, float("inf")) - RELAPSE_DAY for each in told.decided]
    return [each for each in days if each > 0]


def measure(results: Results, size: str, seed: int = 1) -> None:
    """All figures; wrong verdicts are checked, too."""
    count = HISTORIES[size]
    results.facts[STAGE] = {"histories": count, "seed": seed, "limit": DEFAULT_LIMIT}
    worst = 0.0
    for pace in AT_LIMIT_PACES:
        for name, way in (("botlens", e_process), ("wilson", wilson)):
            told = outcome(Truth(pace, DEFAULT_LIMIT), count, seed, way)
            for decision in Decision:
                results.add(STAGE, false(decision, pace), name, [told.share(decision)], "%")
                worst = max(worst, told.share(decision)) if way is e_process else worst
    results.check(
        "verdicts are wrong in 5 % at most", passed=worst <= 100 * WRONG_AT_MOST, detail=f"{worst:.1f} %"
    )
    for decision, share in ((Decision.VERIFIED, 0.02), (Decision.REOPENED, 0.5)):
        told = outcome(Truth(1, share), count, seed)
        results.add(STAGE, found(decision, share), "botlens", [told.share(decision)], "%")
        results.add(STAGE, day_of(decision, share), "botlens", [told.median_day(decision)], "day")
    lasted = relapse_days(outcome(Truth(5, 0.05, 120, later=0.6), count, seed))
    results.add(STAGE, RELAPSE, "botlens", [statistics.median(lasted)], "days")
    late = sum(each > 15 for each in lasted) / len(lasted)
    results.add(STAGE, "a relapse that takes longer than 15 days", "botlens", [100 * late], "%")
    held = outcome(Truth(5, 0.05, 120), count, seed)
    results.add(STAGE, FALSE_ALARMS, "botlens", [held.share(Decision.REOPENED)], "%")


def false(decision: Decision, pace: float) -> str:
    """The figure of a wrong verdict where the true share is the limit."""
    return f"true share at the limit, {pace:g} a day: {decision}"


def found(decision: Decision, share: float) -> str:
    """The figure of a right verdict of a gap that fails in this share."""
    return f"true share {share:g}, 1 a day: {decision}"


def day_of(decision: Decision, share: float) -> str:
    """The figure of the day on which it is decided."""
    return f"{found(decision, share)}, median day"


RELAPSE = f"0.05, then 0.6 from day {RELAPSE_DAY} at 5 a day: reopened after"
FALSE_ALARMS = "0.05 for 120 days at 5 a day: reopened"
