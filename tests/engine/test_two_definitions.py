"""Nodes of two definitions of facts have a slot by turns: each says exactly what its own definition gives."""

import uuid
from collections.abc import Iterator
from itertools import pairwise
from unittest.mock import patch

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from botlens.cluster.holdings import NUMBER_BITS
from botlens.cluster.slot_facts import SlotFactsTable
from botlens.cluster.slots import slot_of
from botlens.errors import OverloadedError
from botlens.store.connection import StoreError
from botlens.tenants.values import Company
from tests.clickhouse_server import ClickHouseServer
from tests.engine.cluster_nodes import eventually
from tests.engine.definitions import (
    NEW,
    OLD,
    TwoVersions,
    VersionNode,
    as_counted_by,
    two_versions,
)
from tests.engine.test_owners import BOT, NOW, new_company_at
from tests.events import answer, message
from tests.oracle import strategies
from tests.properties.companies import send, verified
from tests.properties.examples import examples
from tests.properties.test_seed_numbers import check

STEPS = st.sampled_from(
    ("send", "send", "send", "send", "flush", "over", "over", "dies", "wakes", "threshold")
)
PLACES = st.sampled_from(("_bring_in", "_derive", "_is_rebuilt", "_recover"))


@pytest.fixture(scope="module")
def lasting(clickhouse_server: ClickHouseServer, postgres_server: str) -> Iterator[TwoVersions]:
    """For all examples of a property."""
    name = f"t_{uuid.uuid4().hex}"
    with psycopg.connect(f"postgresql://postgres@/postgres?host={postgres_server}", autocommit=True) as one:
        one.execute(f"CREATE DATABASE {name}")
    url = f"postgresql://postgres@/{name}?host={postgres_server}"
    with two_versions(url, [clickhouse_server.new_database()]) as found:
        yield found


def unanswered(node: VersionNode, company: Company) -> int:
    """The unanswered answers, as the store has them."""
    node.live.invalidate([(company.id, "bot")])
    asked = {"metrics": ["unanswered_answers"], "period": "all"}
    (row,) = node.answers.queries.query(node.answers.scope(company, NOW), asked)["rows"]
    return int(row["unanswered_answers"])


class Story:
    """What happens to one company, as it is drawn; who has it is always right."""

    def __init__(self, nodes: TwoVersions, data: st.DataObject) -> None:
        self.nodes, self.data = nodes, data
        self.events = data.draw(strategies.histories(), label="events")
        found = data.draw(strategies.chatbots(), label="chatbots")
        self.chatbots = sorted(found, key=lambda chatbot: chatbot["chatbot_id"])
        self.now = data.draw(strategies.moments(near=self.events), label="now")
        self.owner = data.draw(st.sampled_from(nodes.all), label="first")
        zone = data.draw(strategies.zones(), label="zone")
        self.company = new_company_at(self.owner, zone, self.chatbots)
        self.sent: list[dict] = []

    def send(self) -> None:
        at = len(self.sent)
        part = self.events[at : at + self.data.draw(st.integers(1, 6), label="batch")]
        self.sent += part
        send(self.owner, self.company, part)

    def flush(self) -> None:
        self.owner.flush_quietly()

    def others_wake(self) -> None:
        for each in self.nodes.all:
            if each is not self.owner:
                each.flush_quietly()
                each.look()

    def threshold(self) -> None:
        chatbot = self.data.draw(st.sampled_from(self.chatbots), label="chatbot")
        chosen = self.data.draw(st.sampled_from([0.1, 0.2, 0.8]), label="threshold")
        chatbot["confidence_threshold"] = chosen
        self.owner.chatbots.put(self.company.id, chatbot["chatbot_id"], confidence_threshold=chosen)

    def change(self) -> None:
        self._leave()
        self._take(self._another())

    def change_after_a_death(self) -> None:
        self._leave()
        other = self._another()
        if other.dies_opening(self.company, self.data.draw(PLACES, label="where")):
            other.expire(self.company.id)
            other.look()
            other = self.data.draw(st.sampled_from(self.nodes.all), label="who comes then")
        self._take(other)

    def _another(self) -> VersionNode:
        others = [each for each in self.nodes.all if each is not self.owner]
        return self.data.draw(st.sampled_from(others), label="next")

    def _leave(self) -> None:
        if self.data.draw(st.booleans(), label="orderly"):
            self.owner.let_go(self.company.id)
        else:
            self.owner.expire(self.company.id)

    def _take(self, other: VersionNode) -> None:
        self.owner = other
        other.look()  # it may believe to have it from before
        if not other.has(self.company.id):
            other.take(self.company.id)
        chatbots = as_counted_by(other.definition, self.chatbots)
        check(other, self.company, self.sent, chatbots, self.now)
        assert verified(other, self.company)


