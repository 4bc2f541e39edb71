"""A shard that is frozen, or down: companies of the others are served, and nobody waits long for its own."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from clickhouse_connect.driver.exceptions import DatabaseError
from fastapi.testclient import TestClient
from structlog.testing import capture_logs

from botlens.api.app import create_app
from botlens.commit.cluster import entrance
from botlens.commit.room import flush_job
from botlens.engine import Engine
from botlens.errors import BotlensError
from botlens.jobs import pulse
from botlens.store.connection import ClickHouse
from botlens.store.failures import StoreError
from botlens.store.pool import Connection, Lane
from botlens.tenants.credentials import TokenVerifier
from botlens.tenants.values import Company
from tests.clickhouse_server import ClickHouseServer
from tests.engine.cluster_nodes import eventually
from tests.engine.test_cluster_begins import one_of_each_shard
from tests.engine.test_cluster_engines import Nodes, counted
from tests.events import message
from tests.properties.companies import send, verified

_PING, _SILENT, _FAILING = 3.0, 10.0, 1.0
_QUESTION = {"metrics": ["conversations", "messages"], "period": "all"}
_WITHOUT_HELP = 60.0
"""A call that nobody gives up takes at least so long: 30 s more than a question may."""
CALL = Connection.call


@pytest.fixture
def nodes(
    new_postgres: Callable[[], str],
    clickhouse_server: ClickHouseServer,
    ill: ClickHouseServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Nodes]:
    """The second shard is on that server; what takes half a minute takes seconds."""
    monkeypatch.setattr(entrance, "PING_SECONDS", _PING)
    monkeypatch.setattr(pulse, "_SILENT_SECONDS", _SILENT)
    monkeypatch.setattr(flush_job, "_FAILING_SECONDS", _FAILING)
    found = Nodes(new_postgres(), [clickhouse_server.new_database(), ill.new_database()], tmp_path)
    yield found
    found.accounts.close()


@contextmanager
def always_ready(engine: Engine) -> Iterator[list[dict[str, str]]]:
    """`/readyz` is asked all the time; gives what was wrong, which is nothing."""
    found: list[dict[str, str]] = []
    ended = threading.Event()

    def ask() -> None:
        while not ended.wait(0.05):
            if problems := engine.health.problems():
                found.append(problems)

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        yield found
    finally:
        ended.set()
        thread.join()
    assert found == []


def asked(client: TestClient, company: Company, number: int) -> tuple[int, Any, float]:
    """(status, answer, seconds) of a question that is not asked twice."""
    begun = time.monotonic()
    headers = {"Authorization": "Bearer local", "X-Botlens-Company": company.id}
    question = {**_QUESTION, "limit": 100 + number}
    answer = client.post("/v1/query", json=question, headers=headers)
    return answer.status_code, answer.json(), time.monotonic() - begun


@pytest.mark.slow
def test_a_frozen_shard_takes_nothing_else_down(nodes: Nodes, ill: ClickHouseServer) -> None:
    """Ready with a warning; questions and events of the other shard as ever, of this one refused at once."""
    first, second = one_of_each_shard(nodes)
    with nodes.open("ann") as ann, ThreadPoolExecutor(12) as pool:
        client = TestClient(create_app(ann, TokenVerifier(), local_token="local"))
        eventually(lambda: ann.cluster.has(first.id) and ann.cluster.has(second.id))
        assert {asked(client, each, 0)[0] for each in (first, second)} == {200}
        send(ann, second, [message("b", "1")])  # which questions must write first
        ill.freeze()
        with always_ready(ann):
            frozen = [pool.submit(asked, client, second, number) for number in range(6)]
            status, answer, _ = pool.submit(asked, client, first, 1).result()
            assert (status, answer["rows"]) == (200, [{"conversations": 1, "messages": 1}])
            for each in frozen:
                status, answer, seconds = each.result()
                assert (status, answer["error"]["code"]) == (503, "store_unavailable")
                assert "event store" in answer["detail"]
                assert seconds < _WITHOUT_HELP / 2
            assert "shard 2 does not answer" in ann.health.warnings()["shard-2"]
            assert "shard-1" not in ann.health.warnings()
            send(ann, second, [message("c", "1")])  # which the journal takes
            send(ann, first, [message("b", "1")])
            assert counted(ann, first) == [2, 2]
            late = [asked(client, second, number) for number in range(20, 25)]
            assert {status for status, _, _ in late} == {503}
            # Nobody waits any more; the machine may have held up one or two of them.
            assert sorted(seconds for _, _, seconds in late)[2] < _PING
            time.sleep(_SILENT)
            ill.thaw()
            eventually(lambda: "shard-2" not in ann.health.warnings())
            eventually(lambda: asked(client, second, 30)[0] == 200)
        assert counted(ann, second) == [3, 3]
        assert verified(ann, second)
        eventually(lambda: all(each._pool._hanging == 0 for each in ann.store.each))


@pytest.mark.slow
def test_a_shard_that_is_down_under_load_is_only_warned_of(nodes: Nodes, ill: ClickHouseServer) -> None:
    """Its events are taken into the journal, and nobody takes the node, and the other shard, away."""
    first, second = one_of_each_shard(nodes)
    with nodes.open("ann") as ann:
        eventually(lambda: ann.cluster.has(first.id) and ann.cluster.has(second.id))
        assert counted(ann, second) == [1, 1]
        send(ann, second, [message("a", "2")])  # what conversations there are is known from here on
        ill.kill()
        with always_ready(ann):
            send(ann, second, [message("b", "1")])
            eventually(lambda: "cannot be written" in ann.health.warnings().get("shard 2: flush", ""))
            send(ann, first, [message("b", "1")])
            assert counted(ann, first) == [2, 2]
            ill.start()
            eventually(lambda: ann.health.warnings() == {})
        assert counted(ann, second) == [2, 3]


def test_calls_of_a_frozen_server_end_by_themselves(
    ill: ClickHouseServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each holds its thread no longer than the caller waits: none hangs, and none ends the process."""
    hanging: list[int] = [0]
    with closing(ClickHouse(ill.new_database(), watch=hanging.append)) as store:
        assert store.maintain("SELECT 1") == [(1,)]
        monkeypatch.setattr(store, "_call_seconds", 0.5)
        ill.freeze()
        for _ in range(6):
            with pytest.raises(StoreError):
                store.maintain("SELECT 1", seconds=0.2)
        # What is connected anew has the seconds of a connection; the server is frozen all the time.
        eventually(lambda: hanging[-1] == 0)
        ill.thaw()
        eventually(lambda: answers(store))


