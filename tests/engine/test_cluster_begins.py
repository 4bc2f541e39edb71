"""A node begins while a shard, or the PostgreSQL, is down: it has what it can, and soon the rest."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from threading import Event
from unittest.mock import patch

import psycopg
import pytest

from botlens import opening
from botlens.cluster.slots import SLOTS, SlotTable
from botlens.database.database import AccountsRefusedError
from botlens.engine import Engine
from botlens.errors import InvalidError, NotHereError, OverloadedError
from botlens.settings import Settings
from botlens.store.failures import StoreError
from botlens.tenants.accounts import Accounts
from botlens.tenants.values import Company
from tests.clickhouse_server import ClickHouseServer
from tests.engine.behind import rows
from tests.engine.cluster_nodes import Node, eventually
from tests.engine.postgres_server import PostgresServer
from tests.engine.test_cluster_engines import LONG, Nodes, counted
from tests.events import message
from tests.properties.companies import send, verified


@pytest.fixture
def nodes(
    new_postgres: Callable[[], str],
    clickhouse_server: ClickHouseServer,
    ill: ClickHouseServer,
    tmp_path: Path,
) -> Iterator[Nodes]:
    """The second shard is on a server that can be taken away."""
    shards = [clickhouse_server.new_database(), ill.new_database()]
    found = Nodes(new_postgres(), shards, tmp_path, LONG)
    yield found
    found.accounts.close()


def one_of_each_shard(nodes: Nodes) -> list[Company]:
    """Two companies, each with a message, by a node that has ended."""
    companies = nodes.companies(12)
    with nodes.open("ann") as ann:
        found = [
            next(each for each in companies if ann.store.of(each.id) is store) for store in ann.store.each
        ]
        for each in found:
            send(ann, each, [message("a", "1")])
    return found


@pytest.mark.slow
def test_a_node_begins_while_a_shard_is_down(nodes: Nodes, ill: ClickHouseServer) -> None:
    """It has the companies of the other one at once, says which setting to look at, and gets the rest."""
    first, second = one_of_each_shard(nodes)
    ill.kill()
    begun = time.monotonic()
    with nodes.open("ben") as ben:
        assert time.monotonic() - begun < 60
        assert counted(ben, first) == [1, 1]
        send(ben, first, [message("b", "1")])
        assert counted(ben, first) == [2, 2]
        with pytest.raises(NotHereError):
            counted(ben, second)
        assert "Check BOTLENS_SHARDS" in ben.health.warnings()["shard-2"]
        assert ben.health.problems() == {}  # a load balancer must not take away what works
        ill.start()
        eventually(lambda: ben.cluster.has(second.id))
        assert counted(ben, second) == [1, 1]
        assert verified(ben, second)
        eventually(lambda: "shard-2" not in ben.health.warnings())


@pytest.mark.slow
def test_a_node_begins_while_all_shards_are_down(
    new_postgres: Callable[[], str], ill: ClickHouseServer, tmp_path: Path
) -> None:
    """It is not ready, and is when they come."""
    nodes = Nodes(new_postgres(), [ill.new_database(), ill.new_database()], tmp_path, LONG)
    (company, _) = one_of_each_shard(nodes)
    ill.kill()
    with nodes.open("ben") as ben:
        assert not ben.cluster.has(company.id)
        eventually(lambda: "events" in ben.health.problems())
        ill.start()
        eventually(lambda: ben.cluster.has(company.id) and not ben.health.problems())
        assert counted(ben, company) == [1, 1]
    nodes.accounts.close()


def test_a_shard_that_lets_nobody_in_is_a_mistake(nodes: Nodes) -> None:
    """Nothing is waited for: what is to be done is said, and where."""
    with pytest.raises(StoreError, match="There is no database nowhere"):
        nodes.open("ann", [nodes.shards[0], nodes.shards[1].rpartition("/")[0] + "/nowhere"])
    other = nodes.shards[1].replace("http://", "http://eve:wrong@")
    with pytest.raises(StoreError, match="check user and password in BOTLENS_SHARDS"):
        nodes.open("ann", [nodes.shards[0], other])


@pytest.mark.slow
def test_a_shard_that_is_named_by_mistake_is_not_added(
    nodes: Nodes, clickhouse_server: ClickHouseServer
) -> None:
    """Another's, or one that does not answer: other nodes begin as before. One that can be used is added."""
    nowhere = "http://127.0.0.1:9/three"
    nodes.open("ann").close()
    with pytest.raises(InvalidError, match="marked as shard 1 of this cluster"):
        nodes.open("ben", [*nodes.shards, nodes.shards[0]])
    nodes.open("ann").close()
    with nodes.open("ben", [*nodes.shards, nowhere]) as ben:
        assert ben.cluster.slots == SLOTS  # it has what there is
    nodes.open("ann").close()
    third = clickhouse_server.new_database()
    nodes.open("ben", [*nodes.shards, third, nowhere]).close()
    with pytest.raises(InvalidError, match="This cluster has 3 shards"):
        nodes.open("ann")
    nodes.open("ann", [*nodes.shards, third]).close()


@pytest.fixture
def guarded(postgres_server: str) -> Iterator[Path]:
    """A server with a role that must say its password; the folder of its socket."""
    rules = Path(postgres_server) / "data" / "pg_hba.conf"
    before = rules.read_text()
    with psycopg.connect(f"postgresql://postgres@/postgres?host={postgres_server}", autocommit=True) as admin:
        admin.execute("CREATE ROLE guarded LOGIN PASSWORD 'p@ss/w:rd'")
        rules.write_text("local all guarded scram-sha-256\n" + before)
        admin.execute("SELECT pg_reload_conf()")
        yield Path(postgres_server)
        rules.write_text(before)
        admin.execute("SELECT pg_reload_conf()")
        admin.execute("DROP ROLE guarded")


