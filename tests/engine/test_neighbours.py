"""One company's slow statements make nobody else wait: for no answer, no commit and no flush."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import count
from threading import Event
from typing import Any

import pytest

from tests.conftest import Tenant
from tests.events import answer, message

PATIENCE = 120.0  # seconds; far longer than any of this takes, far shorter than for ever


class Slow:
    """Holds a statement of one company, counted from 0, and all after it, until it is let go."""

    def __init__(self, tenant: Tenant, first: int, monkeypatch: pytest.MonkeyPatch) -> None:
        self.began, self.go_on = Event(), Event()
        self.left = first
        store = tenant.world.engine.store
        for name in ("rows", "blocks", "columns"):
            monkeypatch.setattr(store, name, self._held(tenant.company.id, getattr(store, name)))

    def _held(self, company_id: str, read: Callable[..., Any]) -> Callable[..., Any]:
        def hold(statement: str, parameters: dict[str, Any], **more: Any) -> Any:
            if parameters.get("company_id") == company_id:
                self.left -= 1
                if self.left < 0:
                    self.began.set()
                    assert self.go_on.wait(PATIENCE)
            return read(statement, parameters, **more)

        return hold


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(4) as pool:
        yield pool


def told(tenant: Tenant) -> None:
    tenant.send(message("c", "1", "Why?"), answer("c", "2", 0.1, "2026-03-18T10:00:01Z"))


READS: dict[str, Callable[[Tenant], Any]] = {
    "a query": lambda one: one.get("/v1/query", metrics="messages", period="all"),
    "a list": lambda one: one.get("/v1/conversations", period="all"),
    "a transcript": lambda one: one.get("/v1/conversations/c"),
    "a window": lambda one: one.overview(**{"from": "2026-03-01"}),
    "numbers that are not in memory": lambda one: one.chatbot(),
    "a check of the numbers": lambda one: one.verified(),
    "a new threshold": lambda one: one.put("bot", confidence_threshold=0.7),
    "an export": lambda one: one.world.client.get(
        "/v1/export", params={"period": "all"}, headers=one.headers
    ),
    "a deletion": lambda one: one.world.client.delete("/v1/conversations/c", headers=one.headers),
}


@pytest.mark.parametrize("first", [0, 1])
@pytest.mark.parametrize("read", READS.values(), ids=READS)
def test_a_slow_neighbour(
    new_tenant: Callable[..., Tenant],
    monkeypatch: pytest.MonkeyPatch,
    threads: ThreadPoolExecutor,
    read: Callable[[Tenant], Any],
    first: int,
) -> None:
    """While one company's statement takes for ever, another's events come in, are written and asked for."""
    slow, quick = new_tenant(plan="enterprise"), new_tenant(plan="enterprise")
    told(slow)
    told(quick)
    held = Slow(slow, first, monkeypatch)
    waiting: Future[Any] = threads.submit(read, slow)
    while not held.began.wait(0.05):  # it is over before where it runs one statement alone
        assert not waiting.done() or first
        if waiting.done():
            break
    try:
        for each in ("a query", "a list", "a transcript", "a window", "numbers that are not in memory"):
            threads.submit(READS[each], quick).result(PATIENCE)
        threads.submit(quick.send, message("d", "1", "How?")).result(PATIENCE)
        threads.submit(quick.world.engine.commits.flush).result(PATIENCE)
        assert quick.get("/v1/query", metrics="messages", period="all")["rows"] == [{"messages": 3}]
    finally:
        held.go_on.set()
    waiting.result(PATIENCE)


def test_commits_do_not_wait_for_begin_and_end_of_a_recount(
    tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Events come while what came before them is written: that is written, too, with no commit held up."""
    told(tenant)
    commits, store = tenant.world.engine.commits, tenant.world.engine.store
    still, insert, lock = commits._flusher.still, store.insert, commits._ledger.lock
    numbers = count()
    coming: list[dict[str, Any]] = []
    held: list[bool] = []

    def sending(company_id: str) -> Any:
        monkeypatch.setattr(store, "insert", inserting)
        coming.append(message("d", str(next(numbers))))
        tenant.send(message("d", str(next(numbers))))
        return still(company_id)

    def inserting(*arguments: Any, **more: Any) -> None:
        held.append(lock._is_owned())
        if coming:
            tenant.send(coming.pop())
        insert(*arguments, **more)

    monkeypatch.setattr(commits._flusher, "still", sending)
    tenant.put("bot", confidence_threshold=0.7)
    assert held
    assert not any(held)
    assert next(numbers) == 4
    assert tenant.chatbot()["total_messages"] == 2 + 4
    assert tenant.verified()["equal"]
