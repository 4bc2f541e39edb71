"""How many asked on a day and how many of them failed; and what share that is, with its interval."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from botlens.metrics.intervals import Interval, wilson


@dataclass(frozen=True, slots=True)
class CurveDay:
    """The sessions that asked about a gap on a local day, and those whose last such question failed."""

    day: date
    sessions: int
    failing: int

    def __post_init__(self) -> None:
        """Refuse what cannot be.

        Raises:
            ValueError: more failed than asked, or a count is negative.
        """
        if not 0 <= self.failing <= self.sessions:
            raise ValueError(f"{self.failing} failing of {self.sessions} sessions on {self.day}")


@dataclass(frozen=True, slots=True)
class FailingShare:
    """So many sessions failed of so many; `share` and `interval` (Wilson, 95 %) are None of none."""

    sessions: int
    failing: int

    @property
    def share(self) -> float | None:
        """Failing by all."""
        return self.failing / self.sessions if self.sessions else None

    @property
    def interval(self) -> Interval | None:
        """Where the true share lies in 95 times of 100."""
        return wilson(self.failing, self.sessions)


def curve_of(days: Iterable[CurveDay]) -> tuple[CurveDay, ...]:
    """One entry for each day on which somebody asked, by day, whatever order and parts they come in."""
    sessions: Counter[date] = Counter()
    failing: Counter[date] = Counter()
    for each in days:
        sessions[each.day] += each.sessions
        failing[each.day] += each.failing
    return tuple(CurveDay(day, sessions[day], failing[day]) for day in sorted(sessions) if sessions[day])


def share_of(days: Iterable[CurveDay]) -> FailingShare:
    """Of all days together."""
    curve = tuple(days)
    return FailingShare(sum(each.sessions for each in curve), sum(each.failing for each in curve))
