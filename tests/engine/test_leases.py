"""Leases on real databases: one holder at a time, taken over when it is silent."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from botlens.jobs.job import Job, Once, Progress
from botlens.jobs.leases import Lease, Leases, holder_of
from botlens.jobs.runner import Runner
from botlens.monitoring.health import Health
from botlens.monitoring.telemetry import Telemetry
from botlens.tenants.accounts import Accounts
from tests.engine.behind import rows

SHORT = 0.2


@pytest.fixture
def leases(accounts: Accounts) -> Leases:
    return Leases(accounts.database)


def taken(lease: Lease | None) -> Lease:
    assert lease is not None
    return lease


def test_one_holder_at_a_time(leases: Leases) -> None:
    """What one has, another does not get; jobs do not know of each other."""
    first = taken(leases.take("sync", "a"))
    assert leases.take("sync", "b") is None
    assert leases.take("other", "b") is not None
    leases.give_back(first, done=False)
    assert leases.take("sync", "b") is not None


def test_the_next_process_on_a_folder_is_the_same_holder(leases: Leases, tmp_path: Path) -> None:
    """One that was killed leaves no lease that its own successor must wait for; another folder waits."""
    (tmp_path / "other").mkdir()
    assert leases.take("sync", holder_of(tmp_path)) is not None
    assert leases.take("sync", holder_of(tmp_path / "other")) is None
    assert leases.take("sync", holder_of(tmp_path)) is not None


def test_a_silent_holder_is_replaced(leases: Leases) -> None:
    """After its time another takes it; the former holder hears so, and its end changes nothing."""
    first = taken(leases.take("sync", "a", seconds=SHORT))
    assert leases.renew(first, seconds=SHORT)
    time.sleep(2 * SHORT)
    second = taken(leases.take("sync", "b"))
    assert not leases.renew(first)
    leases.give_back(first, done=True)
    assert leases.take("sync", "a") is None
    assert leases.renew(second)


def test_when_it_was_last_done(leases: Leases) -> None:
    """Whoever takes it next hears how long ago it was done; a run that failed does not count."""
    first = taken(leases.take("sync", "a"))
    assert first.done_ago is None
    leases.give_back(first, done=False)
    second = taken(leases.take("sync", "b"))
    assert second.done_ago is None
    leases.give_back(second, done=True)
    assert 0 <= taken(leases.take("sync", "a")).done_ago < 60


def test_a_clock_that_was_turned_back_stops_nobody(leases: Leases, accounts_url: str) -> None:
    """A lease that ends in a year was written by another clock: it does not last a year."""
    leases.take("sync", "a")
    rows(accounts_url, "UPDATE {t}leases SET until = until + 31536000")
    assert leases.take("sync", "b") is not None


def test_a_clock_that_was_ahead_does_not_put_a_job_off(leases: Leases, accounts_url: str) -> None:
    """What was done in a year from now was done at another time: the job is due, not in a year."""
    first = taken(leases.take("sync", "a"))
    leases.give_back(first, done=True)
    rows(accounts_url, "UPDATE {t}leases SET done_at = done_at + 31536000")
    assert taken(leases.take("sync", "a")).done_ago is None


def test_what_a_job_of_the_cluster_writes_needs_its_lease(
    new_postgres: Callable[[], str],
) -> None:
    """One that stood still, and was taken over, writes nothing more to the accounts, and has not failed."""
    written: list[str] = []
    url = new_postgres()
    with Accounts.open(url) as accounts, ThreadPoolExecutor(1) as another:
        others = Leases(accounts.database, "ben/")

        def run(_: datetime, progress: Progress) -> None:
            accounts.create_company("before", owner="o", plan="free")
            assert progress.lease is not None
            assert others.are_held(progress.lease.claim)
            assert another.submit(others.take, "sync", "b", of_all=True).result() is None
            rows(url, "UPDATE {t}leases SET until = 0")
            assert another.submit(others.take, "sync", "b", of_all=True).result() is not None
            assert not others.are_held(progress.lease.claim)
            written.append("before")
            accounts.create_company("after", owner="o", plan="free")
            written.append("after")

        job = Job("sync", "Follows.", run, timedelta(days=1), Once.PER_CLUSTER)
        jobs = Runner([job], Leases(accounts.database, "ann/"), Telemetry(), Health())
        jobs.start()
        until = time.monotonic() + 60
        while not written or jobs.states()[0].running:
            assert time.monotonic() < until
            time.sleep(0.01)
        assert jobs.stop()
        assert written == ["before"]
        assert [each.name for each in accounts.companies()] == ["before"]
        (state,) = jobs.states()
        assert (state.failures, state.succeeded_at) == (0, None)
