"""Runs jobs: when they are due or asked for, in a few threads, again after a failure, until it is stopped."""

import math
import secrets
import time
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from datetime import datetime, timedelta
from functools import partial
from operator import attrgetter
from threading import Condition, Event

import structlog

from botlens.database.condition import written_if
from botlens.errors import BotlensError, NotFoundError
from botlens.jobs.job import Job, JobState, Once, Progress, StoppedError
from botlens.jobs.leases import Lease, LeaseLostError, Leases, only_if_leased
from botlens.jobs.workers import Worker
from botlens.monitoring.health import Health
from botlens.monitoring.telemetry import Telemetry

log = structlog.get_logger(__name__)

STOP_SECONDS = 5.0
_THREADS = 2
_FIRST_PAUSE = 2.0
_LONGEST_PAUSE = 300.0
_OTHERS_PAUSE = 15.0  # until another look, while another process runs it
_FAILURES_SHOWN = 3  # in a row, before an operator is warned


class _Entry:
    """A job and what became of it. Changed under the runner's lock."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.due = math.inf if job.period is None else 0.0  # monotonic seconds
        self.asked = False
        self.running = False
        self.begun = 0  # runs, also such as were not ours to do
        self.done = 0  # the number of the last one that succeeded
        self.progress: Progress | None = None
        self.succeeded_at: datetime | None = None
        self.succeeded = 0.0  # monotonic seconds
        self.error: str | None = None
        self.failures = 0

    def state(self) -> JobState:
        progress = self.progress
        return JobState(
            self.job,
            self.running,
            0 if progress is None else progress.done,
            None if progress is None else progress.of,
            self.succeeded_at,
            None if self.succeeded_at is None else time.monotonic() - self.succeeded,
            self.error,
            self.failures,
        )


class Runner:
    """Jobs and the threads that run them.

    Args:
        jobs: by names that differ.
        leases: give the time, and decide who runs what may run once per store.
        telemetry: counts failures.
        health: warns of a job that fails again and again.
        holder: who takes leases; a holder of its own if None.
    """

    def __init__(
        self,
        jobs: Iterable[Job],
        leases: Leases,
        telemetry: Telemetry,
        health: Health,
        *,
        holder: str | None = None,
    ) -> None:
        self._leases = leases
        self._telemetry = telemetry
        self._holder = holder or secrets.token_hex(8)
        self._stopping = Event()
        self._changed = Condition()
        self._entries = {job.name: _Entry(job) for job in jobs}
        health.watch_warning("jobs", self._warning)
        endless = [entry for entry in self._entries.values() if entry.job.endless]
        others = [entry for entry in self._entries.values() if not entry.job.endless]
        shares = {f"jobs-{number}": others for number in range(1, _THREADS + 1)}
        shares |= {f"job-{entry.job.name}": [entry] for entry in endless}
        self._workers = [
            Worker(name, partial(self._round, share), telemetry=telemetry, health=health)
            for name, share in shares.items()
        ]

    def start(self) -> None:
        """Begin; what has a period is due at once, if nobody did it lately."""
        for worker in self._workers:
            worker.start()

    def stop(self, seconds: float = STOP_SECONDS) -> bool:
        """End; whether all that ran has ended in time. What has not is repeated at the next start."""
        until = time.monotonic() + seconds
        for worker in self._workers:
            worker.stop()
        with self._changed:
            self._stopping.set()
            self._changed.notify_all()
        ended = [worker.join(max(0.0, until - time.monotonic())) for worker in self._workers]
        if not all(ended):
            running = [entry.job.name for entry in self._entries.values() if entry.running]
            log.error("jobs_not_stopped_in_time", running=running)
        return all(ended)

    def trigger(self, name: str) -> None:
        """Have a job run as soon as may be, once more if it is running.

        Raises:
            NotFoundError: `unknown_job`.
        """
        with self._changed:
            self._ask(self._entry(name))

    def finish(self, name: str, seconds: float) -> bool:
        """Have a job run, from now on, and wait for its end; whether it was done in time.

        Raises:
            NotFoundError: `unknown_job`.
        """
        until = time.monotonic() + seconds
        with self._changed:
            entry = self._entry(name)
            wanted = entry.begun + 1
            self._ask(entry)
            while entry.done < wanted and not self._stopping.is_set():
                if not self._changed.wait(until - time.monotonic()) and time.monotonic() >= until:
                    return False
            return entry.done >= wanted

    def states(self) -> list[JobState]:
        """How all jobs stand, in the order that they were given in."""
        with self._changed:
            return [entry.state() for entry in self._entries.values()]

    def _ask(self, entry: _Entry) -> None:
        entry.asked, entry.due = True, 0.0
        self._changed.notify_all()

    def _entry(self, name: str) -> _Entry:
        entry = self._entries.get(name)
        if entry is None:
            raise NotFoundError(f"There is no job `{name}`.", code="unknown_job")
        return entry

    def _round(self, share: Sequence[_Entry]) -> bool:
        """Wait for a job of some to be due, and run it; returns whether there may be more."""
        found = self._next(share)
        if found is None:
            return False
        entry, asked = found
        pause: float | None = None
        try:
            pause = self._run(entry, asked=asked)
        except StoppedError:
            log.info("job_stopped", job=entry.job.name)
        except Exception as error:
            self._failed(entry, error)
        finally:
            with self._changed:
                entry.running = False
                again = 0.0 if entry.asked else pause  # asked for while it ran
                entry.asked = entry.asked or (asked and pause is None)
                entry.due = time.monotonic() + (_pause_after(entry) if pause is None else again or 0.0)
                self._changed.notify_all()
        return True

    def _next(self, share: Sequence[_Entry]) -> tuple[_Entry, bool] | None:
        """The job that is due first, from now on running, and whether it was asked for; None at the end."""
        with self._changed:
            while not self._stopping.is_set():
                idle = [entry for entry in share if not entry.running]
                first = min(idle, key=attrgetter("due"), default=None)
                wait = math.inf if first is None else first.due - time.monotonic()
                if first is not None and wait <= 0:
                    first.running = True
                    first.begun += 1
                    asked, first.asked = first.asked, False
                    return first, asked
                self._changed.wait(None if wait == math.inf else wait)
        return None

    def _run(self, entry: _Entry, *, asked: bool) -> float | None:
        """Run a job if it is ours to run.

        Returns:
            In how many seconds it is due again; None if another process runs it now.
        """
        job = entry.job
        lease = None
        if job.once is not Once.PER_PROCESS:
            lease = self._leases.take(job.name, self._holder, of_all=job.once is Once.PER_CLUSTER)
            if lease is None:
                job.others()
                return None
            waits = _seconds_to_wait(job, lease)
            if waits > 0 and not asked:
                self._leases.give_back(lease, done=False)
                return waits
        self._do(entry, lease)
        return math.inf if job.period is None else job.period.total_seconds()

    def _do(self, entry: _Entry, lease: Lease | None) -> None:
        now = self._leases.now()
        renew = (lambda: True) if lease is None else (lambda: self._leases.renew(lease))
        began = time.monotonic()
        entry.progress = Progress(
            self._stopping,
            renew,
            lambda: self._well(entry, now + timedelta(seconds=time.monotonic() - began)),
            lease,
        )
        done = False
        try:
            with _fenced(entry.job, lease):
                entry.job.run(now, entry.progress)
            done = True
        except LeaseLostError as error:
            raise StoppedError from error
        finally:
            if lease is not None:
                with suppress(BotlensError):  # it ends by itself
                    self._leases.give_back(lease, done=done)
        with self._changed:
            entry.done = entry.begun
        self._well(entry, now)

    def _well(self, entry: _Entry, at: datetime) -> None:
        """A job has succeeded, or goes well."""
        with self._changed:
            entry.succeeded_at, entry.succeeded = at, time.monotonic()
            entry.error, entry.failures = None, 0

    def _failed(self, entry: _Entry, error: Exception) -> None:
        name = entry.job.name
        with self._changed:
            entry.failures += 1
            entry.error = said_of(error)
            failures = entry.failures
        self._telemetry.failed(f"job {name}", error)
        log.error("job_failed", job=name, failures=failures, exc_info=error, again_in=_pause_after(entry))

    def _warning(self) -> str | None:
        """Which jobs have failed too often in a row; read without a lock, since nobody may wait here."""
        found = [
            f"the job `{entry.job.name}` has failed {entry.failures} times in a row: {entry.error}"
            for entry in self._entries.values()
            if entry.failures >= _FAILURES_SHOWN
        ]
        return "; ".join(found) or None


def _fenced(job: Job, lease: Lease | None) -> AbstractContextManager[None]:
    """What a job writes to the accounts is by whoever has its lease, where two would do harm."""
    if lease is None or job.once is not Once.PER_CLUSTER:
        return nullcontext()
    return written_if(only_if_leased(lease.claim))


def said_of(error: Exception) -> str:
    """The words for a failure, for those who may not read the log."""
    return error.message if isinstance(error, BotlensError) else type(error).__name__


def _pause_after(entry: _Entry) -> float:
    """How many seconds to wait after a run that was not ours, was stopped, or failed."""
    if not entry.failures:
        return _OTHERS_PAUSE
    return float(min(_FIRST_PAUSE * 2 ** min(entry.failures - 1, 20), _LONGEST_PAUSE))


def _seconds_to_wait(job: Job, lease: Lease) -> float:
    """How long a job need not be done yet, since somebody did it lately."""
    if job.period is None or lease.done_ago is None:
        return 0.0
    return job.period.total_seconds() - lease.done_ago
