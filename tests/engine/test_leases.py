"""Leases on real databases: one holder at a time, taken over when it is silent."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import text

from botlens.database.condition import written_if
from botlens.jobs.job import Job, Once, Progress
from botlens.jobs.leases import Lease, Leases, holder_of, only_if_leased
from botlens.jobs.rows import lock_lease
from botlens.jobs.runner import Runner
from botlens.monitoring.health import Health
from botlens.monitoring.telemetry import Telemetry
from botlens.tenants.accounts import Accounts
from tests.engine.behind import rows
from tests.engine.cluster_nodes import eventually

SHORT = 0.2
WAITS = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"


@pytest.fixture
def leases(accounts: Accounts) -> Leases:
    return Leases(accounts.database)


def somebody_waits(accounts: Accounts) -> bool:
    """Whether one is behind a lock, seen by a transaction of its own."""
    with accounts.database.reading() as session:
        return bool(session.scalar(text(WAITS)))


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


def test_who_looks_for_a_lease_is_not_waited_for_by_its_holder(new_postgres: Callable[[], str]) -> None:
    """A job's write counts changes, then looks at its lease; who looks for a lease holds its row alone."""
    with Accounts.open(new_postgres()) as accounts, ThreadPoolExecutor(1) as another:
        leases = Leases(accounts.database)
        lease = taken(leases.take("sync", "a"))
        with accounts.database.writing(remembered=False) as session:
            lock_lease(session, lease.claim.job)
            with written_if(only_if_leased(lease.claim)):
                context = copy_context()
            create = partial(accounts.create_company, "Acme", owner="o", plan="free")
            written = another.submit(context.run, create)
            eventually(partial(somebody_waits, accounts))
        assert written.result().name == "Acme"


def test_who_stands_still_in_a_write_under_a_lease_keeps_nobody(new_postgres: Callable[[], str]) -> None:
    """Its transaction ends by itself, whatever it has locked; until then others wait."""
    with Accounts.open(new_postgres()) as accounts:
        leases = Leases(accounts.database)
        claim = taken(leases.take("sync", "a")).claim
        with written_if(only_if_leased(claim)), accounts.database.writing() as session:
            limit = session.scalar(text("SHOW idle_in_transaction_session_timeout"))
        assert limit == "10s"
        with accounts.database.writing() as session:
            assert session.scalar(text("SHOW idle_in_transaction_session_timeout")) == "0"


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
