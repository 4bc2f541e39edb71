"""Requests on an event loop go on when a thread says that their commits are done."""

import asyncio
from concurrent.futures import Future
from threading import Thread

import pytest

from botlens.api.acknowledgements import Acknowledgements
from botlens.errors import OverloadedError


def test_each_waits_for_its_own_commit():
    """Many at once, from a thread: none is forgotten, a failure reaches its own request alone."""
    commits: list[Future[tuple[int, ...]]] = [Future() for _ in range(500)]

    def commit() -> None:
        for number, each in enumerate(commits):
            if number == 7:
                each.set_exception(OverloadedError("no"))
            else:
                each.set_result(())

    async def all_of_them() -> list[object]:
        acknowledgements = Acknowledgements()
        waiting = [asyncio.ensure_future(acknowledgements.of(each)) for each in commits]
        await asyncio.sleep(0)
        thread = Thread(target=commit)
        thread.start()
        found = await asyncio.wait_for(asyncio.gather(*waiting, return_exceptions=True), 60)
        thread.join()
        return found

    found = asyncio.run(all_of_them())
    assert isinstance(found.pop(7), OverloadedError)
    assert found == [()] * 499


def test_a_request_that_is_gone_keeps_nobody_waiting():
    commits: list[Future[tuple[int, ...]]] = [Future(), Future()]

    async def one_of_two() -> None:
        acknowledgements = Acknowledgements()
        gone, stays = (asyncio.ensure_future(acknowledgements.of(each)) for each in commits)
        await asyncio.sleep(0)
        gone.cancel()
        for each in commits:
            each.set_result(())
        await asyncio.wait_for(stays, 60)
        with pytest.raises(asyncio.CancelledError):
            await gone

    asyncio.run(one_of_two())
    assert all(each.done() for each in commits)


def test_a_loop_that_could_not_be_woken_is_woken_by_the_next():
    """No memory to wake it for one commit: both requests go on with the other."""
    commits: list[Future[tuple[int, ...]]] = [Future(), Future()]

    async def both() -> None:
        loop = asyncio.get_running_loop()
        acknowledgements = Acknowledgements()
        waiting = [asyncio.ensure_future(acknowledgements.of(each)) for each in commits]
        await asyncio.sleep(0)
        wake = loop.call_soon_threadsafe

        def fail(*_: object) -> None:
            raise MemoryError

        loop.call_soon_threadsafe = fail
        commits[0].set_result(())
        loop.call_soon_threadsafe = wake
        commits[1].set_result(())
        await asyncio.wait_for(asyncio.gather(*waiting), 60)

    asyncio.run(both())


def test_on_one_loop_after_another():
    """An app that is served, stopped and served again."""
    acknowledgements = Acknowledgements()
    for _ in range(2):
        commit: Future[tuple[int, ...]] = Future()
        commit.set_result(())
        asyncio.run(asyncio.wait_for(acknowledgements.of(commit), 60))
