"""The moment at the end of a move: nothing of the slot is written, for not too long, and others go on."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any
from unittest.mock import patch

import pytest

from botlens.cluster.slot_moves import SlotMoveTable
from botlens.cluster.slots import slot_of
from botlens.commit.cluster import slot_mover
from botlens.commit.cluster.shard_room import ShardRoom
from botlens.errors import NotHereError
from botlens.events.decode import decode_json
from botlens.events.record import record_of
from botlens.store.failures import StoreError, TooSlowError
from botlens.tenants.values import Company
from tests.engine.cluster_nodes import PATIENCE
from tests.engine.moving_slots import TALK, Cluster, cluster, company, no_wait, shards
from tests.engine.owners import count
from tests.events import message
from tests.properties.companies import send, verified

__all__ = ["cluster", "company", "shards"]


def test_a_slot_that_takes_too_long_at_the_end_stays_for_now(cluster: Cluster, company: Company) -> None:
    """Nothing of it is written while both sides are compared: that may take some seconds, and no more."""
    send(cluster.ann, company, TALK)
    cluster.ann.commits.flush()
    before = cluster.shard_of(company)
    target = cluster.begin(company)
    with patch.object(slot_mover, "_HELD_SECONDS", 0.0):
        cluster.mover(cluster.ann).work(no_wait)
    (move,) = cluster.moves.moves()
    assert "too much to be brought at once" in move.said
    assert cluster.shard_of(company) == before
    assert count(cluster.ann, company) == 2
    cluster.mover(cluster.ann).work(no_wait)
    assert cluster.shard_of(company) == target


@pytest.mark.parametrize("reads", ["maintain", "arrow"])
def test_a_statement_takes_no_longer_than_what_is_left(cluster: Cluster, reads: str) -> None:
    """A shard that is slow is not waited for while a slot stands still."""
    store, begun = cluster.stores[0].within(lambda: 0.5), time.monotonic()
    with pytest.raises((TooSlowError, StoreError)) as ended:  # the server's; or ours, if it stands still
        getattr(store, reads)("SELECT sleepEachRow(1) FROM numbers(20) SETTINGS max_block_size = 1", {})
    assert isinstance(ended.value, TooSlowError) or "does not answer" in ended.value.message
    assert time.monotonic() - begun < 19  # it takes twenty seconds


def test_a_company_that_comes_to_be_at_the_end_goes_along(cluster: Cluster, company: Company) -> None:
    """It was not there when the companies of the slot were looked for."""
    send(cluster.ann, company, TALK)
    cluster.ann.commits.flush()
    name = next(each for each in map(str, range(10_000)) if slot_of(each) == slot_of(company.id))
    other = cluster.ann.accounts.create_company("Other", owner="o", plan="pro", company_id=name)
    cluster.ann.accounts.put_chatbot(other.id, "bot", name="Bot")
    held = ShardRoom.held

    def send_then_hold(self: ShardRoom, *arguments: Any) -> Any:
        send(cluster.ann, other, TALK)
        cluster.ann.commits.flush()
        return held(self, *arguments)

    with patch.object(ShardRoom, "held", send_then_hold):
        target = cluster.move(company)
    assert cluster.rows(other, target)["raw_events"] == len(TALK)
    assert count(cluster.ann, other) == 2
    assert verified(cluster.ann, other)


def test_commits_beside_the_end_are_not_refused_with_those_of_the_slot(
    cluster: Cluster, company: Company
) -> None:
    """By then frames of the slot's old epoch are refused, and all of the same commit: so there are none."""
    other = cluster.another_at(cluster.shard_of(company), company)
    send(cluster.ann, other, TALK[:1])
    holding = cluster.ann.node._holdings.of(other.id)
    end, sent = SlotMoveTable.end, []

    def end_then_send(self: SlotMoveTable, *arguments: Any) -> Any:
        epoch = end(self, *arguments)
        event = decode_json(json.dumps({"events": [message("late", "1")]}).encode()).events
        records = [record_of(each) for each in event]
        sent.extend(cluster.ann.commits.submit(each.id, records) for each in (company, other))
        time.sleep(0.3)
        return epoch

    with patch.object(SlotMoveTable, "end", end_then_send):
        cluster.move(company)
    with pytest.raises(NotHereError):
        sent[0].result(60)
    sent[1].result(60)
    assert cluster.ann.node._holdings.of(other.id) is holding
    assert cluster.ann.telemetry.fenced._value.get() == 0
    assert count(cluster.ann, other) == 2


def test_a_slot_whose_row_is_in_use_keeps_no_commit_waiting(cluster: Cluster, company: Company) -> None:
    """As by the transaction of a threshold: the end of a move waits for nobody, and comes again."""
    other = cluster.another_at(cluster.shard_of(company), company)
    for each in (company, other):
        send(cluster.ann, each, TALK)
    target, tried = cluster.begin(company), Event()
    kept = SlotMoveTable.end

    def end(*arguments: Any) -> int | None:
        epoch = kept(*arguments)
        tried.set()
        return epoch

    slot = {"slot": slot_of(company.id)}
    engine = cluster.ann.accounts.database._engine
    with patch.object(SlotMoveTable, "end", end), ThreadPoolExecutor(1) as pool:
        with engine.connect() as has_it:
            row = "SELECT 1 FROM botlens.slots WHERE slot = %(slot)s FOR SHARE"
            assert has_it.exec_driver_sql(row, slot).fetchall()
            moving = pool.submit(cluster.mover(cluster.ann).work, no_wait)
            assert tried.wait(PATIENCE)
            send(cluster.ann, other, [message("z", "1")])
            assert count(cluster.ann, other) == 3
            has_it.rollback()
        moving.result(PATIENCE)
    assert cluster.shard_of(company) == target
    cluster.opened(company)
    assert count(cluster.ann, company) == 2
