"""Leases: a job that may run once per store is run by whoever holds its lease, until that ends.

A lease is a row in the accounts database, and only that database's clock is asked: the clocks of
machines do not matter. One that ends further away than a lease can last was made before that clock was
turned back, and counts for nothing; nor does a job count as done that was done in what is the future by now.

A lease finds out who runs a job; by itself it is no fence. A holder that hangs for longer than its lease and
then goes on runs beside the next one, until it looks again. So a job may be done twice without harm; where
that is not so, what it writes asks for the lease in the same transaction (`only_if_leased`), or whoever it
tells to write does before (`Leases.are_held`).
"""

import socket
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from botlens.database.condition import WriteCondition
from botlens.database.database import Database
from botlens.database.rows import TakenError, insert
from botlens.errors import OverloadedError
from botlens.jobs.rows import holder_now, lock_lease, seconds_now
from botlens.jobs.tables import LeaseRow
from botlens.moments import EPOCH

LEASE_SECONDS = 60.0


class LeaseLostError(OverloadedError):
    """Another process does the job by now; nothing of this was done."""

    code = "lease_lost"

    def __init__(self) -> None:
        super().__init__("Another process has taken this job over; it goes on there.")


@dataclass(frozen=True, slots=True)
class LeaseClaim:
    """Who says that a lease is theirs. `job`: as its row has it."""

    job: str
    holder: str


@dataclass(frozen=True, slots=True)
class Lease:
    """A lease that was taken. `done_ago`: seconds since anybody last did the job; None if nobody can tell."""

    claim: LeaseClaim
    done_ago: float | None


def only_if_leased(claim: LeaseClaim) -> WriteCondition:
    """What is written holds only if a lease is still whose it was; nobody takes it meanwhile."""
    return WriteCondition(
        "SELECT 1 FROM botlens.leases WHERE job = %(job)s AND holder = %(holder)s FOR SHARE",
        {"job": claim.job, "holder": claim.holder},
        LeaseLostError,
    )


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

    def take(
        self, job: str, holder: str, *, seconds: float = LEASE_SECONDS, of_all: bool = False
    ) -> Lease | None:
        """The lease of a job, or None while another holder has it.

        Args:
            job: its name.
            holder: who wants it.
            seconds: how long it lasts.
            of_all: whether one process does the job for all, and not each for its part.

        Raises:
            OverloadedError: the database does not answer.
        """
        claim = LeaseClaim(job if of_all else self._part + job, holder)
        try:
            with self._database.writing(remembered=False) as session:
                now = seconds_now(session)
                row = lock_lease(session, claim.job)
                if row is None:
                    row = LeaseRow(job=claim.job, holder="", until=0.0)
                    insert(session, row)
                if row.holder not in ("", holder) and now < row.until <= now + 2 * seconds:
                    return None
                row.holder, row.until = holder, now + seconds
                session.flush()
                done_at = row.done_at
                return Lease(claim, None if done_at is None or done_at > now else now - done_at)
        except TakenError:  # another one was first to write the row
            return None

    def renew(self, lease: Lease, *, seconds: float = LEASE_SECONDS) -> bool:
        """Have a lease last from now on; False if it is another's by now."""
        with self._database.writing(remembered=False) as session:
            row = lock_lease(session, lease.claim.job)
            if row is None or row.holder != lease.claim.holder:
                return False
            row.until = seconds_now(session) + seconds
            return True

    def give_back(self, lease: Lease, *, done: bool) -> None:
        """End a lease. If the job is done, remember when."""
        with self._database.writing(remembered=False) as session:
            row = lock_lease(session, lease.claim.job)
            if row is None or row.holder != lease.claim.holder:
                return
            row.holder, row.until = "", 0.0
            if done:
                row.done_at = seconds_now(session)

    def are_held(self, claim: LeaseClaim) -> bool:
        """Whether nobody has taken a lease from whoever says that it is theirs, until now.

        Raises:
            OverloadedError: the database does not answer.
        """
        with self._database.reading() as session:
            return holder_now(session, claim.job) == claim.holder

    def now(self) -> datetime:
        """The time by the database's clock, in UTC."""
        with self._database.reading() as session:
            return EPOCH + timedelta(seconds=seconds_now(session))
