"""Nodes that stand still while they move a slot, and wake up when another has moved it."""

from typing import Any
from unittest.mock import patch

import pytest

from botlens.cluster.slots import slot_of
from botlens.store.carrying import CompanyCarrier
from botlens.store.failures import StoreError
from botlens.tenants.values import Company
from tests.engine.cluster_nodes import eventually
from tests.engine.moving_slots import TALK, Cluster, cluster, company, no_wait, shards
from tests.engine.owners import count
from tests.events import deletion, message
from tests.properties.companies import send, verified

__all__ = ["cluster", "company", "shards"]

LATER = [message("late", str(at), "What now?", f"2026-03-18T10:00:0{at}Z") for at in range(3)]


def brought_and_not_ended(cluster: Cluster, company: Company) -> int:
    """All of it is at the other shard, where it is not served yet; then a conversation goes."""
    send(cluster.ann, company, TALK)
    cluster.ann.commits.flush()
    target, before = cluster.begin(company), cluster.shard_of(company)
    with patch.object(CompanyCarrier, "bring_newer", side_effect=StoreError()):
        cluster.mover(cluster.ann).work(no_wait)
    send(cluster.ann, company, [deletion("b", "conversation")])
    cluster.ann.commits.flush()
    eventually(lambda: events_in(cluster, company, before, "b") == 1)  # the deletion alone
    return target


def events_in(cluster: Cluster, company: Company, shard: int, conversation_id: str) -> int:
    ((rows,),) = cluster.stores[shard].maintain(
        "SELECT count() FROM raw_events WHERE company_id = {company_id:String} "
        "AND conversation_id = {conversation_id:String}",
        {"company_id": company.id, "conversation_id": conversation_id},
    )
    return int(rows)


def ben_moves(cluster: Cluster, company: Company, target: int) -> None:
    """The first node's lease ends; the second takes the slot, ends the move, and has other events there."""
    holding = cluster.ann.node._holdings.of_slot(slot_of(company.id))
    assert holding is not None
    holding.valid_until = 0.0  # as much time has passed by its own clock
    cluster.ann.expire(company.id)
    cluster.ben.take(company.id)
    cluster.mover(cluster.ben).work(no_wait)
    assert cluster.shard_of(company) == target
    cluster.opened(company, cluster.ben)
    send(cluster.ben, company, [*LATER, deletion("a", "conversation")])
    cluster.ben.commits.flush()
    eventually(lambda: events_in(cluster, company, target, "a") == 1)


@pytest.mark.parametrize(
    ("step", "at"),
    [("_versions", 1), ("_bring_page", 0)],
    ids=["between what is here and what is there", "with a page in hand"],
)
def test_who_has_lost_the_slot_changes_nothing(
    cluster: Cluster, company: Company, step: str, at: int
) -> None:
    """What the next owner took stays where the slot is by now, and what it erased does not come back."""
    target = brought_and_not_ended(cluster, company)
    kept, seen = getattr(CompanyCarrier, step), []

    def stands_still(*arguments: Any) -> Any:
        if any(getattr(each, "name", "") == "raw_events" for each in arguments):
            seen.append(True)
            if len(seen) == at + 1:
                ben_moves(cluster, company, target)
        return kept(*arguments)

    replaced = staticmethod(stands_still) if step == "_versions" else stands_still
    with patch.object(CompanyCarrier, step, replaced):
        cluster.mover(cluster.ann).work(no_wait)
    assert len(seen) > at
    cluster.ann.look()
    assert events_in(cluster, company, target, "late") == len(LATER)
    assert events_in(cluster, company, target, "a") == 1
    assert count(cluster.ben, company) == 1
    assert verified(cluster.ben, company)
    cluster.ben.let_go(company.id)
