"""Plain values of a request, checked: lists of names, texts, flags and whole numbers."""

from collections.abc import Sequence
from typing import Any

from botlens.errors import InvalidError


def names(given: Any, field: str, most: int) -> list[str]:
    """A list of different names; a list of one may be a plain text, and nothing is an empty list.

    Raises:
        InvalidError: it is something else, or names more than `most`.
    """
    if isinstance(given, str):
        given = [given]
    if given is None:
        given = []
    if not isinstance(given, Sequence) or not all(isinstance(each, str) and each for each in given):
        raise InvalidError(f"`{field}` is a list of names.", field=field)
    if len(set(given)) != len(given):
        raise InvalidError(f"`{field}` names something twice.", field=field)
    if len(given) > most:
        raise InvalidError(f"`{field}` may name {most:,} at most.", field=field)
    return list(given)


def text(given: Any, field: str) -> str | None:
    """A text; None if nothing is given, or nothing in it.

    Raises:
        InvalidError: it is something else.
    """
    if given is None or isinstance(given, str):
        return given or None
    raise InvalidError(f"`{field}` is a text.", field=field)


def flag(given: Any, field: str) -> bool:
    """True or false, which it is if nothing is given.

    Raises:
        InvalidError: it is something else.
    """
    if given is None or isinstance(given, bool):
        return bool(given)
    raise InvalidError(f"`{field}` is true or false.", field=field)


def whole(given: Any, field: str, most: int) -> int | None:
    """A whole number from 1 on; None if nothing is given.

    Raises:
        InvalidError: it is something else, or more than `most`.
    """
    if given is None:
        return None
    if not isinstance(given, int) or isinstance(given, bool) or not 1 <= given <= most:
        raise InvalidError(f"`{field}` is a whole number from 1 to {most:,}.", field=field)
    return given
