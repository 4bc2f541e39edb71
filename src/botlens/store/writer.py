"""One process writes to a store: a mark of the one that does, for stores that others can reach as well.

Two processes on one ClickHouse database would give wrong numbers: what each knows of conversations is in its
memory. Each keeps a row with an identity and beats by inserting it anew; a start that sees another's fresh
beat waits and refuses, and a running process that sees another takes no events. All times are the server's.

This finds mistakes. It is no fence: between two beats two processes may write.
"""

import os
import secrets
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Event

import pyarrow as pa
import structlog

from botlens.errors import BotlensError, InvalidError
from botlens.jobs.workers import Worker
from botlens.monitoring.health import Health
from botlens.monitoring.telemetry import Telemetry
from botlens.store.connection import ClickHouse
from botlens.store.table import Column, Table

log = structlog.get_logger(__name__)

BEAT_SECONDS = 2.0
FRESH_SECONDS = 6.0
"""A process whose last beat is older is taken for dead: it has missed three."""

PATIENCE_SECONDS = 10.0
"""How long a start waits for another to end: longer than the beat of one that was killed stays fresh."""

_OF_MOVES = "move."
"""How the identity begins of who brings a folder's events into a store, and serves nobody from there."""

_JOIN_SECONDS = 5.0
_LOOK_SECONDS = 0.25

WRITERS = Table(
    name="writers",
    columns=(
        Column("identity", "String", pa.string()),
        Column("who", "String", pa.string()),
        Column("since", "Int64", pa.int64()),
        Column("beat", "UInt64", pa.uint64()),
        Column("gone", "Bool", pa.bool_()),
    ),
    key=("identity",),
    version="beat",
    granularity=8192,
    comment="botlens: which process writes; of no company",
    computed={"beaten_at": "DateTime64(3, 'UTC') DEFAULT now64(3)"},
)

_OTHERS = (
    "SELECT who, identity, since, age FROM (SELECT identity, argMax(who, beat) AS who, "
    "argMax(since, beat) AS since, argMax(gone, beat) AS ended, "
    "dateDiff('millisecond', max(beaten_at), now64(3)) / 1000 AS age "
    f"FROM {WRITERS.name} WHERE identity != {{own:String}} GROUP BY identity) "
    "WHERE NOT ended AND abs(age) < {fresh:Float64} ORDER BY since DESC, identity DESC LIMIT 1"
)

_LONE = (
    "SELECT argMax(who, beat) AS last, dateDiff('second', max(beaten_at), now64(3)) AS age "
    f"FROM {WRITERS.name} WHERE NOT startsWith(identity, {{moves:String}}) "
    "GROUP BY identity ORDER BY age, identity LIMIT 1"
)


class AnotherWriterError(BotlensError):
    """Another process writes to the store."""

    status = 503
    code = "another_writer"


@dataclass(frozen=True, slots=True)
class _Other:
    """Another process with a fresh beat: who it is, since when (milliseconds), and how many seconds ago."""

    who: str
    identity: str
    since: int
    age: float


