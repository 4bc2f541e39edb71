"""Slots that are brought to another shard while they are served: all rows, once, whatever cuts it off."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import pytest

from botlens.cluster.slot_moves import SlotMoveTable, SlotRemains
from botlens.cluster.slots import slot_of
from botlens.commit.cluster.shard_room import ShardRoom
from botlens.store import carrying
from botlens.store.connection import ClickHouse
from botlens.store.held_rows import figures_of
from botlens.store.schema import MOVED_TABLES
from botlens.tenants.values import Company
from tests.engine.moving_slots import TALK, Cluster, cluster, company, no_wait, shards, with_gaps
from tests.engine.owners import BOT, count, new_company_at
from tests.properties.companies import send, verified

__all__ = ["cluster", "company", "shards"]


def test_every_declared_table_goes(cluster: Cluster, company: Company) -> None:
    """What is there afterwards says the same, to the last column; and nothing stays where it was."""
    send(cluster.ann, company, TALK)
    cluster.ann.commits.flush()
    before = cluster.shard_of(company)
    with_gaps(cluster.stores[before], company)
    figures = figures_of(cluster.stores[before], company.id)
    assert {each.table for each in figures} == {table.name for table in MOVED_TABLES}
    target = cluster.move(company)
    assert figures_of(cluster.stores[target], company.id) == figures
    assert cluster.moves.moves() == []
    assert cluster.moves.remains() == [SlotRemains(slot_of(company.id), before)]
    assert count(cluster.ann, company) == 2
    cluster.erase_remains()
    assert cluster.rows(company, before) == {}
    assert figures_of(cluster.stores[target], company.id) == figures
    assert verified(cluster.ann, company)


def test_others_stay_where_they_are(cluster: Cluster, company: Company) -> None:
    """Those of other slots on the same shard: neither brought nor erased."""
    other = cluster.another_at(cluster.shard_of(company), company)
    for each in (company, other):
        send(cluster.ann, each, TALK)
    cluster.ann.commits.flush()
    before = figures_of(cluster.stores[cluster.shard_of(other)], other.id)
    target = cluster.move(company)
    cluster.erase_remains()
    assert figures_of(cluster.stores[cluster.shard_of(other)], other.id) == before
    assert cluster.rows(other, target) == {}
    assert count(cluster.ann, other) == 2


def test_what_is_only_in_the_journal_goes_along(cluster: Cluster, company: Company) -> None:
    """It is acknowledged while the last rows are brought: the next to open the slot writes it there."""
    send(cluster.ann, company, TALK[:1])
    assert count(cluster.ann, company) == 1  # from here on in memory
    end = ShardRoom.uncommitted
    sent = []

    def send_then_end(self: ShardRoom, *arguments: Any) -> Any:
        send(cluster.ann, company, TALK[1:])
        sent.append(count(cluster.ann, company))  # nobody need wait for a number
        return end(self, *arguments)

    with patch.object(ShardRoom, "uncommitted", send_then_end):
        target = cluster.move(company)
    assert sent == [2]
    assert count(cluster.ann, company) == 2
    cluster.ann.commits.flush()
    cluster.erase_remains()
    assert verified(cluster.ann, company)
    assert cluster.rows(company, target)["raw_events"] == len(TALK)
    assert cluster.ann.room._frames.slots_with_frames([slot_of(company.id)]) == set()


FAILS = [
    (carrying.CompanyCarrier, "differences", 1),
    (carrying.CompanyCarrier, "bring", 0),
    (carrying.CompanyCarrier, "bring_newer", 1),
    *((carrying, "figures_within", at) for at in (1, 4)),
    *((ClickHouse, "insert", at) for at in (0, 3)),
    (SlotMoveTable, "note", 0),
    (SlotMoveTable, "end", 0),
]


@contextmanager
def cut_off(of: Any, name: str, at: int, *, after: bool) -> Iterator[list[bool]]:
    """The process that moves ends at a call: right before it, or after it and before anything else."""
    kept, calls, hit = getattr(of, name), iter(range(at)), []

    def ends(*arguments: Any, **named: Any) -> Any:
        if hit:
            raise _Ended
        if next(calls, None) is not None:
            return kept(*arguments, **named)
        hit.append(True)
        if after:
            kept(*arguments, **named)
        raise _Ended

    with patch.object(of, name, ends):
        yield hit


class _Ended(BaseException):
    """As if the process had been killed: nothing catches it."""


@pytest.mark.slow
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_cut_off_at_any_step_the_next_owner_goes_on(cluster: Cluster, after: bool) -> None:
    """One node ends there, its successor has what was acknowledged, goes on and ends with the same rows."""
    hits = 0
    for of, name, at in FAILS:
        cluster.comes_back()  # the next company may fall into the same slot
        company = new_company_at(cluster.ann, "UTC", [BOT])
        send(cluster.ann, company, TALK[:3])
        cluster.ann.commits.flush()
        before = cluster.shard_of(company)
        with_gaps(cluster.stores[before], company)
        send(cluster.ann, company, TALK[3:5])
        target = cluster.begin(company)
        with cut_off(of, name, at, after=after) as hit:
            try:
                cluster.mover(cluster.ann).work(no_wait)
            except _Ended:
                hits += 1
        assert hit or cluster.shard_of(company) == target
        cluster.ann.expire(company.id)
        cluster.ben.take(company.id)
        send(cluster.ben, company, TALK[5:])
        cluster.ben.look()
        cluster.mover(cluster.ben).work(no_wait)
        cluster.opened(company, cluster.ben)
        assert cluster.shard_of(company) == target, (name, at, cluster.moves.moves())
        cluster.ann.flush_quietly()  # what it had begun, late
        cluster.ann.look()
        cluster.erase_remains(cluster.ben)
        cluster.ben.commits.flush()
        assert count(cluster.ben, company) == 2, (name, at)
        assert verified(cluster.ben, company), (name, at)
        found = {table: len(of) for table, of in by_table(cluster, company, target).items()}
        assert found == {table.name: 1 for table in MOVED_TABLES}, (name, at)
        assert cluster.rows(company, before) == {}
        cluster.ben.let_go(company.id)
    assert hits > len(FAILS) / 2


def by_table(cluster: Cluster, company: Company, shard: int) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for key in figures_of(cluster.stores[shard], company.id):
        found.setdefault(key.table, []).append(key)
    return found
