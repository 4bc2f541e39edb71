"""A new threshold holds for all answers of a chatbot, whatever happens while they are recounted."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any

import pytest

from botlens.commit import derivation
from botlens.store.connection import StoreError
from tests.conftest import Tenant
from tests.events import answer, message

PATIENCE = 20


@pytest.fixture
def asked(tenant: Tenant) -> Tenant:
    """One question, answered with confidence 0.3."""
    tenant.send(message("c", "1", "Why?"), answer("c", "2", 0.3, "2026-03-18T10:00:01Z"))
    return tenant


def unanswered(tenant: Tenant) -> int:
    return tenant.get("/v1/query", metrics="unanswered_answers", period="all")["rows"][0][
        "unanswered_answers"
    ]


def test_a_recount_that_fails_is_done_later(asked: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    """The new threshold is known by then, so sending it again recounts nothing: it goes on by itself."""
    failures = iter([True, True])
    insert = derivation.insert_facts

    def fail_twice(*arguments: Any) -> None:
        if next(failures, False):
            raise StoreError("no room")
        insert(*arguments)

    monkeypatch.setattr(derivation, "insert_facts", fail_twice)
    assert unanswered(asked) == 0
    answered = asked.world.client.put(
        "/v1/chatbots/bot", json={"confidence_threshold": 0.5}, headers=asked.headers
    )
    assert answered.status_code == 503
    asked.put("bot", confidence_threshold=0.5)
    until = time.monotonic() + PATIENCE
    while unanswered(asked) == 0 and time.monotonic() < until:
        time.sleep(0.05)
    assert unanswered(asked) == 1
    assert asked.chatbot()["unanswered_count"] == 1


def test_of_two_at_once_the_later_one_holds(asked: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first is held in the middle of its recount until the second is done, or has waited for a second."""
    engine, company_id = asked.world.engine, asked.company.id
    begun, second_ended = Event(), Event()
    parts = derivation.parts_of

    def slow(*arguments: Any) -> Iterator[Any]:
        if not begun.is_set():
            begun.set()
            second_ended.wait(1)
        yield from parts(*arguments)

    monkeypatch.setattr(derivation, "parts_of", slow)
    put: Callable[..., Any] = engine.chatbots.put
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(put, company_id, "bot", confidence_threshold=0.5)
        assert begun.wait(PATIENCE)
        put(company_id, "bot", confidence_threshold=0.1)
        second_ended.set()
        first.result(PATIENCE)
    assert unanswered(asked) == 0
    assert asked.verified()["equal"]
