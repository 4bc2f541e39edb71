"""By what can be measured. A dimension is one declaration: what it is, its SQL, and how its values read."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

from botlens.metrics.expressions import (
    CONFIDENCE_BAND,
    FIRST_QUESTION,
    LOCAL_DAY,
    LOCAL_HOUR,
    LOCAL_MONTH,
    LOCAL_WEEK,
    LOCAL_WEEKDAY,
    SESSION_KIND,
)
from botlens.moments import day

_MONTHS = 12


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


def day_name(days: int) -> str:
    """The ISO date of days since 1970."""
    return day(days).isoformat()


def month_name(months: int) -> str:
    """`2026-03` of months since the year 0."""
    return f"{months // _MONTHS:04d}-{months % _MONTHS + 1:02d}"


@dataclass(frozen=True, slots=True)
class Dimension:
    """One dimension.

    Attributes:
        name: in requests and answers.
        label: for people.
        definition: which value a conversation has.
        value: SQL over a conversation, or over a part of one.
        order: see `Order`.
        takes_apart: SQL of the array whose items become rows, if it counts parts of conversations.
        read: from the store's value to that of the answer.
    """

    name: str
    label: str
    definition: str
    value: str
    order: Order = Order.VALUES
    takes_apart: str | None = None
    read: Callable[[Any], Any] = as_is

    @property
    def partitions(self) -> bool:
        """Whether each conversation has exactly one value, so that parts sum to the whole."""
        return self.takes_apart is None and self.name not in COHORT


COHORT: Final = ("cohort_week", "weeks_later")
"""Always asked for together, and with nothing else."""

# Each outcome name once; the first item stands for the conversation as a whole.
_OUTCOME_ITEMS = (
    "arrayConcat([(toUInt8(1), '', toUInt64(0), toFloat64(0))], arrayMap(n -> (toUInt8(0), toString(n), "
    "arrayCount(x -> x = n, outcome_names), arraySum(arrayMap((x, v) -> if(x = n, v, toFloat64(0)), "
    "outcome_names, outcome_values))), arrayDistinct(outcome_names)))"
)

_ALL = (
    Dimension("day", "Day", "The local day of the start.", LOCAL_DAY, Order.DATES, read=day_name),
    Dimension(
        "week",
        "Week",
        "The local week of the start, named by its Monday.",
        LOCAL_WEEK,
        Order.DATES,
        read=day_name,
    ),
    Dimension("month", "Month", "The local month of the start.", LOCAL_MONTH, Order.DATES, read=month_name),
    Dimension("hour", "Hour", "The local hour of the start, 0 to 23.", LOCAL_HOUR, Order.CLOCK),
    Dimension(
        "weekday", "Weekday", "The local weekday of the start, 1 (Monday) to 7.", LOCAL_WEEKDAY, Order.CLOCK
    ),
    Dimension("chatbot", "Chatbot", "The id of the chatbot.", "toString(chatbot_id)"),
    Dimension("language", "Language", "The language; `und` if it is not known.", "toString(language)"),
    Dimension("channel", "Channel", "The channel; null if it is not known.", "nullIf(toString(channel), '')"),
    Dimension(
        "rating",
        "Rating",
        "The rating, 1 to 5; null without one.",
        "nullIf(toInt32(rating), 0)",
        Order.NUMBERS,
    ),
    Dimension(
        "depth", "Depth", "The number of exchanges (user messages).", "toInt32(user_messages)", Order.NUMBERS
    ),
    Dimension(
        "first_question",
        "First question",
        "The normal form of the first question that is not empty; null if there is none.",
        FIRST_QUESTION,
    ),
    Dimension(
        "confidence_band",
        "Confidence",
        "The band that the lowest confidence score of the answers is in; null without a score.",
        CONFIDENCE_BAND,
    ),
    Dimension(
        "session_kind",
        "New or returning",
        "`new` if the conversation is the first of its session with the chatbot, else `returning`; null "
        "without a session id.",
        SESSION_KIND,
    ),
    Dimension(
        "outcome",
        "Outcome",
        "The name of an outcome. A conversation is in the row of each of its outcomes.",
        "item.2",
        takes_apart=_OUTCOME_ITEMS,
    ),
    Dimension(
        "question",
        "Question",
        "The normal form of a user message; null for an empty one. Counts messages, not conversations.",
        "nullIf(item.1, '')",
        takes_apart="arrayZip(questions, question_unanswered)",
    ),
    Dimension(
        "exchange",
        "Exchange",
        "The number of an exchange, from 1. A conversation is in the row of each exchange that it reached.",
        "toInt32(item)",
        Order.NUMBERS,
        takes_apart="range(1, user_messages + 1)",
    ),
    Dimension(
        "cohort_week",
        "Cohort",
        "The local week of a session's first conversation with the chatbot, named by its Monday.",
        "cohort",
        Order.NUMBERS,
        read=day_name,
    ),
    Dimension(
        "weeks_later",
        "Weeks later",
        "Local weeks since the cohort's week, up to the present one.",
        "later",
        Order.NUMBERS,
    ),
)

DIMENSIONS: Final[Mapping[str, Dimension]] = MappingProxyType({each.name: each for each in _ALL})
