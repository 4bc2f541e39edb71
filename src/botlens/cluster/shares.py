"""Which slots a node should take, and which it should let go: pure arithmetic over what the table says."""

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from botlens.cluster.slots import SlotState


@dataclass(frozen=True, slots=True)
class ShardReach:
    """Which of the nodes that live reach which shards.

    Attributes:
        closed: shards that this node does not reach now.
        others: the same of each other node.
    """

    closed: Collection[int]
    others: Sequence[Collection[int]]

    @property
    def nodes(self) -> int:
        """How many there are."""
        return 1 + len(self.others)

    def others_at(self, shard: int) -> int:
        """How many other nodes reach a shard."""
        return sum(shard not in each for each in self.others)

    def nodes_at(self, shard: int) -> int:
        """How many nodes reach a shard."""
        return self.others_at(shard) + (shard not in self.closed)

    def is_for_few(self, shard: int) -> bool:
        """Whether some nodes reach a shard and others do not: those have its slots, beyond equal shares."""
        return 0 < self.nodes_at(shard) < self.nodes

    def may_take(self, shard: int) -> bool:
        """Whether this node should take slots of a shard: not if it does not reach it and others do."""
        return shard not in self.closed or not self.others_at(shard)


def most_of(slots: int, nodes: int) -> int:
    """The most that one of so many nodes should have: an equal share, rounded up."""
    return -(-slots // max(nodes, 1))


def wanted(
    states: Sequence[SlotState],
    held: Collection[int],
    reach: ShardReach,
    can_take: Callable[[SlotState], bool],
) -> list[SlotState]:
    """The free slots that a node should take, those of shards first of which it has most.

    So that few nodes write to one shard, and each in large parts. Of a shard that only some nodes reach it
    takes its share of that, whatever it has besides: nobody else would.

    Args:
        states: all slots.
        held: those that it has.
        reach: which nodes there are, and which shards they reach.
        can_take: whether a slot is free for it.
    """
    room = most_of(len(states), reach.nodes) - len(held)
    own = Counter(each.shard for each in states if each.slot in held)
    shares = _shares_of_few(states, reach)
    free = [
        each for each in states if each.slot not in held and reach.may_take(each.shard) and can_take(each)
    ]
    free.sort(key=lambda each: (reach.nodes_at(each.shard), -own[each.shard], each.shard, each.slot))
    taken: list[SlotState] = []
    for each in free:
        if len(taken) < room or own[each.shard] < shares.get(each.shard, 0):
            taken.append(each)
            own[each.shard] += 1
    return taken


def surplus(states: Sequence[SlotState], held: Collection[int], reach: ShardReach) -> list[int]:
    """The slots that a node should let go, so that others get their share; of its rarest shards first.

    None of a shard that no other node reaches, or that this one cannot write to: it stays where it is.

    Args:
        states: all slots.
        held: those that it has.
        reach: which nodes there are, and which shards they reach.
    """
    over = len(held) - most_of(len(states), reach.nodes)
    if over <= 0:
        return []
    shares = _shares_of_few(states, reach)
    own = Counter(each.shard for each in states if each.slot in held)
    kept = Counter(shares)
    mine = [each for each in states if each.slot in held and each.shard not in reach.closed]
    mine.sort(key=lambda each: (-reach.nodes_at(each.shard), own[each.shard], each.shard, each.slot))
    going: list[int] = []
    for each in mine:
        if len(going) < over and reach.others_at(each.shard) and own[each.shard] > kept[each.shard]:
            going.append(each.slot)
            own[each.shard] -= 1
    return going


def abandoned(states: Sequence[SlotState], held: Collection[int], reach: ShardReach) -> list[int]:
    """The slots that a node should let go of since it does not reach their shard, and others do."""
    return [each.slot for each in states if each.slot in held and not reach.may_take(each.shard)]


def _shares_of_few(states: Sequence[SlotState], reach: ShardReach) -> dict[int, int]:
    """By shard that only some nodes reach: the most of its slots that one of them should have."""
    slots = Counter(each.shard for each in states)
    return {
        shard: most_of(count, reach.nodes_at(shard))
        for shard, count in slots.items()
        if reach.is_for_few(shard)
    }
