"""Moves that do not come to their end keep no other from its own, and nobody begins again for nothing."""

from typing import Any
from unittest.mock import patch

from botlens.cluster.slot_moves import SlotMove
from botlens.cluster.slots import slot_of
from botlens.gaps.kept.admission import GapAdmissions
from botlens.store.carrying import CompanyCarrier
from botlens.tenants.values import Company
from tests.engine.moving_slots import TALK, Cluster, cluster, company, no_wait, shards
from tests.engine.owners import count
from tests.properties.companies import send

__all__ = ["cluster", "company", "shards"]


def test_a_mistake_with_one_slot_keeps_no_other_from_being_moved(cluster: Cluster, company: Company) -> None:
    """It is said where the move is, and tried again a little later."""
    other = cluster.another_at(cluster.shard_of(company), company)
    for each in (company, other):
        send(cluster.ann, each, TALK)
    cluster.ann.commits.flush()
    before = cluster.shard_of(company)
    target = cluster.begin(company)
    cluster.begin(other)
    kept = CompanyCarrier.bring

    def bring(self: CompanyCarrier, *arguments: Any) -> None:
        if self._company_id == company.id:
            raise ZeroDivisionError
        kept(self, *arguments)

    with patch.object(CompanyCarrier, "bring", bring):
        cluster.mover(cluster.ann).work(no_wait)
    assert (cluster.shard_of(company), cluster.shard_of(other)) == (before, target)
    (move,) = cluster.moves.moves()
    assert (move.slot, "its log says which" in move.said) == (slot_of(company.id), True)
    assert count(cluster.ann, company) == 2


def test_writers_of_gaps_go_on_after_a_move_that_did_not_end(cluster: Cluster, company: Company) -> None:
    """The company lies where it lay: a link that takes minutes need not begin again each time."""
    send(cluster.ann, company, TALK)
    cluster.ann.commits.flush()
    admissions, wrote = GapAdmissions(), []
    early = admissions.of(company.id, "bot")
    cluster.begin(company)
    with patch.object(CompanyCarrier, "_insert", lambda *_: None):  # both never hold the same
        cluster.mover(cluster.ann, admissions.held).work(no_wait)
    with early():
        wrote.append(True)
    assert wrote


def test_a_move_that_was_begun_beside_its_end_is_forgotten(cluster: Cluster, company: Company) -> None:
    """The slot lies there: nothing is moved, and it keeps its epoch."""
    shard, slot = cluster.shard_of(company), slot_of(company.id)
    run = cluster.moves._statements.run
    run(
        "INSERT INTO botlens.slot_moves (slot, target, begun) VALUES (%(slot)s, %(shard)s, 0)",
        {"slot": slot, "shard": shard},
    )
    holding = cluster.ann.node._holdings.of(company.id)
    assert cluster.moves.moves() == [SlotMove(slot, shard)]
    cluster.mover(cluster.ann).work(no_wait)
    assert cluster.moves.moves() == []
    assert cluster.moves.remains() == []
    assert cluster.ann.node._holdings.of(company.id) is holding


def test_a_move_that_is_tried_again_counts_its_rows_anew(cluster: Cluster, company: Company) -> None:
    """Else it would have ever more rows before it, and seem to get further from its end."""
    send(cluster.ann, company, TALK)
    cluster.ann.commits.flush()
    cluster.begin(company)
    totals = []
    with patch.object(CompanyCarrier, "bring", side_effect=ZeroDivisionError):
        for _ in range(2):
            cluster.mover(cluster.ann).work(no_wait)
            totals += [each.total for each in cluster.moves.moves()]
    assert totals[0] > 0
    assert totals[1] == totals[0]
