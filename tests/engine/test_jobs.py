"""Jobs: run when due, again after a failure, once per store, and stopped in time."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event, Lock

import pytest

from botlens.errors import InvalidError, NotFoundError
from botlens.jobs import job as job_module
from botlens.jobs import runner
from botlens.jobs.job import Job, JobState, Once, Progress
from botlens.jobs.leases import Leases
from botlens.jobs.runner import Runner
from botlens.jobs.tables import LeaseRow
from botlens.monitoring.health import Health
from botlens.monitoring.telemetry import Telemetry
from botlens.tenants.accounts import Accounts

DAY = timedelta(days=1)
PATIENCE = 60.0


@pytest.fixture
def accounts(tmp_path: Path) -> Iterator[Accounts]:
    with Accounts.open(f"sqlite:///{tmp_path}/accounts.db") as opened:
        yield opened


@contextmanager
def running(accounts: Accounts, *jobs: Job, health: Health | None = None) -> Iterator[Runner]:
    opened = Runner(jobs, Leases(accounts.database), Telemetry(), health or Health())
    opened.start()
    try:
        yield opened
    finally:
        opened.stop()


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def state(jobs: Runner, name: str) -> JobState:
    return next(each for each in jobs.states() if each.job.name == name)


class Counting:
    """A job that counts its runs."""

    def __init__(self, *, fails: bool = False) -> None:
        self.times: list[datetime] = []
        self.fails = fails
        self._lock = Lock()

    def __call__(self, now: datetime, progress: Progress) -> None:
        with self._lock:
            self.times.append(now)
        progress.at(1, 2)
        if self.fails:
            raise InvalidError("The far end says no.")


def test_a_failing_job_is_tried_again_and_stops_no_other(
    accounts: Accounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With pauses that grow; its error is said, after three failures to the operator; then all is well."""
    monkeypatch.setattr(runner, "_FIRST_PAUSE", 0.02)
    bad, good, health = Counting(fails=True), Counting(), Health()
    jobs = Job("bad", "Fails.", bad, DAY), Job("good", "Works.", good, timedelta(seconds=0.05))
    with running(accounts, *jobs, health=health) as opened:
        until(lambda: state(opened, "bad").failures >= 4 and len(good.times) >= 3)
        assert state(opened, "bad").error == "The far end says no."
        assert state(opened, "bad").succeeded_at is None
        assert "`bad` has failed" in health.warnings()["jobs"]
        assert health.problems() == {}
        assert (state(opened, "good").error, state(opened, "good").failures) == (None, 0)
        bad.fails = False
        until(lambda: state(opened, "bad").succeeded_at is not None)
        assert (state(opened, "bad").error, state(opened, "bad").failures) == (None, 0)
        until(lambda: health.warnings() == {})


def test_the_pause_after_failures_grows(accounts: Accounts, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each is twice the one before: what is broken is not asked all the time."""
    monkeypatch.setattr(runner, "_FIRST_PAUSE", 0.1)
    bad = Counting(fails=True)
    with running(accounts, Job("bad", "Fails.", bad, DAY)):
        until(lambda: len(bad.times) == 4)
    pauses = [(b - a).total_seconds() for a, b in zip(bad.times, bad.times[1:], strict=False)]
    assert [pause >= least for pause, least in zip(pauses, (0.09, 0.19, 0.39), strict=True)] == [True] * 3


def test_it_stops_while_jobs_run(accounts: Accounts) -> None:
    """Within 5 s, though two jobs are in the middle of an hour's work; neither counts as done or failed."""
    begun = [Event(), Event()]

    def work(which: int) -> Callable[[datetime, Progress], None]:
        def run(_: datetime, progress: Progress) -> None:
            begun[which].set()
            progress.pause(3_600)

        return run

    jobs = [Job(f"long-{n}", "Works for an hour.", work(n), DAY, Once.PER_STORE) for n in (0, 1)]
    opened = Runner(jobs, Leases(accounts.database), Telemetry(), Health())
    opened.start()
    assert all(each.wait(PATIENCE) for each in begun)
    assert state(opened, "long-0").running
    start = time.monotonic()
    assert opened.stop()
    assert time.monotonic() - start < PATIENCE
    assert {(each.failures, each.succeeded_at) for each in opened.states()} == {(0, None)}
    with running(accounts, Job("long-0", "At once.", Counting(), DAY, Once.PER_STORE)) as again:
        until(lambda: state(again, "long-0").succeeded_at is not None)  # its lease was given back


def test_once_per_store(accounts: Accounts) -> None:
    """Of two processes one runs it; the other, and a start soon after, know that it was done."""
    mine, theirs, later = Counting(), Counting(), Counting()
    with (
        running(accounts, Job("sync", "Syncs.", mine, DAY, Once.PER_STORE)) as first,
        running(accounts, Job("sync", "Syncs.", theirs, DAY, Once.PER_STORE)) as second,
    ):
        until(lambda: len(mine.times) + len(theirs.times) >= 1)
        until(lambda: not state(first, "sync").running and not state(second, "sync").running)
    with running(accounts, Job("sync", "Syncs.", later, DAY, Once.PER_STORE)) as third:
        time.sleep(0.2)
        assert (len(mine.times) + len(theirs.times), later.times) == (1, [])
        assert third.finish("sync", PATIENCE)  # whoever asks for it gets it
        assert len(later.times) == 1


def test_a_lost_lease_ends_the_job(accounts: Accounts, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who finds that another process holds the lease by now stops: it has neither done it nor failed."""
    monkeypatch.setattr(job_module, "_RENEWED_EVERY", 0.0)
    parts: list[str] = []

    def run(_: datetime, progress: Progress) -> None:
        progress.at(1, 3)
        parts.append("with its lease")
        with accounts.database.writing() as session:
            session.get_one(LeaseRow, "sync").until = 0.0  # it hung for longer than a lease lasts
        assert Leases(accounts.database).take("sync", "another") is not None
        progress.at(2, 3)
        parts.append("with another's")

    with running(accounts, Job("sync", "Syncs.", run, once=Once.PER_STORE)) as opened:
        opened.trigger("sync")
        until(lambda: parts != [] and not state(opened, "sync").running)
        assert parts == ["with its lease"]
        assert (state(opened, "sync").succeeded_at, state(opened, "sync").failures) == (None, 0)


def test_a_job_hears_that_another_process_runs_it(accounts: Accounts) -> None:
    """What it says of itself is not what holds, then."""
    assert Leases(accounts.database).take("sync", "another") is not None
    work, heard = Counting(), Event()
    with running(accounts, Job("sync", "Syncs.", work, DAY, Once.PER_STORE, others=heard.set)):
        assert heard.wait(PATIENCE)
    assert work.times == []


def test_only_when_asked(accounts: Accounts) -> None:
    """A job without a period runs when it is triggered, and says how far it came."""
    work = Counting()
    with running(accounts, Job("once", "Works.", work)) as opened:
        time.sleep(0.1)
        assert work.times == []
        opened.trigger("once")
        until(lambda: len(work.times) == 1 and not state(opened, "once").running)
        assert (state(opened, "once").done, state(opened, "once").of) == (1, 2)
        with pytest.raises(NotFoundError, match="no job"):
            opened.trigger("another")
