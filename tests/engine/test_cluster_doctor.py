"""`botlens doctor` of a cluster: its shards by name, and the nodes that are missing."""

import re
from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import count
from pathlib import Path

import pytest

from botlens.cli.doctor import shards as doctor_of_shards
from botlens.cli.doctor.cluster import cluster
from botlens.cli.doctor.findings import Finding, Symbol
from botlens.cluster.shard_words import ShardWords
from botlens.cluster.slots import NodeName, SlotTable, slot_of
from botlens.settings import Settings
from botlens.store.cluster_mark import mark_shard
from botlens.store.connection import ClickHouse
from botlens.store.failures import TooSlowError
from botlens.store.schema import RAW_EVENTS
from botlens.tenants.accounts import Accounts
from tests.clickhouse_server import ClickHouseServer

ANN, BEN = (NodeName(f"{name}-1", name, f"http://{name}") for name in ("ann", "ben"))
NOWHERE = "http://eve:secret@127.0.0.1:9/three"


class Cluster:
    """A PostgreSQL, and two shards that nodes have marked."""

    def __init__(self, url: str, shards: list[str], folder: Path) -> None:
        self.url, self.shards, self.folder = url, shards, folder
        self.accounts = Accounts.open(url)
        self.statements = self.accounts.database.statements()
        self.slots = SlotTable(self.statements, 60.0)
        identity = self.slots.prepare(2)
        for number, each in enumerate(shards):
            with closing(ClickHouse(each)) as store:
                mark_shard(store, identity, number, lambda _: 0, ShardWords(self.statements))
        self.slots.claim(ANN, self.slots.states())

    def found(self, *shards: str, **more: str) -> list[Finding]:
        """What the doctor finds where these are named, and a node lives."""
        self.slots.renew(ANN.instance)
        self.slots.seen(ANN)
        named = ",".join(shards or self.shards)
        named_too = {"accounts_url": self.url, "data_dir": self.folder, "lease_seconds": 60.0, **more}
        settings = Settings.read(shards=named, **named_too)
        found = list(cluster(settings))
        assert "secret" not in str(found)
        return found

    def said_of(self, word: str, *shards: str, **more: str) -> list[Finding]:
        return [each for each in self.found(*shards, **more) if each.what.startswith(word)]


@pytest.fixture
def two(
    new_accounts: Callable[[], str],
    clickhouse_server: ClickHouseServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Cluster]:
    monkeypatch.setattr(doctor_of_shards, "_CALL_SECONDS", 12.0)  # else who stands still does not answer
    shards = [clickhouse_server.new_database() for _ in range(2)]
    found = Cluster(new_accounts(), shards, tmp_path)
    yield found
    found.statements.close()
    found.accounts.close()


def test_each_shard_is_named(two: Cluster) -> None:
    """Its number, where it is, that it answers, and what lies there."""
    companies = [two.accounts.create_company(f"c{number}", owner="o", plan="pro") for number in range(3)]
    first, second = two.said_of("Shard")
    assert (first.mark, second.mark) == (Symbol.FINE, Symbol.FINE)
    lying = [sum(slot_of(each.id) % 2 == number for each in companies) for number in range(2)]
    for number, (said, url) in enumerate(zip((first, second), two.shards, strict=True)):
        companies_there = "1 company" if lying[number] == 1 else f"{lying[number]} companies"
        assert said.what == f"Shard {number + 1} at {url} answers (128 slots, {companies_there})"


def test_the_replica_that_answers_is_named_where_there_are_several(two: Cluster) -> None:
    """A name may be of several servers: which one it is stands in the line."""
    with closing(ClickHouse(two.shards[0])) as store:
        ((host,),) = store.maintain("SELECT hostName()")
    first, _ = two.said_of("Shard", clickhouse_cluster="botlens")
    assert f"answers, by its replica {host} (" in first.what


def test_a_shard_that_does_not_answer(two: Cluster) -> None:
    """It says why; those that answer are told of all the same. One that is new belongs to nobody yet."""
    *_, third = two.said_of("Shard", *two.shards, NOWHERE)
    assert third.mark is Symbol.WRONG
    assert third.what == "Shard 3 at http://127.0.0.1:9/three cannot be used (0 slots, 0 companies)."
    assert "Nothing listens at 127.0.0.1:9" in third.mend
    _, second, *_ = two.said_of("Shard", two.shards[0], NOWHERE)
    assert second.what == "Shard 2 at http://127.0.0.1:9/three cannot be used (128 slots, 0 companies)."


