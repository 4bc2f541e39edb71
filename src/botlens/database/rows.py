"""New rows of the accounts database."""

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from botlens.database.base import Base


class TakenError(Exception):
    """There is a row of this key already."""


def insert(session: Session, row: Base) -> None:
    """Write a new row at once.

    Raises:
        TakenError: there is one of its key. The transaction cannot go on: let this end it.
    """
    session.add(row)
    try:
        session.flush()
    except IntegrityError as error:
        raise TakenError from error