def test_nobody_waits_for_a_server_that_is_known_to_be_silent(ill: ClickHouseServer) -> None:
    """Who has asked gets an error at once, and so does who asks later, until it is seen to answer."""
    with closing(ClickHouse(ill.new_database())) as store, ThreadPoolExecutor(1) as pool:
        assert store.maintain("SELECT 1") == [(1,)]
        ill.freeze()
        waits = pool.submit(store.maintain, "SELECT 1")
        begun = time.monotonic()
        with pytest.raises(StoreError):
            store.ping(1.0)
        with pytest.raises(StoreError):
            waits.result()
        with pytest.raises(StoreError):
            store.reserved.maintain("SELECT 1")
        assert time.monotonic() - begun < _WITHOUT_HELP / 2
        ill.thaw()
        eventually(lambda: looked(store))
        assert store.maintain("SELECT 1") == [(1,)]


def test_the_log_says_once_that_a_shard_is_silent_and_once_that_it_answers(
    ill: ClickHouseServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the cause, and how long it was; looks in between add no lines."""
    monkeypatch.setattr(entrance, "PING_SECONDS", 60.0)
    with closing(ClickHouse(ill.new_database())) as store, capture_logs() as logs:
        shard = entrance.ShardEntrance(store, 2)
        assert shard.ping()
        ill.freeze()
        with monkeypatch.context() as hasty:
            hasty.setattr(entrance, "PING_SECONDS", 0.5)
            assert [shard.ping(), shard.ping()] == [False, False]
        ill.thaw()
        eventually(shard.ping)
        assert shard.ping()
    said = [each for each in logs if each["event"].startswith("shard_")]
    assert [(each["event"], each["shard"]) for each in said] == [
        ("shard_silent", 2),
        ("shard_answers_again", 2),
    ]
    assert "timed out" in said[0]["cause"].lower() or "no answer" in said[0]["cause"]
    assert said[1]["after"] > 0


def something_comes_back(store: ClickHouse, monkeypatch: pytest.MonkeyPatch, *, late: bool) -> list[float]:
    """As the first look begins, or as it ends; gives how long looks may take."""
    looks = list[float]()

    def noted(connection: Connection, work: Callable[[Any], Any], seconds: float) -> Any:
        is_look = threading.get_ident() == here
        if is_look:
            looks.append(seconds)
        came = time.monotonic()
        try:
            return CALL(connection, work, seconds)
        finally:
            if is_look and len(looks) == 1:
                store._pool.answered_at = time.monotonic() if late else came

    here = threading.get_ident()
    monkeypatch.setattr(Connection, "call", noted)
    return looks


@pytest.mark.parametrize(("late", "given_up_by"), [(True, 2), (False, 1)])
def test_what_comes_back_while_a_frozen_shard_is_looked_for(
    ill: ClickHouseServer, monkeypatch: pytest.MonkeyPatch, given_up_by: int, *, late: bool
) -> None:
    """Late in a look it lived still, perhaps: whoever waits is given up by the next one, which is no longer.

    As a look begins it is no sign of life: it had stood in its socket while this process stood still, say.
    """
    monkeypatch.setattr(entrance, "PING_SECONDS", 2.0)
    with closing(ClickHouse(ill.new_database())) as store, ThreadPoolExecutor(1) as pool:
        shard = entrance.ShardEntrance(store)
        ill.freeze()
        looks = something_comes_back(store, monkeypatch, late=late)
        asked = pool.submit(store.rows, "SELECT 1", {})
        eventually(lambda: bool(store._pool._borrowed))
        for _ in range(given_up_by):
            assert not asked.done()
            assert not shard.ping()
        assert isinstance(asked.exception(), StoreError)
        ill.thaw()
    assert looks == [2.0] * given_up_by


def test_a_shard_that_is_slow_is_found_to_answer_though_to_connect_takes_several_statements(
    ill: ClickHouseServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who has no connection left would begin anew with each look, and never come to its end."""
    monkeypatch.setattr(entrance, "PING_SECONDS", 1.0)
    with closing(ClickHouse(ill.new_database(), at_once=False)) as store:
        shard = entrance.ShardEntrance(store)
        try:
            ill.goes_wrong({"does": "delay", "statements": ".*", "seconds": 0.5})
            assert not shard.ping()
            eventually(shard.ping)
        finally:
            ill.goes_wrong()


def test_shards_are_looked_at_while_the_accounts_or_another_shard_say_nothing(
    nodes: Nodes, ill: ClickHouseServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A question that never ends delays no look at a shard; `/readyz` says which one is not answered."""
    never = threading.Event()
    with nodes.open("ann") as engine:
        shards = engine.cluster._entrances
        monkeypatch.setattr(engine._pulse, "_questions", {**engine._pulse._questions, "accounts": never.wait})
        monkeypatch.setattr(shards[0].store, "ping", lambda *_: never.wait())
        eventually(lambda: "accounts do not answer" in engine.health.problems().get("silence", ""))
        ill.freeze()
        eventually(lambda: shards[1].problem() is not None)
        ill.thaw()
        eventually(lambda: shards[1].problem() is None)
        monkeypatch.setattr(entrance, "_UNSEEN_SECONDS", 1.0)
        eventually(lambda: "was not looked at" in engine.health.warnings().get("shard-1", ""))
        never.set()


def test_a_server_that_is_busy_or_refuses_is_not_silent(
    clickhouse_server: ClickHouseServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It answers others while a look waits, or says that it will not: nothing is given up for that."""
    with closing(ClickHouse(clickhouse_server.new_database())) as store:
        store.connect()

        def slow_to_looks(connection: Connection, work: Callable[[Any], Any], seconds: float) -> Any:
            """As if the server did not come to what has little time; it answers others to the end."""
            if seconds > 0.5:
                return CALL(connection, work, seconds)
            try:
                return CALL(connection, lambda _: time.sleep(3), seconds)
            finally:
                assert answers(store)

        with monkeypatch.context() as busy:
            busy.setattr(Connection, "call", slow_to_looks)
            with ThreadPoolExecutor(1) as pool:
                look = pool.submit(store.ping, 0.5)
                while not look.done():
                    assert answers(store)
                assert isinstance(look.exception(), StoreError)
        assert answers(store)
        refusal = DatabaseError("too many queries", code=202)
        monkeypatch.setattr(Connection, "call", lambda *_: (_ for _ in ()).throw(refusal))
        with pytest.raises(StoreError):
            store.ping(0.5)
        monkeypatch.undo()
        assert answers(store)


def test_who_has_little_time_waits_no_longer_for_a_connection(clickhouse_server: ClickHouseServer) -> None:
    """Of the moment in which a slot stands still: neither in line, nor for a call, be it an insert."""
    left = [0.3]
    with closing(ClickHouse(clickhouse_server.new_database())) as store:
        store.maintain("CREATE TABLE t (a UInt8) ENGINE = MergeTree ORDER BY a")
        brief = store.within(lambda: left[0])
        begun = time.monotonic()
        with store._pool.borrowed(Lane.WRITE), store._pool.borrowed(Lane.WRITE):
            with pytest.raises(BotlensError):
                brief.maintain("INSERT INTO t VALUES (1)")
            with pytest.raises(BotlensError):
                brief.reserved.maintain("SELECT 1")
        clickhouse_server.goes_wrong({"does": "delay", "statements": "INSERT", "seconds": 60.0})
        try:
            with pytest.raises(StoreError):
                brief.maintain("INSERT INTO t VALUES (1)")
        finally:
            clickhouse_server.goes_wrong()
        assert time.monotonic() - begun < 50


def answers(store: ClickHouse) -> bool:
    try:
        return store.maintain("SELECT 1") == [(1,)]
    except StoreError:
        return False


def looked(store: ClickHouse) -> bool:
    try:
        store.ping(5.0)
    except StoreError:
        return False
    return True
