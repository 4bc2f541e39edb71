"""Leases: a job that may run once per store is run by whoever holds its lease, until that ends.

A lease is a row in the accounts database, and only that database's clock is asked: the clocks of
machines do not matter. One that ends further away than a lease can last was made before that clock was
turned back, and counts for nothing; nor does a job count as done that was done in what is the future by now.

A lease finds out who runs a job; it is no fence. A holder that hangs for longer than its lease and then goes
on runs beside the next one, until it looks again. So a job may be done twice without harm.
"""

import socket
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from botlens.database.database import Database
from botlens.database.rows import TakenError, insert
from botlens.jobs.rows import lock_lease, seconds_now
from botlens.jobs.tables import LeaseRow
from botlens.moments import EPOCH

LEASE_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Lease:
    """A lease that was taken. `done_ago`: seconds since anybody last did the job; None if nobody can tell."""

    job: str
    holder: str
    done_ago: float | None


def holder_of(folder: Path) -> str:
    """The holder that stands for a folder which one process owns at a time.

    The next process on it is the same holder, and need not wait for the lease of one that was killed.
    """
    return f"{socket.gethostname()}:{folder.resolve()}:{folder.stat().st_ino}"


class Leases:
    """The leases of one accounts database. For any thread.

    Args:
        database: has them.
        part: where processes share companies out, each runs the jobs of its own: whose leases these are.
    """

    def __init__(self, database: Database, part: str = "") -> None:
        self._database = database
        self._part = part

    def take(self, job: str, holder: str, *, seconds: float = LEASE_SECONDS) -> Lease | None:
        """The lease of a job, or None while another holder has it.

        Raises:
            OverloadedError: the database does not answer.
        """
        try:
            with self._database.writing(remembered=False) as session:
                now = seconds_now(session)
                row = lock_lease(session, self._part + job)
                if row is None:
                    row = LeaseRow(job=self._part + job, holder="", until=0.0)
                    insert(session, row)
                if row.holder not in ("", holder) and now < row.until <= now + 2 * seconds:
                    return None
                row.holder, row.until = holder, now + seconds
                session.flush()
                done_at = row.done_at
                return Lease(job, holder, None if done_at is None or done_at > now else now - done_at)
        except TakenError:  # another one was first to write the row
            return None

    def renew(self, lease: Lease, *, seconds: float = LEASE_SECONDS) -> bool:
        """Have a lease last from now on; False if it is another's by now."""
        with self._database.writing(remembered=False) as session:
            row = lock_lease(session, self._part + lease.job)
            if row is None or row.holder != lease.holder:
                return False
            row.until = seconds_now(session) + seconds
            return True

    def give_back(self, lease: Lease, *, done: bool) -> None:
        """End a lease. If the job is done, remember when."""
        with self._database.writing(remembered=False) as session:
            row = lock_lease(session, self._part + lease.job)
            if row is None or row.holder != lease.holder:
                return
            row.holder, row.until = "", 0.0
            if done:
                row.done_at = seconds_now(session)

    def now(self) -> datetime:
        """The time by the database's clock, in UTC."""
        with self._database.reading() as session:
            return EPOCH + timedelta(seconds=seconds_now(session))
