"""What a request costs besides its answer: no thread where nothing waits, no call of the system for an id."""

import os
from collections.abc import Callable
from threading import current_thread
from typing import Any

import anyio.to_thread
import pytest
from fastapi.testclient import TestClient

from tests.conftest import Tenant
from tests.events import message


@pytest.fixture
def threads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of what was handed to a thread since it was last cleared."""
    handed: list[str] = []
    run_sync = anyio.to_thread.run_sync

    async def counting(work: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
        handed.append(getattr(work, "__name__", repr(work)))
        return await run_sync(work, *arguments, **options)

    monkeypatch.setattr(anyio.to_thread, "run_sync", counting)
    return handed


@pytest.mark.parametrize("path", ["/overview", "/chatbot/shop", "/chatbot/shop/gaps", "/chatbot/shop/"])
def test_numbers_from_memory_need_no_thread(company: Tenant, threads: list[str], path: str) -> None:
    """Handing a request to a thread and back costs as much as answering it.

    So neither the answer nor anything that stands before it (credentials, parameters, the address) does.
    """
    client: TestClient = company.world.client
    for _ in range(2):
        threads.clear()
        assert client.get(f"/analytics{path}", headers=company.headers).status_code == 200
    assert threads == []


def test_events_need_no_thread_and_no_random_bytes(
    tenant: Tenant, threads: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A call of the system lets go of the interpreter, which then goes to the thread that commits."""
    tenant.put("bot")
    threads.clear()
    asked: list[int] = []
    urandom = os.urandom

    def noted(size: int) -> bytes:
        name = current_thread().name
        if name == "botlens-commit" or not name.startswith("botlens-"):  # what else the engine does
            asked.append(size)
        return urandom(size)

    monkeypatch.setattr(os, "urandom", noted)
    made = set()
    for number in range(3):
        answer = tenant.world.client.post(
            "/v1/events", json={"events": [message("costs", str(number))]}, headers=tenant.headers
        )
        assert answer.json()["accepted"] == 1
        made.add(answer.headers["x-request-id"])
    assert len(made) == 3
    assert (threads, asked) == ([], [])
