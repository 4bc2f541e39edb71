"""What conversations can be chosen by. One declaration each: type, SQL, and what it can be asked."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, Final

from botlens.metrics.dimension import Dimension, as_is
from botlens.metrics.dimensions import COHORT_WEEK, DIMENSIONS, WEEKS_LATER
from botlens.metrics.expressions import ABANDONED, CONFIRMED, HUMAN, LATENCY, REOPENED
from botlens.metrics.values import ON_FEW, ON_NUMBERS, ON_TEXTS, Text, Type


@dataclass(frozen=True, slots=True)
class Field:
    """One field.

    Attributes:
        name: in filters.
        label: for people.
        definition: what it is.
        type: of its values.
        value: SQL over a conversation; null where it is not known.
        operators: what it can be asked.
        text: what its texts are, if it has texts.
        many: whether `value` is an array, one item of which is enough.
        nullable: whether null may be asked for.
        none: of an array, SQL that is true where null is asked for.
        of_cohorts: whether it is asked of the conversations of sessions that come back, and of nothing else.
        read: from the store's value to that of an answer.
    """

    name: str
    label: str
    definition: str
    type: Type
    value: str
    operators: tuple[str, ...]
    text: Text = Text.WORD
    many: bool = False
    nullable: bool = False
    none: str = ""
    of_cohorts: bool = False
    read: Callable[[Any], Any] = as_is


def _of_dimension(each: Dimension) -> Field:
    return Field(
        each.name,
        each.label,
        each.definition,
        each.type,
        each.value,
        each.operators,
        text=each.text,
        nullable=each.nullable,
        of_cohorts=each.of_cohorts,
        read=each.read,
    )


def _flag(name: str, label: str, definition: str, condition: str) -> Field:
    return Field(name, label, definition, Type.FLAG, condition, ON_FEW)


_ALL = (
    *(_of_dimension(each) for each in DIMENSIONS.values() if each.operators),
    *(replace(_of_dimension(each), operators=ON_NUMBERS) for each in (COHORT_WEEK, WEEKS_LATER)),
    Field(
        "outcome",
        "Outcome",
        "The names of its outcomes; null: it has none.",
        Type.TEXT,
        "outcome_names",
        ON_TEXTS,
        text=Text.FREE,
        many=True,
        nullable=True,
        none="empty(outcome_names)",
    ),
    Field(
        "valued_outcome",
        "Outcome with a value",
        "The names of its outcomes whose value is not 0.",
        Type.TEXT,
        "arrayFilter((n, v) -> v != 0, outcome_names, outcome_values)",
        ON_TEXTS,
        text=Text.FREE,
        many=True,
    ),
    Field(
        "question",
        "Question",
        "Its user messages, compared in normal form; null: one that is empty.",
        Type.TEXT,
        "questions",
        ON_TEXTS,
        text=Text.QUESTION,
        many=True,
        nullable=True,
        none="has(questions, '')",
    ),
    Field(
        "unanswered_question",
        "Unanswered question",
        "Its user messages that got an unanswered answer, compared in normal form; null: one that is empty.",
        Type.TEXT,
        "arrayFilter((q, u) -> u > 0, questions, question_unanswered)",
        ON_TEXTS,
        text=Text.QUESTION,
        many=True,
        nullable=True,
        none="arrayExists((q, u) -> q = '' AND u > 0, questions, question_unanswered)",
    ),
    Field(
        "exchange",
        "Exchange",
        "The numbers of the exchanges that it reached, from 1.",
        Type.NUMBER,
        "range(1, user_messages + 1)",
        ON_FEW,
        many=True,
    ),
    Field(
        "latency",
        "Latency",
        "The latency of its slowest answer in whole milliseconds, rounded down; null if none is known.",
        Type.NUMBER,
        LATENCY,
        ON_NUMBERS,
        nullable=True,
    ),
    Field(
        "session",
        "Session",
        "The session id; null without one.",
        Type.TEXT,
        "nullIf(session_id, '')",
        ON_TEXTS,
        text=Text.VISITOR,
        nullable=True,
    ),
    Field(
        "conversation",
        "Conversation",
        "The id of the conversation.",
        Type.TEXT,
        "conversation_id",
        ON_TEXTS,
        text=Text.VISITOR,
    ),
    Field(
        "messages",
        "Messages",
        "The number of messages of all roles.",
        Type.NUMBER,
        "toInt64(messages)",
        ON_NUMBERS,
    ),
    _flag("unanswered", "Unanswered", "It has an unanswered answer.", "unanswered > 0"),
    _flag("handoff", "Handed off", "It has a handoff.", "handoffs > 0"),
    _flag("human", "With a human", "It has a handoff, or a message of a human agent.", HUMAN),
    _flag("engaged", "Engaged", "The user wrote again after the bot's first answer.", "engaged"),
    _flag("abandoned", "Abandoned", "See the metric `abandonment_rate`.", ABANDONED),
    _flag("confirmed", "Confirmed", "See the metric `resolution_confirmed_rate`.", CONFIRMED),
    _flag("reopened", "Reopened", "See the metric `reopen_rate`.", REOPENED),
    _flag("positive_feedback", "Positive vote", "It has a positive vote.", "positive > 0"),
    _flag("negative_feedback", "Negative vote", "It has a negative vote.", "negative > 0"),
)

FIELDS: Final[Mapping[str, Field]] = MappingProxyType({field.name: field for field in _ALL})
