"""Numbers that one node saved, and another has the company by now: they are used, and right, or not used."""

from datetime import UTC, datetime

import pytest

from botlens.engine import Engine
from botlens.store.connection import ClickHouse
from botlens.store.replaced_facts import bases_of
from botlens.store.saved_tables import SAVED_NUMBERS
from botlens.tenants.values import Company
from tests.engine.cluster_nodes import eventually
from tests.engine.test_cluster_engines import Nodes, counted, nodes
from tests.engine.test_saved_numbers import DAY, MONDAY, TUESDAY, WEDNESDAY, used
from tests.events import deletion, message
from tests.properties.companies import send, verified

__all__ = ["nodes", "used"]

BEGINNING = [
    message("a", "a1", "How?", MONDAY, session_id="ann"),
    message("b", "b1", "Why?", MONDAY, session_id="ann"),
    message("c", "c1", "How?", WEDNESDAY, session_id="carl"),
]


def room_of(engine: Engine, company: Company) -> object:
    assert engine.cluster is not None
    return engine.cluster._room(company.id)


def save(engine: Engine, company: Company) -> None:
    assert room_of(engine, company)._saving.save(company.id, "bot", int(DAY))  # type: ignore[attr-defined]


def forget(engine: Engine, company: Company) -> None:
    """As a node that has just got the company."""
    assert engine.cluster is not None
    room_of(engine, company)._live.drop(company.id.__eq__)  # type: ignore[attr-defined]


def shard(engine: Engine, company: Company) -> ClickHouse:
    return engine.store.of(company.id)  # type: ignore[union-attr]


def numbers(engine: Engine, company: Company) -> tuple[int, int, int]:
    scope = engine.answers.scope(company, datetime(2026, 3, 20, tzinfo=UTC))
    found = engine.answers.seed.chatbot(scope, "bot")
    return found["total_conversations"], found["total_messages"], found["unique_sessions"]


@pytest.mark.slow
def test_who_takes_a_company_over_uses_what_was_saved(nodes: Nodes, used: list[bool]) -> None:
    """Also a node that had companies of that shard before; whatever the one writes late that saved them."""
    (company,) = nodes.companies(1)
    ann = nodes.open("ann")
    assert ann.cluster is not None
    send(ann, company, BEGINNING)
    with nodes.open("ben") as ben:
        assert ben.cluster is not None
        eventually(lambda: ben.cluster.slots == ann.cluster.slots == 128)
        owner, other = (ann, ben) if ann.cluster.has(company.id) else (ben, ann)
        assert bases_of(shard(other, company), company.id) == {}  # as known at some flush
        save(owner, company)
        send(owner, company, [message("a", "a2", "And?", TUESDAY), message("d", "d1", "How?", MONDAY)])
        assert owner.cluster is not None
        owner.cluster.node._keep_leases = lambda: None  # it is frozen, as far as anybody sees
        owner.cluster.node._look = lambda: None
        eventually(lambda: other.cluster.has(company.id))
        assert numbers(other, company) == (4, 5, 2)
        assert used == [True]
        assert verified(other, company)
        room_of(owner, company)._flusher.flush()  # it comes to itself
        forget(other, company)
        assert numbers(other, company) == (4, 5, 2)
        assert used == [True, True]
        send(other, company, [message("b", "b2", "Where?", TUESDAY), message("e", "e1", "How?", WEDNESDAY)])
        other.commits.flush()
        forget(other, company)
        assert numbers(other, company) == (5, 7, 2)
        assert used == [True, True, True]
        assert verified(other, company)
        ann.close()


@pytest.mark.slow
def test_what_was_saved_ends_with_what_it_was_of(nodes: Nodes, used: list[bool]) -> None:
    """A deletion and a new threshold at the next owner, and a zombie that saves after that."""
    (company,) = nodes.companies(1)
    with nodes.open("ann") as ann:
        send(ann, company, BEGINNING)
        save(ann, company)
    with nodes.open("ben") as ben:
        send(ben, company, [deletion("b", "conversation")])
        ben.commits.flush()
        assert numbers(ben, company) == (2, 2, 2)
        counted_rows = f"SELECT count() FROM {SAVED_NUMBERS.name}"
        eventually(lambda: shard(ben, company).maintain(counted_rows) == [(0,)])
        save(ben, company)
        ben.chatbots.put(company.id, "bot", confidence_threshold=0.9)
        forget(ben, company)
        assert numbers(ben, company) == (2, 2, 2)
        assert True not in used
        assert verified(ben, company)
        save(ben, company)
    with nodes.open("cat") as cat:
        assert counted(cat, company) == [2, 2]
        assert numbers(cat, company) == (2, 2, 2)
        assert used[-1]
        assert verified(cat, company)