class WriterClaim:
    """The mark of this process.

    Args:
        store: which it writes to.
        telemetry: counts what fails.
        health: gets the reason why this process may take no events.
        fresh_seconds: see `FRESH_SECONDS`.
        patience_seconds: see `PATIENCE_SECONDS`.
        beat_seconds: from one beat to the next.
        sleep: waits for some seconds.
        moves: whether it only brings in what a folder holds: nobody is to keep away from the store for that
            once it is done.
    """

    def __init__(
        self,
        store: ClickHouse,
        telemetry: Telemetry,
        health: Health,
        *,
        fresh_seconds: float = FRESH_SECONDS,
        patience_seconds: float = PATIENCE_SECONDS,
        beat_seconds: float = BEAT_SECONDS,
        sleep: Callable[[float], None] = time.sleep,
        moves: bool = False,
    ) -> None:
        self._store = store
        self._telemetry = telemetry
        self._fresh_seconds = fresh_seconds
        self._patience_seconds = patience_seconds
        self._beat_seconds = beat_seconds
        self._sleep = sleep
        self._identity = f"{_OF_MOVES if moves else ''}{secrets.token_hex(16)}"
        self._who = f"pid {os.getpid()} on {socket.gethostname()}"
        self._since = 0
        self._beats = 0
        self._problem: str | None = None
        self._lost = False
        self._stopping = Event()
        self._worker = Worker("writer", self._beat_soon, telemetry=telemetry, health=health)
        self._taken = False
        health.watch("writer", self.problem)

    def take(self) -> None:
        """Become the one that writes, and stay it until `release`.

        Raises:
            AnotherWriterError: another process is, and stayed it while this one waited.
            StoreError: the store does not answer.
        """
        self._store.make(WRITERS)
        self._wait_for_others()
        self._since = self._store.maintain("SELECT toUnixTimestamp64Milli(now64(3))")[0][0]
        self._beat()
        self._taken = True
        self._worker.start()

    def release(self) -> None:
        """Let the next process start at once."""
        self._worker.stop()
        self._stopping.set()
        if not self._taken:
            return
        self._worker.join(_JOIN_SECONDS)
        try:
            self._beat(gone=True)
        except Exception as error:  # the store may be what ended the process
            self._telemetry.failed("writer", error)
            log.warning("writer_not_released", error=f"{type(error).__name__}: {error}")

    def problem(self) -> str | None:
        """Why this process may take no events, or None. It never waits."""
        return self._problem

    def look(self) -> None:
        """See whether another process writes, and beat; no more once another has taken this one's place.

        Raises:
            StoreError: the store does not answer; what was known of others stays.
        """
        other = self._other()
        if other is None and not self._lost:
            if self._problem is not None:
                log.info("writer_alone_again")
            self._problem = None
        elif other is not None:
            if self._problem is None:
                log.error("another_writer", who=other.who, seconds_ago=other.age)
            if not self._lost and (other.since, other.identity) > (self._since, self._identity):
                self._lost = True
                self._beat(gone=True)  # the other need not wait for the last beat to get stale
            self._problem = _LOST if self._lost else _BESIDE
        if not self._lost:
            self._beat()

    def _wait_for_others(self) -> None:
        waited = 0.0
        while (other := self._other()) is not None:
            if waited == 0.0:
                log.warning("another_writer", who=other.who, seconds_ago=other.age, waiting="for it to end")
            if waited >= self._patience_seconds:
                raise AnotherWriterError(
                    f"Another botlens ({other.who}) writes to this ClickHouse database: it was there "
                    f"{abs(other.age):.1f} seconds ago. One process writes. Stop it first, or name another "
                    "database in BOTLENS_CLICKHOUSE_URL."
                )
            self._sleep(_LOOK_SECONDS)
            waited += _LOOK_SECONDS

    def _other(self) -> _Other | None:
        """The other process with a fresh beat that has come last, if there is any."""
        rows = self._store.maintain(_OTHERS, {"own": self._identity, "fresh": self._fresh_seconds})
        return _Other(*rows[0]) if rows else None

    def _beat(self, *, gone: bool = False) -> None:
        self._beats += 1
        values = (self._identity, self._who, self._since, self._beats, gone)
        row = {
            column.name: pa.array([value], column.arrow)
            for column, value in zip(WRITERS.columns, values, strict=True)
        }
        self._store.insert(WRITERS, [pa.table(row)])

    def _beat_soon(self) -> bool:
        if self._stopping.wait(self._beat_seconds):
            return False
        self.look()
        return True


def refuse_lone_writer(store: ClickHouse, name: str) -> None:
    """Pass if no process ever had a store for itself: it would write there again, past what others know.

    Args:
        store: the store.
        name: of it, with which a sentence begins.

    Raises:
        InvalidError: one has, or had.
        StoreError: the store does not answer.
    """
    rows = store.maintain(_LONE, {"moves": _OF_MOVES}) if store.has(WRITERS.name) else []
    for who, age in rows:
        raise InvalidError(
            f"{name} is that of a botlens of its own ({who}), which was there {max(age, 0):,} s ago: it "
            "would count wrong, and write past the cluster. Name an empty database. If it was ended for "
            "good, and the cluster shall have what it wrote, say so there: "
            f"{store.topology.drop(WRITERS.name)}",
            field="shards",
        )


_BESIDE = "another botlens process writes to this event store, so this one takes no events; stop one of them"
_LOST = "another botlens process has taken over this event store, so this one takes no events any more"
