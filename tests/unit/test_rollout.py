"""Nodes of two definitions of facts: slots go from one to the other, few at a time, and rest somewhere."""

from dataclasses import dataclass, field, replace
from unittest.mock import patch

from hypothesis import given
from hypothesis import strategies as st

from botlens.cluster.holdings import SlotHolding
from botlens.cluster.returned import ReturnedSlots
from botlens.cluster.rollout import Rollout
from botlens.cluster.shares import ShardReach, surplus, wanted
from botlens.cluster.slots import NodeBeat, SlotState

SLOTS, SHARDS = 24, 2
OLD, NEW = 3, 4
EVERYWHERE = ShardReach((), ())


def state(slot: int, owner: str = "", facts: int = OLD) -> SlotState:
    return SlotState(slot, slot % SHARDS, owner, "", "", 1, 0.0, 5.0, 1.0, facts)


def beat(definition: int, name: str = "n", closed: frozenset[int] | None = frozenset()) -> NodeBeat:
    return NodeBeat(name, 0.0, 0.0, closed, definition)


def yes(_: SlotState) -> bool:
    return True


def yes_if_free(each: SlotState) -> bool:
    return not each.owner


def long(_: SlotState) -> float:
    return 9.0


@dataclass
class Cluster:
    """Nodes by name with their definitions; what one takes it has derived when it looks again."""

    nodes: dict[str, int]
    states: list[SlotState] = field(default_factory=lambda: [state(slot) for slot in range(SLOTS)])
    free_for: dict[int, float] = field(default_factory=dict)
    slow: set[int] = field(default_factory=set)
    broken: set[int] = field(default_factory=set)
    kept: dict[str, set[int]] = field(default_factory=dict)
    failed: dict[tuple[str, int], float] = field(default_factory=dict)
    most_derived: int = 0
    moved: int = 0

    def unchanged(self, each: SlotState) -> float:
        return self.free_for.get(each.slot, 9.0)

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
                if each.slot in self.broken and definition == NEW:  # it cannot, and gives it back
                    self.change(each.slot, owner="")
                    self.failed[name, each.slot] = 0.0
                elif each.slot not in self.slow:
                    self.states[each.slot] = replace(each, is_derived=False)
        others = [beat(other, key) for key, other in self.nodes.items() if key != name]
        rollout = Rollout(definition, others, self.kept.get(name, ()))
        reach = rollout.reach(self.states, ())
        for slot in rollout.leaving(
            self.states, self.held(name), surplus(self.states, self.held(name), reach)
        ):
            self.change(slot, owner="")

        def can_take(each: SlotState) -> bool:
            if each.owner or rollout.rests(each, self.failed.get((name, each.slot), 99.0)):
                return False
            return rollout.may_take(each, self.states, self.unchanged(each))

        free = wanted(self.states, self.held(name), reach, can_take)
        for each in rollout.some_of(free, self.states, [], reach, can_take, self.unchanged):
            self.change(each.slot, owner=name, facts=definition, is_derived=each.facts != definition)
        self.most_derived = max(self.most_derived, sum(each.is_derived for each in self.states))

    def away(self) -> int:
        """The slots whose companies nobody can ask now."""
        return sum(not each.owner or each.is_derived for each in self.states)

    def later(self) -> None:
        """A second passes."""
        self.free_for = {slot: seconds + 1.0 for slot, seconds in self.free_for.items()}
        self.failed = {key: seconds + 1.0 for key, seconds in self.failed.items()}

    def ends(self, name: str) -> None:
        """A node lets go of all it has."""
        for slot in self.held(name):
            self.change(slot, owner="")
        del self.nodes[name]

    def settle(self) -> None:
        """Let all look until nothing moves any more."""
        for _ in range(8 * SLOTS):
            before = self.moved
            for name in self.nodes:
                self.turn(name)
            self.later()
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
        cluster.ends(name)
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
    assert [each.slot for each in new.some_of(states, states, [], EVERYWHERE, yes, long)] == [0, 1]
    assert (
        new.some_of(
            states,
            [replace(states[0], owner="n", is_derived=True)],
            [SlotHolding(1, 1, 5, 0.0)],
            EVERYWHERE,
            yes,
            long,
        )
        == []
    )
    old = Rollout(OLD, [beat(OLD), beat(OLD), beat(NEW)])
    assert old.some_of(states, states, [], EVERYWHERE, yes, long) == states
    assert all(old.may_take(each, states, 0.0) for each in states)


def test_nobody_waits_for_a_definition_that_nobody_has() -> None:
    """No node of before lives, or none that reaches the shard: all is taken at once."""
    states = [state(slot) for slot in range(SLOTS)]
    assert Rollout(NEW, [beat(NEW)]).some_of(states, states, [], EVERYWHERE, yes, long) == states
    taken = Rollout(NEW, [beat(OLD, closed=frozenset({0}))]).some_of(
        states, states, [], EVERYWHERE, yes, long
    )
    assert [each.slot for each in taken if each.shard == 1] == [1]
    assert len([each for each in taken if each.shard == 0]) == SLOTS / 2


