"""The store by URL: the product as it runs beside a ClickHouse server, against the stand-in for one."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from threading import Event
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from botlens.engine import Engine
from botlens.errors import InvalidError
from botlens.jobs.job import Progress
from botlens.store.erasure import WholeErasure
from botlens.store.failures import StoreError
from botlens.tenants.accounts import Accounts
from botlens.upkeep.retention import retention_job
from tests.clickhouse_server import READ_ONLY, WRITES, ClickHouseServer
from tests.conftest import NOON, Tenant, World
from tests.events import answer, conversation, message, rating, vote
from tests.oracle import seed as oracle
from tests.oracle import strategies
from tests.properties.companies import new_company, send_in_parts, verified
from tests.properties.examples import examples
from tests.properties.test_seed_numbers import check

PATIENCE = 60.0
OF_EVENTS = r"\s*INSERT INTO (raw_events|conversation_facts)\b"  # a beat is an insert, too
EVERYTHING: dict[str, Any] = {"metrics": ["conversations", "messages"], "period": "all"}
THREAD = [
    message("c", "1", "Secret?", "2026-03-17T10:00:00Z", session_id="ann"),
    answer("c", "2", 0.1, "2026-03-17T10:00:01Z"),
    vote("c", "2"),
    rating("c", 5),
]


@pytest.fixture(scope="module", params=["", "two"], ids=["server", "cluster"])
def server(request: pytest.FixtureRequest) -> Iterator[ClickHouseServer]:
    """A server that is alone, and one of a cluster that refuses what would not be the same everywhere."""
    found = ClickHouseServer(cluster=request.param)
    yield found
    found.close()


@pytest.fixture(scope="module")
def shared_world(server: ClickHouseServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """An engine over it, for all tests of this file: companies keep them apart."""
    folder = tmp_path_factory.mktemp("by-url")
    with Engine(
        Accounts.open(f"sqlite:///{folder}/accounts.db"),
        clickhouse_url=server.new_database(),
        clickhouse_cluster=server.cluster or None,
        journal_folder=folder / "journal",
    ) as engine:
        yield World(engine)


@pytest.fixture(autouse=True)
def _sound_again(server: ClickHouseServer) -> Iterator[None]:
    """What goes wrong in a test ends with it."""
    yield
    server.goes_wrong()


def numbers(*events: dict[str, Any]) -> dict[str, Any]:
    chatbot = {"chatbot_id": "bot", "name": "Bot", "is_published": True, "confidence_threshold": 0.2}
    return oracle.chatbot_object(list(events), chatbot, now=NOON, zone="UTC", top=10)


def of_the_store(tenant: Tenant) -> list[Any]:
    """[conversations, messages] as the store counts them."""
    (row,) = tenant.query(EVERYTHING)["rows"]
    return [row["conversations"], row["messages"]]


@examples(4)
@given(data=st.data())
def test_any_history_is_what_the_oracle_says(shared_world: World, data: st.DataObject) -> None:
    """All three routes, from memory and after a flush, and the raw events say the same as the facts."""
    engine = shared_world.engine
    events = data.draw(strategies.histories(), label="events")
    now = data.draw(strategies.moments(near=events), label="now")
    chatbots = sorted(data.draw(strategies.chatbots()), key=lambda chatbot: chatbot["chatbot_id"])
    company = new_company(engine, data.draw(strategies.zones(), label="zone"), chatbots)
    send_in_parts(engine, company, events, data)
    check(engine, company, events, chatbots, now)
    engine.commits.flush()
    check(engine, company, events, chatbots, now)
    assert verified(engine, company)


def test_windows_and_questions_are_read_from_the_server(tenant: Tenant) -> None:
    """What is counted there is what is counted in memory; a long list of parameters gets there whole."""
    many = [message(f"c{number:05}", "1", f"Question {number}?") for number in range(800)]
    tenant.send(*many)
    assert tenant.overview(period="7d")["total_conversations"] == 800
    assert of_the_store(tenant) == [800, 800]
    tenant.world.engine.commits.flush()
    tenant.send(*(answer(each["conversation_id"], "2", 0.9) for each in many))  # states come from the server
    assert of_the_store(tenant) == [800, 1_600]
    assert tenant.chatbot() == numbers(*many, *(answer(each["conversation_id"], "2", 0.9) for each in many))


def test_deleted_is_gone_from_the_server(tenant: Tenant) -> None:
    """A conversation, then the whole chatbot: out of every number at once, and then off its disk."""
    kept = message("kept", "1", "Why?")
    tenant.send(*THREAD, kept)
    tenant.world.engine.commits.flush()
    path = "/v1/conversations/c"
    assert tenant.world.client.delete(path, headers=tenant.headers).status_code == 204
    assert tenant.chatbot() == numbers(kept)
    assert of_the_store(tenant) == [1, 1]
    assert tenant.world.client.delete("/v1/chatbots/bot", headers=tenant.headers).status_code == 202
    assert tenant.world.engine.jobs.finish("erasure", PATIENCE)
    assert WholeErasure(tenant.world.engine.store, tenant.company.id, None).remaining() == {}
    assert tenant.overview()["total_conversations"] == 0


def test_retention(tenant: Tenant) -> None:
    """What ended long ago goes, as if it never had been."""
    old = message("old", "1", "Secret?", "2026-03-01T10:00:00Z")
    tenant.send(old, *THREAD)
    engine = tenant.world.engine
    engine.accounts.set_retention(tenant.company.id, 10)
    retention_job(engine.accounts, engine.commits).run(NOON, Progress(Event()))
    assert tenant.chatbot() == numbers(*THREAD)
    assert of_the_store(tenant) == [1, 2]
    assert tenant.verified()["equal"]


def test_another_threshold(tenant: Tenant) -> None:
    """Facts that are in the server are made anew there."""
    tenant.send(*THREAD)
    tenant.world.engine.commits.flush()
    tenant.put("bot", confidence_threshold=0.05)
    chatbot = {"chatbot_id": "bot", "name": "Bot", "is_published": True, "confidence_threshold": 0.05}
    expected = oracle.chatbot_object(THREAD, chatbot, now=NOON, zone="UTC", top=10)
    assert tenant.chatbot() == expected
    assert tenant.verified()["equal"]


def test_a_backup_is_the_servers_own(shared_world: World) -> None:
    """It is refused, with what to do instead."""
    with pytest.raises(InvalidError, match=r"ClickHouse server \(BACKUP DATABASE\): back them up with"):
        shared_world.engine.backups.take(datetime.now(UTC))


def flush(tenant: Tenant) -> None:
    """Have all that is pending written, however often it takes."""
    until = time.monotonic() + PATIENCE
    while True:
        try:
            tenant.world.engine.commits.flush()
        except StoreError:
            assert time.monotonic() < until
        else:
            return


@pytest.mark.parametrize("does", ["untold", "cut"])
def test_applied_and_not_told(server: ClickHouseServer, tenant: Tenant, does: str) -> None:
    """Inserts that come to pass, with an error for an answer or none, are repeated: nothing counts twice."""
    server.goes_wrong({"does": does, "statements": OF_EVENTS, "times": 4})
    tenant.send(*THREAD)
    flush(tenant)
    assert server.hits() == [4]
    assert tenant.chatbot() == numbers(*THREAD)
    assert of_the_store(tenant) == [1, 2]
    assert tenant.verified()["equal"]


def test_refused_before_anything_was_done(server: ClickHouseServer, tenant: Tenant) -> None:
    """What was acknowledged waits in the journal: counted from memory, not asked of the store, kept."""
    tenant.send(*THREAD)
    assert tenant.chatbot() == numbers(*THREAD)
    server.goes_wrong({"does": "refuse", "statements": WRITES, "code": READ_ONLY})
    tenant.send(message("new", "1", "Why?"))
    answered = tenant.world.client.post("/v1/query", json=EVERYTHING, headers=tenant.headers)
    assert (answered.status_code, answered.json()["error"]["code"]) == (503, "store_unavailable")
    assert tenant.chatbot() == numbers(*THREAD, message("new", "1", "Why?"))
    server.goes_wrong()
    assert of_the_store(tenant) == [2, 3]
    assert tenant.verified()["equal"]


def test_a_slow_server_changes_no_number(server: ClickHouseServer, tenant: Tenant) -> None:
    """An answer waits for what is written before it."""
    server.goes_wrong({"does": "delay", "statements": OF_EVENTS, "seconds": 0.3})
    tenant.send(*THREAD)
    assert of_the_store(tenant) == [1, 2]
    assert server.hits() != [0]


def test_a_server_that_dies(server: ClickHouseServer, tenant: Tenant) -> None:
    """Killed with acknowledged events on their way: 503 for what only it knows, and all is there again."""
    tenant.send(*THREAD)
    tenant.world.engine.commits.flush()
    server.kill()
    tenant.send(conversation("new"), message("new", "1", "Why?"))
    answered = tenant.world.client.post("/v1/query", json=EVERYTHING, headers=tenant.headers)
    assert answered.status_code == 503
    server.start()
    assert of_the_store(tenant) == [2, 3]
    assert tenant.chatbot() == numbers(*THREAD, conversation("new"), message("new", "1", "Why?"))
    assert tenant.verified()["equal"]
