"""Events of a conversation that must be read from the store wait for that; all others are committed."""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event
from typing import Any

import pytest

from botlens.commit.room.parking import Arrived, Parking
from botlens.commit.submission import Submission
from botlens.commit.thresholds import Thresholds
from botlens.events.record import deletion_of
from botlens.store import raw_events
from botlens.store.failures import StoreError
from tests.conftest import Tenant
from tests.events import message

PATIENCE = 60.0  # seconds


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(4) as pool:
        yield pool


@pytest.fixture
def old(tenant: Tenant) -> Tenant:
    """A tenant with a conversation `old` of one message that is in the store and not in memory."""
    tenant.send(message("old", "1", "first"))
    commits = tenant.world.engine.commits
    commits.flush()
    del commits._ledger.states._entries[tenant.company.id, "bot", "old"]
    return tenant


def held(monkeypatch: pytest.MonkeyPatch, what: Callable[[], None]) -> Event:
    """Something happens before states are read; the event that this has begun."""
    began = Event()
    read = raw_events.load_states

    def load(*arguments: Any, **more: Any) -> Any:
        began.set()
        what()
        return read(*arguments, **more)

    monkeypatch.setattr("botlens.commit.room.states.load_states", load)
    return began


def test_others_do_not_wait(
    old: Tenant, monkeypatch: pytest.MonkeyPatch, threads: ThreadPoolExecutor
) -> None:
    """While the old conversation is read, a new one is committed; what came for the old keeps its order."""
    go_on = Event()
    began = held(monkeypatch, lambda: go_on.wait(PATIENCE) and None)
    first: Future[Any] = threads.submit(old.send, message("old", "2", "earlier"))
    assert began.wait(PATIENCE)
    later: Future[Any] = threads.submit(old.send, message("old", "2", "later"))
    threads.submit(old.send, message("new", "1")).result(PATIENCE)
    assert not first.done()
    assert not later.done()
    go_on.set()
    first.result(PATIENCE)
    later.result(PATIENCE)
    said = old.get("/v1/conversations/old")["messages"]
    assert [each["content"] for each in said] == ["first", "later"]
    assert old.chatbot()["total_messages"] == 3


def test_states_that_cannot_be_read(old: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of it is kept, and it can be sent again when the store answers."""

    def fail() -> None:
        raise StoreError("The store does not answer.")

    event = json.dumps({"events": [message("old", "2", "second")]}).encode()
    with monkeypatch.context() as away:
        held(away, fail)
        refused = old.post(event)
    assert refused.status_code == 503
    assert old.chatbot()["total_messages"] == 1
    assert old.post(event).json() == {"accepted": 1, "rejected": []}
    assert old.chatbot()["total_messages"] == 2


@pytest.mark.parametrize("what", ["thread", "adoption"])
def test_states_that_cannot_be_taken_over(old: Tenant, monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    """No thread can be started to read them, or there is no memory: whoever sent is told, nobody waits."""
    commits = old.world.engine.commits

    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError("can't start new thread")

    event = json.dumps({"events": [message("old", "2", "second")]}).encode()
    with monkeypatch.context() as away:
        if what == "adoption":
            away.setattr(commits._ledger.states, "adopt", fail)
        else:
            away.setattr(commits._committer._parking._readers, "submit", fail)
        assert old.post(event).status_code == 503
    assert commits.waiting == 0
    assert old.post(event).json() == {"accepted": 1, "rejected": []}
    assert old.chatbot()["total_messages"] == 2


def test_what_was_refused_is_not_kept(
    old: Tenant, monkeypatch: pytest.MonkeyPatch, threads: ThreadPoolExecutor
) -> None:
    """Something failed while others were looked at, so whoever waited was told that nothing was kept."""
    go_on = Event()
    began = held(monkeypatch, lambda: go_on.wait(PATIENCE) and None)
    event = json.dumps({"events": [message("old", "2", "second")]}).encode()
    sent = threads.submit(old.post, event)
    assert began.wait(PATIENCE)
    commits = old.world.engine.commits
    commits._committer._answer(commits._committer._parking._rows[old.company.id].waiting, MemoryError())
    go_on.set()
    assert sent.result(PATIENCE).status_code == 503
    old.send(message("old", "3", "third"))
    assert (commits.waiting, old.chatbot()["total_messages"]) == (0, 2)


@pytest.mark.parametrize("broken", ["thread", "memory"])
def test_a_read_that_cannot_begin_or_end(
    old: Tenant, monkeypatch: pytest.MonkeyPatch, threads: ThreadPoolExecutor, broken: str
) -> None:
    """No thread can be started, or what was read cannot be kept: it is refused, once and for all."""

    def fail(*_: Any) -> None:
        raise MemoryError

    commits = old.world.engine.commits
    event = json.dumps({"events": [message("old", "2", "second")]}).encode()
    with monkeypatch.context() as away:
        if broken == "thread":
            away.setattr(commits._committer._parking._readers, "submit", fail)
        else:
            away.setattr(commits._ledger.states, "adopt", fail)
        assert threads.submit(old.post, event).result(PATIENCE).status_code == 503
    other = json.dumps({"events": [message("old", "3", "third")]}).encode()
    assert threads.submit(old.post, other).result(PATIENCE).status_code == 200
    assert old.chatbot()["total_messages"] == 2


def test_who_is_refused_with_others_does_not_wait_with_them(
    old: Tenant, new_tenant: Callable[..., Tenant], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two are committed together; one waits for a read, the other's read cannot begin: both are refused.

    Whoever was told so must not find it counted later.
    """
    other = new_tenant()
    ledger = old.world.engine.commits._ledger
    go_on = Event()
    held(monkeypatch, lambda: go_on.wait(PATIENCE) and None)
    arrived: list[Arrived] = []
    parking = Parking(ledger.states, arrived.append)
    begin = parking._readers.submit
    left = [begin]

    def once(*arguments: Any) -> Any:
        return left.pop()(*arguments)

    monkeypatch.setattr(parking._readers, "submit", once)
    record = deletion_of("bot", "old", old.world.now)
    both = [Submission(each.company.id, [record], Future(), Thresholds(0, {})) for each in (old, other)]
    with ledger.lock, pytest.raises(IndexError):
        parking.ready(both, {each.company_id: each.thresholds for each in both})
    go_on.set()
    parking._readers.shutdown()
    assert [parking.leave(each.company_id) for each in arrived] == [[]]
    assert not parking
