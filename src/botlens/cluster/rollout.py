"""Nodes of two definitions of facts beside each other: which slots go from one to the other, one at a time.

A slot that changes hands between them is away for as long as its facts are derived. So those of a shard go
one after the other, as long as somebody of the definition of before could simply go on with them.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from botlens.cluster.holdings import SlotHolding
from botlens.cluster.shares import ShardReach
from botlens.cluster.slots import FIRST_DEFINITION, NodeBeat, SlotState

_ADOPTED_AFTER_SECONDS = 3.0
"""What was let go for nodes of a newer definition, and is not taken by them, is taken back."""

_LEFT_SECONDS = 5.0
"""Longer: a slot that one definition could not open is there for the other as long."""


@dataclass(frozen=True, slots=True)
class Rollout:
    """What one node knows of the definitions of all.

    Attributes:
        definition: its own.
        others: the other nodes that live.
        kept: the slots that it does not let go for now, though others should have them.
    """

    definition: int
    others: Sequence[NodeBeat] = ()
    kept: Collection[int] = frozenset()

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

    @property
    def has_newer(self) -> bool:
        """Whether there is a newer definition than that of this node."""
        return any(_definition_of(each) > self.definition for each in self.others)

    def is_served_by_newer(self, state: SlotState) -> bool:
        """Whether a node of a newer definition answers for a slot."""
        return state.facts > self.definition and bool(state.owner) and not state.is_derived

    def may_take(self, state: SlotState, states: Sequence[SlotState], unchanged: float) -> bool:
        """Whether this node may take a slot that is free, and has been so for some seconds."""
        if state.facts == self.definition:
            return not self.gives_way or unchanged > _ADOPTED_AFTER_SECONDS or _waits(state, states)
        # A node that knows nothing of other definitions would go on with facts that lack what comes now.
        return all(each.definition for each in self.others)

    def some_of(
        self,
        wanted: Sequence[SlotState],
        states: Sequence[SlotState],
        held: Sequence[SlotHolding],
        reach: ShardReach,
        can_take: Callable[[SlotState], bool],
        unchanged: Callable[[SlotState], float],
    ) -> list[SlotState]:
        """The slots that this node takes now.

        Those that nobody but this definition could serve at once it takes also beyond its share: it lets go
        of them one by one afterwards. So it does with one that somebody began to derive, and did not.

        Args:
            wanted: the slots which it should take, by its share.
            states: all slots.
            held: those that it has, of which it is opening some.
            reach: which nodes reach which shards: see `reach`.
            can_take: tells whether it may take a slot: that is free.
            unchanged: tells for how many seconds a slot has been so.
        """
        own = {each.slot for each in held}
        free = list(wanted)
        if self.is_mixed:
            known = {*own, *(each.slot for each in wanted)}
            beyond = (
                each
                for each in states
                if each.slot not in known and reach.may_take(each.shard) and can_take(each)
            )
            free += [each for each in beyond if self._takes_more(each, states, unchanged(each))]
        # Of one that nobody has nothing is derived: whoever could not open it has let it go.
        busy = {each.shard for each in states if each.is_derived and (each.owner or each.slot in own)}
        busy |= {each.shard for each in held if not each.serving}
        taken: list[SlotState] = []
        for each in free:
            if each.facts == self.definition or not self._goes_on(each):
                taken.append(each)
            elif each.shard not in busy:
                taken.append(each)
                busy.add(each.shard)
        return taken

    def _takes_more(self, state: SlotState, states: Sequence[SlotState], unchanged: float) -> bool:
        """Whether it takes a slot beyond its share: whoever lacks one, or is newer, would have it by now."""
        if state.facts == self.definition:
            return unchanged > _ADOPTED_AFTER_SECONDS or _waits(state, states)
        return state.facts > self.definition and state.is_derived and not state.owner

    def rests(self, state: SlotState, failed: float) -> bool:
        """Whether this node leaves a slot to others that it could not open so many seconds ago."""
        others = any(
            _definition_of(each) != self.definition and _reaches(each, state) for each in self.others
        )
        return others and failed < _LEFT_SECONDS

    def _goes_on(self, state: SlotState) -> bool:
        """Whether somebody else could have the slot at once."""
        return any(_definition_of(each) == state.facts and _reaches(each, state) for each in self.others)

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
        going = [each for each in going if each not in self.kept]
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


def _waits(state: SlotState, states: Sequence[SlotState]) -> bool:
    """Whether a free slot waits for another of its shard: nodes of another definition take one at a time."""
    return any(
        each.shard == state.shard
        and each.slot != state.slot
        and (each.is_derived or (not each.owner and each.slot < state.slot))
        for each in states
    )


def _reaches(node: NodeBeat, state: SlotState) -> bool:
    return state.shard not in (node.closed or ())


def _definition_of(node: NodeBeat) -> int:
    return node.definition or FIRST_DEFINITION
