"""What a declaration of a metric says, and the three shapes that most of them have."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Final, Required, TypedDict, Unpack

from botlens.metrics.values import Type

ALL: Final = "count()"
"""All conversations."""

GROUP_TOTAL: Final = "group total"
"""In the place of a denominator: the conversations of the group formed by the other dimensions."""

NO_CONVERSATION: Final = "no conversation"


class Kind(StrEnum):
    """How the values of a metric over parts relate to the value over the whole."""

    COUNT = "count"
    SUM = "sum"
    DISTINCT = "distinct"
    RATIO = "ratio"
    RATE = "rate"
    MEDIAN = "median"
    PERCENTILE = "percentile"

    @property
    def divides(self) -> bool:
        """Whether a value is a quotient of what its basis names."""
        return self in (Kind.RATIO, Kind.RATE)

    @property
    def orders(self) -> bool:
        """Whether a value is one of many in order; its basis is how many."""
        return self in (Kind.MEDIAN, Kind.PERCENTILE)

    @property
    def has_basis(self) -> bool:
        """Whether answers say what a value stands on. Over nothing it is null then, else 0."""
        return self.divides or self.orders


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


class Better(StrEnum):
    """Which way is better."""

    UP = "up"
    DOWN = "down"
    NEITHER = "none"


class CountedAs(StrEnum):
    """Which number of a figure is that of the conversations behind it."""

    VALUE = "value"
    NUMERATOR = "numerator"
    DENOMINATOR = "denominator"
    N = "n"


@dataclass(frozen=True, slots=True)
class Measure:
    """SQL aggregates over rows.

    Attributes:
        value: the value, before it is divided.
        of: the denominator of a ratio or rate, or how many values there are.
        field: the field that a row's value becomes in the filters of the conversations behind it, where that
            is not the one which is called like the dimension.
    """

    value: str
    of: str | None = None
    field: str | None = None


@dataclass(frozen=True, slots=True)
class LeftOut:
    """What a metric leaves out, which answers tell.

    Attributes:
        name: in answers.
        one: what one of it is called.
        many: what several are called.
        definition: what it is, exactly.
        value: SQL, how much of it there is in a conversation.
    """

    name: str
    one: str
    many: str
    definition: str
    value: str


@dataclass(frozen=True, slots=True)
class Histogram:
    """How the values of a median or percentile are told, to see how much chance is in it.

    Attributes:
        counted: SQL, an aggregate: a map from keys to how often each.
        read: the value that a key stands for.
        level: at which place of the values in order the metric is: 0.5 is the middle.
        middle: whether it is the mean of two in the middle.
    """

    counted: str
    read: Callable[[int], float]
    level: float
    middle: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """One metric.

    Attributes:
        name: in requests and answers.
        label: for people.
        short: the same where there is little room.
        definition: what it counts, exactly.
        unit: of its values.
        better: which way is.
        kind: how it adds up.
        measure: over conversations; None if it only exists by `by`.
        type: of its values.
        by: over the parts of conversations, by the dimension that unnests them.
        contributing: which conversations make the value: SQL, true of one that does; None: all that are in
            the row.
        total: see `CountedAs`; None if it counts something else, as messages or sessions.
        excluded: what it leaves out.
        of_conversations: whether it is a share of conversations, each of which counts once.
        histogram: of medians and percentiles, their values.
        when_null: why it has no value over nothing; of metrics whose kind has a basis.
    """

    name: str
    label: str
    short: str
    definition: str
    unit: str
    better: Better
    kind: Kind
    measure: Measure | None
    type: Type = Type.DECIMAL
    by: Mapping[str, Measure] = field(default_factory=dict)
    contributing: str | None = None
    total: CountedAs | None = None
    excluded: tuple[LeftOut, ...] = ()
    of_conversations: bool = False
    histogram: Histogram | None = None
    when_null: str | None = None


class Extras(TypedDict, total=False):
    """What all shapes take: `short` is the label if it is left out."""

    better: Required[Better]
    short: str
    by: Mapping[str, Measure]
    excluded: tuple[LeftOut, ...]
    type: Type


def count(name: str, label: str, definition: str, condition: str, **extras: Unpack[Extras]) -> Metric:
    """How many conversations something is true of."""
    said: Extras = {"short": label, "type": Type.NUMBER, **extras}
    return Metric(
        name=name,
        label=label,
        definition=definition,
        unit="conversations",
        kind=Kind.COUNT,
        measure=Measure(f"countIf({condition})"),
        contributing=condition,
        total=CountedAs.VALUE,
        **said,
    )


def rate(
    name: str,
    label: str,
    definition: str,
    condition: str,
    among: str = ALL,
    when_null: str = NO_CONVERSATION,
    **extras: Unpack[Extras],
) -> Metric:
    """The share of conversations that something is true of."""
    said: Extras = {"short": label, **extras}
    return Metric(
        name=name,
        label=label,
        definition=definition,
        unit="share",
        kind=Kind.RATE,
        measure=Measure(f"countIf({condition})", among),
        contributing=condition,
        total=CountedAs.NUMERATOR,
        of_conversations=True,
        when_null=when_null,
        **said,
    )


def total(name: str, label: str, definition: str, unit: str, column: str, **extras: Unpack[Extras]) -> Metric:
    """The sum of something over conversations."""
    said: Extras = {"short": label, "type": Type.NUMBER, **extras}
    return Metric(
        name=name,
        label=label,
        definition=definition,
        unit=unit,
        kind=Kind.SUM,
        measure=Measure(f"sum({column})"),
        contributing=f"({column}) > 0",
        **said,
    )
