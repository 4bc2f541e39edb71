"""What is read of leases, in a session of the accounts database."""

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from botlens.jobs.tables import LeaseRow

_NOW = {
    "sqlite": "SELECT (julianday('now') - 2440587.5) * 86400.0",
    "postgresql": "SELECT CAST(extract(epoch FROM clock_timestamp()) AS double precision)",
}


def lock_lease(session: Session, job: str) -> LeaseRow | None:
    """The row of a job, if it has one, held until the end of the transaction."""
    return session.get(LeaseRow, job, with_for_update=True)


def holder_now(session: Session, job: str) -> str | None:
    """Who has taken the lease of a job last, and not given it back; None of a job that has no row."""
    return session.scalar(select(LeaseRow.holder).where(LeaseRow.job == job))


def seconds_now(session: Session) -> float:
    """The time by the database's clock, in seconds since 1970."""
    return float(session.execute(text(_NOW[session.get_bind().dialect.name])).scalar_one())
