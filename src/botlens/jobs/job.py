"""What a job is, and how it reports progress and learns that it must stop."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from threading import Event

import structlog

from botlens.jobs.leases import Lease

log = structlog.get_logger(__name__)

_RENEWED_EVERY = 10.0


class StoppedError(Exception):
    """The job must end now; what it has not done is done by another run. Not a failure."""


class Progress:
    """How far a run has come, and whether it may go on. For the thread that runs the job.

    Args:
        stopping: set when all jobs must end.
        renew: whether the job is still ours; asked every few seconds.
        well: told that all is well so far.
        lease: by which the job is ours; None of one that each process runs.

    Attributes:
        lease: the same.
    """

    def __init__(
        self,
        stopping: Event,
        renew: Callable[[], bool] = lambda: True,
        well: Callable[[], None] = lambda: None,
        lease: Lease | None = None,
    ) -> None:
        self._stopping = stopping
        self._renew = renew
        self._well = well
        self.lease = lease
        self._renewed = time.monotonic()
        self.done = 0
        self.of: int | None = None
        """How many parts there are, where that is known."""

    def at(self, done: int, of: int | None = None) -> None:
        """Say how many parts are done, and of how many; call it, or `pause`, every second or so.

        Raises:
            StoppedError: end now.
        """
        self.done, self.of = done, of
        self.pause(0)

    def well(self) -> None:
        """Say that what is due is done: of a job that ends only when it must, that is its success."""
        self._well()

    def pause(self, seconds: float) -> None:
        """Wait, but no longer than the job may go on.

        Raises:
            StoppedError: end now.
        """
        if self._stopping.wait(seconds) if seconds else self._stopping.is_set():
            raise StoppedError
        if time.monotonic() - self._renewed >= _RENEWED_EVERY:
            if not self._renew():
                raise StoppedError
            self._renewed = time.monotonic()


class SeparateParts:
    """Parts of a run that do not depend on each other: one that fails keeps no other from being done."""

    def __init__(self) -> None:
        self._failure: Exception | None = None

    @contextmanager
    def part(self, **names: str | None) -> Iterator[None]:
        """Do a part; what it fails by is logged with these names, and raised at the `end`.

        Raises:
            StoppedError: end now.
        """
        try:
            yield
        except StoppedError:
            raise
        except Exception as error:
            self._failure = self._failure or error
            log.exception("part_of_a_job_failed", **names)

    def end(self) -> None:
        """All parts have been tried.

        Raises:
            Exception: what the first of those that failed has failed by.
        """
        if self._failure is not None:
            raise self._failure


class Once(StrEnum):
    """Where a job may run at one time."""

    PER_PROCESS = "process"
    PER_STORE = "store"
    """By one process of all that share the accounts: see `leases`. In a cluster each node is a store."""

    PER_CLUSTER = "cluster"
    """By one node of a cluster, whatever companies it has. What it writes to the accounts holds only as long
    as the lease is its own."""


@dataclass(frozen=True, slots=True)
class Job:
    """Work in the background. Doing it twice changes nothing, so a run that was cut off is simply repeated.

    Attributes:
        name: one word.
        what: what it does, for an operator.
        run: does it, at a time (aware); must look at the `Progress` between parts that take seconds.
        period: how long after its last success it is due again; None is only when it is triggered.
        once: where it may run at one time.
        endless: it runs until it must end, and begins again when it failed: it has a thread of its own.
        said: how it goes, in a line, for an operator.
        others: told that another process runs it, whenever that is found.
    """

    name: str
    what: str
    run: Callable[[datetime, Progress], None]
    period: timedelta | None = None
    once: Once = Once.PER_PROCESS
    endless: bool = False
    said: Callable[[], str | None] = lambda: None
    others: Callable[[], None] = lambda: None


@dataclass(frozen=True, slots=True)
class JobState:
    """How a job stands, as this process knows it.

    Attributes:
        job: which.
        running: whether this process runs it now.
        done: parts that are done, of the present or the last run.
        of: of how many, where that is known.
        succeeded_at: when it was last done.
        seconds_ago: the same as seconds from now.
        error: why the last run failed; None if it did not.
        failures: runs that failed in a row.
    """

    job: Job
    running: bool
    done: int
    of: int | None
    succeeded_at: datetime | None
    seconds_ago: float | None
    error: str | None
    failures: int
