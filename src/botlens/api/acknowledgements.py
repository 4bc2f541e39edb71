"""Waiting on the event loop for commits, woken once for many.

A commit makes many requests done at once. `asyncio.wrap_future` would wake the loop for each of them, by a
system call of the thread that commits; here the first one wakes it and the others go along.
"""

import asyncio
from collections import deque
from concurrent.futures import Future
from weakref import WeakKeyDictionary

from botlens.commit.submission import Refused


class Acknowledgements:
    """What the requests of an app wait for, on each event loop that serves it."""

    def __init__(self) -> None:
        self._loops: WeakKeyDictionary[asyncio.AbstractEventLoop, _Waiting] = WeakKeyDictionary()

    async def of(self, commit: "Future[Refused]") -> Refused:
        """What the commit says when it is done; raise what it raises."""
        loop = asyncio.get_running_loop()
        waiting = self._loops.get(loop)
        if waiting is None:
            waiting = self._loops[loop] = _Waiting()
        request: asyncio.Future[Refused] = loop.create_future()
        commit.add_done_callback(lambda done: waiting.done(loop, request, done))
        return await request


class _Waiting:
    """The requests on one event loop whose commits are done."""

    def __init__(self) -> None:
        self._done: deque[tuple[asyncio.Future[Refused], Future[Refused]]] = deque()
        self._awake = False

    def done(
        self, loop: asyncio.AbstractEventLoop, request: "asyncio.Future[Refused]", commit: "Future[Refused]"
    ) -> None:
        """Have a request go on; called by the thread that commits."""
        self._done.append((request, commit))
        if not self._awake:
            self._awake = True
            try:
                loop.call_soon_threadsafe(self._settle)
            except BaseException:  # no memory, say: the next one that is done must wake the loop instead
                self._awake = False
                raise

    def _settle(self) -> None:
        self._awake = False  # before the look: what is done after it wakes the loop again
        while self._done:
            request, commit = self._done.popleft()
            if request.done():  # the client is gone
                continue
            error = commit.exception()
            if error is None:
                request.set_result(commit.result())
            else:
                request.set_exception(error)
