"""What a node derives of a slot that another definition kept: bounded, and in its own table alone."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event
from typing import Any
from unittest.mock import patch

from botlens.cluster.holdings import SlotHolding
from botlens.cluster.slots import slot_of
from botlens.commit.cluster import shard_room, slot_derivation
from botlens.commit.cluster.shard_room import ShardRoom
from botlens.commit.room.recounts import Recounts
from botlens.errors import NotHereError, OverloadedError
from botlens.metrics.facts import Facts, derive
from botlens.moments import DAY
from botlens.store.pool import Lane, Pool
from botlens.store.raw_events import conversations_since
from botlens.store.reading import CompanyReader
from botlens.tenants.values import Company
from tests.engine.cluster_nodes import eventually
from tests.engine.definitions import NEW, OLD, TwoVersions
from tests.engine.owners import BOT, new_company_at
from tests.engine.test_two_definitions import company, hand_over, talk, unanswered
from tests.events import message
from tests.properties.companies import send, verified

__all__ = ["company"]


def a_day_later(*arguments: Any) -> Facts:
    """As a definition might have it by which conversations begin on another day."""
    facts = derive(*arguments)
    facts.started_at += DAY
    return facts


def test_where_definitions_differ_in_days(versions: TwoVersions, company: Company) -> None:
    """What the new one makes of a conversation moves it in its own table, not in that of the old one."""
    ann, eve = versions.ann, versions.eve
    hand_over(company, ann, eve, ann)
    send(ann, company, [message("a", "3")])
    with patch.object(slot_derivation, "derive", a_day_later):
        hand_over(company, ann, eve)
    (old,), (new,) = versions.facts(OLD, company), versions.facts(NEW, company)
    assert new.day == old.day + 1
    hand_over(company, eve, ann)
    assert verified(ann, company)


def test_of_many_conversations_none_is_in_memory(versions: TwoVersions, company: Company) -> None:
    """Chatbots of which more came than is derived one by one are counted by the store."""
    ann = versions.ann
    of_two = new_company_at(ann, "UTC", [BOT, {**BOT, "chatbot_id": "second"}])
    of_second = [{**each, "chatbot_id": "second"} for each in [*talk("x"), *talk("y")]]
    send(ann, of_two, [*talk("a"), *talk("b"), *talk("c"), *of_second])
    ann.commits.flush()
    reader = CompanyReader(ann.stores[0], of_two.id)
    first, second = [("bot", "a"), ("bot", "b"), ("bot", "c")], [("second", "x"), ("second", "y")]
    assert conversations_since(reader, 0, 5) == ([*first, *second], [])
    assert conversations_since(reader, 0, 4) == (second, ["bot"])
    assert conversations_since(reader, 0, 1) == ([], ["bot", "second"])
    ann.let_go(of_two.id)


def test_a_slot_is_not_given_back_while_others_ask_long_questions(
    versions: TwoVersions, company: Company
) -> None:
    """Facts are made anew over connections that all share: whoever finds them taken tries again."""
    ann, eve = versions.ann, versions.eve
    refusals = []
    rebuild = Recounts.rebuild

    def busy_at_first(self: Recounts, *key: str) -> None:
        if len(refusals) < 2 and key[0] == company.id:  # and no other that is counted anew just now
            refusals.append(key)
            raise OverloadedError("Too much is being asked at once.")
        rebuild(self, *key)

    with patch.object(Recounts, "rebuild", busy_at_first), patch.object(shard_room, "_AGAIN_SECONDS", 0.01):
        hand_over(company, ann, eve)
    assert refusals == [(company.id, "bot")] * 2
    assert unanswered(eve, company) == 1


def test_a_node_that_ends_waits_for_no_derivation(versions: TwoVersions, company: Company) -> None:
    """Whoever has the slot next goes on with it."""
    ann, eve = versions.ann, versions.eve
    begun, wanted = Event(), []

    def deriving(room: ShardRoom, holding: SlotHolding) -> None:
        begun.set()
        eventually(lambda: not holding.lasts)
        wanted.append(holding.slot)
        raise NotHereError

    slot = slot_of(company.id)
    ann.let_go(company.id)
    with patch.object(ShardRoom, "_derive", deriving):
        eve.look()
        eve.node._take([each for each in eve.node._view.look(eve.node._table) if each.slot == slot])
        assert begun.wait(60)
        eve.node.start()
        eve.node.leave()
    assert wanted == [slot]
    ann.take(company.id)
    assert unanswered(ann, company) == 0


@contextmanager
def no_room_for_questions() -> Iterator[None]:
    """All connections of those who ask are taken, for long."""
    borrowed = Pool.borrowed

    def refusing(self: Pool, lane: Lane, *arguments: Any) -> Any:
        assert lane is not Lane.READ
        return borrowed(self, lane, *arguments)

    with patch.object(Pool, "borrowed", refusing):
        yield


def test_questions_keep_no_slot_closed(versions: TwoVersions, company: Company) -> None:
    """Whoever asks long questions of other companies keeps no slot from being caught up with."""
    ann, eve = versions.ann, versions.eve
    hand_over(company, ann, eve, ann)
    send(ann, company, talk("b"))
    ann.let_go(company.id)
    with no_room_for_questions():
        eve.take(company.id)
    assert unanswered(eve, company) == 2
