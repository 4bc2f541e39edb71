"""A node over two shards that lets go of slots: shard by shard, whatever one of them does meanwhile."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from unittest.mock import patch

import pytest

from botlens.cluster.slots import SlotTable
from botlens.engine import Engine
from botlens.store.failures import StoreError
from botlens.tenants.accounts import Accounts
from tests.engine.cluster_nodes import Node, eventually
from tests.engine.owners import BOT, count, new_company_at
from tests.events import message
from tests.properties.companies import send, verified


@pytest.fixture
def two_shards(new_postgres: Callable[[], str], engine: Engine) -> Iterator[Node]:
    """A node that has taken nothing yet."""
    accounts = Accounts.open(new_postgres())
    with closing(accounts.database.statements()) as statements:
        SlotTable(statements, 600.0).prepare(2)
    node = Node([engine.store, engine.store], accounts)
    yield node
    node.close()


def test_slots_that_cannot_be_opened_leave_their_place_to_others(two_shards: Node) -> None:
    """A shard takes nothing, and its slots have frames: those of the other one do not wait for it."""
    node = two_shards.node
    two_shards.look()
    other = replace(node.name, instance="another")
    rooms = two_shards.commits._rooms

    def served() -> list[int]:
        node._table.seen(other)  # there are two, so this one has room for half of the slots
        two_shards.look()
        node._look()
        return [each.shard for each in node._holdings.all() if each.serving]

    with patch.object(rooms[0], "open_slots", side_effect=StoreError):
        eventually(lambda: served() == [1] * 128)


def take_all(node: Node) -> None:
    node.look()
    node.node._take(node.node._view.look(node.node._table))


def owned(node: Node) -> set[int]:
    """The shards of slots that are somebody's."""
    return {each.shard for each in node.node._table.states() if each.owner}


def test_a_shard_that_hangs_does_not_hold_up_the_end(two_shards: Node) -> None:
    """What it does not take is in the journal: a node that ends lets go of all slots within seconds."""
    take_all(two_shards)
    eventually(lambda: two_shards.commits.slots == 256)
    goes_on = threading.Event()
    with patch.object(two_shards.commits._rooms[0], "flush", lambda: goes_on.wait(60)):
        begun = time.monotonic()
        two_shards.node.hand_over()
        took = time.monotonic() - begun
        goes_on.set()
    assert owned(two_shards) == set()
    assert took < 50  # the shard would take a minute


def test_slots_that_cannot_be_written_out_stay_for_now(two_shards: Node) -> None:
    """Others have come and should have half: of a shard that takes nothing they are served on, others go."""
    take_all(two_shards)
    eventually(lambda: two_shards.commits.slots == 256)
    node = two_shards.node
    with patch.object(two_shards.commits._rooms[0], "flush", side_effect=StoreError):
        node._table.seen(node.name)
        node._table.seen(replace(node.name, instance="another"))
        for _ in range(2):
            node._look()
            eventually(node.leaving._begun.done)
        assert two_shards.commits.slots == 128
        assert owned(two_shards) == {0}


def test_a_slot_that_was_had_anew_is_not_let_go_for_the_one_before(two_shards: Node) -> None:
    """It ended while those of another shard were written out: what it takes since is kept and counted."""
    company = next(
        each
        for each in (new_company_at(two_shards, "UTC", [BOT]) for _ in range(50))
        if two_shards.node._holdings.of(each.id).shard == 1
    )
    take_all(two_shards)
    eventually(lambda: two_shards.commits.slots == 256)
    node, rooms = two_shards.node, two_shards.commits._rooms
    ended, goes_on, waits = node._holdings.of(company.id), threading.Event(), threading.Event()

    def waiting() -> None:
        waits.set()
        goes_on.wait(60)

    with patch.object(rooms[0], "flush", waiting), ThreadPoolExecutor(1) as other:
        leaving = other.submit(node.leaving.let_go, list(range(256)), at_any_rate=True)
        assert waits.wait(60)
        node._holdings.end([ended])
        two_shards.look()
        two_shards.take(company.id)
        assert node._holdings.of(company.id) is not ended
        send(two_shards, company, [message("a", "1")])
        goes_on.set()
        assert ended.slot not in leaving.result(60)
    two_shards.flush_quietly()
    assert count(two_shards, company) == 1
    assert verified(two_shards, company)


def test_an_end_lets_go_of_what_is_being_opened(two_shards: Node) -> None:
    """Others begin with it at once, not when this process is gone."""
    goes_on = threading.Event()
    with patch.object(
        two_shards.commits._rooms[0], "open_slots", lambda own: (each for each in own if goes_on.wait(60))
    ):
        take_all(two_shards)
        eventually(lambda: two_shards.commits.slots == 128)
        two_shards.node.hand_over()
        free = owned(two_shards) == set()
        goes_on.set()
    assert free
    assert two_shards.commits.slots == 0


def test_a_shard_that_is_closed_for_one_node_goes_to_another(
    two_shards: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While others do not reach it either, it stays; nobody waits for what the shard would have to do."""
    take_all(two_shards)
    eventually(lambda: two_shards.commits.slots == 256)
    node, silent = two_shards.node, {0: 60.0}
    monkeypatch.setattr(two_shards.commits, "silent", lambda: silent)
    written: list[None] = []
    monkeypatch.setattr(two_shards.commits._rooms[0], "flush", lambda: written.append(None))

    def look(*, closed: set[int]) -> None:
        node._table.seen(node.name, silent)
        node._table.seen(replace(node.name, instance="another"), closed)
        node._look()
        eventually(lambda: node.leaving._begun is None or node.leaving._begun.done())

    look(closed={0, 1})
    assert owned(two_shards) == {0, 1}
    silent[0] = 1.0  # it may come back
    look(closed={1})
    assert owned(two_shards) == {0, 1}
    silent[0] = 60.0
    look(closed={1})
    assert owned(two_shards) == {1}
    look(closed={1})  # nor is it taken again
    assert owned(two_shards) == {1}
    assert not written
