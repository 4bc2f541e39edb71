"""The open connections of a server: how many there may be, and how long each may keep it waiting.

A connection costs a descriptor, and the store and the journal need some of the same table. So there is a
limit below that of the process. At the limit the oldest connection that has never shown good credentials
gives way to a new one; where all have, the new one is refused.
"""

import asyncio
import os
import resource
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from typing import Protocol

_KEPT = 256
_MOST = 10_000
_FEWEST = 16
_AT_ONCE = 16


@dataclass(frozen=True, slots=True)
class Limits:
    """What a connection may do. Times are in seconds.

    Attributes:
        connections: how many may be open.
        keep_alive: how long one may be silent between two requests.
        head: how long the head of a request may take, from its first byte, or from accept for the first one.
        head_bytes: how long a head may be.
        body: how long a body may be silent.
        rate: how many bytes of a body must come, and of an answer must be taken, in a second.
        rate_over: over how long the rate is measured.
        linger: how long is waited, after an answer to half a request, for the client to read it.
        linger_bytes: how much of such a request is read, and thrown away, meanwhile.
    """

    connections: int
    keep_alive: float = 75.0
    head: float = 10.0
    head_bytes: int = 64 * 1024
    body: float = 30.0
    rate: float = 1_000.0
    rate_over: float = 60.0
    linger: float = 5.0
    linger_bytes: int = 32 << 20

    @property
    def precision(self) -> float:
        """How often to look whether something is overdue, in seconds."""
        return min(1.0, self.head / 4, self.body / 4, self.rate_over / 4, self.linger / 4)


def raise_descriptors() -> None:
    """Let this process have as many descriptors as it may give itself."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == hard:
        return
    for wanted in (hard, 65_536, 10_240):  # macOS says "unlimited" and means a number of its own
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        except (ValueError, OSError):
            continue
        return


def kept_descriptors() -> int:
    """How many descriptors no connection may take: they are for the store, the journal and the rest."""
    return min(_KEPT, descriptors() // 4)


def descriptors() -> int:
    """How many descriptors this process may have. An operator may change that while it runs."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return 1 << 30 if soft == resource.RLIM_INFINITY else soft


def most_connections() -> int:
    """How many connections a server may have if nobody has said."""
    return max(_FEWEST, min(_MOST, descriptors() - kept_descriptors()))


def in_use() -> int:
    """How many descriptors this process has; where that cannot be seen, or none is left to look, a guess."""
    for folder in ("/proc/self/fd", "/dev/fd"):
        with suppress(OSError):
            return len(os.listdir(folder))  # noqa: PTH208 - names of descriptors, not files
    return kept_descriptors()


class Open(Protocol):
    """An open connection, as the table of them sees it."""

    @property
    def descriptor(self) -> int:
        """Of its socket."""

    def give_way(self) -> None:
        """Close at once."""

    def look(self, now: float) -> None:
        """End what is overdue; `now` is the time of the event loop."""


class Connections:
    """All open connections of a server. Belongs to the thread of its event loop."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._open: set[Open] = set()
        self._strangers: dict[Open, None] = {}  # in the order in which they came
        self._others = in_use()  # descriptors that are no connections

    def admit(self, new: Open) -> bool:
        """Take a connection in, in the place of strangers if need be; False if there is no place."""
        crowd = self._crowd(new)
        for oldest in list(islice(self._strangers, crowd)):
            self.gone(oldest)
            oldest.give_way()
            crowd = 0
        if crowd:
            return False
        self._open.add(new)
        self._strangers[new] = None
        return True

    def known(self, connection: Open) -> None:
        """A connection has shown good credentials: it gives way to nobody."""
        self._strangers.pop(connection, None)

    def gone(self, connection: Open) -> None:
        """A connection is closed."""
        self._open.discard(connection)
        self._strangers.pop(connection, None)

    def watch(self, loop: asyncio.AbstractEventLoop) -> None:
        """Look for what is overdue from now on."""
        self._others = in_use() - len(self._open)
        # A loop that stood still runs timers before it reads what came meanwhile: that is no client's fault.
        loop.call_soon(loop.call_soon, self._look, loop)
        loop.call_later(self.limits.precision, self.watch, loop)

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        for each in list(self._open):
            each.look(loop.time())

    def _crowd(self, new: Open) -> int:
        """How many connections must give way before this one has its place."""
        here = len(self._open)
        # What others than connections had at the last look; a new descriptor is the lowest free number, so at
        # least as many as that are in use.
        in_use = max(self._others + here, new.descriptor)
        over = max(here + 1 - self.limits.connections, in_use + 1 - (descriptors() - kept_descriptors()))
        return max(0, min(over, _AT_ONCE))