@pytest.mark.slow
@examples(12)
@given(data=st.data())
def test_any_history_that_goes_back_and_forth(lasting: TwoVersions, data: st.DataObject) -> None:
    """Whoever has the slot says what the oracle says by its definition, at each change of hands."""
    story = Story(lasting, data)
    steps = (
        *(story.send, story.send, story.send, story.send, story.flush, story.others_wake),
        *(story.threshold, story.change, story.change, story.change_after_a_death),
    )
    while len(story.sent) < len(story.events):
        data.draw(st.sampled_from(steps), label="step")()
    story.change()
    story.others_wake()
    story.change()
    story.owner.let_go(story.company.id)
    story.others_wake()


@pytest.fixture
def company(versions: TwoVersions) -> Company:
    """A company that a node of the old version has: a conversation that is answered by that alone."""
    found = new_company_at(versions.ann, "UTC", [BOT])
    send(versions.ann, found, talk("a"))
    versions.ann.commits.flush()
    return found


def talk(name: str, confidence: float = 0.3) -> list[dict]:
    return [message(name, "1"), answer(name, "2", confidence)]


def hand_over(company: Company, *nodes: VersionNode) -> None:
    """From each to the next."""
    for before, after in pairwise(nodes):
        before.let_go(company.id)
        after.take(company.id)


def test_forward_and_back(versions: TwoVersions, company: Company) -> None:
    """What the old version wrote stays as it is, and of what came since it derives that alone."""
    ann, eve = versions.ann, versions.eve
    assert unanswered(ann, company) == 0
    before = versions.versions(OLD, company)
    hand_over(company, ann, eve)
    assert unanswered(eve, company) == 1
    assert versions.versions(OLD, company) == before
    send(eve, company, [*talk("b"), *talk("c", 0.1)])
    assert unanswered(eve, company) == 3
    hand_over(company, eve, ann)
    assert unanswered(ann, company) == 1
    after = versions.versions(OLD, company)
    assert after.keys() == {"a", "b", "c"}
    assert after["a"] == before["a"]
    assert verified(ann, company)
    hand_over(company, ann, versions.fay)
    assert unanswered(versions.fay, company) == 3


def test_a_new_owner_of_the_same_version_derives_nothing(versions: TwoVersions, company: Company) -> None:
    hand_over(company, versions.ann, versions.eve)
    known = versions.versions(NEW, company)
    with patch.object(versions.fay.room, "_derive", side_effect=AssertionError):
        hand_over(company, versions.eve, versions.fay)
    assert versions.versions(NEW, company) == known
    assert unanswered(versions.fay, company) == 1


def test_what_was_in_the_journal_is_not_in_the_facts_of_before(
    versions: TwoVersions,
    company: Company,
) -> None:
    """A node of the old version dies before it has written what it acknowledged: the next one of it knows."""
    ann, ben, eve = versions.ann, versions.ben, versions.eve
    send(ann, company, talk("b", 0.1))
    ann.expire(company.id)
    eve.take(company.id)
    assert unanswered(eve, company) == 2
    assert versions.versions(OLD, company).keys() == {"a"}
    hand_over(company, eve, ben)
    assert unanswered(ben, company) == 1
    ann.flush_quietly()  # what it held in memory, late
    ben.live.invalidate([(company.id, "bot")])
    assert unanswered(ben, company) == 1
    assert verified(ben, company)


def test_a_zombie_of_the_old_version_writes_on_a_day_that_nobody_remembers(
    versions: TwoVersions,
    company: Company,
) -> None:
    """Its row would make the conversation count twice once its version has the slot again."""
    ann, ben, eve = versions.ann, versions.ben, versions.eve
    send(ann, company, [message("c", "2", at="2026-03-17T10:00:00Z")])
    ann.expire(company.id)
    eve.take(company.id)
    send(eve, company, [message("c", "1", at="2026-03-16T10:00:00Z")])
    hand_over(company, eve, ben)
    ann.flush_quietly()
    assert [each.day for each in versions.facts(OLD, company) if each.conversation_id == "c"] == [20528]
    assert verified(ben, company)


def test_a_threshold_that_changes_meanwhile(versions: TwoVersions, company: Company) -> None:
    """No event came; still all facts of the chatbot that the old version has are others."""
    ann, eve = versions.ann, versions.eve
    hand_over(company, ann, eve)
    eve.chatbots.put(company.id, "bot", confidence_threshold=0.4)
    assert versions.intended(OLD) == {(company.id, "bot")}
    hand_over(company, eve, ann)
    assert unanswered(ann, company) == 1
    assert versions.intended(OLD) == set()
    assert verified(ann, company)


