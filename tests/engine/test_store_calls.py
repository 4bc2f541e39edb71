"""Calls to the store have a time limit, and a store that hangs ends the process for a restart."""

import ctypes
import errno
import gc
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from clickhouse_connect.driver.exceptions import DatabaseError

from botlens.engine import Engine
from botlens.errors import OverloadedError
from botlens.monitoring.hanging import HangingCalls
from botlens.monitoring.health import Health
from botlens.monitoring.telemetry import Telemetry
from botlens.store import embedded, pool
from botlens.store.failures import StoreError
from botlens.store.pool import BusyError, Connection, Lane, Pool, SilentError, StuckError
from botlens.store.schema import RAW_EVENTS
from tests.conftest import Tenant, World


class Client:
    """A store's client that does what a test says; it knows who has closed it."""

    def __init__(self) -> None:
        self.closed = threading.Event()

    def close(self) -> None:
        self.closed.set()


class Clients:
    """All clients that a pool has made, and what it told of calls that hang."""

    def __init__(self) -> None:
        self.made: list[Client] = []
        self.hanging: list[int] = []
        self.pool = Pool(self.make, self.hanging.append)

    def make(self) -> Client:
        self.made.append(Client())
        return self.made[-1]


@pytest.fixture
def clients() -> Iterator[Clients]:
    found = Clients()
    yield found
    found.pool.close(5)


def test_a_call_that_never_returns_is_given_up_with_its_client(clients: Clients) -> None:
    """The caller gets an error in time, the next one another client; the first is closed when it is free."""
    wake = threading.Event()
    with clients.pool.borrowed(Lane.READ) as connection:
        assert connection.call(lambda client: client, 60) is clients.made[0]
        with pytest.raises(StuckError):
            connection.call(lambda _: wake.wait(60), 0.1)
    assert clients.hanging == [1]
    with clients.pool.borrowed(Lane.READ) as connection:
        assert connection.call(lambda client: client, 60) is clients.made[1]
    wake.set()
    assert clients.made[0].closed.wait(60)
    for _ in range(6000):
        if clients.hanging == [1, 0]:
            break
        time.sleep(0.01)
    assert clients.hanging == [1, 0]


def test_the_first_connection_is_counted_until_it_comes_back(clients: Clients) -> None:
    """It stays for good, so its thread never ends: what it was given up for ends all the same."""
    wake = threading.Event()
    made = Clients.make

    def slow(self: Clients) -> Client:
        wake.wait(60)
        return made(self)

    clients.pool = Pool(lambda: slow(clients), clients.hanging.append)
    for _ in range(2):
        with pytest.raises(StuckError):
            clients.pool.open(0.1)
    assert clients.hanging == [1, 2]
    wake.set()
    clients.pool.open(60)
    assert clients.hanging[-1] == 0


def test_what_waits_for_a_silent_server_is_given_up(clients: Clients) -> None:
    """And what comes is refused, but looks; the number of what hangs is true meanwhile."""
    wake, begun, raised = threading.Event(), threading.Event(), []

    def wait(_: object) -> bool:
        begun.set()
        return wake.wait(60)

    def ask() -> None:
        with pytest.raises(StuckError) as found, clients.pool.borrowed(Lane.READ) as connection:
            connection.call(wait, 600)
        raised.append(found.value)

    asking = threading.Thread(target=ask)
    asking.start()
    assert begun.wait(60)
    with clients.pool.borrowed(Lane.WRITE) as borrowed:  # between two calls
        clients.pool.silence()
        with pytest.raises(StuckError):
            borrowed.call(lambda _: None, 60)
    asking.join(60)
    assert len(raised) == 1
    assert clients.hanging == [1]
    for lane in (Lane.READ, Lane.WRITE):
        with pytest.raises(SilentError), clients.pool.borrowed(lane):
            pass
    with clients.pool.borrowed(Lane.LOOK) as connection:
        assert connection.call(lambda _: "here", 60) == "here"
    clients.pool.answers()
    with clients.pool.borrowed(Lane.READ) as connection:
        assert connection.call(lambda _: "here", 60) == "here"
    wake.set()


def test_a_stream_that_was_left_alone_may_be_found_while_a_connection_is_made(clients: Clients) -> None:
    """The garbage collector runs in the middle of anything, and gives back what the stream has borrowed."""

    def stream() -> Iterator[None]:
        with clients.pool.borrowed(Lane.READ) as connection:
            connection.call(lambda _: None, 60)
            yield

    def left_alone() -> None:
        found: list[Any] = [stream()]
        next(found[0])
        found.append(found)  # a cycle, as an error makes one with the frames that it came through

    def collecting(*given: Any) -> Connection:
        gc.collect()
        return Connection(*given)

    def look() -> str:
        with clients.pool.borrowed(Lane.LOOK) as connection:
            return connection.call(lambda _: "here", 60)

    gc.disable()
    try:
        left_alone()
        said: list[str] = []
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(pool, "Connection", collecting)
            looking = threading.Thread(target=lambda: said.append(look()), daemon=True)
            looking.start()
            looking.join(60)
    finally:
        gc.enable()
    assert said == ["here"]


