"""Slots that are brought to another shard, and what is sent, deleted and asked meanwhile."""

import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from unittest.mock import patch

import pytest

from botlens.cluster import slot_moves
from botlens.cluster.slot_moves import SlotMoveTable, SlotRemains
from botlens.cluster.slots import SlotTable, slot_of
from botlens.commit.cluster import companies_there, slot_mover
from botlens.commit.cluster.shard_room import ShardRoom
from botlens.errors import ConflictError, InvalidError, NotFoundError, NotHereError
from botlens.events.decode import decode_json
from botlens.events.record import record_of
from botlens.gaps.kept.admission import GapAdmissions, MovedMeanwhileError
from botlens.gaps.life_cycle.values import GapStanding, Lineage
from botlens.gaps.reading.memory import GapMemory
from botlens.store.carrying import CompanyCarrier, companies_of
from botlens.store.held_rows import figures_of
from botlens.store.reading import CompanyReader, events
from botlens.tenants.values import Company
from tests.clickhouse_server import INSERTS
from tests.engine.moving_slots import (
    TALK,
    Cluster,
    cluster,
    company,
    no_wait,
    shards,
    with_gaps,
)
from tests.engine.owners import count
from tests.events import deletion, message
from tests.properties.companies import send, verified

__all__ = ["cluster", "company", "shards"]


def meanwhile(cluster: Cluster, company: Company, does: Callable[[], None], *, at: str) -> int:
    """Move a slot, and do something once it has come to a step, right before that."""
    kept, done = getattr(CompanyCarrier, at), []

    def once(self: CompanyCarrier, *arguments: Any, **named: Any) -> Any:
        if not done:
            done.append(True)
            does()
        return kept(self, *arguments, **named)

    with patch.object(CompanyCarrier, at, once):
        target = cluster.move(company)
    assert done
    return target


@pytest.mark.parametrize("at", ["bring", "bring_newer"])
@pytest.mark.parametrize("flushed", [True, False])
def test_deletions_meanwhile(cluster: Cluster, company: Company, at: str, flushed: bool) -> None:
    """A conversation and a message go after they were brought: neither counts, and no text of them stays."""
    send(cluster.ann, company, TALK)
    send(cluster.ann, company, [message("c", "1", "secret"), message("c", "2", "Where?")])
    cluster.ann.commits.flush()

    def delete() -> None:
        send(cluster.ann, company, [deletion("b", "conversation"), deletion("c", "message", "1")])
        if flushed:
            cluster.ann.commits.flush()

    target = meanwhile(cluster, company, delete, at=at)
    assert count(cluster.ann, company) == 2
    cluster.ann.commits.flush()
    assert verified(cluster.ann, company)
    cluster.no_texts(company, target, ("secret", "How?"))


def test_a_chatbot_that_is_erased_meanwhile(cluster: Cluster, company: Company) -> None:
    """All that was brought of it is removed again, and nothing else."""
    cluster.ann.accounts.put_chatbot(company.id, "other", name="Other")
    send(cluster.ann, company, TALK)
    send(cluster.ann, company, [each | {"chatbot_id": "other"} for each in TALK])
    cluster.ann.commits.flush()

    def erase() -> None:
        cluster.ann.accounts.delete_chatbot(company.id, "other")
        cluster.ann.commits.erase(company.id, "other", no_wait)

    target = meanwhile(cluster, company, erase, at="bring_newer")
    assert {each.chatbot_id for each in figures_of(cluster.stores[target], company.id)} == {"bot"}
    assert count(cluster.ann, company) == 2
    assert verified(cluster.ann, company)


def test_a_threshold_that_changes_meanwhile(cluster: Cluster, company: Company) -> None:
    """Facts that are made anew by a version of before are found by comparing."""
    send(cluster.ann, company, TALK)
    cluster.ann.commits.flush()

    def change() -> None:
        cluster.ann.chatbots.put(company.id, "bot", confidence_threshold=0.05)

    meanwhile(cluster, company, change, at="bring_newer")
    assert verified(cluster.ann, company)
    found = cluster.ann.accounts.chatbot(company.id, "bot")
    assert found is not None
    assert found.confidence_threshold == 0.05


def test_what_was_asked_of_a_company_where_it_lay_before_is_not_used(
    cluster: Cluster, company: Company
) -> None:
    """A body was read; its slot goes, and a chatbot of it is deleted, before it is submitted."""
    send(cluster.ann, company, TALK)
    cluster.ann.commits.flush()
    early = cluster.ann.commits.thresholds(company.id)
    cluster.move(company)
    records = [record_of(each) for each in decode_json(_body([message("z", "1")])).events]
    with pytest.raises(NotHereError):
        cluster.ann.commits.submit(company.id, records, early)
    assert count(cluster.ann, company) == 2
    late = cluster.ann.commits.thresholds(company.id)
    assert late.edition >> 48 != early.edition >> 48
    cluster.ann.commits.submit(company.id, records, late).result(60)
    assert count(cluster.ann, company) == 3


def _body(events: list[dict[str, Any]]) -> bytes:
    return json.dumps({"events": events}).encode()