def test_what_was_let_go_and_is_not_taken_is_taken_back() -> None:
    """By a node of the old definition, though it gives way; not what it lets go this moment."""
    old = Rollout(OLD, [beat(NEW)])
    assert old.gives_way
    assert not old.may_take(state(0), [], 1.0)
    assert old.may_take(state(0), [], 3.5)
    assert old.leaving([state(0, "a"), state(1, "a")], {0, 1}, []) == [0, 1]
    assert old.leaving([state(0, "a"), state(1, "a"), state(2)], {0, 1}, []) == [1]
    closed = Rollout(OLD, [beat(NEW, closed=frozenset({0}))])
    assert closed.leaving([state(0, "a"), state(1, "a")], {0, 1}, []) == [1]


def test_a_node_that_says_nothing_knows_of_no_other_definition() -> None:
    """While one lives, nothing is taken from the definition that it has: it would go on without what came."""
    before = beat(0, closed=None)
    assert not Rollout(NEW, [before]).may_take(state(0), [], 9.0)
    assert Rollout(OLD, [before]).may_take(state(0), [], 9.0)
    assert not Rollout(OLD, [before]).is_mixed
    assert Rollout(NEW, [before]).is_mixed


def test_nodes_of_before_go_on_beyond_their_share() -> None:
    """The new one is slow; the next old one ends at once: nobody waits but for the slots that are derived."""
    cluster = Cluster({"a": OLD, "b": OLD, "c": OLD})
    cluster.settle()
    cluster.ends("a")
    cluster.settle()
    cluster.nodes["new a"] = NEW
    cluster.slow = set(range(SLOTS))
    cluster.turn("new a")
    cluster.ends("b")
    for _ in range(5):
        for name in ("new a", "c"):
            cluster.turn(name)
        assert cluster.away() <= SHARDS
        cluster.later()
    assert len(cluster.held("c")) >= SLOTS - SHARDS


def test_slots_of_a_shard_that_were_let_go_at_once() -> None:
    """By two nodes of before: one is derived, and the other one waits neither for that nor for long."""
    states = [state(0), state(2), state(1, "a")]
    old = Rollout(OLD, [beat(OLD), beat(NEW), beat(NEW)])
    assert old.gives_way
    assert not old.may_take(states[0], states, 0.1)
    assert old.may_take(states[1], states, 0.1)
    assert old.may_take(
        states[1], [replace(states[0], owner="n", facts=NEW, is_derived=True), states[1]], 0.1
    )


def test_a_slot_that_the_new_version_cannot_open_is_given_back() -> None:
    """To a node of before, which has its share already; all others of that shard have their turn."""
    cluster = Cluster({"a": OLD, "b": NEW}, broken={4})
    for _ in range(4 * SLOTS):
        for name in cluster.nodes:
            cluster.turn(name)
        if cluster.failed:  # it has had it back
            cluster.kept = {"a": cluster.held("a") & {4}}
        cluster.later()
    assert cluster.failed
    assert cluster.held("a") == {4}
    assert cluster.states[4].facts == OLD
    assert not cluster.away()


def test_what_a_node_has_back_it_keeps_longer_each_time() -> None:
    """Else it would let it go at once, again and again."""
    old = Rollout(OLD, [beat(NEW)], kept={0})
    assert old.leaving([state(0, "a"), state(2, "a")], {0, 2}, []) == [2]
    assert old.leaving([state(0, "a"), state(2, "a")], {0, 2}, [0]) == [2]


def test_what_was_served_in_the_place_of_newer_nodes_is_kept_a_while() -> None:
    """Longer each time, ten minutes at most, however often; from the start once a newer one serves it."""
    with patch("botlens.cluster.returned.time.monotonic") as clock:
        clock.return_value = 100.0
        returned = ReturnedSlots()
        returned.served(5)
        clock.return_value = 111.0
        assert returned.kept() == set()
        returned.served(5)
        assert returned.kept() == {5}
        clock.return_value = 130.0
        assert returned.kept() == {5}
        for _ in range(2_000):
            returned.served(5)
        clock.return_value = 130.0 + 641.0
        assert returned.kept() == set()
        returned.gone([5, 6])
        returned.served(5)
        clock.return_value += 11.0
        assert returned.kept() == set()


def test_no_slot_beyond_its_share_of_a_shard_that_a_node_does_not_reach() -> None:
    """It could not open those; others do."""
    states = [state(0), state(1, "a")]
    old = Rollout(OLD, [beat(NEW), beat(OLD)])
    assert old.some_of([], states, [], old.reach(states, ()), yes_if_free, long) == [states[0]]
    assert old.some_of([], states, [], old.reach(states, {0}), yes_if_free, long) == []


def test_who_could_not_open_a_slot_leaves_it_to_the_other_definition() -> None:
    """For longer than that waits; where there is no other one it is tried again soon."""
    assert Rollout(NEW, [beat(OLD)]).rests(state(0), 4.0)
    assert not Rollout(NEW, [beat(OLD)]).rests(state(0), 6.0)
    assert not Rollout(NEW, [beat(OLD, closed=frozenset({0}))]).rests(state(0), 0.0)
    assert not Rollout(NEW, [beat(NEW)]).rests(state(0), 0.0)
