"""Whether whoever runs may wait for a database: the loop of a server may not, a thread of its own may."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

_alone: Final[ContextVar[bool]] = ContextVar("botlens.remembered_alone", default=False)


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
