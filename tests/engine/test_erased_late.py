"""A node that stands still while it erases, and wakes when another has done it, and the name is used anew."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from unittest.mock import patch

import pytest

from botlens.commit import derivation
from botlens.commit.parts import IdRange, PartSize
from botlens.commit.rewriting import ReadPart, Rewriting
from botlens.errors import NotHereError
from botlens.store.erasure import WholeErasure
from botlens.tenants.values import Company, Erasure
from tests.engine.cluster_nodes import Node
from tests.engine.owners import Pair, company, count, pair
from tests.engine.test_slots_that_go import taken_by
from tests.events import message
from tests.properties.companies import send, verified

__all__ = ["company", "pair"]


def wait(_: float) -> None:
    """Not at all."""


def deleted(node: Node, company: Company) -> Erasure:
    """The chatbot is; what is to be erased of it."""
    send(node, company, [message("a", "1")])
    node.accounts.delete_chatbot(company.id, "bot")
    (found,) = [each for each in node.accounts.erasures() if each.company_id == company.id]
    return found


def used_anew(node: Node, company: Company, erasure: Erasure) -> None:
    """Another node erases it, and somebody makes a chatbot of that name again."""
    node.commits.erase(company.id, "bot", wait)
    node.accounts.finish_erasure(erasure)
    node.chatbots.put(company.id, "bot", name="Anew", confidence_threshold=0.4)
    send(node, company, [message("a", "1"), message("b", "1")])
    node.commits.flush()


@pytest.mark.parametrize("looks", [True, False])
def test_what_came_since_stays(pair: Pair, company: Company, *, looks: bool) -> None:
    """Whether it stood still before its last look at the lease, or behind that."""
    ann, ben = pair
    erasure = deleted(ann, company)
    begin = WholeErasure.begin

    def late(rows: WholeErasure) -> None:
        with patch.object(WholeErasure, "begin", begin):
            taken_by(ben, ann, company)
            used_anew(ben, company, erasure)
        ann.node._holdings.of(company.id).valid_until = 0.0
        if not looks:
            rows._before = lambda: None
        begin(rows)

    with patch.object(WholeErasure, "begin", late), pytest.raises(NotHereError):
        ann.commits.erase(company.id, "bot", wait)
    ann.look()
    ben.room._store.saved.clear()
    assert count(ben, company) == 2
    assert verified(ben, company)


def test_what_is_known_of_it_since_stays(pair: Pair, company: Company) -> None:
    """It erased all, and stood still before it told the accounts."""
    ann, ben = pair
    erasure = deleted(ann, company)
    ann.commits.erase(company.id, "bot", wait)
    taken_by(ben, ann, company)
    used_anew(ben, company, erasure)
    ann.accounts.finish_erasure(erasure)
    found = ben.accounts.chatbot(company.id, "bot")
    assert found is not None
    assert (found.name, found.confidence_threshold) == ("Anew", 0.4)
    ann.look()


def test_nothing_stays_of_what_is_counted_anew_meanwhile(pair: Pair, company: Company) -> None:
    """A recount of many parts goes on while the chatbot is deleted: what it has written by then goes, too."""
    ann, _ = pair
    send(ann, company, [message("a", "1"), message("b", "1")])
    ann.commits.flush()
    begun, waits, goes_on = (threading.Event() for _ in range(3))
    read, alone = Rewriting.read, derivation.Derivation.alone

    def slow(rewriting: Rewriting, part: IdRange) -> ReadPart:
        if part[0]:
            begun.set()
            assert goes_on.wait(60)
        return read(rewriting, part)

    def after_it(self: derivation.Derivation, *key: str) -> AbstractContextManager[None]:
        if begun.is_set():
            waits.set()
        return alone(self, *key)

    with (
        patch.object(derivation, "AS_COLUMNS", PartSize(1, 100)),
        patch.object(derivation.Derivation, "alone", after_it),
        patch.object(Rewriting, "read", slow),
        ThreadPoolExecutor(2) as pool,
    ):
        recount = pool.submit(ann.commits.rebuild, company.id, "bot")
        assert begun.wait(60)
        ann.accounts.delete_chatbot(company.id, "bot")
        erasure = pool.submit(ann.commits.erase, company.id, "bot", wait)
        assert waits.wait(60)
        goes_on.set()
        recount.result(60)
        erasure.result(60)
    assert WholeErasure(ann.room._store, company.id, "bot").remaining() == {}
