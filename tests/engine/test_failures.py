"""Whatever fails between an acknowledgement and the store: nothing is lost, and all goes on by itself."""

import json
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from botlens.commit import rewriting
from botlens.commit.local.rebuilds import Rebuilds
from botlens.commit.room import flush_job, flusher
from botlens.errors import OverloadedError
from botlens.live.registry import LiveNumbers
from tests.conftest import Tenant
from tests.engine.waiting import PATIENCE, soon
from tests.events import answer, message


def fail(*_: Any, **__: Any) -> None:
    raise MemoryError


def verified(tenant: Tenant) -> dict[str, Any]:
    found: dict[str, Any] = tenant.world.client.post("/v1/verify", headers=tenant.headers).json()
    return found


def test_a_reader_that_fails_takes_nothing_with_it(tenant: Tenant) -> None:
    """What divides its read from what comes later fails: what was pending is pending still."""
    tenant.send(message("c", "1"))
    snapshots = tenant.world.engine.commits.snapshots
    with pytest.raises(MemoryError):
        snapshots.read(tenant.company.id, lambda _: None, divide=fail)
    tenant.world.engine.commits.flush()
    assert verified(tenant) == {"equal": True, "conversations": 1, "differences": []}


def test_a_flush_that_fails_before_it_writes(
    new_tenant: Callable[..., Tenant], monkeypatch: pytest.MonkeyPatch
) -> None:
    """No memory to put together what is pending of two companies: the next flush has it."""
    tenants = [new_tenant(), new_tenant()]
    commits = tenants[0].world.engine.commits
    with monkeypatch.context() as away:
        away.setattr(flusher, "joined_pending", fail)
        for each in tenants:
            each.send(message("c", "1"))
        with suppress(MemoryError):  # the flushing thread may have come first
            commits.flush()
    commits.flush()
    assert [verified(each)["conversations"] for each in tenants] == [1, 1]


def test_live_numbers_that_fail(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is durable by then, so it is acknowledged; and counted, whoever asks."""
    tenant.send(message("c", "1"))
    assert tenant.chatbot()["total_messages"] == 1
    with monkeypatch.context() as away:
        away.setattr(LiveNumbers, "replace", fail)
        tenant.send(message("c", "2"))
    assert tenant.chatbot()["total_messages"] == 2
    assert verified(tenant)["equal"]


def test_a_recount_that_fails_is_done_later(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a restart: the threshold holds for the past as soon as the store takes it."""
    tenant.send(message("c", "1", "Why?"), answer("c", "2", 0.5, "2026-03-18T10:00:01Z"))
    assert tenant.chatbot()["unanswered_count"] == 0
    with monkeypatch.context() as away:
        away.setattr(rewriting, "insert_laid_out", fail)
        changed = tenant.world.client.put(
            "/v1/chatbots/bot", json={"confidence_threshold": 0.9}, headers=tenant.headers
        )
    assert changed.status_code == 503
    assert soon(lambda: tenant.chatbot()["unanswered_count"] == 1)
    assert verified(tenant)["equal"]


def test_the_store_is_written_while_the_journal_cannot_be(
    tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Which is what lets a full journal shrink; and events are taken again when it can be written."""
    commits = tenant.world.engine.commits
    write = os.write

    def not_to_files(file: int, data: Any) -> int:
        if Path(f"/proc/self/fd/{file}").readlink().suffix == ".journal":
            raise OSError("injected")
        return write(file, data)

    event = json.dumps({"events": [message("c", "2")]}).encode()
    with monkeypatch.context() as away:
        tenant.send(message("c", "1"))
        away.setattr(os, "write", not_to_files)
        away.setattr("botlens.commit.local.journal.FileJournal._go_on", fail_to_go_on)
        assert tenant.post(event).status_code == 503
        assert soon(lambda: commits.pending == 0)
        assert tenant.post(event).status_code == 503
    assert tenant.post(event).status_code == 200
    assert verified(tenant)["conversations"] == 1


def fail_to_go_on(*_: Any) -> None:
    raise OSError("injected")


def test_a_flush_that_hangs_is_said(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is ready whose writes do not come back; and everybody is again when they do."""
    engine = tenant.world.engine
    go_on, insert = Event(), engine.store.insert

    def hang(*arguments: Any, **named: Any) -> None:
        go_on.wait(PATIENCE)
        insert(*arguments, **named)

    monkeypatch.setattr(flush_job, "_HANGING_SECONDS", 0.2)
    monkeypatch.setattr(engine.store, "insert", hang)
    tenant.send(message("c", "1"))
    engine.commits._flushes.wake()
    assert soon(lambda: "not come back" in engine.health.problems().get("flush", ""))
    go_on.set()
    assert soon(lambda: not engine.health.problems())


def test_an_intention_is_remembered_as_a_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Death while it is written down leaves the one before, or none, and never a start that fails."""
    rebuilds = Rebuilds(tmp_path)
    with monkeypatch.context() as away, pytest.raises(MemoryError), rebuilds.intended("c", "bot"):
        raise MemoryError
    assert rebuilds.unfinished() == [("c", "bot")]
    with monkeypatch.context() as away:
        away.setattr(os, "fsync", fail)
        for name in ("bot", "other"):
            with pytest.raises(OverloadedError), rebuilds.intended("c", name):
                pytest.fail("it was not written down")
    assert rebuilds.unfinished() == [("c", "bot")]
    next(tmp_path.glob("*.rebuild")).write_bytes(b"")  # as an older botlens could leave it
    assert rebuilds.unfinished() == []
