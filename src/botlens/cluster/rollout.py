"""Nodes of two definitions of facts beside each other: which slots go from one to the other, one at a time.

A slot that changes hands between them is away for as long as its facts are derived. So those of a shard go
one after the other, as long as somebody of the definition of before could simply go on with them.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from botlens.cluster.holdings import SlotHolding
from botlens.cluster.shares import ShardReach
from botlens.cluster.slots import FIRST_DEFINITION, NodeBeat, SlotState

_ADOPTED_AFTER_SECONDS = 3.0
"""What was let go for nodes of a newer definition, and is not taken by them, is taken back."""


@dataclass(frozen=True, slots=True)
class Rollout:
    """What one node knows of the definitions of all.

    Attributes:
        definition: its own.
        others: the other nodes that live.
    """

    definition: int
    others: Sequence[NodeBeat] = ()

    @property
    def is_mixed(self) -> bool:
        """Whether there is another definition than that of this node."""
        return any(_definition_of(each) != self.definition for each in self.others)

    @property
    def gives_way(self) -> bool:
        """Whether this node should have no slot in the end: half of all nodes are of the newest one."""
        definitions = [self.definition, *map(_definition_of, self.others)]
        newest = definitions.count(max(definitions))
        return self.definition < max(definitions) and 2 * newest >= len(definitions)

    def reach(self, states: Sequence[SlotState], silent: Collection[int]) -> ShardReach:
        """Which nodes share the slots of which shards: not those that give way, where others reach a shard.

        Args:
            states: all slots.
            silent: the shards that this node does not reach.
        """
        # Of a node of before that does not say it, as much is known as of this one.
        closed = [silent if each.closed is None else each.closed for each in self.others]
        definitions = [self.definition, *map(_definition_of, self.others)]
        newest = max(definitions)
        if self.definition == newest and 2 * definitions.count(newest) >= len(definitions):
            own = [
                shards for each, shards in zip(self.others, closed, strict=True) if each.definition == newest
            ]
            shards = {each.shard for each in states}
            taken = {shard for shard in shards if any(shard not in each for each in (silent, *own))}
            closed = [
                each if _definition_of(node) == newest else {*each, *taken}
                for node, each in zip(self.others, closed, strict=True)
            ]
        return ShardReach(silent, closed)

    def may_take(self, state: SlotState, unchanged: float) -> bool:
        """Whether this node may take a slot that is free, and has been so for some seconds."""
        if state.facts == self.definition:
            return not self.gives_way or unchanged > _ADOPTED_AFTER_SECONDS
        # A node that knows nothing of other definitions would go on with facts that lack what comes now.
        return all(each.definition for each in self.others)

    def some_of(
        self, free: Sequence[SlotState], states: Sequence[SlotState], held: Sequence[SlotHolding]
    ) -> list[SlotState]:
        """Those of some slots that this node takes now.

        Args:
            free: the slots, which it may take.
            states: all slots.
            held: those that it has, of which it is opening some.
        """
        busy = {each.shard for each in states if each.is_derived}
        busy |= {each.shard for each in held if not each.serving}
        taken: list[SlotState] = []
        for each in free:
            if each.facts == self.definition or not self._goes_on(each):
                taken.append(each)
            elif each.shard not in busy:
                taken.append(each)
                busy.add(each.shard)
        return taken

    def _goes_on(self, state: SlotState) -> bool:
        """Whether somebody else could have the slot at once."""
        return any(
            _definition_of(each) == state.facts and state.shard not in (each.closed or ())
            for each in self.others
        )

    def leaving(
        self, states: Sequence[SlotState], held: Collection[int], too_many: Sequence[int]
    ) -> Sequence[int]:
        """The slots that this node lets go now.

        Args:
            states: all slots.
            held: those that it has.
            too_many: those of them that are more than its share.
        """
        if not self.is_mixed:
            return too_many
        shards = {each.slot: each.shard for each in states}
        going = list(too_many)
        if self.gives_way:
            going += [each for each in sorted(held) if each not in too_many and self._is_wanted(shards[each])]
        busy = {each.shard for each in states if each.is_derived or not each.owner}
        gone: list[int] = []
        for slot in going:
            if shards[slot] not in busy:
                gone.append(slot)
                busy.add(shards[slot])
        return gone

    def _is_wanted(self, shard: int) -> bool:
        """Whether a node of a newer definition reaches a shard."""
        newer = (each for each in self.others if each.definition > self.definition)
        return any(shard not in (each.closed or ()) for each in newer)


def _definition_of(node: NodeBeat) -> int:
    return node.definition or FIRST_DEFINITION
