"""`/readyz` tells why a server cannot do its work, from flags, and that it can again."""

import errno
import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from botlens.commit.room import flush_job
from botlens.jobs import pulse
from botlens.store.failures import StoreError
from tests.conftest import Tenant
from tests.events import message

PATIENCE = 60.0  # seconds


def ready(tenant: Tenant) -> tuple[int, Any]:
    answer = tenant.world.client.get("/readyz")
    return answer.status_code, answer.json()


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_ready(tenant: Tenant) -> None:
    """Nothing is wrong, and nothing else is said."""
    until(lambda: ready(tenant) == (200, {"status": "ready"}))  # a test before this one may have had faults


def test_events_that_cannot_be_written(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    """The journal does not take them: 503, nothing of them is kept; and all is well again by itself."""
    engine = tenant.world.engine

    def fail(*_: object) -> None:
        raise OSError(errno.ENOSPC, "no space left")

    with monkeypatch.context() as full:
        full.setattr(os, "fdatasync", fail)
        refused = tenant.post(json.dumps({"events": [message("c", "1")]}).encode())
        assert (refused.status_code, refused.json()["error"]["code"]) == (503, "overloaded")
        status, body = ready(tenant)
    assert (status, body["error"]["code"]) == (503, "not_ready")
    assert "the journal cannot be written" in body["error"]["message"]
    engine.commits._flushes.wake()  # the next round of the flush, which else comes within five seconds
    until(lambda: ready(tenant)[0] == 200)
    assert tenant.chatbot()["total_messages"] == 0
    tenant.send(message("c", "2"))
    assert tenant.chatbot()["total_messages"] == 1


def test_a_journal_that_fills_its_disk(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    """There can be no new segment; those whose events are in the store by now are deleted all the same."""
    engine = tenant.world.engine
    engine.commits.flush()
    [first] = engine.commits._journal._folder.glob("*.journal")

    def fail(*_: object, **__: object) -> None:
        raise StoreError("The store takes nothing.")

    with monkeypatch.context() as away:
        away.setattr(engine.store, "insert", fail)
        tenant.send(message("c", "1"))
        with pytest.raises(StoreError):
            engine.commits.flush()  # leaves the first segment, and begins another

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "no space left")

    with monkeypatch.context() as away:
        away.setattr(engine.commits._journal, "_go_on", full)
        tenant.send(message("c", "2"))
        with pytest.raises(OSError, match="no space left"):
            engine.commits.flush()
    assert not first.exists()
    assert tenant.chatbot()["total_messages"] == 2


def test_a_store_that_takes_nothing(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    """Events come in all the same; after half a minute somebody should look. Then it has what it missed."""
    engine = tenant.world.engine

    def fail(*_: object, **__: object) -> None:
        raise StoreError("The store takes nothing.")

    with monkeypatch.context() as away:
        away.setattr(flush_job, "_FAILING_SECONDS", 0.0)
        away.setattr(engine.store, "insert", fail)
        tenant.send(message("c", "1"))
        engine.commits._flushes.wake()
        until(lambda: ready(tenant)[0] == 503)
        assert "cannot be written to the store" in ready(tenant)[1]["error"]["message"]
    until(lambda: engine.commits.pending == 0)
    until(lambda: ready(tenant)[0] == 200)
    assert tenant.get("/v1/query", metrics="messages", period="all")["rows"] == [{"messages": 1}]


def test_accounts_that_do_not_answer(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    """Asked by a thread of its own: the route only looks at what it found."""
    monkeypatch.setattr(pulse, "_SECONDS", 0.01)
    beat = tenant.world.engine._pulse
    with monkeypatch.context() as away:
        away.setitem(beat._questions, "accounts", lambda: 1 / 0)
        until(lambda: ready(tenant)[0] == 503)
        assert "accounts do not answer" in ready(tenant)[1]["error"]["message"]
    until(lambda: ready(tenant)[0] == 200)


def test_damage_is_a_warning(tenant: Tenant, tmp_path: Path) -> None:
    """An operator should look, but nobody is refused."""
    health = tenant.world.engine.health
    health.watch_warning("parts", lambda: "parts of the journal were damaged")
    said = {"parts": "parts of the journal were damaged"}
    try:
        until(lambda: ready(tenant) == (200, {"status": "ready", "warnings": said}))
    finally:
        del health._warnings["parts"]
