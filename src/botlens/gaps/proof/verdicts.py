"""Whether a fix is verified, has failed, or is not decided yet.

From the fix on, two capitals bet (`e_process`): one that the gap fails in less than the limit, one that it
fails in more. The first that reaches 1/a decides, not before five sessions. After a verification the question
is another one, whether it still holds, and old successes must not stand against a relapse: so a new bet
begins each week, the one of week s with the part 1/((s+1)(s+2)) of a capital of 1 (all parts together are 1,
so that the chance of ever calling a fix that holds a relapse stays a).

A verdict is a function of the days, in whatever order they come: what arrives late is counted where it
belongs.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from math import exp, log
from typing import Final

from botlens.gaps.proof.curve import CurveDay, FailingShare, curve_of, share_of
from botlens.gaps.proof.e_process import log_evidence

WRONG_AT_MOST: Final = 0.05
"""The chance of a wrong verdict, of each kind, however long and often one looks."""

LEAST_SESSIONS: Final = 5
DEFAULT_LIMIT: Final = 0.2
"""A gap that fails in less than a fifth of the sessions is fixed, unless a company says else."""

_ENOUGH: Final = -log(WRONG_AT_MOST)
_WEEK: Final = timedelta(days=7)
_MOST_FORETOLD: Final = 10_000
_OWNERS_WORD: Final = 0.1  # of the limit: so many will fail
_MOST_LOG: Final = 700.0  # what `exp` can still give


class Decision(StrEnum):
    """What was proven of a fix."""

    VERIFIED = "verified"
    REOPENED = "reopened"


@dataclass(frozen=True, slots=True)
class Decided:
    """What was proven, and by which day's sessions."""

    decision: Decision
    on: date


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is proven of a fix.

    Attributes:
        after: all sessions since the fix.
        decisions: none, one, or a verification and then a relapse.
        more_needed: while nothing is decided, about how many more sessions will decide it if they go as those
            so far; None once it is, and where that would be more than 10,000: too close to the limit to tell.
    """

    after: FailingShare
    decisions: tuple[Decided, ...]
    more_needed: int | None

    @property
    def decided(self) -> Decided | None:
        """The last decision; None while there is none."""
        return self.decisions[-1] if self.decisions else None


def judge(days: Iterable[CurveDay], limit: float = DEFAULT_LIMIT) -> Verdict:
    """What the days since a fix prove.

    Args:
        days: the sessions since the fix that asked about the gap; of the day of the fix, those after it.
        limit: the share of failing sessions that a fix must stay below.

    Raises:
        ValueError: the limit is not between 0 and 1.
    """
    if not 0 < limit < 1:
        raise ValueError(f"a limit of {limit} is not between 0 and 1")
    curve = curve_of(days)
    after = share_of(curve)
    first = _first_decision(curve, limit)
    if first is None:
        return Verdict(after, (), more_needed(after, limit))
    if first.decision is Decision.REOPENED:
        return Verdict(after, (first,), None)
    relapse = _relapse([each for each in curve if each.day > first.on], first.on + timedelta(days=1), limit)
    return Verdict(after, (first,) if relapse is None else (first, relapse), None)


def _first_decision(curve: Sequence[CurveDay], limit: float) -> Decided | None:
    sessions = failing = 0
    for each in curve:
        sessions += each.sessions
        failing += each.failing
        if sessions < LEAST_SESSIONS:
            continue
        less, more = log_evidence(failing, sessions - failing, limit)
        if less >= _ENOUGH:
            return Decided(Decision.VERIFIED, each.day)
        if more >= _ENOUGH:
            return Decided(Decision.REOPENED, each.day)
    return None


def _relapse(curve: Sequence[CurveDay], since: date, limit: float) -> Decided | None:
    """When a verified fix no longer held, of the days from `since` on."""
    bets: list[tuple[int, int]] = []  # of each week that has begun: sessions and failing ones since
    sessions = 0
    for each in curve:
        weeks = (each.day - since) // _WEEK + 1
        bets.extend([(0, 0)] * (weeks - len(bets)))
        bets = [(asked + each.sessions, failed + each.failing) for asked, failed in bets]
        sessions += each.sessions
        # Without a failing session every bet loses: that day cannot be the one.
        if each.failing and sessions >= LEAST_SESSIONS and _capital(bets, limit) >= 1 / WRONG_AT_MOST:
            return Decided(Decision.REOPENED, each.day)
    return None


def _capital(bets: Sequence[tuple[int, int]], limit: float) -> float:
    """What became of all weekly bets together; the part that has not been staked yet is what it was."""
    capital = 1 / (len(bets) + 1)
    for week, (asked, failed) in enumerate(bets):
        _, more = log_evidence(failed, asked - failed, limit)
        capital += exp(min(more, _MOST_LOG)) / ((week + 1) * (week + 2))
    return capital


def more_needed(after: FailingShare, limit: float = DEFAULT_LIMIT) -> int | None:
    """About how many more sessions will decide, if they fail as those so far did.

    Of few sessions little is known: the owner's word, that hardly any will fail, weighs as much as one.

    Returns:
        At least 1; None if it is more than 10,000.
    """
    share = (after.failing + _OWNERS_WORD * limit) / (after.sessions + 1)

    def decides(more: int) -> bool:
        if after.sessions + more < LEAST_SESSIONS:
            return False
        failing = after.failing + more * share
        return max(log_evidence(failing, after.sessions + more - failing, limit)) >= _ENOUGH

    enough = 1
    while not decides(enough):
        enough *= 2
        if enough > 2 * _MOST_FORETOLD:
            return None
    too_few = enough // 2
    while enough - too_few > 1:
        middle = (enough + too_few) // 2
        if decides(middle):
            enough = middle
        else:
            too_few = middle
    return enough if enough <= _MOST_FORETOLD else None
