"""Slots that come and go in the middle of something: nothing of it stays behind, and nobody waits for it."""

import json
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import replace
from typing import Any
from unittest.mock import patch

import pytest

from botlens.cluster.frames import FrameTable
from botlens.cluster.holdings import NUMBER_BITS
from botlens.cluster.slots import SlotTable, slot_of
from botlens.engine import Engine
from botlens.errors import NotHereError, OverloadedError
from botlens.events.decode import decode_json
from botlens.events.record import record_of
from botlens.tenants.accounts import Accounts
from botlens.tenants.values import Company
from tests.engine.cluster_nodes import Node, eventually
from tests.engine.owners import BOT, Pair, company, count, new_company_at, pair
from tests.events import answer, message
from tests.properties.companies import send, verified

__all__ = ["company", "pair"]


def taken_by(ben: Node, ann: Node, company: Company) -> None:
    """The slot goes to Ben, and Ann does not know."""
    ann.expire(company.id)
    ben.take(company.id)


def test_a_recount_that_ends_after_its_slot_went_leaves_nothing(pair: Pair, company: Company) -> None:
    """Else it would be tried for ever, and the journal be kept for it, of all companies of the shard."""
    ann, ben = pair
    other = new_company_at(ann, "UTC", [BOT], company)
    send(ann, company, [message("a", "1"), answer("a", "2", 0.3)])

    def lose(*_: Any) -> None:
        taken_by(ben, ann, company)
        ann.look()
        raise NotHereError

    with patch.object(ann.room._derivation, "rebuild", lose), pytest.raises(NotHereError):
        ann.commits.rebuild(company.id, "bot")
    assert ann.commits.stale_chatbots == 0
    assert "shard 1: recounts" not in ann.health.warnings()
    send(ann, other, [message("a", "1")])
    ann.commits.flush()
    assert ann.room._frames.slots_with_frames([slot_of(other.id)]) == set()
    ann.let_go(other.id)


def threshold(node: Node, company: Company) -> float:
    found = node.accounts.chatbot(company.id, "bot")
    assert found is not None
    return found.confidence_threshold


def test_a_zombie_changes_no_threshold(pair: Pair, company: Company) -> None:
    """It stands still before the change; who has the company by then has counted by the old one."""
    ann, ben = pair
    send(ann, company, [message("a", "1"), answer("a", "2", 0.3)])
    put = ann.accounts.put_chatbot

    def late(*arguments: Any, **named: Any) -> Any:
        taken_by(ben, ann, company)
        return put(*arguments, **named)

    with patch.object(ann.accounts, "put_chatbot", late), pytest.raises(OverloadedError):
        ann.chatbots.put(company.id, "bot", confidence_threshold=0.5)
    assert threshold(ben, company) == BOT["confidence_threshold"]
    assert verified(ben, company)
    ben.chatbots.put(company.id, "bot", confidence_threshold=0.5)
    assert threshold(ben, company) == 0.5
    assert verified(ben, company)
    ann.look()


def test_what_a_zombie_erased_is_not_done(pair: Pair, company: Company) -> None:
    """Its lease has ended meanwhile: who has the company may have read the journal before."""
    ann, _ = pair
    send(ann, company, [message("a", "1")])
    ann.accounts.delete_chatbot(company.id, "bot")
    holding = ann.node._holdings.of(company.id)

    def wait(_: float) -> None:
        return None

    with patch.object(holding, "valid_until", time.monotonic()), pytest.raises(NotHereError):
        ann.commits.erase(company.id, "bot", wait)
    ann.commits.erase(company.id, "bot", wait)


