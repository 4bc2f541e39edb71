"""What a run finds out: figures with their spread, checks, and what was skipped and why."""

import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Figure:
    """A median with its spread; `n` tells of how many values, `low` and `high` are the extremes of those."""

    stage: str
    what: str
    way: str
    value: float
    low: float
    high: float
    n: int
    unit: str


@dataclass(slots=True)
class Results:
    """Filled by the stages, in their order."""

    figures: list[Figure] = field(default_factory=list)
    checks: list[tuple[str, bool, str]] = field(default_factory=list)
    skipped: list[tuple[str, str]] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)

    def add(self, stage: str, what: str, way: str, values: Sequence[float], unit: str) -> None:
        """The median of some values, one a repetition."""
        middle = statistics.median(values)
        self.figures.append(Figure(stage, what, way, middle, min(values), max(values), len(values), unit))

    def check(self, what: str, passed: bool, detail: str = "") -> None:
        self.checks.append((what, passed, detail))

    def skip(self, what: str, why: str) -> None:
        self.skipped.append((what, why))

    def find(self, stage: str, what: str, way: str = "botlens") -> Figure | None:
        for figure in self.figures:
            if (figure.stage, figure.what, figure.way) == (stage, what, way):
                return figure
        return None

    def plain(self) -> dict[str, Any]:
        """As JSON takes it."""
        return {
            "facts": self.facts,
            "figures": [asdict(figure) for figure in self.figures],
            "checks": [{"what": what, "passed": ok, "detail": more} for what, ok, more in self.checks],
            "skipped": [{"what": what, "why": why} for what, why in self.skipped],
        }


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least this share of the values does not exceed."""
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * round(share * 1_000) // 1_000) - 1)]
