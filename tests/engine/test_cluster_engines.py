"""Engines that are nodes of one cluster: two stand-in shards, a real PostgreSQL, leases that really end."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import pytest

from botlens.cluster.options import ClusterOptions
from botlens.cluster.ownership import There
from botlens.cluster.slots import FIRST_EPOCH
from botlens.engine import Engine
from botlens.errors import InvalidError, NotHereError
from botlens.store.cluster_mark import MarkedStoreError
from botlens.tenants.accounts import Accounts
from botlens.tenants.values import Company
from tests.clickhouse_server import ClickHouseServer
from tests.engine.cluster_nodes import eventually
from tests.events import answer, message
from tests.properties.companies import send, verified

SECONDS, LONG = 3.0, 60.0
NOW = datetime(2026, 3, 20, tzinfo=UTC)
EVERYTHING = {"metrics": ["conversations", "messages"], "period": "all"}


class Nodes:
    """Engines of one cluster, by name.

    Args:
        url: of the accounts.
        shards: URLs of databases.
        folder: where each has one of its own.
        seconds: how long a lease lasts. Long where none is to end: this machine stands still now and then.
    """

    def __init__(self, url: str, shards: list[str], folder: Path, seconds: float = SECONDS) -> None:
        self.url, self.shards, self.folder, self.seconds = url, shards, folder, seconds
        self.accounts = Accounts.open(url)

    def open(self, name: str, shards: list[str] | None = None) -> Engine:
        options = ClusterOptions(tuple(shards or self.shards), f"http://{name}:8000", name, self.seconds)
        return Engine(
            Accounts.open(self.url),
            clickhouse_url="",
            cluster=options,
            journal_folder=self.folder / name / "journal",
        )

    def companies(self, count: int) -> list[Company]:
        """Companies, each with a chatbot."""
        found = [self.accounts.create_company(f"c{number}", owner="o", plan="pro") for number in range(count)]
        for each in found:
            self.accounts.put_chatbot(each.id, "bot", name="Bot")
        return found


@pytest.fixture
def nodes(
    new_postgres: Callable[[], str], clickhouse_server: ClickHouseServer, tmp_path: Path
) -> Iterator[Nodes]:
    found = Nodes(new_postgres(), [clickhouse_server.new_database() for _ in range(2)], tmp_path, LONG)
    yield found
    found.accounts.close()


def owner(engines: list[Engine], company: Company) -> Engine:
    """The one of some nodes that has a company."""
    (found,) = eventually(lambda: [each for each in engines if each.cluster.has(company.id)])
    return found


def counted(engine: Engine, company: Company) -> list[int]:
    """[conversations, messages] as the store counts them, and as memory does."""
    scope = engine.answers.scope(company, NOW)
    (row,) = engine.answers.queries.query(scope, EVERYTHING)["rows"]
    assert engine.answers.seed.overview(scope)["total_conversations"] == row["conversations"]
    return [row["conversations"], row["messages"]]


@pytest.mark.slow
def test_companies_are_shared_out_and_taken_over(nodes: Nodes) -> None:
    """Two nodes have half of the slots each; at the end of one the other has all of it, whole."""
    companies = nodes.companies(8)
    with ExitStack() as stack:
        ann = stack.enter_context(nodes.open("ann"))
        assert all(ann.cluster.has(each.id) for each in companies)
        ben = nodes.open("ben")
        engines = [ann, ben]
        eventually(lambda: ann.cluster.slots == ben.cluster.slots == 128)
        for each in companies:
            here = owner(engines, each)
            (away,) = [engine for engine in engines if engine is not here]
            send(here, each, [message("a", "1"), answer("a", "2", 0.1)])
            assert counted(here, each) == [1, 2]
            with pytest.raises(NotHereError):
                counted(away, each)
            with pytest.raises(NotHereError):
                send(away, each, [message("b", "1")])
        assert {ann.store.of(each.id) for each in companies} == set(ann.store.each)
        ben.close()
        assert let_go(ann, ben)
        eventually(lambda: ann.cluster.slots == 256)
        for each in companies:
            assert counted(ann, each) == [1, 2]
            assert verified(ann, each)


def let_go(ann: Engine, ben: Engine) -> bool:
    """Whether a node has nothing any more, which others need not wait for the end of a lease for."""
    owners = {each.owner for each in ann.cluster.node._table.states()}
    return ben.cluster.node.name.instance not in owners


@pytest.mark.slow
def test_a_node_that_ends_knows_who_has_its_companies(nodes: Nodes) -> None:
    """It lets go of all of them, and passes on what it is asked until others have had time to see."""
    companies = nodes.companies(8)
    with nodes.open("ann") as ann, nodes.open("ben") as ben:
        engines = [ann, ben]
        eventually(lambda: ann.cluster.slots == ben.cluster.slots == 128)
        for each in companies:
            send(owner(engines, each), each, [message("a", "1")])
        ben.cluster.hand_over()
        assert {ben.cluster.node.place_of(each.id) for each in companies} == {There("http://ann:8000", "ann")}
        assert "hands its companies over" in ben.health.problems()["cluster"]  # for load balancers
        assert let_go(ann, ben)
        eventually(lambda: ann.cluster.slots == 256)
        for each in companies:
            assert counted(ann, each) == [1, 1]
        assert list(ann.cluster.node._table.nodes()) == [ann.cluster.node.name]


@pytest.mark.slow
def test_a_node_that_dies_loses_nothing(nodes: Nodes) -> None:
    """What it acknowledged and did not write is read by its successor, once its leases have ended."""
    nodes.seconds = SECONDS
    (company,) = nodes.companies(1)
    ben = nodes.open("ben")
    send(ben, company, [message("a", "1")])
    ben.cluster.node._keep_leases = lambda: None  # it is frozen, as far as anybody sees
    ben.cluster.node._look = lambda: None
    begun = time.monotonic()
    with nodes.open("ann") as ann:
        eventually(lambda: ann.cluster.has(company.id))
        assert time.monotonic() - begun > SECONDS / 2
        assert counted(ann, company) == [1, 1]
        with pytest.raises(NotHereError):
            send(ben, company, [message("b", "1")])
        ben.close()  # it comes to itself, and writes what it still had
        assert counted(ann, company) == [1, 1]
        assert verified(ann, company)


@pytest.mark.slow
def test_shards_are_known(nodes: Nodes) -> None:
    """In another order, fewer of them, or by a process of its own they are refused, with what to do."""
    nodes.open("ann").close()
    for wrong, reason in (
        (nodes.shards[::-1], "is marked as shard"),
        (nodes.shards[:1], "has 2 shards"),
    ):
        with pytest.raises(InvalidError, match=reason):
            nodes.open("ben", wrong)
    with pytest.raises(MarkedStoreError, match="BOTLENS_SHARDS"):
        Engine(
            Accounts.open(f"sqlite:///{nodes.folder}/accounts.db"),
            clickhouse_url=nodes.shards[0],
            journal_folder=nodes.folder / "journal",
        )


def test_a_postgres_that_comes_from_a_backup(nodes: Nodes) -> None:
    """Slots changed owner since it was made: what comes next counts all the same."""
    (company,) = nodes.companies(1)
    for name in ("ann", "ben", "cat"):
        with nodes.open(name) as engine:
            owner([engine], company)
            send(engine, company, [message("a", name)])
    nodes.accounts.database.statements().run(f"UPDATE botlens.slots SET epoch = {FIRST_EPOCH - 1}")
    with nodes.open("dan") as dan:
        owner([dan], company)
        send(dan, company, [answer("a", "dan", 0.9)])
        assert counted(dan, company) == [1, 4]
        assert verified(dan, company)
