"""Rows in small parts, with pauses between them.

Whoever writes rows as JSON holds the interpreter, and the threads that answer requests wait for it. So a
writer that has time takes a few rows at once and lets the others go first.
"""

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import TypeVar

T = TypeVar("T")

Pause = Callable[[], object]
"""Called between parts; returns when the writer may go on."""

_ROWS = 500


def at_once() -> None:
    """The pause of a writer that somebody waits for."""


def in_parts(rows: Iterable[T], pause: Pause) -> Iterator[list[T]]:
    """The rows, some at a time."""
    remaining = iter(rows)
    while part := list(islice(remaining, _ROWS)):
        yield part
        if len(part) == _ROWS:
            pause()
