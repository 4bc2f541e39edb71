"""The API without a network: its loop begins and ends, whenever Ctrl+C comes."""

import signal
import threading
import time
from typing import Any

import httpx2
import pytest
from anyio.from_thread import BlockingPortal

from botlens.client.in_process import in_process

PATIENCE = 60


async def app(_scope: Any, _receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"here"})


def test_requests_go_to_the_app() -> None:
    with in_process(app) as transport, httpx2.Client(transport=transport, base_url="http://here") as client:
        assert client.get("/").text == "here"


def test_ctrl_c_while_it_begins_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """A command that was stopped just then never ended."""
    begins, enter, main = threading.Event(), BlockingPortal.__aenter__, threading.main_thread().ident
    again: list[str] = []

    async def slowly(portal: BlockingPortal) -> BlockingPortal:
        begins.set()
        time.sleep(1)  # noqa: ASYNC251 - as on a busy machine
        return await enter(portal)

    def interrupt() -> None:
        assert main is not None
        begins.wait(PATIENCE)
        signal.pthread_kill(main, signal.SIGINT)
        if not ended.wait(PATIENCE):
            again.append("and again")
            signal.pthread_kill(main, signal.SIGINT)

    monkeypatch.setattr(BlockingPortal, "__aenter__", slowly)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    ended, others = threading.Event(), set(threading.enumerate())
    person = threading.Thread(target=interrupt)
    try:
        person.start()
        with pytest.raises(KeyboardInterrupt), in_process(app):
            pytest.fail("it was not interrupted")
    finally:
        ended.set()
        person.join()
        signal.signal(signal.SIGINT, before)
    assert again == []
    assert [each for each in set(threading.enumerate()) - others if "portal" in each.name] == []