def test_a_recount_that_cannot_be_done_keeps_no_slot_closed(pair: Pair, company: Company) -> None:
    """What is wrong with one chatbot is warned of, and done as soon as it can be: others are served."""
    ann, ben = pair
    send(ann, company, [message("a", "1"), answer("a", "2", 0.3)])
    with (
        patch.object(ann.room._derivation, "rebuild", side_effect=OverloadedError("no")),
        pytest.raises(OverloadedError),
    ):
        ann.chatbots.put(company.id, "bot", confidence_threshold=0.5)
    ann.expire(company.id)
    with patch.object(ben.room._derivation, "rebuild", side_effect=ValueError("of one chatbot")):
        ben.take(company.id)
        assert count(ben, company) == 1
        assert ben.commits.is_stale(company.id, "bot")
        assert "recounts" in str(ben.health.warnings())
    eventually(lambda: not ben.commits.is_stale(company.id, "bot"))
    assert verified(ben, company)
    assert ben.room._rebuilds.unfinished_of(range(256)) == []
    ann.look()


def test_a_long_recount_keeps_no_other_slot_closed(pair: Pair, company: Company) -> None:
    """Slots that are taken together have nothing else in common."""
    ann, ben = pair
    other = new_company_at(ann, "UTC", [BOT], company)
    for each in (company, other):
        send(ann, each, [message("a", "1"), answer("a", "2", 0.3)])
    with (
        patch.object(ann.room._derivation, "rebuild", side_effect=OverloadedError("no")),
        pytest.raises(OverloadedError),
    ):
        ann.chatbots.put(company.id, "bot", confidence_threshold=0.5)
    goes_on, rebuild = threading.Event(), ben.room._derivation.rebuild

    def slow(*arguments: Any) -> Any:
        assert goes_on.wait(120)
        return rebuild(*arguments)

    slots = {slot_of(company.id), slot_of(other.id)}
    for each in (company, other):
        ann.expire(each.id)
    with patch.object(ben.room._derivation, "rebuild", slow):
        ben.look()
        ben.node._take([each for each in ben.node._view.look(ben.node._table) if each.slot in slots])
        eventually(lambda: ben.has(other.id))
        assert count(ben, other) == 1
        assert not ben.has(company.id)
        goes_on.set()
        eventually(lambda: ben.has(company.id))
    assert verified(ben, company)
    ann.look()
    ben.let_go(other.id)


def test_nobody_waits_for_frames_that_are_deleted(pair: Pair, company: Company) -> None:
    """PostgreSQL does not answer to that for a while: events are taken meanwhile."""
    ann, _ = pair
    send(ann, company, [message("a", "1")])
    begun, goes_on, delete = threading.Event(), threading.Event(), FrameTable.delete

    def slow(self: FrameTable, ends: Any) -> None:
        begun.set()
        assert goes_on.wait(120)
        delete(self, ends)

    with ThreadPoolExecutor(2) as pool, patch.object(FrameTable, "delete", slow):
        flush = pool.submit(ann.commits.flush)
        assert begun.wait(60)
        try:
            pool.submit(send, ann, company, [message("b", "1")]).result(60)
        finally:
            goes_on.set()
        flush.result(60)
    ann.commits.flush()
    assert ann.room._frames.slots_with_frames([slot_of(company.id)]) == set()


def test_a_journal_that_fails_while_it_is_asked_is_not_healed(pair: Pair, company: Company) -> None:
    """PostgreSQL could be written when it was asked, and not when the next frame was appended."""
    ann, _ = pair
    journal = ann.room._journal
    no = OverloadedError("no answer")

    def fail() -> None:
        with patch.object(FrameTable, "append", side_effect=no), pytest.raises(OverloadedError):
            send(ann, company, [message("a", "1")])
        ann.take(company.id)

    def can_be_written() -> bool:
        fail()
        return True

    fail()
    with patch.object(journal._deleting, "can_be_written", can_be_written):
        ann.room._ledger.heal()
    assert not journal.works
    ann.room._ledger.heal()
    assert journal.works


def test_frames_of_the_next_owner_are_not_counted_by_the_one_before(pair: Pair, company: Company) -> None:
    """Who opens a slot and has lost it meanwhile would number the facts of them above the owner's own."""
    ann, ben = pair
    late = replace(ann.node._holdings.of(company.id), opened=False)
    taken_by(ben, ann, company)
    send(ben, company, [message("a", "1")])
    ann.room._recover(late)
    assert late.number >> NUMBER_BITS == late.epoch
    send(ben, company, [message("b", "1")])
    ben.flush_quietly()
    assert count(ben, company) == 2
    assert verified(ben, company)
    ann.look()


