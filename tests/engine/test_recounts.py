"""A recount that fails: whoever asked is told to wait, it is done later, and holds nothing up."""

import json
import time
from contextlib import suppress
from pathlib import Path
from threading import current_thread
from typing import Any

import pytest

from botlens.commit import rewriting
from botlens.commit.derivation import Derivation
from botlens.commit.room import recounts
from botlens.events.decode import decode_json
from botlens.events.record import record_of
from tests.conftest import Tenant
from tests.engine.waiting import soon
from tests.events import answer, message


def put(tenant: Tenant, **settings: Any) -> Any:
    return tenant.world.client.put("/v1/chatbots/bot", json=settings, headers=tenant.headers)


def intended(tenant: Tenant) -> bool:
    """Whether a file in the journal's folder says that the tenant's chatbot must be counted anew."""
    folder: Path = tenant.world.engine.commits._folder
    for each in folder.glob("*.rebuild"):
        with suppress(FileNotFoundError):  # it was done, and forgotten, just now
            if json.loads(each.read_text()) == [tenant.company.id, "bot"]:
                return True
    return False


@pytest.fixture
def asked(tenant: Tenant) -> Tenant:
    """One question, answered with confidence 0.3."""
    tenant.send(message("c", "1", "Why?"), answer("c", "2", 0.3, "2026-03-18T10:00:01Z"))
    assert tenant.chatbot()["unanswered_count"] == 0
    return tenant