def test_a_connection_that_is_given_up_as_it_comes_back_is_used_no_more(clients: Clients) -> None:
    """Its call had ended well in that moment; the next one would end before it began."""
    with clients.pool.borrowed(Lane.READ) as connection:
        connection.call(lambda _: None, 60)
    connection.give_up()
    with clients.pool.borrowed(Lane.READ) as another:
        assert another.call(lambda _: "here", 60) == "here"
    assert another is not connection
    assert clients.hanging == []


def test_a_sound_client_is_used_again(clients: Clients) -> None:
    """One client serves all calls that come one after the other."""
    for _ in range(3):
        with clients.pool.borrowed(Lane.READ) as connection:
            connection.call(lambda _: None, 60)
    assert len(clients.made) == 1


def test_readers_never_take_the_connections_of_the_writer(
    clients: Clients, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While readers have all of theirs, one more reader is refused in time and a writer goes on at once."""
    monkeypatch.setattr(pool, "_QUEUE_SECONDS", 0.1)
    readers = [clients.pool.borrowed(Lane.READ) for _ in range(Lane.READ.value)]
    for each in readers:
        each.__enter__()
    with pytest.raises(BusyError), clients.pool.borrowed(Lane.READ):
        pass
    for _ in range(3):
        with clients.pool.borrowed(Lane.WRITE) as connection:
            assert connection.call(lambda _: "written", 60) == "written"
    for each in readers:
        each.__exit__(None, None, None)
    with clients.pool.borrowed(Lane.READ):
        pass


def test_what_the_store_takes_too_long_for_is_an_error_in_time(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The real engine sleeps for 3 s and may take 0.2 s: the caller waits no longer, and others go on."""
    store = world.engine.store
    monkeypatch.setattr(store, "_call_seconds", 0.02)
    with pytest.raises(StoreError) as raised:
        store.maintain("SELECT sleep(3)")
    assert isinstance(raised.value.__cause__, StuckError)  # whoever waits to the end gets an answer
    monkeypatch.undo()
    assert store.maintain("SELECT 1") == [(1,)]
    until = time.monotonic() + 60
    while world.engine.health.problems() and time.monotonic() < until:
        time.sleep(0.05)


def test_answers_in_columns_come(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of many blocks, which several threads read: those that made columns of them hung at the first."""
    store = world.engine.store
    monkeypatch.setattr(store, "_call_seconds", 6.0)  # a statement may take ten times that
    statement = (
        "SELECT toString(number) AS t FROM numbers_mt(3000000) LIMIT 300000 SETTINGS max_block_size=512"
    )
    for _ in range(5):
        assert len(store.arrow(statement, {})) == 300_000


@pytest.mark.parametrize("error", [DatabaseError("Code: 60. /secret/place"), OSError("/secret/place")])
def test_the_words_of_the_store_are_for_the_log_alone(
    tenant: Tenant, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    """Whatever a driver raises is 503 with a sentence of ours; its own words are the cause, for the log."""

    def fail(*_: object) -> None:
        raise error

    connection = pool.Connection
    monkeypatch.setattr(connection, "call", fail)
    answer = tenant.world.client.post(
        "/v1/query", json={"metrics": ["conversations"], "period": "all"}, headers=tenant.headers
    )
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "store_unavailable")
    assert "secret" not in answer.text
    with pytest.raises(StoreError) as raised:
        tenant.world.engine.store.maintain("SELECT 1")
    assert raised.value.__cause__ is error


def test_an_error_that_the_client_may_not_survive_costs_the_client(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a statement that the engine cannot read, another client serves the next one."""
    store, call, here, used = world.engine.store, Connection.call, threading.get_ident(), list[Connection]()

    def noted(connection: Connection, *of: Any) -> Any:
        if threading.get_ident() == here:  # others ask besides
            used.append(connection)
        return call(connection, *of)

    monkeypatch.setattr(Connection, "call", noted)
    assert store.maintain("SELECT 1") == [(1,)]
    with pytest.raises(StoreError):
        store.maintain("SELECT nonsense FROM nowhere")
    assert used[-1] not in store._pool._idle
    assert store.maintain("SELECT 1") == [(1,)]
    with pytest.raises(OverloadedError) as raised:
        store.maintain("INSERT INTO nowhere VALUES (1)")
    assert "nowhere" not in raised.value.message


def test_no_server_ends_the_process() -> None:
    """However many of its calls hang, a new process would wait for it, too: it is warned of."""
    telemetry, health = Telemetry(), Health()
    watch = HangingCalls(telemetry, health.part("shard 2"), None)
    watch(3)
    assert health.warnings() == {}
    watch(9)
    assert health.problems() == {}
    assert health.warnings() == {"shard 2: store": "9 calls to the event store do not come back"}
    watch(0)
    assert health.warnings() == {}


def test_too_many_calls_that_hang_end_the_process_once() -> None:
    """Three are counted, the fourth is too many: not ready, and whoever runs the process is told once."""
    health, telemetry, told = Health(), Telemetry(), []
    watch = HangingCalls(telemetry, health, lambda: told.append("give up"))
    for hanging in (1, 2, 3):
        watch(hanging)
        assert (health.problems(), told) == ({}, [])
    for hanging in (4, 5, 4):
        watch(hanging)
    assert list(health.problems()) == ["store"]
    assert told == ["give up"]
    watch(3)
    assert health.problems() == {}
    counted = telemetry.registry.get_sample_value(
        "botlens_failures_total", {"where": "store_call", "cause": "StuckError"}
    )
    assert counted == 5


def test_a_store_that_cannot_be_opened_says_where(tmp_path: Path) -> None:
    """Whoever starts the process reads which folder it is; the sentence never reaches a tenant."""
    from botlens.store.connection import ClickHouse

    with pytest.raises(StoreError, match="BOTLENS_CLICKHOUSE_URL"):
        ClickHouse("http://127.0.0.1:9/botlens")


def test_a_call_that_would_find_no_descriptors_does_not_begin(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The embedded engine may never come back from it; the caller is told at once, and nothing hangs."""
    left = [5]

    def few(file: int, dup: Callable[[int], int] = embedded._libc.dup) -> int:
        if not left[0]:
            ctypes.set_errno(errno.EMFILE)
            return -1
        left[0] -= 1
        return dup(file)

    before = set(Path("/proc/self/fd").iterdir())
    with monkeypatch.context() as full:
        full.setattr(embedded._libc, "dup", few)
        with pytest.raises(StoreError) as raised:
            engine.store.maintain("SELECT 1")
    assert isinstance(raised.value.__cause__, OSError)
    until = time.monotonic() + 60  # jobs of the engine have files open for moments
    while (more := set(Path("/proc/self/fd").iterdir()) - before) and time.monotonic() < until:
        time.sleep(0.05)
    assert not more
    assert engine.store.maintain("SELECT 1") == [(1,)]


def test_the_look_for_descriptors_sees_the_real_table() -> None:
    """As many as a call needs are tried for; none of them is kept, whatever comes of it.

    In a process of its own: threads of the engine open and close files in this one, and could open none.
    """
    done = subprocess.run(
        [sys.executable, "-c", _LOOKED_FOR], capture_output=True, text=True, timeout=200, check=False
    )
    assert (done.returncode, done.stdout) == (0, "as before\n"), done.stderr


_LOOKED_FOR = """
import errno, os, resource
from botlens.store import embedded
hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
before = os.listdir("/proc/self/fd")
embedded.require_descriptors()
resource.setrlimit(resource.RLIMIT_NOFILE, (3, hard))  # all below it are taken
try:
    embedded.require_descriptors()
except OSError as error:
    assert error.errno == errno.EMFILE, error
else:
    raise AssertionError("there are some")
resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
assert os.listdir("/proc/self/fd") == before
print("as before")
"""


def test_a_write_has_no_more_time_than_one_call(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Readers of all companies wait for a write: one that hangs is given up after a minute, not after ten."""
    allowed: list[float] = []
    call = pool.Connection.call

    def watched(connection: Connection, work: Any, seconds: float) -> Any:
        allowed.append(seconds)
        return call(connection, work, seconds)

    store = world.engine.store
    with monkeypatch.context() as patch:
        patch.setattr(store, "_call_seconds", 7.0)
        patch.setattr(pool.Connection, "call", watched)
        store.insert(RAW_EVENTS, [])
    assert 7.0 in allowed


def test_a_process_that_may_open_too_few_files(tmp_path: Path) -> None:
    """It says so and ends; the engine would neither open nor end."""
    said = subprocess.run(
        [sys.executable, "-c", _OPENED_WITH_FEW, f"chdb://{tmp_path}/events"],
        capture_output=True,
        text=True,
        timeout=200,
    )
    assert "may open 24 files at once" in said.stderr
    assert "ulimit -n 1024" in said.stderr


_OPENED_WITH_FEW = """
import resource, sys
from botlens.store.connection import ClickHouse
resource.setrlimit(resource.RLIMIT_NOFILE, (24, 24))
ClickHouse(sys.argv[1])
"""