def test_what_waits_to_be_written_is_written_where_the_slot_is(cluster: Cluster, company: Company) -> None:
    """A reader wants what is pending while nothing is written: it is answered, or asks again, never less."""
    send(cluster.ann, company, TALK[:1])
    end, waits = ShardRoom.uncommitted, []
    with ThreadPoolExecutor(1) as pool:

        def ask_then_end(self: ShardRoom, *arguments: Any) -> Any:
            send(cluster.ann, company, TALK[1:])
            waits.append(pool.submit(cluster.ann.room_of(company).snapshots.read, company.id, lambda _: None))
            return end(self, *arguments)

        with patch.object(ShardRoom, "uncommitted", ask_then_end):
            cluster.move(company)
        with pytest.raises(NotHereError):
            waits[0].result(60)
    assert count(cluster.ann, company) == 2


def test_the_room_where_a_slot_was_takes_nothing_of_it(cluster: Cluster, company: Company) -> None:
    """Who came there a moment before is refused: it would be numbered as if it were at the new place."""
    send(cluster.ann, company, TALK[:1])
    before = cluster.ann.room_of(company)
    cluster.move(company)
    assert cluster.ann.room_of(company) is not before
    for ask in (
        lambda: before._ledger.check(company.id),
        lambda: before._ledger.next_arrival(company.id),
        lambda: before._rebuilds.note(company.id, "bot"),
    ):
        with pytest.raises(NotHereError):
            ask()
    assert before._ledger.opening(company.id) is None


def test_gaps_are_not_written_in_two_places(cluster: Cluster, company: Company) -> None:
    """Who began to write before a move is cut off by it; who begins afterwards writes at the new place."""
    admissions = GapAdmissions()
    early, others = admissions.of(company.id, "bot"), admissions.of("somebody", "bot")
    tried: list[str] = []
    end = SlotMoveTable.end

    def try_then_end(self: SlotMoveTable, *arguments: Any) -> Any:
        for name, admission in (("early", early), ("now", admissions.of(company.id, "bot"))):
            with pytest.raises(MovedMeanwhileError), admission():
                tried.append(name)
        with others():
            tried.append("others")
        return end(self, *arguments)

    target = cluster.begin(company)
    cluster.ann.look()
    with patch.object(SlotMoveTable, "end", try_then_end):
        cluster.mover(cluster.ann, admissions.held).work(no_wait)
    assert cluster.shard_of(company) == target
    with pytest.raises(MovedMeanwhileError), early():
        tried.append("early")
    with admissions.of(company.id, "bot")():
        tried.append("later")
    assert tried == ["others", "later"]


def test_what_is_remembered_of_gaps_does_not_go_along(cluster: Cluster, company: Company) -> None:
    """What was read before is of another state, though nothing was written yet where the slot is now."""
    memory, standing = GapMemory(GapAdmissions()), GapStanding({}, Lineage({}, {}), {}, {})

    def events_read() -> int:
        def find(reader: CompanyReader) -> int:
            return int(reader.rows(f"SELECT count() FROM {events()}", {})[0][0])

        def ask(reader: CompanyReader) -> int:
            return memory.recall(reader, standing, "events", lambda: find(reader), lambda _: 1)

        return int(cluster.ann.room_of(company).snapshots.read(company.id, ask))

    assert events_read() == 0
    send(cluster.ann, company, TALK)
    cluster.ann.commits.flush()
    cluster.move(company)
    assert events_read() == len(TALK)


def test_a_shard_that_does_not_take_it(cluster: Cluster, company: Company) -> None:
    """It is said where the move is, all goes on, and it is done once the shard takes it."""
    send(cluster.ann, company, TALK)
    cluster.ann.commits.flush()
    target, before = cluster.begin(company), cluster.shard_of(company)
    cluster.server.goes_wrong({"does": "refuse", "statements": INSERTS, "code": 242})
    mover = cluster.mover(cluster.ann)
    with patch.object(slot_mover, "_AGAIN_SECONDS", 600.0):
        mover.work(no_wait)
    (move,) = cluster.moves.moves()
    assert "does not answer" in move.said
    assert count(cluster.ann, company) == 2
    cluster.server.goes_wrong()
    mover.work(no_wait)  # not before some seconds have passed
    assert cluster.shard_of(company) == before
    with patch.object(slot_mover, "_AGAIN_SECONDS", 0.0):
        mover._not_before.clear()
        mover.work(no_wait)
    assert cluster.shard_of(company) == target


def test_what_differs_at_the_end_is_not_served(cluster: Cluster, company: Company) -> None:
    """A shard says that it took rows and lost them: the slot stays until both hold the same."""
    send(cluster.ann, company, TALK)
    cluster.ann.commits.flush()
    before = cluster.shard_of(company)
    cluster.begin(company)
    with patch.object(CompanyCarrier, "_insert", lambda *_: None):
        cluster.mover(cluster.ann).work(no_wait)
    (move,) = cluster.moves.moves()
    assert "do not hold the same rows" in move.said
    assert cluster.shard_of(company) == before
    assert count(cluster.ann, company) == 2
    cluster.mover(cluster.ann).work(no_wait)
    assert cluster.shard_of(company) != before