@pytest.mark.parametrize("error", [MemoryError(), OSError("no descriptor"), ArithmeticError()])
def test_whatever_fails_it_is_503_and_done_later(
    asked: Tenant, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    """The threshold is the new one by then, so the intention stays on disk until the recount is done."""

    def fail(*_: Any) -> None:
        raise error

    with monkeypatch.context() as away:
        away.setattr(rewriting, "insert_laid_out", fail)
        answered = put(asked, confidence_threshold=0.5)
        assert (answered.status_code, answered.json()["error"]["code"]) == (503, "overloaded")
        assert int(answered.headers["Retry-After"]) >= 1
        assert intended(asked)
        meta = asked.get("/v1/query", metrics="unanswered_answers", period="all")["meta"]
        assert meta["recounting"] == ["bot"]  # of what comes by now, more may be unanswered
        ledger = asked.world.engine.commits._ledger
        with ledger.lock:
            ledger.stale.add_loaded([(asked.company.id, "bot")])
        meta = asked.get("/v1/query", metrics="unanswered_answers", period="all")["meta"]
        assert (meta["recounting"], meta["uncounted"]) == (["bot"], ["bot"])
    assert soon(lambda: asked.chatbot()["unanswered_count"] == 1)
    assert soon(lambda: not intended(asked))
    assert asked.verified()["equal"]


def test_what_was_refused_is_not_intended(asked: Tenant) -> None:
    """A zone that there is not: nothing was changed, so nothing is left to do."""
    assert put(asked, confidence_threshold=0.5, timezone="Nowhere/At_all").status_code == 422
    assert not intended(asked)


def test_an_intention_that_cannot_be_forgotten(asked: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    """All is done by then: it is said to be, and the next start does it once more."""

    def fail(*_: Any, **__: Any) -> None:
        raise OSError("injected")

    with monkeypatch.context() as away:
        away.setattr(Path, "unlink", fail)
        assert put(asked, confidence_threshold=0.5).status_code == 200
    assert intended(asked)
    asked.world.engine.commits._recounts.resume()
    assert not intended(asked)
    assert asked.chatbot()["unanswered_count"] == 1


def test_one_that_never_succeeds(asked: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is said, keeps no journal, hinders no start; and it is forgotten once it succeeds."""
    engine = asked.world.engine
    commits = engine.commits

    segments: list[Path] = []  # that the commit is in: seen under the lock, as a flush may begin another one

    def fail(*_: Any) -> None:
        segments.append(commits._ledger._journal._path)
        raise ArithmeticError("injected")

    with monkeypatch.context() as away:
        away.setattr(Derivation, "rebuild", fail)
        away.setattr(commits._ledger.states, "take", fail)
        asked.send(message("d", "3"))
        segment = segments[0]
        away.undo()
        away.setattr(Derivation, "rebuild", fail)
        commits._flushes.wake()
        assert soon(lambda: intended(asked))
        assert soon(lambda: not segment.exists())
        assert soon(lambda: "recounts" in engine.health.warnings())
        assert asked.world.client.get("/readyz").status_code == 200
        assert "botlens_recounts_waiting 1.0" in asked.world.client.get("/metrics").text
        commits._recounts.resume()  # as a start does
    monkeypatch.setattr(recounts, "_LONGEST_PAUSE", 0.1)
    assert soon(lambda: asked.chatbot()["total_messages"] == 3)
    assert soon(lambda: not commits.stale_chatbots)
    assert not intended(asked)
    assert "recounts" not in engine.health.warnings()
    assert asked.verified()["equal"]


def test_one_that_fails_takes_little_time(asked: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is tried again after pauses that grow, not with every flush."""
    tries: list[float] = []

    def fail(*_: Any) -> None:
        tries.append(time.monotonic())
        raise ArithmeticError("injected")

    ours = asked.world.engine.commits._recounts
    key = (asked.company.id, "bot")
    with monkeypatch.context() as away:
        away.setattr(Derivation, "rebuild", fail)
        away.setattr(recounts, "_FIRST_PAUSE", 1_000.0)
        away.setattr(recounts, "_LONGEST_PAUSE", 1_000.0)
        with pytest.raises(ArithmeticError):
            ours.rebuild(*key)
        for _ in range(3):
            ours.retry()
        assert len(tries) == 1
    ours.rebuild(*key)


def test_what_comes_during_a_recount_is_written_though_it_seems_unchanged(
    tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The old facts by the old threshold are those of the new answer by the new one: one of two unanswered.

    What the recount read before that answer came says two, and is written after it.
    """
    tenant.send(
        message("c", "1", "Why?"),
        answer("c", "2", 0.1, "2026-03-18T10:00:01Z"),
        answer("c", "3", 0.3, "2026-03-18T10:00:02Z"),
    )
    insert = rewriting.insert_laid_out
    coming = [answer("c", "3", 0.7, "2026-03-18T10:00:02Z", revision=1)]

    def late(*arguments: Any) -> None:
        if coming:
            tenant.send(coming.pop())
        insert(*arguments)

    monkeypatch.setattr(rewriting, "insert_laid_out", late)
    tenant.put("bot", confidence_threshold=0.5)
    assert not coming
    found = tenant.get("/v1/query", metrics="unanswered_answers", period="all")["rows"]
    assert found == [{"unanswered_answers": 1}]
    assert tenant.verified()["equal"]


def test_no_threshold_is_asked_for_where_all_commit(asked: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    """The accounts may be a network away: nobody else's events wait for them, and nobody holds the lock."""
    commits = asked.world.engine.commits
    held: list[tuple[str, bool]] = []
    ask = commits._book._ask

    def told(company_id: str) -> Any:
        held.append((current_thread().name, commits._ledger.lock._is_owned()))
        return ask(company_id)

    monkeypatch.setattr(commits._book, "_ask", told)
    asked.send(message("c", "3"))
    assert held
    assert not [each for each in held if each[0] == "botlens-commit" or each[1]]


def test_a_threshold_that_changes_before_the_commit(asked: Tenant) -> None:
    """It was asked for, changed, and the recount was done: what comes then is counted by the new one."""
    commits = asked.world.engine.commits
    before = commits.thresholds(asked.company.id)
    asked.put("bot", confidence_threshold=0.5)
    events = [message("d", "3", "How?"), answer("d", "4", 0.3, "2026-03-18T10:00:01Z")]
    decoded = decode_json(json.dumps({"events": events}).encode())
    commits.submit(asked.company.id, list(map(record_of, decoded.events)), before).result()
    assert asked.chatbot()["unanswered_count"] == 2
    assert asked.verified()["equal"]
