"""What values are, what can be asked of them, and what their texts stand for."""

from enum import StrEnum
from typing import Final, Literal


class Type(StrEnum):
    """What the values of a metric, a dimension or a field are."""

    TEXT = "text"
    NUMBER = "number"
    DECIMAL = "decimal"
    DATE = "date"
    MONTH = "month"
    TIME = "time"
    FLAG = "flag"


class Text(StrEnum):
    """What a text is: decides how it is written, compared and labelled.

    A `QUESTION` is the normal form of what somebody wrote: compared in normal form, labelled by what was
    written. A `CHATBOT` is an id, labelled by a name. A `LANGUAGE` is a code, however it is written. A
    `VISITOR` is an id of a visitor, or of what one of them said. `FREE` texts, such ids and questions may
    hold commas; a `WORD` is one of few and holds none.
    """

    WORD = "word"
    LANGUAGE = "language"
    CHATBOT = "chatbot"
    FREE = "free"
    QUESTION = "question"
    VISITOR = "visitor"

    @property
    def may_hold_commas(self) -> bool:
        """Whether a comma may be part of a value."""
        return self in (Text.FREE, Text.QUESTION, Text.VISITOR)

    @property
    def is_labelled(self) -> bool:
        """Whether people know its values by another text."""
        return self in (Text.CHATBOT, Text.QUESTION)


Align = Literal["weekday"]
"""By what an earlier period is moved, so that like stands beside like."""

WEEKDAY: Final = "weekday"
"""The earlier period begins on the same weekday."""

IS, IS_NOT, CONTAINS, BETWEEN = "is", "is not", "contains", "between"

ON_TEXTS: Final = (IS, IS_NOT, CONTAINS)
ON_NUMBERS: Final = (IS, IS_NOT, BETWEEN)
ON_FEW: Final = (IS, IS_NOT)