def test_a_slot_that_is_lost_on_the_way_stays(cluster: Cluster, company: Company) -> None:
    """The statement that ends a move is of one epoch: a zombie moves nothing."""
    send(cluster.ann, company, TALK)
    before = cluster.shard_of(company)
    cluster.begin(company)
    end = SlotMoveTable.end

    def lose_then_end(self: SlotMoveTable, *arguments: Any) -> Any:
        cluster.ann.expire(company.id)
        cluster.ben.take(company.id)
        return end(self, *arguments)

    with patch.object(SlotMoveTable, "end", lose_then_end):
        cluster.mover(cluster.ann).work(no_wait)
    assert cluster.shard_of(company) == before
    assert count(cluster.ben, company) == 2
    cluster.ann.look()
    cluster.ben.let_go(company.id)


def test_refusals(cluster: Cluster, company: Company) -> None:
    """Each says what stands in the way, and what to do."""
    slot = slot_of(company.id)
    before = cluster.shard_of(company)
    assert not cluster.moves.begin(slot, before)
    for number, target, words in (
        (256, 0, "0 to 255"),
        (slot, 2, "shards 1 to 2"),
        (slot, -1, "shards 1 to 2"),
    ):
        with pytest.raises(InvalidError, match=words):
            cluster.moves.begin(number, target)
    with pytest.raises(NotFoundError, match="not being moved"):
        cluster.moves.cancel(slot)
    target = cluster.begin(company)
    assert cluster.moves.begin(slot, target)  # again changes nothing
    SlotTable(cluster.moves._statements, 1.0).add_shards(3)  # one was added
    with pytest.raises(ConflictError, match="cancel that first"):
        cluster.moves.begin(slot, 2)
    cluster.moves.cancel(slot)
    with pytest.raises(InvalidError, match="in 24 hours"):
        cluster.moves.begin(slot, target)
    assert cluster.moves.begin(slot, 2)
    cluster.mover(cluster.ann).work(no_wait)
    (move,) = cluster.moves.moves()
    assert "knows no shard 3" in move.said


def test_what_was_brought_before_it_was_given_up_is_erased(cluster: Cluster, company: Company) -> None:
    """And looked for again for a day, since a node that was taken for dead may write it late."""
    send(cluster.ann, company, TALK)
    cluster.ann.commits.flush()
    slot, target = slot_of(company.id), cluster.begin(company)
    with patch.object(CompanyCarrier, "bring_newer", lambda *_: cluster.moves.cancel(slot)):
        cluster.mover(cluster.ann).work(no_wait)
    assert cluster.rows(company, target)["raw_events"] == len(TALK)
    cluster.mover(cluster.ann).work(no_wait)  # not yet: somebody may be reading there
    assert cluster.rows(company, target)
    cluster.erase_remains()
    assert cluster.rows(company, target) == {}
    assert cluster.moves.remains() == [SlotRemains(slot, target)]
    assert count(cluster.ann, company) == 2
    with_gaps(cluster.stores[target], company)
    cluster.erase_remains()
    assert cluster.rows(company, target)  # an hour later
    with (
        patch.object(slot_moves, "_LOOKED_AT_AGAIN_SECONDS", -1.0),
        patch.object(slot_moves, "REMAINS_SECONDS", -1.0),
    ):
        cluster.erase_remains()
    assert cluster.rows(company, target) == {}
    assert cluster.moves.remains() == []
    cluster.move(company)


def test_a_shard_is_looked_through_once_for_all_slots_that_left_it(
    cluster: Cluster, company: Company
) -> None:
    """All of it is read for that: half of a shard may have moved, and it is looked for again for a day."""
    other = cluster.another_at(cluster.shard_of(company), company)
    shard = cluster.shard_of(company)
    for each in (company, other):
        send(cluster.ann, each, TALK)
        cluster.move(each)
        assert cluster.rows(each, shard)
    with patch.object(companies_there, "companies_of", wraps=companies_of) as looks:
        cluster.erase_remains()
    assert looks.call_count == 1
    for each in (company, other):
        assert cluster.rows(each, shard) == {}


def test_nobody_waits_for_a_slot_that_is_moved(cluster: Cluster, company: Company) -> None:
    """While nothing of it is written, others of the shard are written and read; its own events are taken."""
    other = cluster.another_at(cluster.shard_of(company), company)
    for each in (company, other):
        send(cluster.ann, each, TALK[:1])
        assert count(cluster.ann, each) == 1  # from here on in memory
    end, done = ShardRoom.uncommitted, []

    def work_then_end(self: ShardRoom, *arguments: Any) -> Any:
        def work() -> None:
            send(cluster.ann, other, TALK[1:])
            cluster.ann.commits.flush()
            assert verified(cluster.ann, other)
            send(cluster.ann, company, TALK[1:])
            assert count(cluster.ann, company) == 2
            done.append(True)

        thread = threading.Thread(target=work)
        thread.start()
        thread.join(60)
        return end(self, *arguments)

    with patch.object(ShardRoom, "uncommitted", work_then_end):
        cluster.move(company)
    assert done
    assert verified(cluster.ann, company)
