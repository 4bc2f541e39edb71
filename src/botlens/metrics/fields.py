"""What conversations can be chosen by. One declaration each: type, SQL, and what it can be asked."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from botlens.metrics.dimensions import DIMENSIONS, Dimension
from botlens.metrics.expressions import ABANDONED, CONFIRMED, HUMAN, REOPENED


class Type(StrEnum):
    """What the values of a field are."""

    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    MONTH = "month"
    FLAG = "flag"


IS, IS_NOT, CONTAINS, BETWEEN = "is", "is not", "contains", "between"


@dataclass(frozen=True, slots=True)
class Field:
    """One field.

    Attributes:
        name: in filters.
        definition: what it is.
        type: of its values.
        value: SQL over a conversation; null where it is not known.
        operators: what it can be asked.
        many: whether `value` is an array, one item of which is enough.
        normal: whether texts are compared in normal form.
        code: whether values are codes of languages, however they are written.
        nullable: whether null may be asked for.
    """

    name: str
    definition: str
    type: Type
    value: str
    operators: tuple[str, ...]
    many: bool = False
    normal: bool = False
    code: bool = False
    nullable: bool = False


_TEXTS = (IS, IS_NOT, CONTAINS)
_NUMBERS = (IS, IS_NOT, BETWEEN)
_PLAIN = (IS, IS_NOT)

_OF_DIMENSIONS: dict[str, tuple[Type, tuple[str, ...]]] = {
    "day": (Type.DATE, _NUMBERS),
    "week": (Type.DATE, _PLAIN),
    "month": (Type.MONTH, _PLAIN),
    "hour": (Type.NUMBER, _NUMBERS),
    "weekday": (Type.NUMBER, _NUMBERS),
    "chatbot": (Type.TEXT, _PLAIN),
    "language": (Type.TEXT, _TEXTS),
    "channel": (Type.TEXT, _TEXTS),
    "rating": (Type.NUMBER, _NUMBERS),
    "depth": (Type.NUMBER, _NUMBERS),
    "first_question": (Type.TEXT, _TEXTS),
    "confidence_band": (Type.TEXT, _PLAIN),
    "session_kind": (Type.TEXT, _PLAIN),
}
_NULLABLE = ("channel", "rating", "first_question", "confidence_band", "session_kind")


def _of_dimension(dimension: Dimension) -> Field:
    type_, operators = _OF_DIMENSIONS[dimension.name]
    return Field(
        dimension.name,
        dimension.definition,
        type_,
        dimension.value,
        operators,
        normal=dimension.name == "first_question",
        code=dimension.name == "language",
        nullable=dimension.name in _NULLABLE,
    )


def _flag(name: str, definition: str, condition: str) -> Field:
    return Field(name, definition, Type.FLAG, condition, _PLAIN)


_ALL = (
    *(_of_dimension(DIMENSIONS[name]) for name in _OF_DIMENSIONS),
    Field(
        "outcome",
        "The names of its outcomes; null: it has none.",
        Type.TEXT,
        "outcome_names",
        _TEXTS,
        many=True,
        nullable=True,
    ),
    Field(
        "question",
        "Its user messages, compared in normal form.",
        Type.TEXT,
        "questions",
        _TEXTS,
        many=True,
        normal=True,
    ),
    Field(
        "session",
        "The session id; null without one.",
        Type.TEXT,
        "nullIf(session_id, '')",
        _TEXTS,
        nullable=True,
    ),
    Field("conversation", "The id of the conversation.", Type.TEXT, "conversation_id", _TEXTS),
    Field("messages", "The number of messages of all roles.", Type.NUMBER, "toInt64(messages)", _NUMBERS),
    _flag("unanswered", "It has an unanswered answer.", "unanswered > 0"),
    _flag("handoff", "It has a handoff.", "handoffs > 0"),
    _flag("human", "It has a handoff, or a message of a human agent.", HUMAN),
    _flag("engaged", "The user wrote again after the bot's first answer.", "engaged"),
    _flag("abandoned", "See the metric `abandonment_rate`.", ABANDONED),
    _flag("confirmed", "See the metric `resolution_confirmed_rate`.", CONFIRMED),
    _flag("reopened", "See the metric `reopen_rate`.", REOPENED),
    _flag("positive_feedback", "It has a positive vote.", "positive > 0"),
    _flag("negative_feedback", "It has a negative vote.", "negative > 0"),
)

FIELDS: Final[Mapping[str, Field]] = MappingProxyType({field.name: field for field in _ALL})
