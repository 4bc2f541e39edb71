"""Threads that wait for accounts: few, and nobody stands behind them for long."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from anyio import CancelScope, create_task_group, move_on_after, sleep

from botlens.api import asking
from botlens.api.asking import wait_for_accounts
from botlens.errors import OverloadedError


def all_threads_taken(answered: threading.Event) -> list[asyncio.Task[bool]]:
    """As many who ask as there are threads, all of them until this is set."""
    return [asyncio.create_task(wait_for_accounts(answered.wait)) for _ in range(asking._THREADS)]


def test_who_gets_no_thread_is_refused_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """As many as there are threads wait for accounts that do not answer; once these do, all goes on."""
    monkeypatch.setattr(asking, "_TURN_SECONDS", 0.1)
    answered = threading.Event()

    async def asked() -> None:
        waiting = all_threads_taken(answered)
        await asyncio.sleep(0)
        for _ in range(2):
            with pytest.raises(OverloadedError, match="does not answer") as refused:
                await wait_for_accounts(answered.wait)
            assert refused.value.code == "accounts_unavailable"
        answered.set()
        assert await asyncio.gather(*waiting) == [True] * asking._THREADS
        assert await wait_for_accounts(answered.wait)

    asyncio.run(asked())


def test_who_goes_away_meanwhile_leaves_no_thread_before_it_is_free(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its thread waits on; the next has its turn once the accounts have answered."""
    monkeypatch.setattr(asking, "_TURN_SECONDS", 0.1)
    answered = threading.Event()

    async def asked() -> None:
        with ThreadPoolExecutor(1) as pool, move_on_after(0.05):
            async with create_task_group() as waiting:
                for _ in range(asking._THREADS):
                    waiting.start_soon(wait_for_accounts, answered.wait)
                await sleep(0.01)
                with CancelScope(shield=True), pytest.raises(OverloadedError):
                    await wait_for_accounts(answered.wait)
                pool.submit(answered.set)
        assert await wait_for_accounts(answered.wait)

    asyncio.run(asked())
