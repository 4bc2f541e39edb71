"""A slot that goes from shard to shard and from node to node says what the oracle says, wherever it is."""

from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from botlens.cluster.slots import slot_of
from botlens.commit.cluster.shard_room import ShardRoom
from botlens.store.carrying import CompanyCarrier
from tests.engine.moving_slots import Cluster, lasting_cluster, no_wait, shards
from tests.engine.owners import new_company_at
from tests.oracle import strategies
from tests.properties.companies import send, verified
from tests.properties.examples import examples
from tests.properties.test_seed_numbers import check

__all__ = ["lasting_cluster", "shards"]

STEPS = st.sampled_from(("send", "send", "send", "flush", "move", "cancel", "erase", "take over", "ask"))


class Wanderer:
    """A company whose slot goes from shard to shard and from node to node while it is sent events."""

    def __init__(self, cluster: Cluster, data: st.DataObject) -> None:
        self.cluster, self.data = cluster, data
        self.events = data.draw(strategies.histories(), label="events")
        chatbots = data.draw(strategies.chatbots())
        self.chatbots = sorted(chatbots, key=lambda chatbot: chatbot["chatbot_id"])
        self.now = data.draw(strategies.moments(near=self.events), label="now")
        self.owner, self.other = cluster.ann, cluster.ben
        zone = data.draw(strategies.zones(), label="zone")
        self.company = new_company_at(self.owner, zone, self.chatbots)
        self.at = 0

    def send(self) -> None:
        size = self.data.draw(st.integers(1, 6), label="batch")
        part, self.at = self.events[self.at : self.at + size], self.at + size
        if part:
            send(self.owner, self.company, part)

    def flush(self) -> None:
        self.owner.commits.flush()

    def ask(self) -> None:
        self.owner.answers.seed.overview(self.owner.answers.scope(self.company, self.now))

    def erase(self) -> None:
        self.cluster.erase_remains(self.owner)

    def take_over(self) -> None:
        self.owner.expire(self.company.id)
        self.other.take(self.company.id)
        self.owner, self.other = self.other, self.owner

    def move(self, *, is_cancelled: bool = False) -> None:
        """With events that come at any step of it."""
        self.cluster.comes_back()
        target, end = self.cluster.begin(self.company), ShardRoom.uncommitted

        def then_end(room: ShardRoom, *arguments: Any) -> Any:
            self.maybe_send()
            if is_cancelled:
                self.cluster.moves.cancel(slot_of(self.company.id))
            return end(room, *arguments)

        kept = CompanyCarrier.differences

        def differences(carrier: CompanyCarrier, *arguments: Any, **named: Any) -> Any:
            self.maybe_send()
            return kept(carrier, *arguments, **named)

        with (
            patch.object(CompanyCarrier, "differences", differences),
            patch.object(ShardRoom, "uncommitted", then_end),
        ):
            self.owner.look()
            self.cluster.mover(self.owner).work(no_wait)
        assert self.cluster.moves.moves() == []
        assert (self.cluster.shard_of(self.company) == target) != is_cancelled
        self.cluster.opened(self.company, self.owner)

    def maybe_send(self) -> None:
        if self.data.draw(st.integers(0, 3), label="meanwhile") == 0:
            self.send()
            if self.data.draw(st.booleans(), label="and flush"):
                self.owner.flush_quietly()

    def check(self) -> None:
        check(self.owner, self.company, self.events, self.chatbots, self.now)
        assert verified(self.owner, self.company)


@pytest.mark.slow
@examples(5)
@given(data=st.data())
def test_any_history_with_moves(lasting_cluster: Cluster, data: st.DataObject) -> None:
    """Whatever is sent between moves and in the middle of one: what the oracle says, wherever it lies."""
    one = Wanderer(lasting_cluster, data)
    does = {
        "send": one.send,
        "flush": one.flush,
        "ask": one.ask,
        "erase": one.erase,
        "take over": one.take_over,
        "move": one.move,
        "cancel": lambda: one.move(is_cancelled=True),
    }
    while one.at < len(one.events):
        does[data.draw(STEPS, label="step")]()
        one.other.flush_quietly()
    one.check()
    one.flush()
    one.erase()
    one.owner.live.invalidate([(one.company.id, each["chatbot_id"]) for each in one.chatbots])
    one.check()
    one.other.look()
    one.owner.let_go(one.company.id)
