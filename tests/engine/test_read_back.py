"""A server that takes events and loses them: nobody lets go of what it does not hold."""

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from botlens.cluster.frames import FrameTable
from botlens.events.decode import decode_json
from botlens.events.lines import lines_of
from botlens.events.record import Record, record_of
from botlens.store import read_back
from botlens.store.connection import ClickHouse
from botlens.store.failures import StoreError
from botlens.store.raw_events import insert_events
from botlens.store.read_back import NotHeldError
from botlens.store.upgrades import open_tables
from tests.clickhouse_server import ClickHouseServer
from tests.engine.cluster_nodes import eventually
from tests.engine.test_cluster_engines import Nodes, counted
from tests.events import message
from tests.properties.companies import send, verified

LOSES = {"does": "lose", "statements": r"\s*INSERT INTO raw_events"}


@pytest.fixture
def store(clickhouse_server: ClickHouseServer) -> Iterator[ClickHouse]:
    with closing(ClickHouse(clickhouse_server.new_database())) as found:
        open_tables(found)
        yield found
    clickhouse_server.goes_wrong()


def records(*events: dict, first: int = 1_000) -> list[Record]:
    """Records that arrived one after the other."""
    made = [record_of(each) for each in decode_json(b'{"events": %s}' % msgspec.json.encode(events)).events]
    for arrival, each in enumerate(made, first):
        each.arrival = arrival
    return made


def insert(store: ClickHouse, *made: Record) -> None:
    insert_events(store, [("c", lines_of(list(made)))])


def test_what_a_server_loses_is_found(store: ClickHouse, clickhouse_server: ClickHouseServer) -> None:
    """It answers well; how many are missing is noted."""
    made = records(*(message(f"c{number}", "1") for number in range(5)))
    insert(store, *made[:2])
    clickhouse_server.goes_wrong(LOSES)
    with pytest.raises(NotHeldError) as raised:
        insert(store, *made)
    assert raised.value.missing == 3  # the others are there, with the same arrivals
    clickhouse_server.goes_wrong()
    insert(store, *made)


def test_a_server_that_does_not_come_back_to_it_is_given_up(
    clickhouse_server: ClickHouseServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As one that does not come back from an insert: all flushes wait behind it."""
    with closing(ClickHouse(clickhouse_server.new_database())) as store:
        open_tables(store)
        insert(store, *records(message("a", "1")))
        monkeypatch.setattr(read_back, "_SECONDS", 0.5)
        monkeypatch.setattr(store, "_call_seconds", 1.0)
        clickhouse_server.goes_wrong(
            {"does": "delay", "statements": r"SELECT count\(\), sum\(last", "seconds": 4.0}
        )
        try:
            with pytest.raises(StoreError):
                insert(store, *records(message("b", "1")))
        finally:
            clickhouse_server.goes_wrong()


def test_what_is_replaced_is_not_missed(store: ClickHouse, clickhouse_server: ClickHouseServer) -> None:
    """The same name twice at once, or there already with a later arrival."""
    twice = records(message("a", "1"), message("a", "1"), message("b", "1"))
    insert(store, *twice)
    insert(store, *records(message("a", "1"), first=5_000))
    insert(store, *twice)
    store.maintain("OPTIMIZE TABLE raw_events FINAL")
    clickhouse_server.goes_wrong(LOSES)
    insert(store, twice[0])  # whether this insert was lost or not makes no difference
    with pytest.raises(NotHeldError):
        insert(store, *records(message("a", "1"), first=6_000))


def test_many_conversations_are_looked_at_in_parts(
    store: ClickHouse, clickhouse_server: ClickHouseServer
) -> None:
    """More than one statement may name; one row that is missing is found among them."""
    made = records(*(message(f"c{number}", "1") for number in range(4_500)))
    insert(store, *made)
    clickhouse_server.goes_wrong(LOSES)
    insert(store, *made)
    with pytest.raises(NotHeldError) as raised:
        insert(store, *made, *records(message("c4400", "2"), first=9_000))
    assert raised.value.missing == 1


@pytest.mark.slow
def test_frames_stay_until_the_shard_holds_them(
    new_postgres: Callable[[], str], clickhouse_server: ClickHouseServer, tmp_path: Path
) -> None:
    """A shard loses what it has taken, at a flush and at a take-over: the journal still has it."""
    nodes = Nodes(new_postgres(), [clickhouse_server.new_database() for _ in range(2)], tmp_path)
    (company,) = nodes.companies(1)
    with closing(nodes.accounts.database.statements()) as statements:
        journal = FrameTable(statements)
        with nodes.open("ann") as ann:
            clickhouse_server.goes_wrong(LOSES)
            send(ann, company, [message("a", "1"), message("b", "1")])
            with pytest.raises(StoreError):
                ann.commits.flush()
            assert journal.total().frames == 1
        assert journal.total().frames == 1  # nor at an orderly end
        clickhouse_server.goes_wrong(LOSES | {"times": 1})
        with nodes.open("ben") as ben:
            eventually(lambda: ben.cluster.has(company.id))
            assert clickhouse_server.hits() == [1]
            assert counted(ben, company) == [2, 2]
            assert verified(ben, company)
            assert journal.total().frames == 0
    clickhouse_server.goes_wrong()
    nodes.accounts.close()
