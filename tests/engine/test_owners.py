"""Owners of a slot that follow each other, in any order of deaths, zombies and hand-overs."""

import json
from collections.abc import Iterator
from contextlib import AbstractContextManager
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from botlens.cluster.frames import FrameTable, JournalFrame
from botlens.cluster.node import ClusterNode
from botlens.cluster.ownership import Here, Nowhere, There
from botlens.cluster.slots import slot_of
from botlens.cluster.view import BEGINS
from botlens.commit.rewriting import Rewriting
from botlens.commit.room import pending
from botlens.errors import NotHereError, OverloadedError
from botlens.events.decode import decode_json
from botlens.events.record import record_of
from botlens.store.failures import StoreError
from botlens.store.reading import CompanyReader
from botlens.store.reading import events as events_of
from botlens.tenants.values import Company
from tests.engine.cluster_nodes import Node, eventually
from tests.engine.owners import Pair, company, count, new_company_at, pair
from tests.events import answer, conversation, message, rating, vote
from tests.oracle import strategies
from tests.properties.companies import send, verified
from tests.properties.examples import examples
from tests.properties.test_seed_numbers import check

__all__ = ["company", "pair"]


def refused(node: Node, company: Company, events: list[dict]) -> None:
    """A node that has lost the slot takes nothing, whatever it believes."""
    decoded = decode_json(json.dumps({"events": events}).encode())
    with pytest.raises(OverloadedError):
        node.commits.submit(company.id, [record_of(each) for each in decoded.events]).result(60)


STEPS = st.sampled_from(
    (
        "send",
        "send",
        "send",
        "send",
        "flush",
        "flush",
        "hand over",
        "take over",
        "zombie writes",
        "zombie wakes",
    )
)
FAULTS = st.sampled_from((None, None, "events", "facts", "told not"))


@pytest.mark.slow
@examples(10)
@given(data=st.data())
def test_any_history_with_owners_that_follow_each_other(pair: Pair, data: st.DataObject) -> None:
    """Whoever has the slot says what the oracle says, whatever those do that had it before."""
    events = data.draw(strategies.histories(), label="events")
    chatbots = sorted(data.draw(strategies.chatbots()), key=lambda chatbot: chatbot["chatbot_id"])
    now = data.draw(strategies.moments(near=events), label="now")
    owner, other = pair
    company = new_company_at(owner, data.draw(strategies.zones(), label="zone"), chatbots)
    at = 0
    while at < len(events):
        step = data.draw(STEPS, label="step")
        if step == "send":
            size = data.draw(st.integers(1, 6), label="batch")
            part, at = events[at : at + size], at + size
            if data.draw(FAULTS, label="fault") == "told not":
                send_without_an_answer(owner, company, part)
            send(owner, company, part)
        elif step == "flush":
            fault = data.draw(FAULTS, label="fault")
            with failing(fault):
                owner.flush_quietly()
        elif step == "hand over":
            owner.let_go(company.id)
            other.take(company.id)
            owner, other = other, owner
        elif step == "take over":
            owner.expire(company.id)
            other.take(company.id)
            owner, other = other, owner
        elif step == "zombie writes":
            other.flush_quietly()
        else:
            other.look()
    check(owner, company, events, chatbots, now)
    other.flush_quietly()
    owner.commits.flush()
    check(owner, company, events, chatbots, now)
    assert verified(owner, company)
    other.look()
    owner.expire(company.id)
    other.take(company.id)
    check(other, company, events, chatbots, now)
    assert verified(other, company)
    owner.look()


def failing(fault: str | None) -> AbstractContextManager[object]:
    """A shard that does not take one of the two inserts."""
    if fault in (None, "told not"):
        return patch.object(pending, "__doc__", pending.__doc__)
    return patch.object(
        pending, {"events": "insert_events", "facts": "insert_facts"}[fault], side_effect=OSError
    )


def send_without_an_answer(node: Node, company: Company, events: list[dict]) -> None:
    """PostgreSQL takes the frame and the connection breaks: nobody knows, so the slot is opened again."""
    append, appended = FrameTable.append, []

    def applied_and_not_told(self: FrameTable, frames: list) -> bool:
        appended.append(append(self, frames))
        raise OverloadedError("the connection broke")

    with patch.object(FrameTable, "append", applied_and_not_told):
        try:
            send(node, company, events)
        except OverloadedError:
            assert appended
        else:  # all of it is of what was deleted: nothing is written
            assert not appended
            return
    assert not node.has(company.id)
    node.take(company.id)


def test_a_zombie_is_refused(pair: Pair, company: Company) -> None:
    """It has lost the slot and does not know: nothing that it takes is acknowledged, and then it knows."""
    ann, ben = pair
    send(ann, company, [message("a", "1")])
    ann.expire(company.id)
    ben.take(company.id)
    assert ann.has(company.id)  # as far as it knows
    refused(ann, company, [message("b", "1")])
    assert not ann.has(company.id)
    assert ann.telemetry.fenced._value.get() >= 1
    assert count(ben, company) == 1
    send(ben, company, [message("c", "1")])
    assert count(ben, company) == 2
    ann.look()
    with pytest.raises(NotHereError):
        count(ann, company)
    assert ann.commits.pending == 0


