"""By what can be measured: one declaration each."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta, timezone
from types import MappingProxyType
from typing import Final

from botlens.metrics.dimension import Dimension, Order
from botlens.metrics.expressions import (
    CONFIDENCE_BAND,
    FIRST_QUESTION,
    FIRST_WEEK,
    LATENCY_BAND,
    LATER,
    LOCAL_DATE_HOUR,
    LOCAL_DAY,
    LOCAL_HOUR,
    LOCAL_MONTH,
    LOCAL_WEEK,
    LOCAL_WEEKDAY,
    SESSION_KIND,
)
from botlens.metrics.resampling import GROUPS
from botlens.metrics.values import ON_FEW, ON_NUMBERS, ON_TEXTS, Text, Type
from botlens.moments import EPOCH, day

_MONTHS = 12


def day_name(days: int) -> str:
    """The ISO date of days since 1970."""
    return day(days).isoformat()


def month_name(months: int) -> str:
    """`2026-03` of months since the year 0."""
    return f"{months // _MONTHS:04d}-{months % _MONTHS + 1:02d}"


def hour_name(hour: tuple[int, int]) -> str:
    """`2026-03-18T10:00:00+01:00` of a local time and the offset of its clock, both in microseconds."""
    local, offset = (timedelta(microseconds=each) for each in hour)
    return (EPOCH + local).replace(tzinfo=timezone(offset)).isoformat()


def _day_of(local: date) -> str:
    return local.isoformat()


def _week_of(local: date) -> str:
    return (local - timedelta(days=local.weekday())).isoformat()


def _month_of(local: date) -> str:
    return f"{local.year:04d}-{local.month:02d}"


# Each outcome name once; the first item stands for the conversation as a whole.
_OUTCOME_ITEMS = (
    "arrayConcat([(toUInt8(1), '', toUInt64(0), toFloat64(0))], arrayMap(n -> (toUInt8(0), toString(n), "
    "arrayCount(x -> x = n, outcome_names), arraySum(arrayMap((x, v) -> if(x = n, v, toFloat64(0)), "
    "outcome_names, outcome_values))), arrayDistinct(outcome_names)))"
)

_CALENDAR = (
    Dimension(
        name="day",
        label="Day",
        short="Day",
        definition="The local day of the start.",
        value=LOCAL_DAY,
        type=Type.DATE,
        operators=ON_NUMBERS,
        order=Order.DATES,
        unit_of=_day_of,
        read=day_name,
    ),
    Dimension(
        name="week",
        label="Week",
        short="Week",
        definition="The local week of the start, named by its Monday.",
        value=LOCAL_WEEK,
        type=Type.DATE,
        operators=ON_FEW,
        order=Order.DATES,
        unit_of=_week_of,
        read=day_name,
    ),
    Dimension(
        name="month",
        label="Month",
        short="Month",
        definition="The local month of the start.",
        value=LOCAL_MONTH,
        type=Type.MONTH,
        operators=ON_FEW,
        order=Order.DATES,
        unit_of=_month_of,
        read=month_name,
    ),
    Dimension(
        name="date_hour",
        label="Hour in time",
        short="Hour in time",
        definition="The hour of the start in time: its first moment as the local clock shows it, with the "
        "offset from UTC. Where clocks are changed an hour may come twice, with another offset, be shorter "
        "or be missing.",
        value=LOCAL_DATE_HOUR,
        type=Type.TIME,
        operators=ON_FEW,
        order=Order.DATES,
        read=hour_name,
        rank=datetime.fromisoformat,
    ),
    Dimension(
        name="hour",
        label="Hour",
        short="Hour",
        definition="The local hour of the start, 0 to 23.",
        value=LOCAL_HOUR,
        type=Type.NUMBER,
        operators=ON_NUMBERS,
        order=Order.CLOCK,
        units=range(24),
    ),
    Dimension(
        name="weekday",
        label="Weekday",
        short="Weekday",
        definition="The local weekday of the start, 1 (Monday) to 7.",
        value=LOCAL_WEEKDAY,
        type=Type.NUMBER,
        operators=ON_NUMBERS,
        order=Order.CLOCK,
        units=range(1, 8),
        of_day=date.isoweekday,
    ),
)

_OF_CONVERSATIONS = (
    Dimension(
        name="chatbot",
        label="Chatbot",
        short="Chatbot",
        definition="The id of the chatbot.",
        value="toString(chatbot_id)",
        type=Type.TEXT,
        operators=ON_FEW,
        text=Text.CHATBOT,
    ),
    Dimension(
        name="language",
        label="Language",
        short="Language",
        definition="The language; `und` if it is not known.",
        value="toString(language)",
        type=Type.TEXT,
        operators=ON_TEXTS,
        text=Text.LANGUAGE,
    ),
    Dimension(
        name="channel",
        label="Channel",
        short="Channel",
        definition="The channel; null if it is not known.",
        value="nullIf(toString(channel), '')",
        type=Type.TEXT,
        operators=ON_TEXTS,
        nullable=True,
    ),
    Dimension(
        name="rating",
        label="Rating",
        short="Rating",
        definition="The rating, 1 to 5; null without one.",
        value="nullIf(toInt32(rating), 0)",
        type=Type.NUMBER,
        operators=ON_NUMBERS,
        nullable=True,
        order=Order.NUMBERS,
    ),
    Dimension(
        name="depth",
        label="Depth",
        short="Depth",
        definition="The number of exchanges (user messages).",
        value="toInt32(user_messages)",
        type=Type.NUMBER,
        operators=ON_NUMBERS,
        order=Order.NUMBERS,
    ),
    Dimension(
        name="first_question",
        label="First question",
        short="First question",
        definition="The normal form of the first question that is not empty; null if there is none.",
        value=FIRST_QUESTION,
        type=Type.TEXT,
        operators=ON_TEXTS,
        text=Text.QUESTION,
        nullable=True,
    ),
    Dimension(
        name="confidence_band",
        label="Confidence",
        short="Confidence",
        definition="The band that the lowest confidence score of the answers is in; null without a score.",
        value=CONFIDENCE_BAND,
        type=Type.TEXT,
        operators=ON_FEW,
        nullable=True,
    ),
    Dimension(
        name="latency_band",
        label="Slowest answer",
        short="Slowest answer",
        definition="The band that the latency of the slowest answer is in, named by its lowest milliseconds: "
        "0, 1000, 2000, 5000, 10000 or 30000; null if no latency is known.",
        value=LATENCY_BAND,
        type=Type.NUMBER,
        operators=ON_NUMBERS,
        nullable=True,
        order=Order.NUMBERS,
    ),
    Dimension(
        name="session_kind",
        label="New or returning",
        short="New or returning",
        definition="`new` if the conversation is the first of its session with the chatbot, else "
        "`returning`; null without a session id.",
        value=SESSION_KIND,
        type=Type.TEXT,
        operators=ON_FEW,
        nullable=True,
    ),
)

_OF_PARTS = (
    Dimension(
        name="outcome",
        label="Outcome",
        short="Outcome",
        definition="The name of an outcome. A conversation is in the row of each of its outcomes.",
        value="item.2",
        type=Type.TEXT,
        text=Text.FREE,
        unnests=_OUTCOME_ITEMS,
        group_total="item.1",
    ),
    Dimension(
        name="question",
        label="Question",
        short="Question",
        definition="The normal form of a user message; null for an empty one. Counts messages, not "
        "conversations.",
        value="nullIf(item.1, '')",
        type=Type.TEXT,
        text=Text.QUESTION,
        nullable=True,
        unnests="arrayZip(questions, question_unanswered)",
    ),
    Dimension(
        name="exchange",
        label="Exchange",
        short="Exchange",
        definition="The number of an exchange, from 1. A conversation is in the row of each exchange that it "
        "reached.",
        value="toInt32(item)",
        type=Type.NUMBER,
        order=Order.NUMBERS,
        unnests="range(1, user_messages + 1)",
    ),
)

COHORT_WEEK: Final = Dimension(
    name="cohort_week",
    label="Cohort",
    short="Cohort",
    definition="The local week of a session's first conversation with the chatbot, named by its Monday.",
    value=FIRST_WEEK,
    type=Type.DATE,
    order=Order.NUMBERS,
    of_cohorts=True,
    read=day_name,
)
WEEKS_LATER: Final = Dimension(
    name="weeks_later",
    label="Weeks later",
    short="Weeks later",
    definition="Local weeks since the cohort's week, up to the present one.",
    value=LATER,
    type=Type.NUMBER,
    order=Order.NUMBERS,
    of_cohorts=True,
)
COHORT: Final = (COHORT_WEEK.name, WEEKS_LATER.name)
"""Always asked for together, and with nothing else."""

BY_DAY: Final = _CALENDAR[0]
"""What the dispersion of counts is seen by."""

BY_GROUP: Final = Dimension(
    name="group",
    label="Group",
    short="Group",
    definition="One of some random groups of conversations, see `changes`. Not to be asked for.",
    value=f"toInt32(cityHash64(conversation_id) % {GROUPS})",
    type=Type.NUMBER,
)

_ALL = (*_CALENDAR, *_OF_CONVERSATIONS, *_OF_PARTS, COHORT_WEEK, WEEKS_LATER)

DIMENSIONS: Final[Mapping[str, Dimension]] = MappingProxyType({each.name: each for each in _ALL})
