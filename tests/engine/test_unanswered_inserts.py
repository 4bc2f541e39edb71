"""An insert that was given up, and is done all the same, later than what was in it was deleted and erased."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from clickhouse_connect.driver.exceptions import DatabaseError
from clickhouse_connect.driver.httpclient import HttpClient

from botlens.engine import Engine
from botlens.errors import OverloadedError
from botlens.events.record import MESSAGE
from botlens.store import erasing_again, unanswered
from botlens.store.connection import ClickHouse
from botlens.store.erasing_again import erase_again
from botlens.store.erasure import TakenBack
from botlens.store.failures import StoreError
from botlens.store.schema import EVENTS
from botlens.store.unanswered import ErasedEarly, UnansweredInserts
from botlens.tenants.accounts import Accounts
from tests.clickhouse_server import ClickHouseServer
from tests.conftest import Tenant, World
from tests.engine.cluster_nodes import eventually
from tests.events import deletion, message

PATIENCE = 60.0
SECRET = message("c", "1", "Secret?")


class LateInserts:
    """Takes inserts of events instead of a server that stands still, which does them when it goes on."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._insert = HttpClient.raw_insert
        self._late: list[Callable[[], object]] = []
        self.takes = 0
        late = self

        def insert(client: HttpClient, table: str, *arguments: Any, **named: Any) -> object:
            if table != EVENTS or not late.takes:
                return late._insert(client, table, *arguments, **named)
            late.takes -= 1
            late._late.append(lambda: late._insert(client, table, *arguments, **named))
            raise TimeoutError

        monkeypatch.setattr(HttpClient, "raw_insert", insert)

    def go_on(self) -> None:
        """The server does them."""
        for each in self._late:
            each()
        self._late.clear()


