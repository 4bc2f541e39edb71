"""Which database is which shard: one that is empty, or another, is never taken for a shard that is in use."""

from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from unittest.mock import patch

import pytest

from botlens.cluster.shard_words import UNNAMED, ShardWords
from botlens.commit.cluster.entrance import ShardEntrance
from botlens.engine import Engine
from botlens.errors import InvalidError, OverloadedError
from botlens.monitoring.health import Health
from botlens.monitoring.telemetry import Telemetry
from botlens.store import cluster_mark
from botlens.store.cluster_mark import (
    CLUSTER_MARKS,
    MarkedStoreError,
    ShardMark,
    mark_shard,
    refuse_marked,
)
from botlens.store.connection import ClickHouse
from botlens.store.failures import StoreError
from botlens.store.table import Table
from botlens.store.upgrades import open_tables
from botlens.store.writer import WriterClaim
from botlens.tenants.accounts import Accounts
from tests.clickhouse_server import ClickHouseServer
from tests.engine.cluster_nodes import eventually

CLUSTER = "c" * 32


@pytest.fixture
def words(new_postgres: Callable[[], str]) -> Iterator[ShardWords]:
    accounts = Accounts.open(new_postgres())
    with closing(accounts.database.statements()) as statements:
        yield ShardWords(statements)
    accounts.close()


@pytest.fixture
def new_store(clickhouse_server: ClickHouseServer) -> Iterator[Callable[[], ClickHouse]]:
    made: list[ClickHouse] = []

    def new() -> ClickHouse:
        made.append(ClickHouse(clickhouse_server.new_database()))
        return made[-1]

    yield new
    for each in made:
        each.close()


def begin(store: ClickHouse, words: ShardWords, shard: int = 0) -> None:
    """As a node does that names the database for a shard."""
    mark_shard(store, CLUSTER, shard, lambda company_id: 0, words)


def test_an_address_that_leads_to_another_database_by_now_is_not_written_to(
    new_store: Callable[[], ClickHouse], words: ShardWords
) -> None:
    """Two shards changed their addresses while nodes run: what is written there is lost for its own."""
    store, other = new_store(), new_store()
    begin(other, words, 1)
    prepare = partial(mark_shard, store, CLUSTER, 0, lambda company_id: 0, words)
    shard = ShardEntrance(store, 1, prepare)
    shard._round()
    assert shard.ping()
    with patch.object(store._pool, "_connect", other._clients.connect):
        store._pool._retire_idle()  # as connections end that there were
        assert not shard.ping()
        assert "another database" in str(shard.problem())
        with pytest.raises(StoreError):
            store.maintain("SELECT 1")
    eventually(shard.ping)
    assert store.maintain("SELECT 1") == [(1,)]


def test_a_database_that_lost_its_mark_is_not_written_to(
    new_store: Callable[[], ClickHouse], words: ShardWords
) -> None:
    """It was emptied, or another stands in its place that never was a shard: it may have the same tables."""
    store = new_store()
    shard = ShardEntrance(store, 1, partial(mark_shard, store, CLUSTER, 0, lambda company_id: 0, words))
    shard._round()
    assert shard.ping()
    store.maintain("DROP TABLE cluster_marks")
    assert not shard.ping()
    assert "another database" in str(shard.problem())
    with pytest.raises(StoreError):
        store.maintain("SELECT 1")


def test_a_database_that_was_emptied_is_refused(
    words: ShardWords, new_store: Callable[[], ClickHouse]
) -> None:
    """Its node would answer zeros, and keep what comes where no other node looks."""
    store, other = new_store(), new_store()
    begin(store, words)
    begin(store, words)  # the next start finds what it marked
    with pytest.raises(InvalidError, match=r"(?s)Shard 1 is in use.*BOTLENS_SHARDS.*from a backup"):
        begin(other, words)
    begin(other, words, shard=1)  # nothing was written to it, so it can be what it was meant to be
    begin(store, words)


def test_a_database_that_a_move_has_made_tables_in(
    words: ShardWords, new_store: Callable[[], ClickHouse]
) -> None:
    """No company that was moved lies there yet: it becomes a shard like any other."""
    store = new_store()
    open_tables(store)
    begin(store, words)
    begin(store, words)


def claim(store: ClickHouse, **more: bool) -> WriterClaim:
    """As a process with `BOTLENS_CLICKHOUSE_URL` has, or a move."""
    return WriterClaim(store, Telemetry(), Health(), **more)


def test_a_database_that_a_process_of_its_own_has(
    words: ShardWords, new_store: Callable[[], ClickHouse]
) -> None:
    """Or had, with events or without: two would write. Nothing is changed; who means it says so there."""
    store = new_store()
    alone = claim(store)
    alone.take()
    for _ in ("while it runs", "after its end"):
        with pytest.raises(InvalidError, match=r"shard 1 is that of a botlens of its own \(pid .* empty"):
            begin(store, words)
        refuse_marked(store)  # so that one begins again as before
        alone.release()
    store.maintain("DROP TABLE IF EXISTS writers")  # as the sentence has it
    begin(store, words)