def test_who_waits_on_a_connection_that_is_kept_is_freed(
    new_postgres: Callable[[], str], engine: Engine
) -> None:
    """Its PostgreSQL stands still, or was cut off without a word: by then the lease has ended."""
    accounts = Accounts.open(new_postgres())
    with closing(accounts.database.statements()) as statements:
        SlotTable(statements, 1.0).prepare(1)
    node = Node([engine.store], accounts, lease=1.0)
    asked = node.commits._moving_slots
    with ThreadPoolExecutor(1) as pool:
        waits = pool.submit(asked.run, "SELECT pg_sleep(60)")
        eventually(lambda: asked._since is not None)
        node.commits._watch.start()
        with pytest.raises(OverloadedError):
            waits.result(50)
    node.commits._ended = True
    with suppress(OverloadedError):
        node.close()


def sent_together(ann: Node, companies: list[Company]) -> list[Future[Any]]:
    """A message for each, in one group commit."""
    events = decode_json(json.dumps({"events": [message("z", "1")]}).encode()).events
    begun, goes_on, held = threading.Event(), threading.Event(), ann.room._committer._those_here

    def hold(submissions: Any) -> Any:
        begun.set()
        assert goes_on.wait(120)
        return held(submissions)

    with patch.object(ann.room._committer, "_those_here", hold):
        first = ann.commits.submit(companies[0].id, [record_of(events[0])])
        assert begun.wait(60)  # that one by itself; what comes meanwhile goes together
        rest = [ann.commits.submit(each.id, [record_of(events[0])]) for each in companies[1:]]
    goes_on.set()
    return [first, *rest]


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_slot_that_goes_takes_no_other_with_it(pair: Pair, company: Company, when: str) -> None:
    """It ends while events of several companies are committed: those of the others are taken and counted."""
    ann, ben = pair
    lead = new_company_at(ann, "UTC", [BOT], company)
    other = new_company_at(ann, "UTC", [BOT], company, lead)
    for each in (lead, company, other):
        send(ann, each, [message("a", "1")])  # nothing need be read before the next
    append, current = FrameTable.append, ann.room._ledger.thresholds.current

    def end() -> None:
        ann.node._holdings.end([ann.node._holdings.of_slot(slot_of(company.id))])

    def append_and_end(self: FrameTable, frames: Any) -> bool:
        there = append(self, frames)
        if len(frames) > 1 and when == "after":
            end()
        return there

    def ask_and_end(*arguments: Any) -> Any:
        found = current(*arguments)
        if len(found) > 1 and when == "before":
            end()
        return found

    with (
        patch.object(FrameTable, "append", append_and_end),
        patch.object(ann.room._ledger.thresholds, "current", ask_and_end),
    ):
        futures = sent_together(ann, [lead, company, other])
        for each in (futures[0], futures[2]):
            assert each.result(60) == ()
        gone = futures[1].exception(60)
    assert isinstance(gone, NotHereError) == (when == "before")
    assert ann.commits.stale_chatbots == 0
    assert count(ann, other) == 2
    assert ann.commits.waiting == 0
    assert not ann.has(company.id)
    ben.take(company.id)
    assert count(ben, company) == (1 if when == "before" else 2)
    assert verified(ben, company)
    assert verified(ann, other)
    for each in (lead, other):
        ann.let_go(each.id)


def test_a_node_says_why_its_leases_end(pair: Pair, company: Company) -> None:
    """PostgreSQL answers, but has become a standby: who looks for one that is silent would look in vain."""
    ann, _ = pair
    with patch.object(ann.node._ended, "wait", return_value=False):  # between rounds
        with patch.object(ann.node._leases, "renew", side_effect=OverloadedError("It is read-only.")):
            ann.node._lease_round()
        assert "It is read-only." in ann.health.problems()["cluster"]
        ann.node._lease_round()
    assert "cluster" not in ann.health.problems()