def test_a_threshold_that_was_not_counted_yet(versions: TwoVersions, company: Company) -> None:
    """The recount failed and its node died: the new version counts by it, and the old one, once back."""
    ann, ben, eve = versions.ann, versions.ben, versions.eve
    with (
        patch.object(ann.room._derivation, "rebuild", side_effect=OverloadedError("no")),
        pytest.raises(OverloadedError),
    ):
        ann.chatbots.put(company.id, "bot", confidence_threshold=0.4)
    ann.expire(company.id)
    eve.take(company.id)
    assert unanswered(eve, company) == 1
    hand_over(company, eve, ben)
    assert unanswered(ben, company) == 1
    assert verified(ben, company)


def test_what_was_derived_is_not_derived_again(versions: TwoVersions, company: Company) -> None:
    """A node dies between two chatbots; the next one of its version goes on, and the slot waits for that."""
    ann, eve, fay = versions.ann, versions.eve, versions.fay
    ann.chatbots.put(company.id, "second", name="S")
    send(ann, company, [{**each, "chatbot_id": "second"} for each in talk("x")])
    ann.let_go(company.id)
    assert eve.dies_opening(company, "_is_rebuilt", after=1)
    assert versions.intended(NEW) == {(company.id, "second")}
    assert not eve.has(company.id)
    first = versions.versions(NEW, company)
    assert first.keys() == {"a"}
    eve.expire(company.id)
    fay.take(company.id)
    assert versions.versions(NEW, company) == {**first, "x": versions.versions(NEW, company)["x"]}
    assert unanswered(fay, company) == 2
    assert verified(fay, company)


def test_back_from_the_middle(versions: TwoVersions, company: Company) -> None:
    """A node of the new version dies while it derives, and one of the old version gets the slot."""
    ann, eve = versions.ann, versions.eve
    send(ann, company, talk("b", 0.1))
    ann.expire(company.id)
    assert eve.dies_opening(company, "_derive")
    eve.expire(company.id)
    versions.ben.take(company.id)
    assert unanswered(versions.ben, company) == 1
    send(versions.ben, company, talk("c", 0.1))
    assert unanswered(versions.ben, company) == 2
    hand_over(company, versions.ben, versions.fay)
    assert unanswered(versions.fay, company) == 3
    assert verified(versions.fay, company)


def test_a_shard_that_fails_while_facts_are_derived(versions: TwoVersions, company: Company) -> None:
    """The slot is let go, and waits for nobody who cannot have it: the next one derives it."""
    ann, eve, fay = versions.ann, versions.eve, versions.fay
    ann.let_go(company.id)
    with patch.object(eve.room._recounts, "rebuild", side_effect=StoreError):
        eve.node._take(eve.node._view.look(eve.node._table)[slot_of(company.id) :][:1])
        eventually(lambda: eve.node._view.rests(slot_of(company.id)))
    eventually(lambda: not eve.node._view.look(eve.node._table)[slot_of(company.id)].owner)
    assert not eve.has(company.id)
    fay.take(company.id)
    assert unanswered(fay, company) == 1


def test_a_chatbot_that_cannot_be_derived_keeps_no_other_waiting(
    versions: TwoVersions,
    company: Company,
) -> None:
    """It is stale, as after any recount that failed, and counted when that is possible."""
    with patch.object(versions.eve.room._derivation, "rebuild", side_effect=ValueError):
        hand_over(company, versions.ann, versions.eve)
    assert versions.eve.commits.is_stale(company.id, "bot")
    versions.eve.room._recounts._failures.clear()
    versions.eve.room._recounts.retry()
    assert not versions.eve.commits.is_stale(company.id, "bot")
    assert unanswered(versions.eve, company) == 1
    assert verified(versions.eve, company)


def test_what_is_known_of_a_table_goes_with_it(versions: TwoVersions, company: Company) -> None:
    """Somebody has removed it: facts are derived from the beginning, not from where it was."""
    ann, eve = versions.ann, versions.eve
    hand_over(company, ann, eve, ann)
    epoch = ann.node._holdings.of(company.id).epoch
    known = SlotFactsTable(ann.commits._moving_slots)
    slot = slot_of(company.id)
    assert known.of([slot])[slot].upto == {NEW: (epoch << NUMBER_BITS) - 1}
    eve.stores[0].maintain("TRUNCATE TABLE conversation_facts_4")
    known.begin_anew(0, NEW)
    hand_over(company, ann, eve)
    assert unanswered(eve, company) == 1
    known.begin_anew(0, NEW)  # it is the one that serves
    hand_over(company, eve, versions.fay)
    assert unanswered(versions.fay, company) == 1
    assert known.of([slot])[slot].is_whole(NEW)