def node_settings(url: str, folder: Path) -> Settings:
    shards = "http://127.0.0.1:9/one,http://127.0.0.1:9/two"
    return Settings.read(accounts_url=url, shards=shards, data_dir=folder)


def test_a_node_waits_for_its_postgresql(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is back in a moment, say; for longer than a while nobody waits, and a sentence says what for."""
    server = PostgresServer()
    settings = node_settings(server.url(), tmp_path)
    server.stop()
    monkeypatch.setattr(opening, "_ACCOUNTS_PATIENCE_SECONDS", 1.0)
    with pytest.raises(OverloadedError, match=r"(?s)Cannot open the accounts database .*waited 1 s for it"):
        opening._patiently_opened(settings)
    monkeypatch.setattr(opening, "_ACCOUNTS_PATIENCE_SECONDS", 120.0)
    with ThreadPoolExecutor(1) as pool:
        opened = pool.submit(opening._patiently_opened, settings)
        time.sleep(1)
        assert not opened.done()
        server.start()
        accounts = opened.result(120)
    assert accounts.companies() == []
    accounts.close()
    server.close()


@pytest.mark.parametrize(
    ("role", "database", "mend"),
    [
        ("guarded:wrong", "postgres", "is not let in by this password: check both in the URL"),
        ("guarded", "postgres", "is not let in by this password"),
        ("nobody_here", "postgres", "There is no role `nobody_here`"),
        ("postgres", "nowhere", 'CREATE DATABASE "nowhere"'),
    ],
)
def test_a_postgresql_that_lets_nobody_in_is_not_waited_for(
    guarded: Path, tmp_path: Path, role: str, database: str, mend: str
) -> None:
    """That is no matter of time: what is to be mended is said at once, without the password."""
    settings = node_settings(f"postgresql://{role}@/{database}?host={guarded}", tmp_path)
    begun = time.monotonic()
    with pytest.raises(AccountsRefusedError) as refused:
        opening._patiently_opened(settings)
    assert time.monotonic() - begun < opening._ACCOUNTS_PATIENCE_SECONDS / 2
    assert mend in refused.value.message
    assert "wrong" not in refused.value.message
    assert "waited" not in refused.value.message


@pytest.mark.slow
def test_slots_of_a_shard_that_is_down_stay_where_they_are(nodes: Nodes, ill: ClickHouseServer) -> None:
    """A node that begins cannot open them: it gets its share of the others, and nobody loses a company."""
    _, second = one_of_each_shard(nodes)
    with nodes.open("ann") as ann:
        eventually(lambda: ann.cluster.slots == SLOTS)
        ill.kill()
        eventually(lambda: "shard-2" in ann.health.warnings())
        with nodes.open("ben") as ben:
            eventually(lambda: ben.cluster.slots == SLOTS / 2)
            assert ann.cluster.has(second.id)
            assert ann.cluster.slots == SLOTS / 2
            ill.start()
            eventually(lambda: "shard-2" not in ben.health.warnings())


def test_a_shard_that_hangs_keeps_no_slot_of_another_closed(
    new_postgres: Callable[[], str], engine: Engine
) -> None:
    """Slots of both are taken at once, as after the death of a node: the companies of one do not wait."""
    accounts = Accounts.open(new_postgres())
    with closing(accounts.database.statements()) as statements:
        SlotTable(statements, 600.0).prepare(2)
    node = Node([engine.store, engine.store], accounts)
    held, goes_on = node.node._holdings.of_slot, Event()
    with patch.object(
        node.commits._rooms[0], "open_slots", lambda own: (each for each in own if goes_on.wait(300))
    ):
        node.node._take(node.node._view.look(node.node._table)[:2])
        eventually(lambda: held(1).serving)
        assert not held(0).serving
        goes_on.set()
        eventually(lambda: held(0).serving)
    node.close()


def test_who_waits_for_a_postgresql_that_stands_still_is_freed(
    new_postgres: Callable[[], str], engine: Engine
) -> None:
    """Also while the node looks after its connections, and counts frames, which waits as well."""
    accounts = Accounts.open(new_postgres())
    with closing(accounts.database.statements()) as statements:
        SlotTable(statements, 1.0).prepare(1)
    node = Node([engine.store], accounts, lease=1.0)
    moving = node.commits._moving_slots
    with ThreadPoolExecutor(1) as pool:
        waits = pool.submit(moving.run, "SELECT pg_sleep(240)")
        eventually(lambda: moving._since is not None)
        node.commits._watch.start()
        node.commits._upkeep.start()
        with pytest.raises(OverloadedError):
            waits.result(200)
    eventually(lambda: node.commits.frames is not None)
    node.commits._ended = True
    node.close()


@pytest.mark.slow
def test_a_slot_on_a_shard_that_was_added_since(nodes: Nodes, clickhouse_server: ClickHouseServer) -> None:
    """Who began before does not know that shard, and says so: who does takes the slot, beyond its share."""
    third = clickhouse_server.new_database()
    with nodes.open("ben") as ben, nodes.open("ann", [*nodes.shards, third]) as ann:
        eventually(lambda: ann.cluster.slots == ben.cluster.slots == SLOTS // 2)
        slot = ben.cluster._holdings.all()[0].slot
        rows(nodes.url, f"UPDATE {{t}}slots SET shard = 2, owner = '', epoch = epoch + 1 WHERE slot = {slot}")
        eventually(lambda: (found := ann.cluster._holdings.of_slot(slot)) is not None and found.serving)
        eventually(lambda: list(ben.cluster.silent()) == [2])
        assert ann.cluster.slots == SLOTS // 2 + 1
