"""Which questions of a conversation are near-identical to an earlier one, kept up to date while it changes.

Questions of the same words are a *group*; all but the first of a group are repeated. The first one is if a
near group began earlier. A group for which one was found keeps it as its *witness*, so a change looks only at
groups whose own beginning has moved, and at those whose witness no longer began before them.
"""

from collections.abc import Sequence
from threading import Lock
from typing import Protocol

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from botlens.metrics.word_groups import NONE, Ids, Question, WordGroups


class QuestionBlock(Protocol):
    """Some questions in order. A part that has changed is another object."""

    @property
    def asked(self) -> Sequence[Question]:
        """The questions."""


class Repetitions:
    """Which questions are repeated. `move` says what there is, `settle` works out what that changes."""

    def __init__(self) -> None:
        self.lock = Lock()
        """For callers: nothing here may be called by two threads at once."""
        self.settled = 0
        """For callers: how much of what they count is settled."""
        self._begin()

    def _begin(self) -> None:
        self._parts: tuple[QuestionBlock, ...] = ()
        self._groups_of: dict[int, Ids] = {}
        self._sequence: Ids = np.empty(0, np.int32)
        self._first: NDArray[np.int64] = np.empty(0, np.int64)
        self._groups = WordGroups()
        self._to_search: dict[int, None] = {}
        self._to_spread: dict[int, None] = {}
        self._last_root = NONE

    def clear(self) -> None:
        """Forget everything, bit by bit, so that no other thread waits for the memory to be freed."""
        with self.lock:
            groups = self._groups
            self._begin()
        groups.clear()

    def move(self, parts: tuple[QuestionBlock, ...]) -> None:
        """From now on, these are the questions, part by part. Parts that stay keep their order."""
        before, after = set(map(id, self._parts)), set(map(id, parts))
        groups = self._groups
        come = [groups.take_in(part.asked) for part in parts if id(part) not in before]
        gone = [self._groups_of.pop(id(part)) for part in self._parts if id(part) not in after]
        self._groups_of.update(zip((id(part) for part in parts if id(part) not in before), come, strict=True))
        self._parts = parts
        if not come and not gone:
            return
        for ids in gone:
            groups.take_out(ids)
        self._sequence = np.concatenate(
            [np.empty(0, np.int32), *(self._groups_of[id(part)] for part in parts)]
        )
        self._first = self._firsts()
        touched = np.unique(np.concatenate([*come, *gone]))
        self._look_at(touched[touched != NONE].tolist())

    def _firsts(self) -> NDArray[np.int64]:
        """Where each group begins; behind everything if it is empty."""
        first = np.full(self._groups.size, len(self._sequence), np.int64)
        places = np.flatnonzero(self._sequence != NONE)[::-1]
        first[self._sequence[places]] = places  # of several places of a group the last that is assigned stays
        return first

    def _look_at(self, touched: list[int]) -> None:
        """Find out which groups are to be searched for, or may be the witness of others."""
        groups, first = self._groups, self._first
        starts = np.cumsum([0, *(len(part.asked) for part in self._parts)])
        for group in touched:
            if not groups.count[group]:
                groups.drop(group)
                self._to_search.pop(group, None)
                self._to_spread.pop(group, None)
                continue
            place = int(first[group])
            part = int(starts.searchsorted(place, "right")) - 1
            record = self._parts[part].asked[place - int(starts[part])]
            if groups.begins_with[group] is not record:
                groups.begins_with[group] = record
                self._to_search[group] = self._to_spread[group] = None
        witness = groups.witness[: groups.size]
        witnessed = np.flatnonzero(witness != NONE)
        lost = witnessed[first[witness[witnessed]] >= first[witnessed]]
        witness[lost] = NONE
        self._to_search.update(dict.fromkeys(lost.tolist()))
        # Whoever is searched for anew needs nobody to come by.
        roots = (witness == NONE) & (groups.count[: groups.size] > 0)
        roots[list(self._to_search)] = False
        self._last_root = int(first[roots].max(initial=NONE))

    def settle(self, steps: int) -> bool:
        """Do some of the work that is left; returns whether all is done.

        Args:
            steps: the most groups to look at. One takes microseconds; at worst, among 100,000 groups of
                dozens of the same few words, some 20 milliseconds.
        """
        groups, first = self._groups, self._first
        while self._to_spread:
            if steps <= 0:
                return False
            group, _ = self._to_spread.popitem()
            if first[group] < self._last_root:
                steps -= 1
                groups.witness[groups.near_later(group, first)] = group
        while self._to_search:
            if steps <= 0:
                return False
            group, _ = self._to_search.popitem()
            if groups.witness[group] == NONE:
                steps -= 1
                groups.witness[group] = groups.near_earlier(group, first)
        return True

    def again(self) -> list[int]:
        """For each question 1 if it is repeated, else 0; right once `settle` says so."""
        groups = self._groups
        again = (self._sequence != NONE).astype(np.uint8)
        roots = (groups.witness[: groups.size] == NONE) & (groups.count[: groups.size] > 0)
        again[self._first[roots]] = 0
        found: list[int] = again.tolist()
        return found


class _Form(Struct, gc=False):
    question: str


class _Forms(Struct, gc=False):
    asked: list[_Form]


def many_asked_again(forms: Sequence[str]) -> list[int]:
    """What `asked_again` says of normal forms, without comparing each with each."""
    repetitions = Repetitions()
    repetitions.move((_Forms(list(map(_Form, forms))),))
    repetitions.settle(2 * len(forms))
    return repetitions.again()
