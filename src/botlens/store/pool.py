"""Connections to the store, each with a thread of its own, so that nobody waits for one for good.

A statement may never come back: the embedded engine hangs when the process has no descriptors left, a server
may go away in the middle. So a caller waits only as long as its call may take. After that the connection is
given up together with its thread, and the operator is shown how many hang.

Whatever changes the store has connections of its own, which readers never take, and so has who looks whether
a server answers at all. Once that found that it does not, nobody waits for it any more: see `Pool.silence`.

A stream that was left alone gives its connection back when the garbage collector finds it: in any thread, and
in the middle of anything, such as of taking another connection. So nothing here may be held that the same
thread could not take once more; it would wait for itself, and all others for it.
"""

import contextlib
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import Enum
from queue import Empty, SimpleQueue
from threading import Lock, RLock, Thread
from time import monotonic
from typing import Any, Final, TypeVar, cast

from clickhouse_connect.driver.client import Client

T = TypeVar("T")
Connect = Callable[[], Client]
Watch = Callable[[int], None]
"""Called with the number of calls that hang, whenever it has changed; from any thread, and must be quick."""

Limit = Callable[[Client, float], None]
"""Has a client give a call up by itself about as soon as we do, so that its thread does not hang."""

_QUEUE_SECONDS = 30.0


class Lane(Enum):
    """What a connection is borrowed for. Each lane has a number of its own."""

    READ = 4
    """Answers: callers wait for each other here, and nobody else waits for them."""
    WRITE = 2
    """What changes the store, and what a commit must read."""
    LOOK = 1
    """A look whether a server answers: it waits for nobody, and goes on while that is silent."""


class StuckError(Exception):
    """A call took longer than it may; it was given up together with its connection."""


class BusyError(Exception):
    """All connections of the lane are in use, and none became free in time."""


class SilentError(Exception):
    """The server does not answer, which is known: it was not even asked."""


class ClosedError(Exception):
    """The pool is closed."""


class _Task:
    """A piece of work for the thread of a connection.

    Attributes:
        done: released when it is finished, or given up.
        given_up: whether nobody waits for it any more.
    """

    __slots__ = ("_finished", "_lock", "done", "error", "given_up", "seconds", "value", "work")

    def __init__(self, work: Callable[[Client], Any], seconds: float) -> None:
        self.work, self.seconds = work, seconds
        self.value: Any = None
        self.error: BaseException | None = None
        self.done, self._lock = Lock(), Lock()
        self.done.acquire()
        self.given_up, self._finished = False, False

    def finish(self) -> bool:
        """It is done; whether somebody has waited for that."""
        with self._lock:
            if not self.given_up:
                self._finished = True
                self.done.release()
            return not self.given_up

    def give_up(self, on_stuck: Callable[[int], None]) -> None:
        """Have nobody wait for it any more, unless it is done by now."""
        with self._lock:
            if not self._finished and not self.given_up:
                self.given_up = True
                on_stuck(1)
                self.done.release()


def _no_limit(_client: Client, _seconds: float) -> None:
    """For clients that know none that they would keep."""


class Connection:
    """One client and the thread that alone uses it. The client is made by the first call.

    Attributes:
        sound: whether it may be used again. A call that was given up still occupies it.
        given_up: whether it may not, whatever it does now: see `give_up`.
    """

    def __init__(self, connect: Connect, on_stuck: Callable[[int], None], limit: Limit = _no_limit) -> None:
        self.sound = True
        self._connect = connect
        self._on_stuck = on_stuck
        self._limit = limit
        self.given_up = False
        self._task: _Task | None = None
        self._tasks: SimpleQueue[_Task | None] = SimpleQueue()
        self._thread = Thread(target=self._work, name="botlens-store", daemon=True)
        self._thread.start()

    def call(self, work: Callable[[Client], T], seconds: float) -> T:
        """What `work` makes of the client.

        Raises:
            StuckError: it takes longer than `seconds`, or was given up before.
        """
        task = self._task = _Task(work, seconds)
        self.sound, sound_after = False, self.sound  # also where waiting is broken off by a signal
        if self.given_up:
            if not task.finish():
                self._on_stuck(-1)
            raise StuckError("given up before it began")
        self._tasks.put(task)
        begun = monotonic()
        if not task.done.acquire(timeout=seconds):
            task.give_up(self._on_stuck)
        self._task = None
        if task.given_up:
            raise StuckError(f"no answer within {monotonic() - begun:.3g} s")
        self.sound = sound_after
        if task.error is not None:
            raise task.error
        return cast("T", task.value)

    def give_up(self) -> None:
        """Have whoever waits for a call wait no longer, nor begin another. For any thread."""
        self.given_up = True
        if (task := self._task) is not None:
            task.give_up(self._on_stuck)

    def retire(self) -> None:
        """Close the client as soon as it is free, and end the thread."""
        self._tasks.put(None)

    def join(self, seconds: float) -> None:
        """Wait for the end of the thread, but not for ever."""
        self._thread.join(seconds)

    def _work(self) -> None:
        client: Client | None = None
        while (task := self._tasks.get()) is not None:
            try:
                if client is None:
                    client = self._connect()
                self._limit(client, task.seconds)
                task.value = task.work(client)
            except BaseException as error:  # it is the caller's, who gets it
                task.error = error
            if not task.finish():
                self._on_stuck(-1)
            task = None  # its result may be large
        if client is not None:
            with contextlib.suppress(Exception):
                client.close()


