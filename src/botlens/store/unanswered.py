"""Inserts that nobody waits for any more, and that may be done yet.

A server that stood still, or a disk that was slow for a while, goes on with an insert whose caller has been
told long ago that it failed, and has repeated it. Rows change nothing by that, but where they were deleted
meanwhile: they would lie there again, after the store has erased them. So what is erased while there may be
such an insert is kept here, and erased again once there is none.
"""

from collections.abc import Callable, Collection, Mapping, Set
from dataclasses import dataclass, field
from threading import Lock
from time import monotonic
from typing import Any

ANSWERS_SECONDS = 5.0
"""So long after a server was seen to answer again it has begun with whatever was sent to it before."""


UNSEEN_SECONDS = 60.0
"""So long they are waited for at a server that does not say which it is doing."""

Key = tuple[str, str, str]
"""(company id, chatbot id, conversation id)"""


@dataclass(frozen=True, slots=True)
class ErasedEarly:
    """What was erased too early to be sure: conversations, and what was deleted by itself in others."""

    conversations: Set[Key] = field(default_factory=frozenset)
    taken_back: Mapping[Key, Any] = field(default_factory=dict)

    def and_then(self, later: "ErasedEarly") -> "ErasedEarly":
        """This, and what was erased later."""
        mine = self.taken_back
        joined = {
            key: mine[key].and_then(each) if key in mine else each for key, each in later.taken_back.items()
        }
        return ErasedEarly(self.conversations | later.conversations, {**mine, **joined})

    def without(self, belongs: Callable[[str], bool]) -> "ErasedEarly":
        """This, but for what is of some companies."""
        return ErasedEarly(
            frozenset(each for each in self.conversations if not belongs(each[0])),
            {key: each for key, each in self.taken_back.items() if not belongs(key[0])},
        )


class UnansweredInserts:
    """Whether there may be any, of one store. For any thread.

    Args:
        is_unknown: whether a process before this one may have left some.

    Attributes:
        unseen: whether it was said that the store does not say which it is doing.
        erasing: held by who erases again: one who did so late would erase what has the same names by then.
    """

    def __init__(self, *, is_unknown: bool) -> None:
        self.unseen = False
        self.erasing = Lock()
        self._lock = Lock()
        self._may_come = is_unknown
        self._since = monotonic()
        self._answered_at: float | None = float("-inf")
        self._awaited: frozenset[str] | None = None
        self._number = 0
        self._early = ErasedEarly()

    def note(self) -> None:
        """An insert was not answered: it is done, will be, or will not."""
        with self._lock:
            self._number += 1
            self._may_come, self._answered_at, self._awaited = True, None, None

    def keep(self, erased: ErasedEarly) -> None:
        """Keep what is to be erased again, if there may be such an insert; before it is erased."""
        with self._lock:
            if self._may_come and (erased.conversations or erased.taken_back):
                self._early = self._early.and_then(erased)

    def take(self) -> ErasedEarly:
        """What is kept, which is not kept any more."""
        with self._lock:
            early, self._early = self._early, ErasedEarly()
        return early

    def put_back(self, early: ErasedEarly) -> None:
        """Keep again what was taken: it was not erased, or too early again."""
        with self._lock:
            self._early = early.and_then(self._early)

    def forget(self, belongs: Callable[[str], bool]) -> None:
        """Keep nothing of companies that another process has now: what has these names there is not ours."""
        with self._lock:
            self._early = self._early.without(belongs)

    def have_ended(self, under_way: Callable[[], Collection[str] | None]) -> bool:
        """Whether all of them have come to an end.

        Args:
            under_way: asks the store for the names of the inserts that it is doing; others' are among them.
                None where it does not say that: then they are given some time.
        """
        with self._lock:
            if not self._may_come:
                return True
            number, answered_at = self._number, self._answered_at
        if answered_at is not None and monotonic() < answered_at + ANSWERS_SECONDS:
            return False
        names = under_way()
        with self._lock:
            if number != self._number:
                return False
            if self._answered_at is None:
                self._answered_at = monotonic()
                return False
            if names is None:
                self._may_come = monotonic() < max(self._answered_at, self._since) + UNSEEN_SECONDS
                return not self._may_come
            self._awaited = frozenset(names) if self._awaited is None else self._awaited.intersection(names)
            self._may_come = bool(self._awaited)
            return not self._may_come
