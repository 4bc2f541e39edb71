"""A condition for what a thread writes: looked at in the transaction, so that it holds when that commits."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from botlens.errors import BotlensError


@dataclass(frozen=True, slots=True)
class WriteCondition:
    """What must be so.

    Attributes:
        statement: finds a row if it is, and has it stay so until the end of the transaction; its parameters
            are as psycopg writes them, `%(name)s`.
        parameters: their values.
        refusal: what is raised if it is not.
    """

    statement: str
    parameters: Mapping[str, Any]
    refusal: type[BotlensError]


_condition: ContextVar[WriteCondition | None] = ContextVar("write_condition", default=None)


@contextmanager
def written_if(condition: WriteCondition) -> Iterator[None]:
    """Whatever this thread writes meanwhile is committed only if a condition holds; of a PostgreSQL alone."""
    before = _condition.set(condition)
    try:
        yield
    finally:
        _condition.reset(before)


def has_condition() -> bool:
    """Whether what this thread writes depends on one."""
    return _condition.get() is not None


def check_condition(session: Session) -> None:
    """Pass if the condition of this thread holds, if it has one.

    Raises:
        BotlensError: the refusal of that condition.
    """
    condition = _condition.get()
    if condition is None:
        return
    found = session.connection().exec_driver_sql(condition.statement, dict(condition.parameters))
    if found.first() is None:
        raise condition.refusal
