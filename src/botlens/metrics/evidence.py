"""What a change is told from chance by: of each side of a comparison, one of four kinds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Total:
    """A count or sum over a stretch of time.

    Attributes:
        value: what it came to.
        length: how long the stretch is that it was counted over, in days.
        days: what whole days of it, or of more of the same kind, came to, in order; those of nothing are 0.
        counts: whether it counts (sessions, conversations) and so cannot vary less than Poisson.
        whole: whether it was counted over all of its stretch, and not only since there is anything.
    """

    value: float
    length: float
    days: Sequence[float]
    counts: bool = True
    whole: bool = True


@dataclass(frozen=True, slots=True)
class Share:
    """A part of a whole; `groups` are (part, whole) by random group; None: conversations count once."""

    part: float
    whole: float
    groups: Sequence[tuple[float, float]] | None = None

    @property
    def value(self) -> float | None:
        """The share."""
        return self.part / self.whole if self.whole else None


@dataclass(frozen=True, slots=True)
class Mean:
    """A ratio of sums; `groups` are (numerator, denominator) by random group."""

    numerator: float
    denominator: float
    groups: Sequence[tuple[float, float]]

    @property
    def value(self) -> float | None:
        """The ratio."""
        return self.numerator / self.denominator if self.denominator else None


@dataclass(frozen=True, slots=True)
class Quantile:
    """One of many values in order.

    Attributes:
        value: it.
        n: of how many.
        level: at which place of them: 0.95 is the 95th percentile.
        groups: by random group, how often it has which value (rounded, if there would be many).
        middle: whether the mean of two in the middle is taken.
    """

    value: float | None
    n: int
    level: float
    groups: Sequence[Mapping[float, int]]
    middle: bool = False


Evidence = Total | Share | Mean | Quantile
