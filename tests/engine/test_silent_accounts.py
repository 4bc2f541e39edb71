"""A PostgreSQL that says nothing, or is slow: who is remembered is answered, who is not is refused soon."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest

from botlens.database import database, memory, silence
from botlens.engine import Engine
from botlens.errors import OverloadedError, UnauthorizedError
from botlens.sources.postgres.state import FollowedState, SetAside, StateStore
from botlens.tenants.accounts import Accounts
from botlens.tenants.synced.values import AccountsThere, CompanyThere
from botlens.tenants.values import Caller
from tests.clickhouse_server import ClickHouseServer
from tests.contract.nodes import Node, nodes
from tests.engine.cluster_nodes import eventually
from tests.engine.postgres_server import PostgresServer
from tests.engine.test_cluster_engines import Nodes
from tests.events import message

SOON = 60.0  # on a machine that does much besides
LIMITS = ("ALONE_SECONDS", "READING_SECONDS", "WITHIN_SECONDS")


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    found = PostgresServer()
    yield found
    found.thaw()
    found.close()


@pytest.fixture
def url(server: PostgresServer) -> str:
    name = f"t_{time.monotonic_ns()}"
    with psycopg.connect(server.url(), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return server.url(name)


@pytest.fixture
def accounts(url: str) -> Iterator[Accounts]:
    with Accounts.open(url) as opened:
        yield opened


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that does answer is waited for, on a machine that stands still, too."""
    for name in LIMITS:
        monkeypatch.setattr(silence, name, 20.0)


@contextmanager
def hasty() -> Iterator[None]:
    """What takes five and more seconds takes one."""
    with pytest.MonkeyPatch.context() as limits:
        for name in LIMITS:
            limits.setattr(silence, name, 1.0)
        yield


@contextmanager
def frozen(server: PostgresServer) -> Iterator[None]:
    server.freeze()
    try:
        with hasty():
            yield
    finally:
        server.thaw()


def known(accounts: Accounts) -> tuple[str, Caller]:
    """A key that was used."""
    company = accounts.create_company("Acme", owner="ann", plan="pro")
    _, secret = accounts.create_key(company.id)
    return secret, accounts.caller_by_key(secret)


def refused(ask: Callable[[], object]) -> None:
    """It is refused, and so soon."""
    began = time.monotonic()
    with pytest.raises(OverloadedError) as error:
        ask()
    assert error.value.code == "accounts_unavailable"
    assert time.monotonic() - began < SOON


def refused_at_once(ask: Callable[[], object]) -> None:
    """Who waits for the server now does so for far too long, however busy the machine is."""
    with pytest.MonkeyPatch.context() as limits:
        for name in LIMITS:
            limits.setattr(silence, name, 2 * SOON)
        refused(ask)


def test_who_is_remembered_is_answered_and_others_are_refused_soon(
    server: PostgresServer, accounts: Accounts
) -> None:
    """Sixty who come at once, and who come later: nobody waits behind another, nor as long as it stands."""
    secret, caller = known(accounts)
    with frozen(server), ThreadPoolExecutor(60) as pool:
        strangers = [pool.submit(accounts.caller_by_key, f"blk_{number}") for number in range(30)]
        friends = [pool.submit(accounts.caller_by_key, secret) for _ in range(30)]
        assert all(each.result(SOON) == caller for each in friends)
        for each in strangers:
            with pytest.raises(OverloadedError):
                each.result(SOON)
        eventually(lambda: accounts.database.memory._is_silent)
        refused_at_once(lambda: accounts.caller_by_key("blk_late"))
        refused_at_once(lambda: accounts.put_chatbot(caller.company.id, "bot"))
        refused_at_once(accounts.ping)
        # A loop hears it without a thread: also that somebody is refused.
        assert accounts.at_once(accounts.caller_by_key, secret) == caller
        refused_at_once(lambda: accounts.at_once(accounts.caller_by_key, "blk_late"))
    eventually(lambda: not accounts.database.memory._is_silent)
    with pytest.raises(UnauthorizedError):
        accounts.caller_by_key("blk_late")
    assert accounts.put_chatbot(caller.company.id, "bot")[1]


