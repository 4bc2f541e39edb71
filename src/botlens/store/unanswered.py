"""Inserts that nobody waits for any more, and that may be done yet.

A server that stood still, or a disk that was slow for a while, goes on with an insert whose caller has been
told long ago that it failed, and has repeated it. Rows change nothing by that, but where they were deleted
meanwhile: they would lie there again, after the store has erased them. So what is erased while there may be
such an insert is kept here, and erased again once there is none.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from threading import Lock
from time import monotonic
from typing import Any

ANSWERS_SECONDS = 5.0
"""So long after a server was seen to answer again it has begun with whatever was sent to it before."""


@dataclass(frozen=True, slots=True, eq=False)
class ErasedEarly:
    """What was erased too early to be sure: conversations, and what was deleted by itself in others."""

    conversations: Sequence[tuple[str, str, str]]
    taken_back: Sequence[Any]


class UnansweredInserts:
    """Whether there may be any, of one store. For any thread.

    Args:
        is_unknown: whether a process before this one may have left some.

    Attributes:
        erasing: held by who erases again: one who did so late would erase what has the same names by then.
    """

    def __init__(self, *, is_unknown: bool) -> None:
        self.erasing = Lock()
        self._lock = Lock()
        self._may_come = is_unknown
        self._answered_at: float | None = float("-inf")
        self._awaited: frozenset[str] | None = None
        self._number = 0
        self._early: list[ErasedEarly] = []

    def note(self) -> None:
        """An insert was not answered: it is done, will be, or will not."""
        with self._lock:
            self._number += 1
            self._may_come, self._answered_at, self._awaited = True, None, None

    def keep(self, erased: ErasedEarly) -> None:
        """Keep what is to be erased again, if there may be such an insert; before it is erased."""
        if self._may_come and (erased.conversations or erased.taken_back):
            with self._lock:
                self._early.append(erased)

    @property
    def early(self) -> list[ErasedEarly]:
        """What is kept now."""
        with self._lock:
            return list(self._early)

    def erased(self, again: ErasedEarly) -> None:
        """This was erased again."""
        with self._lock:
            self._early = [each for each in self._early if each is not again]

    def have_ended(self, under_way: Callable[[], Collection[str]]) -> bool:
        """Whether all of them have come to an end.

        Args:
            under_way: asks the store for the names of the inserts that it is doing; others' are among them.
        """
        with self._lock:
            if not self._may_come:
                return True
            number, answered_at = self._number, self._answered_at
        if answered_at is not None and monotonic() < answered_at + ANSWERS_SECONDS:
            return False
        names = frozenset(under_way())
        with self._lock:
            if number != self._number:
                return False
            if self._answered_at is None:
                self._answered_at = monotonic()
                return False
            self._awaited = names if self._awaited is None else self._awaited & names
            self._may_come = bool(self._awaited)
            return not self._may_come
