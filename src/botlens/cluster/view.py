"""What a node has seen of slots and of other nodes: who has which, who is dead, and what is free."""

import math
import time
from collections.abc import Collection

from botlens.cluster.ownership import Nowhere, There
from botlens.cluster.sightings import Sightings
from botlens.cluster.slots import NodeBeat, SlotState, SlotTable
from botlens.errors import NotHereError

BEGINS = "This company's data is being taken over by another node; send it again in a moment."

MEND_URL = "Give each node a BOTLENS_NODE_URL of its own, at which the others reach it."


def same_url(name: str, url: str) -> str:
    """That a node of this name says to be where another one is."""
    return f"Node {name} says that others reach it at {url}, and so does another: what is passed on gets 503."


_SOON_SECONDS = 3.0
"""What was let go is taken by others within this time, or there is no telling when."""


class ClusterView:
    """What one node sees; `look` by one thread, `living` by one, all else by any.

    A slot is free when nobody has it, or when its row has not changed for as long as the lease of its owner
    lasts, by the clock of who looks. The owner's lease had begun before that row was seen, so it has ended by
    the owner's own clock, too: whatever the clock of PostgreSQL does.

    Args:
        instance: of the node.
        seconds: how long its leases last.
    """

    def __init__(self, instance: str, seconds: float) -> None:
        self._instance = instance
        self._seconds = seconds
        self._states: dict[int, SlotState] = {}
        self._slots, self._nodes = Sightings(), Sightings()
        self._failed: dict[int, float] = {}  # slots that this node could not open, and until when each rests
        self._failed_at: dict[int, float] = {}

    def look(self, table: SlotTable) -> list[SlotState]:
        """All slots as they are now."""
        states = table.states()
        rows = {each.slot: (each.owner, each.epoch, each.expires) for each in states}
        self._slots.see(rows, time.monotonic())
        self._states = {each.slot: each for each in states}
        for each in states:
            if each.owner not in ("", self._instance):
                self._failed.pop(each.slot, None)
        return states

    def states(self) -> list[SlotState]:
        """All slots as they were seen last."""
        return list(self._states.values())

    def shard_of(self, slot: int) -> int:
        """Where a slot lay when it was seen last.

        Raises:
            NotHereError: it never was.
        """
        state = self._states.get(slot)
        if state is None:
            raise NotHereError
        return state.shard

    def is_free(self, state: SlotState) -> bool:
        """Whether any node may take a slot."""
        return not state.owner or self.unchanged(state) > self._lease_of(state)

    def _lease_of(self, state: SlotState) -> float:
        """How long the lease of its owner lasts at most: one of an older version has not said it."""
        return max(self._seconds, state.lasts)

    def unchanged(self, state: SlotState) -> float:
        """For how many seconds a slot has been seen as it is."""
        return time.monotonic() - self._slots.since(state.slot)

    def not_opened(self, slot: int, seconds: float) -> None:
        """This node could not open a slot, and leaves it to others for so long."""
        self._failed[slot] = time.monotonic() + seconds
        self._failed_at[slot] = time.monotonic()

    def opened(self, slot: int) -> None:
        """This node has opened a slot."""
        self._failed_at.pop(slot, None)
        self._failed.pop(slot, None)

    def rests(self, slot: int) -> bool:
        """Whether this node leaves a slot to others for now."""
        return time.monotonic() < self._failed.get(slot, 0.0)

    def failed_ago(self, slot: int) -> float:
        """How many seconds ago this node could not open a slot."""
        return time.monotonic() - self._failed_at.get(slot, -math.inf)

    def begins(self, slot: int) -> Nowhere:
        """What is said of a slot that this node opens or lets go just now. Nobody waits where that failed."""
        return Nowhere(1, BEGINS, is_soon=slot not in self._failed)

    def whereabouts(self, slot: int) -> There | Nowhere:
        """Where a slot is that this node has not. Waits for nothing."""
        state = self._states.get(slot)
        if state is None:
            return Nowhere(1, BEGINS)
        if not state.owner or state.owner == self._instance:
            return self.begins(slot) if self.unchanged(state) < _SOON_SECONDS else Nowhere(1, BEGINS)
        # Its owner may have renewed since we looked; one that is dead is found out by whoever asks it.
        if self.unchanged(state) > 2 * self._lease_of(state):
            return Nowhere(1, BEGINS)
        return There(state.url, state.node)

    def shared_url(self, url: str) -> str | None:
        """What is wrong if another node that lives says that it is reached where this one is."""
        for state in list(self._states.values()):
            if state.owner not in ("", self._instance) and state.url == url and not self.is_free(state):
                return f"{same_url(state.node, url)} {MEND_URL}".removesuffix(".")
        return None

    def all_have_owners(self, slots: Collection[int]) -> bool:
        """Whether some slots were all seen to be somebody else's."""
        owners = (self._states[slot].owner for slot in slots)
        return all(each and each != self._instance for each in owners)

    def living(self, table: SlotTable) -> list[NodeBeat]:
        """The nodes that live: those that were seen to say so within the time of a lease.

        Of those that were never seen to say it twice, the clock of PostgreSQL has to tell.
        """
        beats = {each.instance: each for each in table.beats()}
        self._nodes.see({name: each.seen for name, each in beats.items()}, time.monotonic())
        return [
            each
            for name, each in beats.items()
            if time.monotonic() - self._nodes.since(name) < self._seconds
            and (self._nodes.has_changed(name) or each.ago < self._seconds)
        ]
