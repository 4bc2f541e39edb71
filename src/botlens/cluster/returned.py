"""Slots that a node has back while newer ones should have them: it keeps each for a while."""

import time
from collections.abc import Iterable

_FIRST_SECONDS, _MOST_SECONDS = 10.0, 600.0


class ReturnedSlots:
    """For how long a node does not let go again of slots that it has taken; longer each time.

    A version that cannot open a slot would else take it and give it back for ever, and no other slot of that
    shard would have its turn.
    """

    def __init__(self) -> None:
        self._times: dict[int, int] = {}
        self._until: dict[int, float] = {}

    def took(self, slots: Iterable[int]) -> None:
        """The node takes slots which nodes of a newer definition could have had."""
        for slot in slots:
            seconds = min(_FIRST_SECONDS * 2 ** self._times.get(slot, 0), _MOST_SECONDS)
            self._times[slot] = self._times.get(slot, 0) + 1
            self._until[slot] = time.monotonic() + seconds

    def kept(self) -> set[int]:
        """Those that it does not let go just now."""
        now = time.monotonic()
        return {slot for slot, until in self._until.items() if now < until}
