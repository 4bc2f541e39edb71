"""Rows in small parts, with pauses between them.

Whoever makes columns of rows holds the interpreter, and the threads that answer requests wait for it. So a
writer that has time takes a few rows at once and lets the others go first.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")

Pause = Callable[[], object]
"""Called between parts; returns when the writer may go on."""

_ROWS = 1_000


def at_once() -> None:
    """The pause of a writer that somebody waits for."""


def in_parts(rows: Sequence[T], pause: Pause) -> Iterator[Sequence[T]]:
    """The rows, some at a time."""
    for at in range(0, len(rows), _ROWS):
        if at:
            pause()
        yield rows[at : at + _ROWS]
