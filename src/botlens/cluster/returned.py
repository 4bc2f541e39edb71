"""Slots that a node serves while newer ones should have them: it keeps each for a while."""

import time
from collections.abc import Iterable
from threading import Lock

_FIRST_SECONDS, _MOST_TIMES = 10.0, 6


class ReturnedSlots:
    """For how long a node does not let go again of slots that it serves; longer each time. For any thread.

    A version that cannot open a slot would else take it and give it back for ever, and no other slot of that
    shard would have its turn.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._times: dict[int, int] = {}
        self._until: dict[int, float] = {}

    def served(self, slot: int) -> None:
        """The node serves a slot which nodes of a newer definition could have had."""
        with self._lock:
            times = self._times.get(slot, 0)
            self._times[slot] = min(times + 1, _MOST_TIMES)
            self._until[slot] = time.monotonic() + _FIRST_SECONDS * 2**times

    def gone(self, slots: Iterable[int]) -> None:
        """Nodes of a newer definition serve slots: what was before says nothing any more."""
        with self._lock:
            for slot in slots:
                self._times.pop(slot, None)
                self._until.pop(slot, None)

    def kept(self) -> set[int]:
        """Those that it does not let go just now."""
        now = time.monotonic()
        with self._lock:
            return {slot for slot, until in self._until.items() if now < until}