def test_a_process_of_its_own_that_begins_at_the_same_moment(
    words: ShardWords, new_store: Callable[[], ClickHouse]
) -> None:
    """The node that found nobody finds it once it has marked the database, and takes the mark back."""
    store = new_store()
    make, alone = store.make, claim(store)

    def while_it_begins(*tables: Table) -> None:
        with patch.object(store, "make", make):
            alone.take()
        make(*tables)

    with (
        patch.object(store, "make", while_it_begins),
        pytest.raises(InvalidError, match="a botlens of its own"),
    ):
        begin(store, words)
    assert words.known(0) is None
    eventually(lambda: not store.maintain(f"SELECT identity FROM {CLUSTER_MARKS.name}"))
    refuse_marked(store)
    alone.release()


def test_who_has_a_database_for_itself_finds_the_mark_of_then(
    words: ShardWords, clickhouse_server: ClickHouseServer, tmp_path: Path
) -> None:
    """The other half of it: a node marked the database before it could see that a process began."""
    url = clickhouse_server.new_database()
    take = WriterClaim.take

    def while_a_node_begins(self: WriterClaim) -> None:
        with closing(ClickHouse(url)) as store:
            begin(store, words)
        take(self)

    with (
        patch.object(WriterClaim, "take", while_a_node_begins),
        pytest.raises(MarkedStoreError, match="is a shard of a cluster"),
    ):
        Engine(
            Accounts.open(f"sqlite:///{tmp_path}/accounts.db"),
            clickhouse_url=url,
            journal_folder=tmp_path / "journal",
        )
    with closing(ClickHouse(url)) as store:
        begin(store, words)


def test_a_move_that_was_killed_leaves_no_trace_of_a_process(
    words: ShardWords, new_store: Callable[[], ClickHouse]
) -> None:
    """It says that it writes, too, and nobody is to keep away for that."""
    store = new_store()
    moves = claim(store, moves=True)
    moves.take()
    begin(store, words)
    moves.release()


def test_two_databases_for_one_new_shard(words: ShardWords, new_store: Callable[[], ClickHouse]) -> None:
    """Nodes that begin at the same moment and name two: one of them is the shard, also from then on."""
    first, second = new_store(), new_store()
    known = words.known

    def while_another_begins(shard: int) -> str | None:
        found = known(shard)
        with patch.object(words, "known", known):
            begin(first, words)
        return found

    with (
        patch.object(words, "known", while_another_begins),
        pytest.raises(InvalidError, match="Shard 1 is another database"),
    ):
        begin(second, words)
    begin(first, words)
    with pytest.raises(InvalidError, match="Shard 1 is another database"):
        begin(second, words)


def test_two_nodes_that_mark_one_database(words: ShardWords, new_store: Callable[[], ClickHouse]) -> None:
    """Both found it empty: both go on, and so does who comes later."""
    store = new_store()
    make = store.make

    def while_another_marks(*tables: object) -> None:
        with patch.object(store, "make", make):
            begin(store, words)
        make(CLUSTER_MARKS)

    with patch.object(store, "make", while_another_marks):
        begin(store, words)
    begin(store, words)


def test_a_node_that_dies_between_mark_and_word(
    words: ShardWords, new_store: Callable[[], ClickHouse]
) -> None:
    """The next one goes on where it was."""
    store = new_store()
    with (
        patch.object(words, "settle", side_effect=OverloadedError("The accounts database does not answer.")),
        pytest.raises(OverloadedError),
    ):
        begin(store, words)
    assert words.known(0) is None
    begin(store, words)
    assert words.known(0)


def test_a_shard_that_was_marked_without_a_word(
    words: ShardWords, new_store: Callable[[], ClickHouse]
) -> None:
    """By a botlens of before: it stays what it is, and from then on no empty one is taken for it."""
    store = new_store()
    store.make(CLUSTER_MARKS)
    store.insert(CLUSTER_MARKS, [ShardMark(CLUSTER, 0, UNNAMED).row])
    begin(store, words)
    begin(store, words)
    with pytest.raises(InvalidError, match="Shard 1 is in use"):
        begin(new_store(), words)
    with pytest.raises(InvalidError, match="marked as shard 1 of this cluster"):
        begin(store, words, shard=1)
    with pytest.raises(InvalidError, match="marked as shard 1 of another cluster"):
        mark_shard(store, "d" * 32, 0, lambda company_id: 0, words)


def test_a_replica_that_has_the_mark_later(words: ShardWords, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever is spoken to of a cluster may be behind who took the mark: that is waited for, and no fault."""
    monkeypatch.setattr(cluster_mark, "_PAUSE_SECONDS", 0.01)
    monkeypatch.setattr(cluster_mark, "_LAGS_SECONDS", 300.0)
    marks, looks = cluster_mark.shard_marks, [0]

    def behind(store: ClickHouse) -> list[ShardMark]:
        looks[0] += 1
        return marks(store) if looks[0] > 2 else []

    server = ClickHouseServer(cluster="two")
    with closing(server), closing(ClickHouse(server.new_database(), cluster="two")) as store:
        for _ in range(2):  # who marks it, and who finds it marked
            looks[0] = 0
            monkeypatch.setattr(cluster_mark, "shard_marks", behind)
            begin(store, words)
        monkeypatch.setattr(cluster_mark, "_LAGS_SECONDS", 0.05)
        monkeypatch.setattr(cluster_mark, "shard_marks", lambda _: [])
        with pytest.raises(InvalidError, match="Shard 1 is in use"):  # it never comes
            begin(store, words)