def test_who_waits_for_a_lock_leaves_nobody_behind_at_the_server(
    url: str, accounts: Accounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server ends it first: who is given up here would hold a connection there, and its locks."""
    monkeypatch.setattr(database, "_NOT_BEHIND", "SELECT set_config('lock_timeout', '200', true)")
    monkeypatch.setattr(silence, "WITHIN_SECONDS", 10 * SOON)  # nobody is given up here before
    with psycopg.connect(url) as other:
        other.execute("LOCK TABLE botlens.companies")
        refused(lambda: accounts.create_company("Acme", owner="ann"))
        waits = (
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND pid != pg_backend_pid()"
        )
        assert other.execute(waits).fetchone() == (0,)
    accounts.create_company("Acme", owner="ann")


def test_who_asks_does_not_wait_for_as_long_as_who_changes_something(
    url: str, accounts: Accounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A table is locked, by a migration or a person: no limit of the server's ends a read."""
    monkeypatch.setattr(silence, "READING_SECONDS", 1.0)
    monkeypatch.setattr(silence, "WITHIN_SECONDS", 10 * SOON)
    with psycopg.connect(url) as other:
        other.execute("LOCK TABLE botlens.api_keys")
        refused(lambda: accounts.caller_by_key("blk_nobody"))


def test_who_looks_needs_a_thread(accounts: Accounts, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is none to be had, the next request asks, and nothing stays refused."""
    secret, caller = known(accounts)
    with monkeypatch.context() as broken, hasty():
        broken.setattr(memory, "NUMBER", "SELECT pg_sleep(60)")
        broken.setattr(memory, "Thread", no_thread)
        accounts.database.memory.expire()
        with suppress(OverloadedError):
            accounts.caller_by_key(secret)
    assert accounts.caller_by_key(secret) == caller


def no_thread(**_: Any) -> None:
    raise RuntimeError("can't start new thread")


def test_what_is_remembered_stands_in_for_a_while(
    server: PostgresServer, accounts: Accounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A key that is revoked where this process cannot hear of it is good for so long, and no longer."""
    ahead = [0.0]
    clock = SimpleNamespace(monotonic=lambda: time.monotonic() + ahead[0])
    monkeypatch.setattr(memory, "time", clock)
    secret, caller = known(accounts)
    with frozen(server):
        time.sleep(0.05)
        assert accounts.caller_by_key(secret) == caller
        ahead[0] = memory.STANDS_IN_SECONDS
        refused_at_once(lambda: accounts.caller_by_key(secret))


def test_who_came_some_minutes_ago_is_remembered_too(
    server: PostgresServer, accounts: Accounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page asks once a minute. What is remembered is read anew every two seconds for others' sake."""
    monkeypatch.setattr(memory, "_LONGEST", 0.1)
    secret, caller = known(accounts)
    for _ in range(2):  # others come, who have nothing to do with it
        time.sleep(0.2)
        accounts.company("other")
    with frozen(server):
        refused(lambda: accounts.caller_by_key("blk_unknown"))
        assert accounts.caller_by_key(secret) == caller
        monkeypatch.setattr(memory, "_OLDEST", 0.1)
        refused_at_once(lambda: accounts.caller_by_key(secret))


def test_what_nobody_remembers_is_written_and_all_others_stay_remembered(
    server: PostgresServer, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A follower notes how far it is, keys and sessions that they were used, all of it every few seconds."""
    monkeypatch.setattr(memory, "_LONGEST", 0.1)
    clock, source = Clock(), AccountsThere(companies=(CompanyThere("other", "Other", "bob"),))
    with Accounts.open(url, clock=clock) as accounts:
        secret, caller = known(accounts)
        _, token = accounts.log_in_by_user("ann")
        assert accounts.take_over("source", source).are_any
        store, before = StateStore(accounts.database), accounts.changes()
        assert accounts.caller_by_key(secret) == caller
        clock.now += timedelta(minutes=6)  # the session is to be noted
        seen = accounts.caller_by_session(token)
        accounts.write_key_uses()
        assert not accounts.take_over("source", source).are_any
        store.save(FollowedState(mark=7))
        store.note_seen({"way": "stream"})
        store.confirm(confirmed=True)
        store.change_set_aside([SetAside("messages", "1", "no_time")], {})
        store.forget_set_aside("messages")
        time.sleep(0.2)
        accounts.company("other")  # what was remembered is of before by now
        assert accounts.changes() == before
        assert accounts.keys(caller.company.id)[0].last_used_at == clock.now - timedelta(minutes=6)
        with frozen(server):
            refused(lambda: accounts.caller_by_key("blk_unknown"))
            assert accounts.caller_by_key(secret) == caller
            assert accounts.caller_by_session(token) == seen


class Clock:
    """Stands where a test puts it."""

    def __init__(self) -> None:
        self.now = datetime(2026, 6, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


def test_who_was_shut_out_before_stays_so(
    server: PostgresServer, url: str, accounts: Accounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another process revoked a key that was used here until then, and this one has heard that it wrote."""
    monkeypatch.setattr(memory, "_LONGEST", 0.1)
    secret, caller = known(accounts)
    time.sleep(0.2)
    accounts.company("other")
    with Accounts.open(url) as other:
        other.revoke_key(caller.company.id, caller.key_id)
    time.sleep(0.1)
    accounts.company("other")
    with frozen(server):
        refused(lambda: accounts.caller_by_key(secret))


def test_what_this_process_may_have_changed_stands_in_for_nothing(
    server: PostgresServer, accounts: Accounts
) -> None:
    """A key that it revoked itself is bad at once, whatever the database says of that afterwards."""
    secret, caller = known(accounts)
    accounts.revoke_key(caller.company.id, caller.key_id)
    with frozen(server):
        refused(lambda: accounts.caller_by_key(secret))
        refused_at_once(lambda: accounts.caller_by_key(secret))
    eventually(lambda: not accounts.database.memory._is_silent)
    with pytest.raises(UnauthorizedError, match="revoked"):
        accounts.caller_by_key(secret)


def test_a_write_that_never_began_leaves_what_is_remembered(
    server: PostgresServer, accounts: Accounts
) -> None:
    """Somebody tries to change something while nothing can be written: others are answered all the same."""
    secret, caller = known(accounts)
    with frozen(server):
        refused(lambda: accounts.put_chatbot(caller.company.id, "bot"))
        assert accounts.caller_by_key(secret) == caller


def test_a_transaction_ends_where_the_server_falls_silent(server: PostgresServer, accounts: Accounts) -> None:
    """It was under way; its connection is used by nobody any more."""
    known(accounts)
    count = "SELECT count(*) FROM botlens.companies"

    def read() -> None:
        with accounts.database.reading() as session:
            session.connection().exec_driver_sql(count)
            with frozen(server):
                session.connection().exec_driver_sql(count)

    with hasty():
        refused(read)
    eventually(lambda: _answers(accounts))
    assert len(accounts.companies()) == 1


def _answers(accounts: Accounts) -> bool:
    with suppress(OverloadedError):
        accounts.ping()
        return True
    return False


def test_a_slow_answer_is_waited_for_by_who_is_not_remembered_alone(
    url: str, accounts: Accounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A lock stands before the number: who is remembered is answered, a stranger once the lock has gone."""
    monkeypatch.setattr(silence, "ALONE_SECONDS", 10 * SOON)
    secret, caller = known(accounts)
    time.sleep(0.05)
    with psycopg.connect(url) as other, ThreadPoolExecutor(4) as pool:
        other.execute("LOCK TABLE botlens.changes")
        asks = pool.submit(accounts.caller_by_key, secret)
        eventually(lambda: accounts.database.memory._asks_since is not None)
        assert pool.submit(accounts.caller_by_key, secret).result(SOON) == caller
        assert accounts.at_once(accounts.caller_by_key, secret) == caller
        assert not asks.done()
        other.rollback()
        assert asks.result(SOON) == caller


def test_a_server_that_was_started_anew_costs_nobody_an_error(
    server: PostgresServer, accounts: Accounts
) -> None:
    """The connection that watches has gone with it; another is made before anybody is refused."""
    secret, caller = known(accounts)
    server.stop(2)
    server.start()
    accounts.database.memory.expire()  # nothing stands in
    assert accounts.caller_by_key(secret) == caller


@pytest.fixture
def node(accounts: Accounts, clickhouse_server: ClickHouseServer, tmp_path: Any) -> Iterator[Node]:
    """A server with accounts in PostgreSQL."""
    database = clickhouse_server.new_database()
    with ExitStack() as stack:
        engine = Engine(accounts, clickhouse_url=database, journal_folder=tmp_path / "journal")
        world: Any = SimpleNamespace(engine=stack.enter_context(engine), now=datetime.now(UTC))
        yield stack.enter_context(nodes(world, "ann"))[0]


def test_requests_end_and_threads_are_left_to_others(
    server: PostgresServer, accounts: Accounts, node: Node
) -> None:
    """Eighty requests of strangers: more than there are threads. What needs none of the accounts goes on."""
    secret, caller = known(accounts)
    accounts.put_chatbot(caller.company.id, "bot")
    first = message("c", "1", at=datetime.now(UTC).isoformat())
    head = {"Authorization": f"Bearer {secret}"}
    assert node.client.get("/analytics/overview", headers=head).status_code == 200
    assert node.client.post("/v1/events", headers=head, json={"events": [first]}).status_code == 200

    def stranger(number: int) -> int:
        return node.client.get("/v1/keys", headers={"Authorization": f"Bearer blk_{number}"}).status_code

    with frozen(server), ThreadPoolExecutor(80) as pool:
        waiting = [pool.submit(stranger, number) for number in range(80)]
        for _ in range(5):
            began = time.monotonic()
            assert node.client.get("/metrics", headers=head).status_code in (200, 403)
            assert node.client.get("/analytics/overview", headers=head).status_code == 200
            assert time.monotonic() - began < SOON
        assert {each.result(SOON) for each in waiting} == {503}
        said = node.client.post("/v1/keys", headers=head, json={"name": "new", "scopes": ["read"]})
        assert (said.status_code, said.json()["error"]["code"]) == (503, "accounts_unavailable")
        event = first | {"id": "2"}
        assert node.client.post("/v1/events", headers=head, json={"events": [event]}).status_code == 200
    eventually(lambda: node.client.get("/v1/keys", headers=head).status_code == 200)


def test_a_process_is_ready_for_as_long_as_it_answers_who_is_remembered(
    server: PostgresServer, accounts: Accounts, node: Node
) -> None:
    """Nobody would send it the requests that it can answer; from then on, somebody else may do better."""

    def ready() -> tuple[int, dict[str, Any]]:
        answer = node.client.get("/readyz")
        return answer.status_code, answer.json()

    known(accounts)
    with frozen(server):
        eventually(lambda: "accounts" in ready()[1].get("warnings", {}))
        status, said = ready()
        assert (status, "others get 503" in said["warnings"]["accounts"]) == (200, True)
        accounts.database.memory.expire()  # nothing stands in any more
        status, said = ready()
        assert (status, "accounts do not answer" in said["error"]["message"]) == (503, True)
    eventually(lambda: ready() == (200, {"status": "ready"}))


@pytest.mark.slow
def test_nothing_stands_in_for_accounts_that_answer_the_leases(
    url: str, clickhouse_server: ClickHouseServer, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What looks at them can connect no more, and leases go on: others change accounts that answer them."""
    nodes = Nodes(url, [clickhouse_server.new_database()], tmp_path)
    with closing(nodes.accounts), nodes.open("ann") as ann:
        secret, caller = known(nodes.accounts)
        assert ann.accounts.caller_by_key(secret) == caller
        monkeypatch.setattr(memory, "NUMBER", "SELECT pg_sleep(60)")
        with hasty():
            with monkeypatch.context() as unheard:  # until then nothing is concluded of the leases
                unheard.setattr(ann.accounts.database.memory, "answers_others", lambda _: None)
                eventually(lambda: ann.accounts.database.memory.stands_in)
                assert ann.accounts.caller_by_key(secret) == caller
            eventually(lambda: not ann.accounts.database.memory.stands_in)
            eventually(lambda: ann.cluster.has(caller.company.id))
            refused(lambda: ann.accounts.caller_by_key(secret))
