"""What a declaration of a dimension says."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from botlens.metrics.values import Text, Type


class Order(StrEnum):
    """How rows are ordered by a dimension when nobody says otherwise, and whether there are empty ones."""

    DATES = "dates"
    CLOCK = "clock"
    NUMBERS = "numbers"
    VALUES = "values"

    @property
    def ascending(self) -> bool:
        """Whether its rows come in their own order; the others come by size."""
        return self is not Order.VALUES

    @property
    def calendar(self) -> bool:
        """Whether units in which nothing happened have rows too."""
        return self in (Order.DATES, Order.CLOCK)


def as_is(value: Any) -> Any:
    """A value that reads as the store keeps it."""
    return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Dimension:
    """One dimension.

    Attributes:
        name: in requests and answers.
        label: for people.
        short: the same where there is little room.
        definition: which value a conversation has.
        value: SQL over a conversation, or over a part of one.
        type: of its values.
        operators: what a filter by it can ask; none: there is no such filter.
        text: what its texts are, if it has texts.
        nullable: whether conversations may have none.
        order: see `Order`.
        unit_of: of `Order.DATES`, the unit that a local day is in; None of hours, which are parts of a day.
        units: of `Order.CLOCK`, all there are.
        of_day: of `Order.CLOCK`, the one that a whole local day has, if it has one.
        unnests: SQL of the array whose items become rows, if it counts parts of conversations.
        group_total: SQL, true of an item that stands for the conversation as a whole.
        of_cohorts: whether it is about sessions by their first week.
        read: from the store's value to that of the answer.
        rank: what values of the answer are ordered by, where that is not the value itself.
    """

    name: str
    label: str
    short: str
    definition: str
    value: str
    type: Type
    operators: tuple[str, ...] = ()
    text: Text = Text.WORD
    nullable: bool = False
    order: Order = Order.VALUES
    unit_of: Callable[[date], str] | None = None
    units: range | None = None
    of_day: Callable[[date], int] | None = None
    unnests: str | None = None
    group_total: str | None = None
    of_cohorts: bool = False
    read: Callable[[Any], Any] = as_is
    rank: Callable[[Any], Any] = as_is

    @property
    def hourly(self) -> bool:
        """Whether its units are hours in time, not days or more."""
        return self.order is Order.DATES and self.unit_of is None

    @property
    def partitions(self) -> bool:
        """Whether each conversation has exactly one value, so that parts sum to the whole."""
        return self.unnests is None and not self.of_cohorts