def test_a_shard_that_was_added_and_one_that_is_not_named(
    two: Cluster, clickhouse_server: ClickHouseServer
) -> None:
    """Which is what a reader needs to know who has edited the variable on one machine alone."""
    *_, note = two.said_of("Shard", *two.shards, clickhouse_server.new_database())
    assert (note.mark, note.what) == (Symbol.NOTE, "Shard 3 does not belong to the cluster yet.")
    *_, missing = two.said_of("Shard", two.shards[0])
    assert (missing.mark, missing.what) == (
        Symbol.WRONG,
        "Shard 2 is not named here, and has 128 slots, 0 companies.",
    )


def test_shards_in_another_order(two: Cluster) -> None:
    """What the figures say would be of the other one."""
    first, second = two.said_of("Shard", *reversed(two.shards))
    assert (first.mark, second.mark) == (Symbol.WRONG, Symbol.WRONG)
    assert f"{two.shards[1]} is marked as shard 2" in first.what
    assert "same order" in first.mend


def test_a_shard_that_was_emptied(two: Cluster) -> None:
    """It answers, and has nothing of what it had."""
    with closing(ClickHouse(two.shards[1])) as store:
        store.maintain("DROP TABLE cluster_marks")
    first, second = two.said_of("Shard")
    assert (first.mark, second.mark) == (Symbol.FINE, Symbol.WRONG)
    assert "is not the database that was this shard" in second.what
    assert "backup" in second.mend


def test_a_slot_that_lies_elsewhere(two: Cluster) -> None:
    """As after a PostgreSQL from a backup of before it was moved: the company would have no conversations."""
    one = next(each for each in map(str, count()) if slot_of(each) % 2)
    with closing(ClickHouse(two.shards[0])) as store:
        there = "INSERT INTO raw_events (company_id, chatbot_id, conversation_id, kind) VALUES"
        store.make(RAW_EVENTS)
        store.maintain(f"{there} ('{one}', 'bot', 'a', 'message')")
    (found,) = two.said_of("Shard 1 has events")
    assert found.mark is Symbol.WRONG
    assert found.what.endswith(f"of slot {slot_of(one)}, of which PostgreSQL says: on shard 2.")
    assert [each.mark for each in two.said_of("Shard", *reversed(two.shards))] == [Symbol.WRONG] * 2
    with closing(ClickHouse(two.shards[1])) as store:
        store.make(RAW_EVENTS)
        store.maintain(f"{there} ('{one}', 'bot', 'a', 'message')")
    (found,) = two.said_of("Shard 1 has events")
    assert found.mark is Symbol.NOTE  # one of both is left, and nothing is missing
    two.statements.run(f"INSERT INTO botlens.slot_remains (slot, shard, since) VALUES ({slot_of(one)}, 0, 0)")
    assert two.said_of("Shard 1 has events") == []  # the owner of the slot erases it


def test_a_shard_that_does_not_say_soon_what_it_has(two: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    """It works all the same, which is what matters most."""

    def too_slow(store: ClickHouse) -> list[str]:
        raise TooSlowError

    monkeypatch.setattr(doctor_of_shards, "companies_with_events", too_slow)
    said = two.said_of("Shard 1 at")
    assert [each.mark for each in said] == [Symbol.FINE]
    assert two.said_of("Of which companies shard 1 has events")[0].mark is Symbol.NOTE


def test_a_node_that_was_killed_is_missing(two: Cluster) -> None:
    """It has nothing any more; until it is back, or for an hour, a note says so."""
    two.slots.seen(BEN)
    assert len(two.said_of("Node ben at")) == 1
    two.statements.run("UPDATE botlens.nodes SET seen = seen - 100 WHERE name = 'ben'")
    (lost,) = two.said_of("Node ben at")
    assert lost.mark is Symbol.NOTE
    assert re.match(r"Node ben at http://ben has said nothing for 1\d\d s, and did not end", lost.what)
    two.slots.seen(NodeName("ben-2", "ben", "http://ben"))
    (back,) = two.said_of("Node ben at")
    assert "has no slot yet" in back.what
    two.slots.leave("ben-2")
    two.statements.run("UPDATE botlens.nodes SET seen = seen - 3600 WHERE name = 'ben'")
    assert two.said_of("Node ben at") == []