@pytest.fixture(scope="module")
def shared_world(
    clickhouse_server: ClickHouseServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    """An engine over a server, whose flushes are made by the tests."""
    folder = tmp_path_factory.mktemp("unanswered")
    with Engine(
        Accounts.open(f"sqlite:///{folder}/accounts.db"),
        clickhouse_url=clickhouse_server.new_database(),
        journal_folder=folder / "journal",
    ) as engine:
        eventually(lambda: erase_again(engine.store))  # nothing is left of a process before it
        yield World(engine)


@pytest.fixture
def late(monkeypatch: pytest.MonkeyPatch) -> LateInserts:
    monkeypatch.setattr(unanswered, "ANSWERS_SECONDS", 0.1)
    return LateInserts(monkeypatch)


@pytest.fixture
def at_work(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The inserts that the server is doing, as it says."""
    found: list[str] = []
    monkeypatch.setattr(erasing_again, "_under_way", lambda _: list(found))
    return found


def given_up(tenant: Tenant, late: LateInserts, *events: dict[str, Any]) -> None:
    """Events are sent, and the insert of them is given up; then it is repeated."""
    late.takes = 1
    tenant.send(*events)
    for _ in range(2):
        with suppress(StoreError):  # or the thread that flushes has met it
            tenant.world.engine.commits.flush()
    assert late.takes == 0


def kept(inserts: UnansweredInserts) -> ErasedEarly:
    """What is kept, and stays so."""
    found = inserts.take()
    inserts.put_back(found)
    return found


def texts(tenant: Tenant) -> list[str]:
    """What lies in the store of a company."""
    rows = tenant.world.engine.store.maintain(
        f"SELECT DISTINCT content FROM {EVENTS} WHERE company_id = {{company:String}} AND content != '' "
        "ORDER BY content",
        {"company": tenant.company.id},
    )
    return [row[0] for row in rows]


def test_what_was_deleted_does_not_come_back(tenant: Tenant, late: LateInserts, at_work: list[str]) -> None:
    """A conversation, and a message of another: they lie there again for a moment, and are erased again."""
    engine = tenant.world.engine
    at_work.append("late")
    given_up(tenant, late, SECRET, message("d", "1", "Kept?"), message("d", "2", "Taken back."))
    tenant.send(deletion("c", "conversation"), deletion("d", "message", "2"))
    engine.commits.flush()
    eventually(lambda: texts(tenant) == ["Kept?"])
    late.go_on()
    assert texts(tenant) == ["Kept?", "Secret?", "Taken back."]
    assert not erase_again(engine.store)  # this one may not have ended yet
    at_work.clear()
    eventually(lambda: texts(tenant) == ["Kept?"])
    eventually(lambda: not kept(engine.store.unanswered).conversations)
    assert tenant.verified()["equal"]


def test_a_chatbot_is_erased_once_nothing_of_it_can_come(
    tenant: Tenant, late: LateInserts, at_work: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody can make one of its name before: what comes later would be counted as its."""
    engine = tenant.world.engine
    at_work.append("late")
    given_up(tenant, late, SECRET)
    ledger = engine.commits._ledger
    with monkeypatch.context() as hasty:
        hasty.setattr("botlens.commit.room.eraser._LONGEST_WAIT", 0.01)
        with pytest.raises(OverloadedError, match="still be doing an insert"):
            engine.commits.erase(tenant.company.id, "bot", lambda _: None)
    assert texts(tenant) == ["Secret?"]
    late.go_on()
    at_work.clear()
    assert tenant.world.client.delete("/v1/chatbots/bot", headers=tenant.headers).status_code == 202
    assert engine.jobs.finish("erasure", PATIENCE)
    assert texts(tenant) == []
    tenant.put("bot")
    assert tenant.chatbot()["total_conversations"] == 0
    assert ledger.backlog.rows == 0


def test_a_server_says_which_inserts_it_is_doing(shared_world: World) -> None:
    """One that takes ten seconds is among them, until it has ended."""
    store = shared_world.engine.store
    slow = (
        f"INSERT INTO {EVENTS} (company_id, chatbot_id, conversation_id, event_id) "
        "SELECT 'slow', 'bot', 'c', toString(number) FROM numbers(10) WHERE sleepEachRow(1) = 0 "
        "SETTINGS max_block_size = 1, max_threads = 1"
    )
    thread = threading.Thread(target=store.maintain, args=(slow,))
    thread.start()
    eventually(lambda: erasing_again._under_way(store))
    time.sleep(0.5)  # else it might be a beat of this process, which is an insert, too
    names = set(erasing_again._under_way(store))
    time.sleep(0.5)
    names &= set(erasing_again._under_way(store))
    assert len(names) == 1
    thread.join()
    assert names.isdisjoint(erasing_again._under_way(store))


def test_whoever_may_have_left_some_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Asked twice: what was sent to a frozen server begins when that goes on; then until all have ended."""
    now = 100.0
    monkeypatch.setattr(unanswered, "monotonic", lambda: now)
    inserts, early = UnansweredInserts(is_unknown=False), ErasedEarly({("a", "bot", "c")})
    inserts.keep(early)
    assert kept(inserts) == ErasedEarly()  # nothing can come
    assert inserts.have_ended(lambda: pytest.fail("nobody is asked"))
    inserts.note()
    inserts.keep(early)
    assert kept(inserts) == early
    assert not inserts.have_ended(list)
    assert not inserts.have_ended(lambda: pytest.fail("it is too early"))
    now += unanswered.ANSWERS_SECONDS
    assert not inserts.have_ended(lambda: ["ours", "another's"])
    assert not inserts.have_ended(lambda: ["ours", "a new one"])
    assert inserts.have_ended(lambda: ["a new one"])


@pytest.mark.parametrize("is_unknown", [True, False])
def test_a_server_that_does_not_say_what_it_does(monkeypatch: pytest.MonkeyPatch, is_unknown: bool) -> None:
    """Its operator has not given that right: inserts are given a minute, and nothing waits for ever."""
    now = 100.0
    monkeypatch.setattr(unanswered, "monotonic", lambda: now)
    inserts = UnansweredInserts(is_unknown=is_unknown)
    if not is_unknown:
        inserts.note()
        assert not inserts.have_ended(lambda: None)
    now += unanswered.UNSEEN_SECONDS - 1
    assert not inserts.have_ended(lambda: None)
    now += 1
    assert inserts.have_ended(lambda: None)


def test_a_right_that_is_refused_is_no_failure(shared_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is deleted goes all the same: it is said in the log what to grant."""
    store = shared_world.engine.store

    def refused(*_: Any, **__: Any) -> None:
        raise StoreError from DatabaseError("Not enough privileges.", code=497)

    with monkeypatch.context() as world:
        world.setattr(ClickHouse, "maintain", refused)
        assert erasing_again._under_way(store) is None


def test_what_is_kept_is_of_companies_that_are_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a company that went to another process nothing is erased again: it may have sent the same since."""
    inserts = UnansweredInserts(is_unknown=True)
    ours, theirs = ("a", "bot", "c"), ("b", "bot", "c")
    back = TakenBack(theirs, 5, {(MESSAGE, "1"): 7})
    inserts.keep(ErasedEarly({ours, theirs}, {theirs: back}))
    inserts.forget(lambda company_id: company_id == "b")
    assert kept(inserts) == ErasedEarly({ours})


def test_what_is_kept_again_is_kept_once() -> None:
    """However often a conversation is erased while that may come; what comes meanwhile is not lost."""
    inserts, key = UnansweredInserts(is_unknown=True), ("a", "bot", "c")
    first, second = TakenBack(key, 5, {(MESSAGE, "1"): 7}), TakenBack(key, 6, {(MESSAGE, "2"): 7})
    inserts.keep(ErasedEarly({key}, {key: first}))
    taken = inserts.take()
    inserts.keep(ErasedEarly({key}, {key: second}))
    inserts.put_back(taken)
    found = kept(inserts)
    assert found.conversations == {key}
    assert found.taken_back[key].names == {(MESSAGE, "1"): 7, (MESSAGE, "2"): 7}


def test_a_process_before_this_one_may_have_left_some() -> None:
    """It was killed and started again while the server was busy: what is deleted then is erased twice."""
    inserts = UnansweredInserts(is_unknown=True)
    inserts.keep(ErasedEarly({("a", "bot", "c")}))
    assert not inserts.have_ended(lambda: ["theirs"])
    assert inserts.have_ended(list)
    assert len(kept(inserts).conversations) == 1


@pytest.mark.own_store
def test_the_embedded_engine_has_those_whose_call_hangs(tmp_path: Path) -> None:
    """Its calls end with their threads; nothing is left of a process that has ended."""
    folder = tmp_path / "data"
    with Engine(
        Accounts.open(f"sqlite:///{folder}/accounts.db"),
        clickhouse_url=f"chdb://{folder}/events",
        journal_folder=folder / "journal",
    ) as engine:
        assert erase_again(engine.store)
        engine.store._pool._count(1)
        assert erasing_again._under_way(engine.store) == ["one that hangs"]
        engine.store._pool._count(-1)
        assert erasing_again._under_way(engine.store) == []
