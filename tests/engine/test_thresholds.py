"""A new threshold holds for all answers of a chatbot, whatever happens while they are recounted."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any

import pytest

from botlens.commit import derivation, rewriting
from botlens.commit.parts import PartSize, parts_of
from botlens.store.failures import StoreError
from tests.conftest import Tenant
from tests.events import answer, message

PATIENCE = 60.0


@pytest.fixture
def asked(tenant: Tenant) -> Tenant:
    """One question, answered with confidence 0.3."""
    tenant.send(message("c", "1", "Why?"), answer("c", "2", 0.3, "2026-03-18T10:00:01Z"))
    return tenant


def asked_about(tenant: Tenant) -> Any:
    return tenant.get("/v1/query", metrics="unanswered_answers", period="all")


def unanswered(tenant: Tenant) -> int:
    return asked_about(tenant)["rows"][0]["unanswered_answers"]


def test_a_recount_that_fails_is_done_later(asked: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    """It goes on by itself; who sends it again hears that it is done only once it is."""
    insert, is_full = rewriting.insert_laid_out, True

    def fail_while_full(*arguments: Any) -> None:
        if is_full:
            raise StoreError("no room")
        insert(*arguments)

    monkeypatch.setattr(rewriting, "insert_laid_out", fail_while_full)
    assert unanswered(asked) == 0
    for _ in range(2):
        answered = asked.world.client.put(
            "/v1/chatbots/bot", json={"confidence_threshold": 0.5}, headers=asked.headers
        )
        assert answered.status_code == 503
    is_full = False
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


def another(tenant: Tenant, conversation: str) -> None:
    """A conversation as the first one."""
    tenant.send(
        message(conversation, f"{conversation} 1", "Why?"),
        answer(conversation, f"{conversation} 2", 0.3, "2026-03-18T10:00:01Z"),
    )


def test_at_each_moment_all_heed_one_threshold(asked: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is sent while it changes, too: as the others before all are counted anew, and as these after."""
    parts, insert = derivation.parts_of, rewriting.insert_laid_out
    found: list[Any] = []

    def before(*arguments: Any) -> Iterator[Any]:
        another(asked, "d")
        # Whoever sends the same meanwhile waits, too, until it is done.
        assert asked.world.engine.chatbots.recounts(asked.company.id, "bot", {"confidence_threshold": 0.5})
        found.append((asked_about(asked), asked.chatbot()["unanswered_count"]))
        yield from parts(*arguments)

    def meanwhile(*arguments: Any) -> None:
        another(asked, "e")
        found.append(pool.submit(asked_about, asked))  # it waits, or reads what was there
        insert(*arguments)

    monkeypatch.setattr(derivation, "parts_of", before)
    monkeypatch.setattr(rewriting, "insert_laid_out", meanwhile)
    with ThreadPoolExecutor(1) as pool:
        asked.put("bot", confidence_threshold=0.5)
    (earlier, in_chatbot), later = found
    assert (earlier["rows"], in_chatbot) == ([{"unanswered_answers": 0}], 0)
    assert later.result()["rows"] == [{"unanswered_answers": 3}]
    assert not {"recounting"} & (earlier["meta"].keys() | later.result()["meta"].keys())
    assert unanswered(asked) == 3
    assert asked.verified()["equal"]


def test_a_chatbot_that_is_counted_part_by_part_is_named(
    asked: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some of its conversations heed the new threshold already; afterwards it is named no more."""
    another(asked, "d")
    derive, found = rewriting.Rewriting.derive, []

    def watched(*arguments: Any) -> Any:
        found.append(asked_about(asked)["meta"].get("recounting"))
        return derive(*arguments)

    monkeypatch.setattr(derivation, "AS_COLUMNS", PartSize(1, 100))
    monkeypatch.setattr(rewriting.Rewriting, "derive", watched)
    asked.put("bot", confidence_threshold=0.5)
    assert found == [["bot"]] * 2
    after = asked_about(asked)
    assert (after["rows"], "recounting" in after["meta"]) == ([{"unanswered_answers": 2}], False)


def test_a_conversation_that_is_too_long_holds_up_nobody(asked: Tenant) -> None:
    """It is not read and derived while nothing else of its company is written: it is a part among others."""
    asked.world.engine.commits.flush()
    parts = list(parts_of(asked.world.engine.store, asked.company.id, "bot", PartSize(100, 1)))
    assert parts == [("", "c"), ("c", None)]


def test_a_setting_that_is_refused_is_told_without_waiting(asked: Tenant) -> None:
    """A threshold that cannot be is an error at once, and recounts nothing."""
    answered = asked.world.client.put(
        "/v1/chatbots/bot?wait=false", json={"confidence_threshold": 2}, headers=asked.headers
    )
    assert (answered.status_code, answered.json()["error"]["field"]) == (422, "confidence_threshold")
