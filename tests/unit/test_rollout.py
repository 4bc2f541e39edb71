"""Nodes of two definitions of facts: slots go from one to the other, few at a time, and rest somewhere."""

from dataclasses import dataclass, field, replace

from hypothesis import given
from hypothesis import strategies as st

from botlens.cluster.holdings import SlotHolding
from botlens.cluster.rollout import Rollout
from botlens.cluster.shares import surplus, wanted
from botlens.cluster.slots import NodeBeat, SlotState

SLOTS, SHARDS = 24, 2
OLD, NEW = 3, 4


def state(slot: int, owner: str = "", facts: int = OLD) -> SlotState:
    return SlotState(slot, slot % SHARDS, owner, "", "", 1, 0.0, 5.0, 1.0, facts)


def beat(definition: int, name: str = "n", closed: frozenset[int] | None = frozenset()) -> NodeBeat:
    return NodeBeat(name, 0.0, 0.0, closed, definition)


@dataclass
class Cluster:
    """Nodes by name with their definitions; what one takes it has derived when it looks again."""

    nodes: dict[str, int]
    states: list[SlotState] = field(default_factory=lambda: [state(slot) for slot in range(SLOTS)])
    free_for: dict[int, float] = field(default_factory=dict)
    most_derived: int = 0
    moved: int = 0

    def held(self, name: str) -> set[int]:
        return {each.slot for each in self.states if each.owner == name}

    def change(self, slot: int, **fields: object) -> None:
        self.states[slot] = replace(self.states[slot], **fields)
        self.free_for[slot] = 0.0
        self.moved += 1

    def turn(self, name: str) -> None:
        """What a node does when it looks."""
        definition = self.nodes[name]
        for each in self.states:
            if each.owner == name and each.is_derived:
                self.states[each.slot] = replace(each, is_derived=False)
        others = [beat(other, key) for key, other in self.nodes.items() if key != name]
        rollout = Rollout(definition, others)
        reach = rollout.reach(self.states, ())
        for slot in rollout.leaving(
            self.states, self.held(name), surplus(self.states, self.held(name), reach)
        ):
            self.change(slot, owner="")
        free = wanted(
            self.states,
            self.held(name),
            reach,
            lambda each: not each.owner and rollout.may_take(each, self.free_for.get(each.slot, 9.0)),
        )
        for each in rollout.some_of(free, self.states, []):
            self.change(each.slot, owner=name, facts=definition, is_derived=each.facts != definition)
        self.most_derived = max(self.most_derived, sum(each.is_derived for each in self.states))

    def away(self) -> int:
        """The slots whose companies nobody can ask now."""
        return sum(not each.owner or each.is_derived for each in self.states)

    def settle(self) -> None:
        """Let all look until nothing moves any more."""
        for _ in range(8 * SLOTS):
            before = self.moved
            for name in self.nodes:
                self.turn(name)
            self.free_for = {slot: seconds + 1.0 for slot, seconds in self.free_for.items()}
            if self.moved == before and not self.away() and all(v > 4 for v in self.free_for.values()):
                return
        raise AssertionError("it never comes to rest")


@given(nodes=st.lists(st.sampled_from((OLD, NEW)), min_size=1, max_size=5))
def test_all_slots_have_an_owner_in_the_end(nodes: list[int]) -> None:
    """Those of the newest definition have all of them once they are half of all nodes."""
    cluster = Cluster({f"n{number}": each for number, each in enumerate(nodes)})
    cluster.settle()
    assert all(each.owner and not each.is_derived for each in cluster.states)
    if 2 * nodes.count(NEW) >= len(nodes):
        assert all(each.facts == NEW for each in cluster.states) == (NEW in nodes)
    share = -(-SLOTS // len(nodes))
    if 2 * nodes.count(NEW) < len(nodes):
        assert all(len(cluster.held(name)) <= share for name in cluster.nodes)


def test_an_upgrade_node_by_node() -> None:
    """One slot of a shard is derived at a time, and the last node of the old version ends up with none."""
    cluster = Cluster({"a": OLD, "b": OLD, "c": OLD})
    cluster.settle()
    for name in ("a", "b", "c"):
        for slot in cluster.held(name):
            cluster.change(slot, owner="")
        del cluster.nodes[name]
        cluster.settle()  # the others have its slots
        cluster.nodes[f"new {name}"] = NEW
        cluster.most_derived = 0
        cluster.settle()
        assert cluster.most_derived <= SHARDS
        if name == "b":
            assert cluster.held("c") == set()
    assert {each.facts for each in cluster.states} == {NEW}


def test_who_has_whole_facts_goes_first() -> None:
    """Of a node that died: one slot of each shard for the new definition, all at once for the old one."""
    states = [state(slot) for slot in range(SLOTS)]
    new = Rollout(NEW, [beat(OLD)])
    assert [each.slot for each in new.some_of(states, states, [])] == [0, 1]
    assert new.some_of(states, [replace(states[0], is_derived=True)], [SlotHolding(1, 1, 5, 0.0)]) == []
    old = Rollout(OLD, [beat(OLD), beat(OLD), beat(NEW)])
    assert old.some_of(states, states, []) == states
    assert all(old.may_take(each, 0.0) for each in states)


def test_nobody_waits_for_a_definition_that_nobody_has() -> None:
    """No node of before lives, or none that reaches the shard: all is taken at once."""
    states = [state(slot) for slot in range(SLOTS)]
    assert Rollout(NEW, [beat(NEW)]).some_of(states, states, []) == states
    taken = Rollout(NEW, [beat(OLD, closed=frozenset({0}))]).some_of(states, states, [])
    assert [each.slot for each in taken if each.shard == 1] == [1]
    assert len([each for each in taken if each.shard == 0]) == SLOTS / 2


def test_what_was_let_go_and_is_not_taken_is_taken_back() -> None:
    """By a node of the old definition, though it gives way; not what it lets go this moment."""
    old = Rollout(OLD, [beat(NEW)])
    assert old.gives_way
    assert not old.may_take(state(0), 1.0)
    assert old.may_take(state(0), 3.5)
    assert old.leaving([state(0, "a"), state(1, "a")], {0, 1}, []) == [0, 1]
    assert old.leaving([state(0, "a"), state(1, "a"), state(2)], {0, 1}, []) == [1]
    closed = Rollout(OLD, [beat(NEW, closed=frozenset({0}))])
    assert closed.leaving([state(0, "a"), state(1, "a")], {0, 1}, []) == [1]


def test_a_node_that_says_nothing_knows_of_no_other_definition() -> None:
    """While one lives, nothing is taken from the definition that it has: it would go on without what came."""
    before = beat(0, closed=None)
    assert not Rollout(NEW, [before]).may_take(state(0), 9.0)
    assert Rollout(OLD, [before]).may_take(state(0), 9.0)
    assert not Rollout(OLD, [before]).is_mixed
    assert Rollout(NEW, [before]).is_mixed
