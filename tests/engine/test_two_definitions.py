"""Nodes of two definitions of facts have a slot by turns: each says exactly what its own definition gives."""

from collections.abc import Callable
from contextlib import nullcontext
from itertools import pairwise
from unittest.mock import patch

import pytest

from botlens.cluster.holdings import NUMBER_BITS
from botlens.cluster.slot_facts import SlotFactsTable
from botlens.cluster.slot_moves import SlotMoveTable
from botlens.cluster.slots import slot_of
from botlens.commit.cluster import slot_mover
from botlens.commit.room.pending import Pending
from botlens.errors import OverloadedError
from botlens.store.facts import insert_facts
from botlens.store.failures import StoreError
from botlens.tenants.values import Company
from tests.clickhouse_server import ClickHouseServer
from tests.engine.cluster_nodes import eventually
from tests.engine.definitions import NAMES, NEW, OLD, TwoVersions, VersionNode, two_versions
from tests.engine.moving_slots import no_wait
from tests.engine.owners import BOT, NOW, new_company_at
from tests.events import answer, conversation, deletion, message
from tests.properties.companies import send, verified


def unanswered(node: VersionNode, company: Company) -> int:
    """The unanswered answers, as the store has them."""
    node.live.invalidate([(company.id, "bot")])
    asked = {"metrics": ["unanswered_answers"], "period": "all"}
    (row,) = node.answers.queries.query(node.answers.scope(company, NOW), asked)["rows"]
    return int(row["unanswered_answers"])


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
    hand_over(company, ann, ann)  # nothing is in the journal
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


@pytest.mark.parametrize("where", ["_recover", "_derive"])
def test_back_from_the_middle(versions: TwoVersions, company: Company, where: str) -> None:
    """A node of the new version dies while it derives, and one of the old version gets the slot."""
    ann, eve = versions.ann, versions.eve
    send(ann, company, talk("b", 0.1))
    ann.expire(company.id)
    assert eve.dies_opening(company, where)
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


def test_a_day_that_is_not_in_the_store_any_more_is_vacant(versions: TwoVersions, company: Company) -> None:
    """A header took the place of another in the journal: a zombie of the old version may know that alone."""
    ann, ben, eve = versions.ann, versions.ben, versions.eve
    send(ann, company, [conversation("c", "2026-03-17T10:00:00Z")])
    early = dict(ann.room._ledger.backlog.of(company.id).facts)
    send(ann, company, [conversation("c", "2026-03-16T10:00:00Z")])
    ann.expire(company.id)
    eve.take(company.id)
    hand_over(company, eve, ben)
    Pending([], early).insert(ann.room._store)
    assert [each.day for each in versions.facts(OLD, company) if each.conversation_id == "c"] == [20528]
    assert verified(ben, company)


def test_what_is_deleted_goes_from_the_tables_of_all(versions: TwoVersions, company: Company) -> None:
    """By whichever version has the slot; and the other counts without it."""
    ann, eve = versions.ann, versions.eve
    send(ann, company, [message("d", "1", "a secret")])
    hand_over(company, ann, eve)
    send(eve, company, [deletion("d", "conversation")])
    eve.commits.flush()
    for table in NAMES.values():
        statement = f"SELECT count() FROM {table} WHERE has(questions, 'a secret')"
        eventually(lambda said=statement: ann.stores[0].maintain(said)[0][0] == 0)
    hand_over(company, eve, ann)
    assert {each.conversation_id for each in versions.facts(OLD, company) if each.counted} == {"a"}
    assert verified(ann, company)


def test_a_slot_that_moves_takes_the_facts_of_one_definition_along(
    clickhouse_server: ClickHouseServer, new_postgres: Callable[[], str]
) -> None:
    """The other begins anew at the new shard: what it knew lies where the slot was."""
    shards = [clickhouse_server.new_database() for _ in range(2)]
    with two_versions(new_postgres(), shards) as both:
        moved = new_company_at(both.ann, "UTC", [BOT])
        send(both.ann, moved, [*talk("a"), *talk("b", 0.1)])
        hand_over(moved, both.ann, both.eve)
        slot = slot_of(moved.id)
        moves = SlotMoveTable(both.ann.commits._moving_slots)
        moves.begin(slot, 1 - slot % 2)
        both.eve.look()
        with patch.object(slot_mover, "_HELD_SECONDS", 600.0):  # the machine may stand still, too
            both.eve.commits.mover(lambda _: nullcontext(lambda: None)).work(no_wait)
        eventually(lambda: both.eve.has(moved.id))
        assert not moves.moves()
        assert unanswered(both.eve, moved) == 2
        hand_over(moved, both.eve, both.ben)
        assert unanswered(both.ben, moved) == 1
        assert verified(both.ben, moved)


def test_a_zombie_that_was_deriving_writes_late(versions: TwoVersions, company: Company) -> None:
    """It has read a conversation that began on another day; who moved it there wrote another table."""
    ann, ben, eve, fay = versions.all
    send(ann, company, [message("c", "2", at="2026-03-17T10:00:00Z")])
    ann.let_go(company.id)
    (late,) = [each for each in versions.facts(OLD, company) if each.conversation_id == "c"]
    assert eve.dies_opening(company, "_is_rebuilt")
    number = eve.node._holdings.of_slot(slot_of(company.id)).number + 9
    eve.expire(company.id)
    ben.take(company.id)
    send(ben, company, [message("c", "1", at="2026-03-16T10:00:00Z")])
    hand_over(company, ben, fay)
    insert_facts(eve.stores[0], [(company.id, number, late)])
    assert [each.day for each in versions.facts(NEW, company) if each.conversation_id == "c"] == [20528]
    assert verified(fay, company)


def test_a_table_that_no_version_uses_is_dropped(versions: TwoVersions, company: Company) -> None:
    """A node that has written to it fails once, and goes on without it."""
    ann = versions.ann
    hand_over(company, ann, versions.eve, ann)
    assert ann.stores[0].facts.beside == (NAMES[NEW],)
    ann.stores[0].maintain(f"DROP TABLE {NAMES[NEW]}")
    send(ann, company, [deletion("a", "conversation")])
    ann.room._flushes.wake()
    eventually(lambda: ann.stores[0].facts.beside == ())
    ann.commits.flush()
    assert verified(ann, company)
