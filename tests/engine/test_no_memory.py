"""Memory that runs out around the journal's sync: what was refused is not kept, what is kept is counted."""

import json
from contextlib import suppress
from typing import Any

import pytest

from botlens.commit.room.counting import CommitCounter
from botlens.commit.room.pending import Pending
from tests.conftest import Tenant
from tests.engine.test_recounts import soon
from tests.events import message


def fail(*_: Any, **__: Any) -> None:
    raise MemoryError


def in_the_journal(tenant: Tenant, text: str) -> bool:
    for each in tenant.world.engine.commits._folder.glob("*.journal"):
        with suppress(FileNotFoundError):  # a flush has removed it since
            if text.encode() in each.read_bytes():
                return True
    return False


def test_what_cannot_be_kept_for_the_store_is_not_in_the_journal(
    tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """503: else a restart would bring in what was refused."""
    refused = json.dumps({"events": [message("c", "1", "never to be seen")]}).encode()
    with monkeypatch.context() as away:
        away.setattr(Pending, "add", fail)
        assert tenant.post(refused).status_code == 503
    assert not in_the_journal(tenant, "never to be seen")
    tenant.send(message("c", "2"))
    assert tenant.chatbot()["total_messages"] == 1
    assert tenant.verified()["equal"]


def test_what_the_journal_refuses_does_not_wait_for_the_store(
    tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor does anything that was pending before go with it."""
    commits = tenant.world.engine.commits
    commits.flush()
    tenant.send(message("c", "1"))
    before = commits.pending
    with monkeypatch.context() as away:
        away.setattr(commits._journal, "append", fail)
        refused = tenant.post(json.dumps({"events": [message("c", "2"), message("d", "3")]}).encode())
    assert refused.status_code == 503
    assert commits.pending in (before, 0)  # a flush may have come meanwhile
    assert tenant.get("/v1/query", metrics="messages", period="all")["rows"] == [{"messages": 1}]


def test_what_is_durable_is_accepted_and_counted(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of it can be taken back once the journal has it."""
    tenant.send(message("c", "1"))
    with monkeypatch.context() as away:
        away.setattr(CommitCounter, "count", fail)
        tenant.send(message("c", "2"))
    tenant.world.engine.commits._flushes.wake()
    assert soon(lambda: tenant.chatbot()["total_messages"] == 2)
    assert soon(lambda: not tenant.world.engine.commits.stale_chatbots)
    assert tenant.verified()["equal"]
