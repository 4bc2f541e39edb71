"""A new threshold holds for all answers of a chatbot, whatever happens while they are recounted."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any

import pytest

from botlens.commit import derivation, rewriting
from botlens.store.connection import StoreError
from tests.conftest import Tenant
from tests.events import answer, message

PATIENCE = 60.0


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
    """It goes on by itself; who sends it again hears that it is done only once it is."""
    failures = iter([True, True])
    insert = rewriting.insert_laid_out

    def fail_twice(*arguments: Any) -> None:
        if next(failures, False):
            raise StoreError("no room")
        insert(*arguments)

    monkeypatch.setattr(rewriting, "insert_laid_out", fail_twice)
    assert unanswered(asked) == 0
    for _ in range(2):
        answered = asked.world.client.put(
            "/v1/chatbots/bot", json={"confidence_threshold": 0.5}, headers=asked.headers
        )
        assert answered.status_code == 503
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


def test_a_recount_shows_how_far_it_is(
    asked: Tenant, new_tenant: Callable[..., Tenant], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Asked not to wait, the answer comes with the new setting; the recount is among the company's jobs."""
    other, client = new_tenant(), asked.world.client
    go_on, insert = Event(), rewriting.insert_laid_out

    def held(*arguments: Any) -> None:
        assert go_on.wait(PATIENCE)
        insert(*arguments)

    monkeypatch.setattr(rewriting, "insert_laid_out", held)
    answered = client.put(
        "/v1/chatbots/bot?wait=false", json={"confidence_threshold": 0.5}, headers=asked.headers
    )
    assert (answered.status_code, answered.json()["confidence_threshold"]) == (200, 0.5)

    def recounts(tenant: Tenant) -> list[tuple[Any, ...]]:
        jobs = tenant.get("/v1/jobs")["jobs"]
        return [
            (each["chatbot_id"], each["running"], each["done"], each["of"])
            for each in jobs
            if each["name"] == "recount"
        ]

    try:
        until = time.monotonic() + PATIENCE
        while not recounts(asked) and time.monotonic() < until:
            time.sleep(0.01)
        assert recounts(asked) == [("bot", True, 0, 1)]
        assert recounts(other) == []
    finally:
        go_on.set()
    until = time.monotonic() + PATIENCE
    while (recounts(asked) or unanswered(asked) == 0) and time.monotonic() < until:
        time.sleep(0.01)
    assert (recounts(asked), unanswered(asked)) == ([], 1)


def test_a_setting_that_is_refused_is_told_without_waiting(asked: Tenant) -> None:
    """A threshold that cannot be is an error at once, and recounts nothing."""
    answered = asked.world.client.put(
        "/v1/chatbots/bot?wait=false", json={"confidence_threshold": 2}, headers=asked.headers
    )
    assert (answered.status_code, answered.json()["error"]["field"]) == (422, "confidence_threshold")
