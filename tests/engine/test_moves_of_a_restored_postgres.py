"""A PostgreSQL that came back from a backup of before a slot was moved: the only copy stays."""

from unittest.mock import patch

import pytest

from botlens.cluster.slot_moves import SlotMoveTable
from botlens.cluster.slots import slot_of
from botlens.tenants.values import Company
from tests.engine.moving_slots import TALK, Cluster, cluster, company, no_wait, shards
from tests.engine.owners import count
from tests.properties.companies import send, verified

__all__ = ["cluster", "company", "shards"]


def run(cluster: Cluster, company: Company, statement: str, **also: int) -> None:
    """Of the slot of a company."""
    cluster.moves._statements.run(statement, {"slot": slot_of(company.id), **also})


def opened_anew(cluster: Cluster, company: Company) -> None:
    """As if all nodes had ended and begun again: what PostgreSQL says now is believed."""
    cluster.ann.let_go(company.id)
    cluster.ann.take(company.id)


@pytest.fixture
def restored(cluster: Cluster, company: Company) -> tuple[int, int]:
    """A slot was moved and erased where it was, and PostgreSQL says that it is there: (where it is, was)."""
    send(cluster.ann, company, TALK)
    cluster.ann.commits.flush()
    before = cluster.shard_of(company)
    target = cluster.move(company)
    cluster.erase_remains()
    assert cluster.rows(company, before) == {}
    run(cluster, company, "DELETE FROM botlens.slot_remains WHERE slot = %(slot)s")
    run(cluster, company, "UPDATE botlens.slots SET shard = %(was)s WHERE slot = %(slot)s", was=before)
    opened_anew(cluster, company)
    return target, before


def lies_at(cluster: Cluster, company: Company, shard: int) -> None:
    """What the page says: nodes end, PostgreSQL is told, nodes begin."""
    cluster.ann.let_go(company.id)
    run(cluster, company, "UPDATE botlens.slots SET shard = %(shard)s WHERE slot = %(slot)s", shard=shard)
    cluster.ann.take(company.id)
    cluster.mover(cluster.ann).work(no_wait)


def test_it_is_not_moved_to_where_it_lies_already(
    cluster: Cluster, company: Company, restored: tuple[int, int]
) -> None:
    """The move was under way when the backup was taken, or somebody wants to mend it so."""
    target, _ = restored
    assert cluster.moves.begin(slot_of(company.id), target)
    cluster.mover(cluster.ann).work(no_wait)
    (move,) = cluster.moves.moves()
    assert "has never had" in move.said
    assert cluster.rows(company, target)["raw_events"] == len(TALK)
    lies_at(cluster, company, target)
    assert cluster.moves.moves() == []
    assert count(cluster.ann, company) == 2
    assert verified(cluster.ann, company)


def test_it_is_not_moved_either_after_something_was_sent(
    cluster: Cluster, company: Company, restored: tuple[int, int]
) -> None:
    """Then both shards have something: nobody knows here which is right."""
    target, before = restored
    send(cluster.ann, company, [{**TALK[1], "conversation_id": "c"}])
    cluster.ann.commits.flush()
    assert cluster.moves.begin(slot_of(company.id), target)
    cluster.mover(cluster.ann).work(no_wait)
    assert len(cluster.moves.moves()) == 1
    assert cluster.rows(company, target)["raw_events"] == len(TALK)
    assert cluster.rows(company, before)["raw_events"] == 1


def test_it_is_not_erased_as_what_is_left_of_it(
    cluster: Cluster, company: Company, restored: tuple[int, int]
) -> None:
    """It had been there before, and gone back since; or a move was cancelled that should not go on."""
    target, _ = restored
    assert cluster.moves.begin(slot_of(company.id), target)
    cluster.moves.cancel(slot_of(company.id))
    cluster.erase_remains()
    assert cluster.rows(company, target)["raw_events"] == len(TALK)
    lies_at(cluster, company, target)
    assert count(cluster.ann, company) == 2


def test_what_is_deleted_while_a_move_is_cut_off_is_removed(cluster: Cluster, company: Company) -> None:
    """Also of a chatbot that is made anew then: its own shard has never had what lies at the other."""
    cluster.ann.chatbots.put(company.id, "other", name="Other")
    send(cluster.ann, company, [*TALK, {**TALK[1], "chatbot_id": "other"}])
    cluster.ann.commits.flush()
    target = cluster.begin(company)
    with patch.object(SlotMoveTable, "end", side_effect=ZeroDivisionError):  # all was brought
        cluster.mover(cluster.ann).work(no_wait)
    assert cluster.rows(company, target)["raw_events"] == len(TALK) + 1
    cluster.ann.take(company.id)
    cluster.ann.accounts.delete_chatbot(company.id, "other")
    cluster.ann.commits.erase(company.id, "other", no_wait)
    (erasure,) = cluster.ann.accounts.erasures()
    cluster.ann.accounts.finish_erasure(erasure)
    cluster.ann.chatbots.put(company.id, "other", name="Other")
    send(cluster.ann, company, [{**TALK[1], "chatbot_id": "other", "conversation_id": "new"}])
    cluster.mover(cluster.ann).work(no_wait)
    cluster.opened(company)
    assert cluster.shard_of(company) == target
    assert cluster.rows(company, target)["raw_events"] == len(TALK) + 1
    assert verified(cluster.ann, company)


def test_what_is_deleted_after_a_move_is_erased_where_it_was_too(cluster: Cluster, company: Company) -> None:
    """That shard may stand still for days."""
    send(cluster.ann, company, TALK)
    cluster.ann.commits.flush()
    before = cluster.shard_of(company)
    cluster.move(company)
    assert cluster.rows(company, before)["raw_events"] == len(TALK)
    cluster.ann.accounts.delete_chatbot(company.id, "bot")
    cluster.ann.commits.erase(company.id, "bot", no_wait)
    assert cluster.rows(company, before) == {}
