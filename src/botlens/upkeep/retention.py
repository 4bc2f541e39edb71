"""The job that deletes conversations which a company does not want to keep any longer."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import structlog

from botlens.commit.port import Commits
from botlens.events.record import deletion_of
from botlens.jobs.job import Job, Once, Progress, SeparateParts
from botlens.moments import microseconds
from botlens.store.retention import conversations_before
from botlens.tenants.accounts import Accounts
from botlens.tenants.values import Company

log = structlog.get_logger(__name__)

RETENTION = "retention"
_PERIOD = timedelta(days=1)
_READ_AT_ONCE = 1_000
_DELETED_AT_ONCE = 100
_PAUSE_SECONDS = 0.02


def retention_job(accounts: Accounts, commits: Commits, has: Callable[[str], bool] = lambda _: True) -> Job:
    """The job: the same deletions that `DELETE /v1/conversations/{id}` makes, some at a time.

    Args:
        accounts: know how long each company keeps its conversations.
        commits: reads and deletes them.
        has: whether a company is this process's, now.
    """

    def run(now: datetime, progress: Progress) -> None:
        done, parts = 0, SeparateParts()
        for company in accounts.companies(with_gone=True):
            if company.retention_days is None or not has(company.id):
                continue
            with parts.part(company_id=company.id):
                deleted = _delete_old(company, company.retention_days, now, done, progress)
                done += deleted
                if deleted:
                    log.info("retention", company_id=company.id, deleted=deleted)
        parts.end()

    def _delete_old(company: Company, days: int, now: datetime, before: int, progress: Progress) -> int:
        limit = microseconds(now - timedelta(days=days))
        done = 0
        while keys := _old(company, limit):
            for at in range(0, len(keys), _DELETED_AT_ONCE):
                progress.at(before + done)
                part = [deletion_of(*key, now) for key in keys[at : at + _DELETED_AT_ONCE]]
                commits.submit(company.id, part).result()
                done += len(part)
                progress.pause(_PAUSE_SECONDS)  # others' events and questions go first
        progress.at(before + done)
        return done

    def _old(company: Company, limit: int) -> Sequence[tuple[str, str]]:
        chatbots = [each.id for each in accounts.chatbots(company.id, with_gone=True)]
        return commits.snapshots.read(
            company.id, lambda reader: conversations_before(reader, chatbots, limit, _READ_AT_ONCE)
        )

    return Job(
        RETENTION,
        "Deletes conversations that are older than the company's `retention_days`.",
        run,
        _PERIOD,
        Once.PER_STORE,
    )
