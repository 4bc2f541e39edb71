"""Several questions at once: each by a name, each with an answer or an error of its own."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from botlens.errors import BotlensError, InvalidError
from botlens.query.shapes import QueryAnswer
from botlens.query.table import too_many

T = TypeVar("T")
U = TypeVar("U")

MOST_QUESTIONS = 20
MOST_ROWS_TOGETHER = 20_000
LONGEST_NAME = 100
_EXAMPLE = '{"cards": {"metrics": ["conversations"]}, "chart": {"metrics": ["csat"], "dimensions": ["day"]}}'


@dataclass(frozen=True, slots=True)
class BatchResult:
    """What became of several questions.

    Attributes:
        as_of: the moment that "today" was taken from.
        answers: by name.
        errors: by name, of questions that could not be answered.
    """

    as_of: datetime
    answers: dict[str, QueryAnswer]
    errors: dict[str, BotlensError]


class RowsTogether:
    """How many rows the answers of a batch have: all of them are in memory at once."""

    def __init__(self) -> None:
        self._rows = 0

    def with_those_of(self, answer: QueryAnswer) -> QueryAnswer:
        """The same answer, if there is room for it.

        Raises:
            InvalidError: there is none.
        """
        rows = self._rows + len(answer["rows"])
        if rows > MOST_ROWS_TOGETHER:
            raise too_many(f"With this one the batch has more than {MOST_ROWS_TOGETHER:,} rows; ask it alone")
        self._rows = rows
        return answer


def batch_questions(given: Any) -> dict[str, Any]:
    """The questions of a batch by their names, themselves not looked at yet.

    Raises:
        InvalidError: it is no object, names too few or too many, or a name is too long.
    """
    if not isinstance(given, Mapping) or not given:
        raise InvalidError(
            f"A batch is an object of questions by name, like {_EXAMPLE}.", code="invalid_query"
        )
    if len(given) > MOST_QUESTIONS:
        raise InvalidError(
            f"A batch has {MOST_QUESTIONS} questions at most, and this one {len(given):,}: send several.",
            code="too_many_in_a_batch",
        )
    for name in given:
        if not isinstance(name, str) or not 1 <= len(name) <= LONGEST_NAME:
            raise InvalidError(
                f"The name of a question has 1 to {LONGEST_NAME} characters.", code="invalid_query"
            )
    return dict(given)


def each_alone(work: Mapping[str, T], do: Callable[[T], U], errors: dict[str, BotlensError]) -> dict[str, U]:
    """What is made of each; of one that cannot be, the error, and the others go on.

    Args:
        work: by name.
        do: may raise what the caller can mend. Other errors are nobody's alone, and raised.
        errors: takes errors by name.
    """
    made: dict[str, U] = {}
    for name, each in work.items():
        try:
            made[name] = do(each)
        except BotlensError as error:
            if error.status >= 500:
                raise
            errors[name] = error
    return made
