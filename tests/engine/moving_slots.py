"""A cluster of two nodes over two shards in one process, whose slots are moved when a test says so."""

import uuid
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

import psycopg
import pyarrow as pa
import pytest

from botlens.cluster import slot_moves
from botlens.cluster.slot_moves import SlotMoveTable
from botlens.cluster.slots import SlotTable, slot_of
from botlens.commit.cluster import slot_mover
from botlens.commit.cluster.slot_mover import SlotMover
from botlens.store.connection import ClickHouse
from botlens.store.erasure import WholeErasure
from botlens.store.gap_tables import GAP_TABLES
from botlens.store.leftovers import erase_leftovers
from botlens.store.upgrades import open_tables
from botlens.tenants.accounts import Accounts
from botlens.tenants.values import Company
from tests.clickhouse_server import ClickHouseServer
from tests.engine.cluster_nodes import Node, eventually
from tests.engine.owners import BOT, new_company_at
from tests.events import answer, conversation, message, rating, vote


@dataclass
class Cluster:
    """Two nodes over two shards; the first has what a test begins with."""

    ann: Node
    ben: Node
    stores: list[ClickHouse]
    moves: SlotMoveTable
    server: ClickHouseServer

    def mover(self, node: Node, quiet: Any = lambda _: nullcontext(lambda: None)) -> SlotMover:
        return node.commits.mover(quiet)

    def shard_of(self, company: Company) -> int:
        run = self.ann.commits._moving_slots.run
        rows = run("SELECT shard FROM botlens.slots WHERE slot = %(slot)s", {"slot": slot_of(company.id)})
        return int(rows[0][0])

    def begin(self, company: Company) -> int:
        """Intend to move it to the other shard; returns the number of that."""
        target = 1 - self.shard_of(company)
        assert self.moves.begin(slot_of(company.id), target)
        return target

    def move(self, company: Company, node: Node | None = None) -> int:
        """Move it to the other shard, at once."""
        target = self.begin(company)
        (node or self.ann).look()
        self.mover(node or self.ann).work(no_wait)
        assert self.shard_of(company) == target, self.moves.moves()
        self.opened(company, node)
        return target

    def opened(self, company: Company, node: Node | None = None) -> None:
        eventually(lambda: (node or self.ann).has(company.id))

    def erase_remains(self, node: Node | None = None) -> None:
        with patch.object(slot_moves, "ERASED_AFTER_SECONDS", -1.0):
            (node or self.ann).look()
            self.mover(node or self.ann).work(no_wait)

    def comes_back(self) -> None:
        """As if a day had passed: slots may lie again where they lay."""
        self.erase_remains(self.ann)
        self.erase_remains(self.ben)
        self.ann.commits._moving_slots.run("DELETE FROM botlens.slot_remains")

    def another_at(self, shard: int, company: Company) -> Company:
        """A company of another slot of a shard."""
        while True:
            other = new_company_at(self.ann, "UTC", [BOT])
            if slot_of(other.id) != slot_of(company.id) and self.shard_of(other) == shard:
                return other

    def no_texts(self, company: Company, shard: int, texts: tuple[str, ...]) -> None:
        """The texts are in no row of the company, not even in one that was replaced."""
        erase_leftovers(self.stores[shard], company.id)
        for text in texts:
            for table, column in (("raw_events", "content"), ("conversation_facts", "toString(questions)")):
                statement = (
                    f"SELECT count() FROM {table} WHERE company_id = {{company_id:String}} "
                    f"AND position({column}, {{text:String}}) > 0"
                )
                own = {"company_id": company.id, "text": text}
                eventually(lambda s=statement, o=own: self.stores[shard].maintain(s, o)[0][0] == 0)

    def rows(self, company: Company, shard: int) -> dict[str, int]:
        return WholeErasure(self.stores[shard], company.id, None).remaining()


def no_wait(_: float) -> None:
    """Nobody is waited for."""


@pytest.fixture(scope="module")
def shards(clickhouse_server: ClickHouseServer) -> Iterator[list[ClickHouse]]:
    stores = [ClickHouse(clickhouse_server.new_database()) for _ in range(2)]
    for each in stores:
        open_tables(each)
    yield stores
    for each in stores:
        each.close()


@contextmanager
def cluster_over(shards: list[ClickHouse], server: ClickHouseServer, url: str) -> Iterator[Cluster]:
    """No move is given up for now because the machine stood still while its slot did: see `_HELD_SECONDS`."""
    first = Accounts.open(url)
    held = patch.object(slot_mover, "_HELD_SECONDS", 600.0)
    with held, closing(first.database.statements()) as statements:
        SlotTable(statements, 600.0).prepare(2)
        nodes = Node(shards, first), Node(shards, Accounts.open(url))
        yield Cluster(*nodes, shards, SlotMoveTable(statements), server)
        server.goes_wrong()
        for each in nodes:
            each.close()


@pytest.fixture
def cluster(
    shards: list[ClickHouse], clickhouse_server: ClickHouseServer, new_postgres: Callable[[], str]
) -> Iterator[Cluster]:
    with cluster_over(shards, clickhouse_server, new_postgres()) as found:
        yield found


@pytest.fixture(scope="module")
def lasting_cluster(
    shards: list[ClickHouse], clickhouse_server: ClickHouseServer, postgres_server: str
) -> Iterator[Cluster]:
    """For all examples of a property."""
    name = f"t_{uuid.uuid4().hex}"
    with psycopg.connect(f"postgresql://postgres@/postgres?host={postgres_server}", autocommit=True) as one:
        one.execute(f"CREATE DATABASE {name}")
    url = f"postgresql://postgres@/{name}?host={postgres_server}"
    with cluster_over(shards, clickhouse_server, url) as found:
        yield found


@pytest.fixture
def company(cluster: Cluster) -> Company:
    return new_company_at(cluster.ann, "UTC", [BOT])


TALK = [
    conversation("a", "2026-03-17T10:00:00Z", language="de"),
    message("a", "1", "Why?", "2026-03-17T10:00:00Z"),
    answer("a", "2", 0.1, "2026-03-17T10:00:10Z"),
    vote("a", "2", at="2026-03-17T10:01:00Z"),
    rating("a", 4, "2026-03-17T10:02:00Z"),
    message("b", "1", "How?", "2026-03-16T10:00:00Z"),
]


def with_gaps(store: ClickHouse, company: Company, number: int = 1, question: str = "text") -> None:
    """A row in each table of gaps."""
    for table in GAP_TABLES:
        columns = {}
        for each in table.columns:
            value: Any = {"company_id": company.id, "chatbot_id": "bot", "question": question}.get(each.name)
            if value is None:
                kind = each.arrow
                value = [1] if pa.types.is_list(kind) else "text" if pa.types.is_string(kind) else number
            columns[each.name] = pa.array([value], each.arrow)
        store.insert(table, [pa.table(columns, schema=table.arrow())])