def test_a_node_whose_journal_failed_is_ready_again_without_being_sent_anything(
    pair: Pair, company: Company
) -> None:
    """While it is not ready no load balancer sends it anything, so nothing sent can be what shows it."""
    ann, ben = pair
    no = OverloadedError("no answer")
    with patch.object(FrameTable, "append", side_effect=no), pytest.raises(OverloadedError):
        send(ann, company, [message("a", "1")])
    ben.take(company.id)
    for said in ({"return_value": [("on",)]}, {"side_effect": no}):  # a copy that follows another; nothing
        with patch.object(ann.room.beside, "run", **said):
            ann.room._ledger.heal()
            assert "shard 1: journal" in ann.health.problems()
    ann.room._flushes.wake()
    eventually(lambda: "shard 1: journal" not in ann.health.problems())


def test_without_the_fence_a_zombie_acknowledges_what_nobody_counts(
    pair: Pair, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the test above refuses is taken, and is in no number: so it would find the fence missing."""
    monkeypatch.setattr(FrameTable, "FENCE", "")
    ann, ben = pair
    ann.expire(company.id)
    ben.take(company.id)
    send(ann, company, [message("b", "1")])
    assert count(ben, company) == 0


def moved_twice(ann: Node, ben: Node, company: Company) -> None:
    """A zombie writes, late, where a conversation began before its successor learned of another day."""
    send(ann, company, [message("c", "2", at="2026-03-17T10:00:00Z")])
    ann.expire(company.id)
    ben.take(company.id)
    send(ben, company, [message("c", "1", at="2026-03-16T10:00:00Z")])
    ben.commits.flush()
    ann.flush_quietly()
    ben.live.invalidate([(company.id, "bot")])


def test_what_a_zombie_writes_late_loses(pair: Pair, company: Company) -> None:
    """Its versions are of an earlier epoch, and the day that it knew is vacant."""
    ann, ben = pair
    moved_twice(ann, ben, company)
    assert count(ben, company) == 1
    assert verified(ben, company)
    send(ben, company, [message("c", "3"), rating("c", 5), answer("c", "4", 0.1), vote("c", "4")])
    ben.commits.flush()
    assert verified(ben, company)


def recounted_late(ann: Node, ben: Node, company: Company, *, epochs: bool) -> None:
    """A zombie has read a conversation to make its facts anew, and writes them when another has it."""
    send(ann, company, [message("c", "1")])
    ann.commits.flush()
    if not epochs:  # it stands higher than its successor, which it would if numbers were of nodes
        ann.node._holdings.of(company.id).number = 1 << 60
    parts = ann.room._ledger, ann.room._flusher, ann.room.snapshots
    rewriting = Rewriting(ann.room._store, company.id, "bot", *parts, ann.room._ledger.opening(company.id))
    found = rewriting.read(("", None))
    ann.expire(company.id)
    ben.take(company.id)
    send(ben, company, [message("c", "2")])
    ben.commits.flush()
    rewriting.write(found, rewriting.derive(found, 0.2))


def test_facts_that_a_zombie_made_anew_lose(pair: Pair, company: Company) -> None:
    recounted_late(*pair, company, epochs=True)
    assert verified(pair[1], company)


def test_without_epochs_in_the_numbers_they_would_win(pair: Pair, company: Company) -> None:
    """The same, with numbers that go on where each node stands: so the test above would find it."""
    recounted_late(*pair, company, epochs=False)
    assert not verified(pair[1], company)


def test_days_that_are_not_in_the_store_any_more_are_vacant(pair: Pair, company: Company) -> None:
    """A header took the place of another in the journal: the zombie may know of the first one alone."""
    ann, ben = pair
    send(ann, company, [conversation("c", "2026-03-17T10:00:00Z")])
    early = ann.room._ledger.backlog.of(company.id)
    facts = dict(early.facts)
    send(ann, company, [conversation("c", "2026-03-16T10:00:00Z")])
    ann.expire(company.id)
    ben.take(company.id)
    pending.Pending([], facts).insert(ann.room._store)  # what it had begun to write before the second came
    assert count(ben, company) == 1
    assert verified(ben, company)


def test_an_answer_is_sent_only_if_the_lease_lasted(
    pair: Pair, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Asked before and after, by the monotonic clock alone; without that look a zombie would answer."""
    ann, _ = pair
    place = ann.node.place_of(company.id)
    assert isinstance(place, Here)
    assert ann.node.still_here(place)
    ann.node._holdings.of(company.id).valid_until = 0.0
    assert not ann.node.still_here(place)
    assert isinstance(ann.node.place_of(company.id), Nowhere)
    monkeypatch.setattr(ClusterNode, "CHECKS_LEASE", False)
    assert ann.node.still_here(place)
    monkeypatch.undo()
    ann.look()
    assert ann.node.still_here(place)  # renewed, of the same epoch: nobody had it in between
    ann.let_go(company.id)
    ann.take(company.id)
    assert not ann.node.still_here(place)  # of another epoch: somebody may have had it


def test_nodes_know_of_each_other(pair: Pair, company: Company) -> None:
    """Who has not the company says who has; who does not know yet says when to ask again."""
    ann, ben = pair
    assert isinstance(ben.node.place_of(company.id), Nowhere)
    ben.node._view.look(ben.node._table)
    place = ben.node.place_of(company.id)
    assert place == There(ann.node.name.url, ann.node.name.name)


def test_an_orderly_hand_over_leaves_nothing_to_read(pair: Pair, company: Company) -> None:
    ann, ben = pair
    send(ann, company, [message("a", "1")])
    ann.let_go(company.id)
    assert ann.room._frames.slots_with_frames([slot_of(company.id)]) == set()
    ben.take(company.id)
    assert count(ben, company) == 1


def test_a_threshold_is_counted_by_whoever_has_the_slot_next(pair: Pair, company: Company) -> None:
    """It was intended, the recount failed and the node died: the successor counts it before it answers."""
    ann, ben = pair
    send(ann, company, [message("a", "1"), answer("a", "2", 0.3)])
    ann.commits.flush()
    with (
        patch.object(ann.room._derivation, "rebuild", side_effect=OverloadedError("no")),
        pytest.raises(OverloadedError),
    ):
        ann.chatbots.put(company.id, "bot", confidence_threshold=0.5)
    assert ann.commits.is_stale(company.id, "bot")
    ann.expire(company.id)
    ben.take(company.id)
    assert not ben.commits.is_stale(company.id, "bot")
    assert verified(ben, company)
    assert ben.room._rebuilds.unfinished_of(range(256)) == []
    ann.look()


def test_a_threshold_that_is_sent_again_is_counted_first(pair: Pair, company: Company) -> None:
    """The first time it could not be counted; the next time it is, though the accounts say that it is set."""
    ann, _ = pair
    send(ann, company, [message("a", "1"), answer("a", "2", 0.3)])
    with patch.object(ann.room._derivation, "rebuild", side_effect=OverloadedError("no")):
        for _ in range(2):
            with pytest.raises(OverloadedError):
                ann.chatbots.put(company.id, "bot", confidence_threshold=0.5)
    ann.chatbots.put(company.id, "bot", confidence_threshold=0.5)
    assert not ann.commits.is_stale(company.id, "bot")
    assert verified(ann, company)


def test_postgresql_that_does_not_answer_ends_the_slot(pair: Pair, company: Company) -> None:
    """Whether the frame is there nobody knows: it is read again, and what was sent again counts once."""
    ann, _ = pair
    send_without_an_answer(ann, company, [message("a", "1")])
    assert count(ann, company) == 1
    send(ann, company, [message("a", "1")])
    assert count(ann, company) == 1
    assert verified(ann, company)


def test_a_slot_that_works_is_not_read_again(pair: Pair, company: Company) -> None:
    """What was left undone has failed and is tried again: what was taken meanwhile keeps its numbers."""
    ann, _ = pair
    send(ann, company, [message("a", "1")])
    read = FrameTable.read

    def read_while_events_come(self: FrameTable, slot: int) -> Iterator[JournalFrame]:
        yield from read(self, slot)
        for name in ("2", "3", "4"):
            send(ann, company, [message("a", name)])

    with patch.object(FrameTable, "read", read_while_events_come):
        assert list(ann.room.open_slots([ann.node._holdings.of(company.id)]))
    for name in ("5", "6", "7"):
        send(ann, company, [message("a", name)])
    ann.commits.flush()
    found = CompanyReader(ann.room._store, company.id).rows(f"SELECT arrival FROM {events_of()}", {})
    assert len({row[0] for row in found}) == len(found)
    assert verified(ann, company)


def test_nobody_waits_for_a_slot_that_cannot_be_opened(pair: Pair, company: Company) -> None:
    """While it is tried for the first time that is worth it; after that, requests are refused at once."""
    ann, _ = pair
    send(ann, company, [message("a", "1")])
    slot = slot_of(company.id)
    ann.node._holdings.end([ann.node._holdings.of(company.id)])
    ann.look()
    with patch.object(ann.room, "_recover", side_effect=StoreError):
        ann.node._take([ann.node._view.look(ann.node._table)[slot]])
        eventually(lambda: not ann.node._view.look(ann.node._table)[slot].owner)
        assert ann.node.place_of(company.id) == Nowhere(1, BEGINS, is_soon=False)
    ann.take(company.id)
    with patch.object(ann.node._holdings.of(company.id), "serving", False):  # as when it is handed over
        assert ann.node.place_of(company.id) == Nowhere(1, BEGINS, is_soon=True)