class Pool:
    """Connections that are borrowed and given back.

    Args:
        connect: makes a client; called on the thread of its connection.
        watch: gets how many calls hang.
        limit: see there.

    Attributes:
        answered_at: when a connection came back last that may be used again, by the monotonic clock.
    """

    def __init__(self, connect: Connect, watch: Watch, limit: Limit = _no_limit) -> None:
        self.answered_at = 0.0
        self._connect = connect
        self._watch = watch
        self._limit = limit
        self._idle: deque[Connection] = deque()
        self._slots: Final = {lane: _slots(lane.value) for lane in Lane}
        self._lock = RLock()
        self._hanging = 0
        self._closed, self._silent = False, False
        self._borrowed: set[Connection] = set()
        # The embedded engine ends with its last connection: this one keeps it alive.
        self._anchor = Connection(connect, self._count, limit)

    def open(self, seconds: float) -> None:
        """Connect for the first time; raises what `connect` raises, or `StuckError`."""
        self._anchor.call(lambda _: None, seconds)

    @contextmanager
    def borrowed(self, lane: Lane, seconds: float | None = None) -> Iterator[Connection]:
        """A connection for the length of the block. It is not used again if it is no longer sound.

        Args:
            lane: what for.
            seconds: how long one waits for it, if not as long as anybody.

        Raises:
            BusyError: none became free in time.
            SilentError: see `silence`.
            ClosedError: the pool is closed.
        """
        self._check(lane)
        slots = self._slots[lane]
        patience = _QUEUE_SECONDS if seconds is None else min(max(seconds, 0.0), _QUEUE_SECONDS)
        try:
            slots.get(timeout=patience)
        except Empty:
            raise BusyError from None
        try:
            connection = self._take(lane)
            try:
                yield connection
            finally:
                with self._lock:
                    self._borrowed.discard(connection)
                if connection.sound:
                    self.answered_at = monotonic()
                if connection.sound and not self._closed:
                    self._idle.append(connection)
                    if self._closed:  # just now, perhaps too late for that one
                        self._retire_idle()
                else:
                    connection.retire()
        finally:
            slots.put(None)

    def silence(self) -> None:
        """The server does not answer: give up all that waits for it, and refuse what comes, but looks.

        Else whoever asks waits for as long as a call may take, and holds what others need of other stores:
        turns, threads, locks. Idle connections may be broken, too, and each look would find that of one.
        """
        with self._lock:
            self._silent = True
            waiting = list(self._borrowed)
        for each in waiting:
            each.give_up()
        self._retire_idle()

    def answers(self) -> None:
        """It answers again."""
        self._silent = False

    @property
    def is_silent(self) -> bool:
        """Whether all that waits was given up, see `silence`."""
        return self._silent

    @property
    def hanging(self) -> int:
        """How many calls were given up and have not come back."""
        return self._hanging

    def has_room(self, lane: Lane) -> bool:
        """Whether a connection of the lane could be borrowed at once."""
        return not self._slots[lane].empty()

    def close(self, seconds: float) -> None:
        """Close all connections that nobody uses; the others close when they are given back.

        Args:
            seconds: how long to wait for them.
        """
        self._closed = True
        closing = [self._anchor, *self._all_idle()]
        for connection in reversed(closing):
            connection.retire()
        for connection in reversed(closing):
            connection.join(seconds)

    def _check(self, lane: Lane) -> None:
        if self._closed:
            raise ClosedError
        if self._silent and lane is not Lane.LOOK:
            raise SilentError

    def _take(self, lane: Lane) -> Connection:
        connection = self._usable()
        with self._lock:  # who comes beside `silence` is refused here, or given up there
            try:
                self._check(lane)
            except BaseException:
                if connection is not None:
                    self._idle.append(connection)
                raise
            if connection is None:
                connection = Connection(self._connect, self._count, self._limit)
            if lane is not Lane.LOOK:
                self._borrowed.add(connection)
            return connection

    def _usable(self) -> Connection | None:
        """One that is idle; those are thrown away that were given up as they came back."""
        while True:
            try:
                connection = self._idle.pop()
            except IndexError:
                return None
            if not connection.given_up:
                return connection
            connection.retire()

    def _retire_idle(self) -> None:
        for each in self._all_idle():
            each.retire()

    def _all_idle(self) -> list[Connection]:
        """Take all that nobody uses."""
        found = []
        with contextlib.suppress(IndexError):
            while True:
                found.append(self._idle.popleft())
        return found

    def _count(self, change: int) -> None:
        with self._lock:
            self._hanging += change
            hanging = self._hanging
        self._watch(hanging)


def _slots(number: int) -> SimpleQueue[None]:
    """So many, each to be taken and put back. A semaphore cannot be put back by who is just taking it."""
    found: SimpleQueue[None] = SimpleQueue()
    for _ in range(number):
        found.put(None)
    return found
