"""Whether whoever runs may wait for a database: the loop of a server may not, a thread may, not for long."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

_alone: Final[ContextVar[bool]] = ContextVar("botlens.remembered_alone", default=False)
_impatient: Final[ContextVar[bool]] = ContextVar("botlens.impatient", default=False)


class NotRememberedError(Exception):
    """The database would have to be asked, where only what is remembered may be used."""


@contextmanager
def remembered_alone() -> Iterator[None]:
    """Inside, whatever would ask the database raises `NotRememberedError` instead, and has done nothing."""
    before = _alone.set(True)
    try:
        yield
    finally:
        _alone.reset(before)


def require_patience() -> None:
    """Pass if the database may be asked, which may take a while.

    Raises:
        NotRememberedError: only what is remembered may be used.
    """
    if _alone.get():
        raise NotRememberedError


@contextmanager
def impatient(so: bool = True) -> Iterator[None]:
    """Inside, the database is given up sooner: somebody waits for what it says, and nothing is changed."""
    before = _impatient.get()
    _impatient.set(so)
    try:
        yield
    finally:
        _impatient.set(before)  # not by its token: a generator may go on in another context


def is_impatient() -> bool:
    """Whether that is so."""
    return _impatient.get()
