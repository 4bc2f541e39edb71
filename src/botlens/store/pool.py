"""Connections to the store, each with a thread of its own, so that nobody waits for one for good.

A statement may never come back: the embedded engine hangs when the process has no descriptors left, a server
may go away in the middle. So a caller waits only as long as its call may take. After that the connection is
given up together with its thread, and the operator is shown how many hang.

Whatever changes the store has connections of its own, which readers never take.
"""

import contextlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import Enum
from queue import Empty, LifoQueue, SimpleQueue
from threading import BoundedSemaphore, Lock, Thread
from typing import Any, Final, TypeVar, cast

from clickhouse_connect.driver.client import Client

T = TypeVar("T")
Connect = Callable[[], Client]
Watch = Callable[[int], None]
"""Called with the number of calls that hang, whenever it has changed; from any thread, and must be quick."""

_QUEUE_SECONDS = 30.0


class Lane(Enum):
    """What a connection is borrowed for. Each lane has a number of its own."""

    READ = 4
    """Answers: callers wait for each other here, and nobody else waits for them."""
    WRITE = 2
    """What changes the store, and what a commit must read."""


class StuckError(Exception):
    """A call took longer than it may; it was given up together with its connection."""


class BusyError(Exception):
    """All connections of the lane are in use, and none became free in time."""


class ClosedError(Exception):
    """The pool is closed."""


class _Task:
    """A piece of work for the thread of a connection. `done` is released when it is finished."""

    __slots__ = ("done", "error", "value", "work")

    def __init__(self, work: Callable[[Client], Any]) -> None:
        self.work = work
        self.value: Any = None
        self.error: BaseException | None = None
        self.done = Lock()
        self.done.acquire()


class Connection:
    """One client and the thread that alone uses it. The client is made by the first call.

    Attributes:
        sound: whether it may be used again. A call that was given up still occupies it.
    """

    def __init__(self, connect: Connect, on_stuck: Callable[[int], None]) -> None:
        self.sound = True
        self._connect = connect
        self._on_stuck = on_stuck
        self._stuck = False
        self._tasks: SimpleQueue[_Task | None] = SimpleQueue()
        self._thread = Thread(target=self._work, name="botlens-store", daemon=True)
        self._thread.start()

    def call(self, work: Callable[[Client], T], seconds: float) -> T:
        """What `work` makes of the client.

        Raises:
            StuckError: it takes longer than `seconds`.
        """
        task = _Task(work)
        self._tasks.put(task)
        self.sound, sound_after = False, self.sound  # also where waiting is broken off by a signal
        if not task.done.acquire(timeout=seconds):
            self._stuck = True
            self._on_stuck(1)
            raise StuckError(f"no answer within {seconds:g} s")
        self.sound = sound_after
        if task.error is not None:
            raise task.error
        return cast("T", task.value)

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
                task.value = task.work(client)
            except BaseException as error:  # it is the caller's, who gets it
                task.error = error
            task.done.release()
            task = None  # its result may be large
        if client is not None:
            with contextlib.suppress(Exception):
                client.close()
        if self._stuck:
            self._on_stuck(-1)


class Pool:
    """Connections that are borrowed and given back.

    Args:
        connect: makes a client; called on the thread of its connection.
        watch: gets how many calls hang.
    """

    def __init__(self, connect: Connect, watch: Watch) -> None:
        self._connect = connect
        self._watch = watch
        self._idle: LifoQueue[Connection] = LifoQueue()
        self._slots: Final = {lane: BoundedSemaphore(lane.value) for lane in Lane}
        self._lock = Lock()
        self._hanging = 0
        self._closed = False
        # The embedded engine ends with its last connection: this one keeps it alive.
        self._anchor = Connection(connect, self._count)

    def open(self, seconds: float) -> None:
        """Connect for the first time; raises what `connect` raises, or `StuckError`."""
        self._anchor.call(lambda _: None, seconds)

    @contextmanager
    def borrowed(self, lane: Lane) -> Iterator[Connection]:
        """A connection for the length of the block. It is not used again if it is no longer sound.

        Raises:
            BusyError: none became free in time.
            ClosedError: the pool is closed.
        """
        slots = self._slots[lane]
        if not slots.acquire(timeout=_QUEUE_SECONDS):
            raise BusyError
        try:
            connection = self._take()
            try:
                yield connection
            finally:
                if connection.sound and not self._closed:
                    self._idle.put(connection)
                else:
                    connection.retire()
        finally:
            slots.release()

    def has_room(self, lane: Lane) -> bool:
        """Whether a connection of the lane could be borrowed at once."""
        slots = self._slots[lane]
        free = slots.acquire(blocking=False)
        if free:
            slots.release()
        return free

    def close(self, seconds: float) -> None:
        """Close all connections that nobody uses; the others close when they are given back.

        Args:
            seconds: how long to wait for them.
        """
        self._closed = True
        closing = [self._anchor]
        with contextlib.suppress(Empty):
            while True:
                closing.append(self._idle.get_nowait())
        for connection in reversed(closing):
            connection.retire()
        for connection in reversed(closing):
            connection.join(seconds)

    def _take(self) -> Connection:
        if self._closed:
            raise ClosedError
        try:
            return self._idle.get_nowait()
        except Empty:
            return Connection(self._connect, self._count)

    def _count(self, change: int) -> None:
        with self._lock:
            self._hanging += change
            hanging = self._hanging
        self._watch(hanging)
