"""Which slots a node should take, and which it should let go: pure arithmetic over what the table says."""

from collections import Counter
from collections.abc import Callable, Collection, Sequence

from botlens.cluster.slots import SlotState


def most_of(slots: int, nodes: int) -> int:
    """The most that one of so many nodes should have: an equal share, rounded up."""
    return -(-slots // max(nodes, 1))


def wanted(
    states: Sequence[SlotState], held: Collection[int], nodes: int, can_take: Callable[[SlotState], bool]
) -> list[SlotState]:
    """The free slots that a node should take, those of shards first of which it has most.

    So that few nodes write to one shard, and each in large parts.

    Args:
        states: all slots.
        held: those that it has.
        nodes: how many there are.
        can_take: whether a slot is free for it.
    """
    room = most_of(len(states), nodes) - len(held)
    if room <= 0:
        return []
    own = Counter(each.shard for each in states if each.slot in held)
    free = [each for each in states if each.slot not in held and can_take(each)]
    free.sort(key=lambda each: (-own[each.shard], each.shard, each.slot))
    return free[:room]


def surplus(
    states: Sequence[SlotState], held: Collection[int], nodes: int, can_go: Callable[[SlotState], bool]
) -> list[int]:
    """The slots that a node should let go, so that others get their share; of its rarest shards first.

    Args:
        states: all slots.
        held: those that it has.
        nodes: how many there are.
        can_go: whether another node could do more with a slot; else it stays, whatever the shares are.
    """
    over = len(held) - most_of(len(states), nodes)
    if over <= 0:
        return []
    mine = [each for each in states if each.slot in held]
    own = Counter(each.shard for each in mine)
    mine = [each for each in mine if can_go(each)]
    mine.sort(key=lambda each: (own[each.shard], each.shard, each.slot))
    return [each.slot for each in mine[:over]]
