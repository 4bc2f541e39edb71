"""Which slots a node takes and lets go: all have a share, and each slot somebody who reaches its shard."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from botlens.cluster.shares import ShardReach, abandoned, surplus, wanted
from botlens.cluster.slots import SlotState

SLOTS = 48
ROUNDS = 12


def states_of(owners: dict[int, str], shards: int) -> list[SlotState]:
    return [
        SlotState(slot, slot % shards, owners.get(slot, ""), "", "", 1, 0.0, 5.0, 1.0)
        for slot in range(SLOTS)
    ]


class Cluster:
    """Nodes by name, each with the shards that are closed for it."""

    def __init__(self, closed: dict[str, set[int]], owners: dict[int, str], shards: int) -> None:
        self.closed, self.shards = closed, shards
        self.states = states_of(owners, shards)

    def held(self, name: str) -> set[int]:
        return {each.slot for each in self.states if each.owner == name}

    def give(self, slots: list[int], owner: str) -> None:
        self.states = [replace(each, owner=owner) if each.slot in slots else each for each in self.states]

    def turn(self, name: str) -> None:
        """What a node does when it looks."""
        others = [closed for other, closed in self.closed.items() if other != name]
        reach = ShardReach(self.closed[name], others)
        self.give(abandoned(self.states, self.held(name), reach), "")
        self.give(surplus(self.states, self.held(name), reach), "")
        free = wanted(self.states, self.held(name), reach, lambda each: not each.owner)
        self.give([each.slot for each in free], name)


@st.composite
def clusters(draw: st.DrawFn) -> Cluster:
    shards = draw(st.integers(1, 4))
    names = [f"n{number}" for number in range(draw(st.integers(1, 5)))]
    closed = {name: draw(st.sets(st.integers(0, shards - 1))) for name in names}
    owners = draw(st.lists(st.sampled_from(["", *names]), min_size=SLOTS, max_size=SLOTS))
    return Cluster(closed, dict(enumerate(owners)), shards)


@given(found=clusters())
def test_each_slot_is_had_by_who_reaches_its_shard(found: Cluster) -> None:
    """However slots lie at first: after some looks nothing moves any more, and none is without an owner."""
    for _ in range(ROUNDS):
        for name in found.closed:
            found.turn(name)
    settled = found.states
    for name in found.closed:
        found.turn(name)
    assert found.states == settled
    for each in settled:
        reaching = {name for name, closed in found.closed.items() if each.shard not in closed}
        assert each.owner in (reaching or found.closed)
    if not any(found.closed.values()):
        most = -(-SLOTS // len(found.closed))
        assert all(len(found.held(name)) <= most for name in found.closed)


def test_nobody_lets_go_of_what_another_cannot_open() -> None:
    """A node begins that reaches one of two shards: it gets slots of that one alone."""
    found = Cluster({"ann": set(), "ben": {0}}, dict.fromkeys(range(SLOTS), "ann"), 2)
    found.turn("ann")
    found.turn("ben")
    assert {each.shard: each.owner for each in found.states} == {0: "ann", 1: "ben"}


def test_what_few_reach_is_theirs_beyond_their_share() -> None:
    """Of two shards one is closed for two nodes of three: the third has all of it, though that is half."""
    found = Cluster({"ann": set(), "ben": {0}, "cat": {0}}, {}, 2)
    for name in ("ben", "ann", "cat"):
        found.turn(name)
    assert {each.owner for each in found.states if each.shard == 0} == {"ann"}


def test_a_shard_that_nobody_reaches_moves_nothing() -> None:
    """It is down: whoever has its slots takes events for them, which wait in the journal."""
    owners = {slot: "ann" if slot % 2 else "ben" for slot in range(SLOTS)}
    found = Cluster({"ann": {0, 1}, "ben": {0, 1}}, owners, 2)
    before = found.states
    for name in found.closed:
        found.turn(name)
    assert found.states == before
