"""What a declaration of a metric says, and the three shapes that most of them have."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Final, TypedDict, Unpack

ALL: Final = "count()"
"""All conversations."""

WHOLE: Final = "whole"
"""In the place of a denominator: the conversations of the group formed by the other dimensions."""


class Kind(StrEnum):
    """How the values of a metric over parts relate to the value over the whole."""

    COUNT = "count"
    SUM = "sum"
    DISTINCT = "distinct"
    RATIO = "ratio"
    RATE = "rate"
    MEDIAN = "median"
    PERCENTILE = "percentile"


HOW_IT_ADDS_UP: Final[Mapping[Kind, str]] = MappingProxyType(
    {
        Kind.COUNT: "the sum of its parts, over any split in which each conversation is in one part",
        Kind.SUM: "the sum of its parts, over any split in which each conversation is in one part",
        Kind.DISTINCT: "never a sum: who is in several parts counts once in the whole",
        Kind.RATIO: "a ratio of sums: the whole is never the mean of its parts",
        Kind.RATE: "a ratio of sums: the whole is never the mean of its parts",
        Kind.MEDIAN: "from all values of the whole, never from those of its parts",
        Kind.PERCENTILE: "from all values of the whole, never from those of its parts",
    }
)


@dataclass(frozen=True, slots=True)
class Measure:
    """SQL aggregates over rows. `of` is the denominator of a ratio or rate, or how many values there are."""

    value: str
    of: str | None = None


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric.

    Attributes:
        name: in requests and answers.
        label: for people.
        definition: what it counts, exactly.
        unit: of its values.
        kind: how it adds up.
        measure: over conversations; None if it only exists by `by`.
        by: over the parts of conversations, by the dimension that takes them apart.
        behind: which conversations make the value: SQL, true of one that contributes.
        excluded: what a rate leaves out, by name: SQL, a number for each conversation.
    """

    name: str
    label: str
    definition: str
    unit: str
    kind: Kind
    measure: Measure | None
    by: Mapping[str, Measure] = field(default_factory=dict)
    behind: str | None = None
    excluded: Mapping[str, str] = field(default_factory=dict)

    @property
    def adds(self) -> bool:
        """Whether parts sum to the whole."""
        return self.kind in (Kind.COUNT, Kind.SUM)

    @property
    def empty(self) -> int | None:
        """The value over nothing."""
        return 0 if self.kind in (Kind.COUNT, Kind.SUM, Kind.DISTINCT) else None


class Extras(TypedDict, total=False):
    """What few metrics have."""

    by: Mapping[str, Measure]
    excluded: Mapping[str, str]


def count(name: str, label: str, definition: str, condition: str, **extras: Unpack[Extras]) -> Metric:
    """How many conversations something is true of."""
    measure = Measure(f"countIf({condition})")
    return Metric(name, label, definition, "conversations", Kind.COUNT, measure, behind=condition, **extras)


def rate(
    name: str, label: str, definition: str, condition: str, among: str = ALL, **extras: Unpack[Extras]
) -> Metric:
    """The share of conversations that something is true of."""
    measure = Measure(f"countIf({condition})", among)
    return Metric(name, label, definition, "share", Kind.RATE, measure, behind=condition, **extras)


def total(name: str, label: str, definition: str, unit: str, column: str, **extras: Unpack[Extras]) -> Metric:
    """The sum of something over conversations."""
    measure = Measure(f"sum({column})")
    return Metric(name, label, definition, unit, Kind.SUM, measure, behind=f"({column}) > 0", **extras)
