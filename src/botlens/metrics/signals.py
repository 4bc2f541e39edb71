"""What votes, handoffs and outcomes of a long conversation come to, while they come and go."""

from collections import Counter
from heapq import heapify, heappop, heappush

from botlens.events.record import Record
from botlens.metrics.conversation import ConversationState
from botlens.metrics.facts import NO_SIGNAL, signal

_SPARE = 64

_Said = tuple[int, int]
"""See `signal`."""


class Signals:
    """Sums over votes, and the latest of all.

    Handoffs and outcomes give way to those of their own time alone, so what is latest of them never has to be
    looked for again. Votes go, or give way to earlier ones: theirs are kept in a heap.

    Args:
        state: has those to begin with.
    """

    def __init__(self, state: ConversationState) -> None:
        self.positive = self.negative = self._newest = 0
        self._held: Counter[_Said] = Counter()
        self._latest: list[_Said] = []  # a heap of negative ones; it may still have what is not held any more
        for records in (state.handoffs, state.outcomes):
            for record in records.values():
                self.note(record)
        for vote in state.votes.values():
            self.replace(None, vote)

    def note(self, record: Record) -> None:
        """A handoff or an outcome has come."""
        self._newest = max(self._newest, record.created_at or 0)

    def replace(self, old: Record | None, new: Record | None) -> None:
        """Let a vote take the place of another, or come besides, or go."""
        if new is old:
            return
        for vote, sign in ((old, -1), (new, 1)):
            if vote is not None:
                self.positive += sign * (vote.value == 1.0)
                self.negative += sign * (vote.value == -1.0)
        if new is not None:
            self._add(signal(new))
        if old is not None:
            self._remove(signal(old))

    @property
    def newest(self) -> int:
        """The latest time of any of them; 0 if there is none."""
        return max(self._newest, -self._latest[0][0] if self._latest else 0)

    def last(self, rating: Record | None) -> int:
        """See `Facts.last_signal`."""
        said = [] if rating is None else [signal(rating)]
        if self._latest:
            at, what = self._latest[0]
            said.append((-at, -what))
        return -max(said)[1] if said else NO_SIGNAL

    def clear(self) -> None:
        """Free its memory bit by bit. It is of no use then."""
        while self._latest:
            self._latest.pop()
        while self._held:
            self._held.popitem()

    def _add(self, said: _Said) -> None:
        self._held[said] += 1
        if self._held[said] == 1:
            heappush(self._latest, (-said[0], -said[1]))

    def _remove(self, said: _Said) -> None:
        self._held[said] -= 1
        if not self._held[said]:
            del self._held[said]
        latest = self._latest
        while latest and (-latest[0][0], -latest[0][1]) not in self._held:
            heappop(latest)
        if len(latest) > 2 * len(self._held) + _SPARE:
            self._latest = [(-at, -what) for at, what in self._held]
            heapify(self._latest)
