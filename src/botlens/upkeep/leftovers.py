"""The job that erases again what was deleted and has been written since, by a node taken for dead."""

from collections.abc import Callable
from datetime import datetime, timedelta

import structlog

from botlens.jobs.job import Job, Progress, SeparateParts
from botlens.store.connection import ClickHouse
from botlens.store.leftovers import erase_leftovers
from botlens.tenants.accounts import Accounts

log = structlog.get_logger(__name__)

LEFTOVERS = "leftovers"
_PERIOD = timedelta(hours=1)


def leftovers_job(
    accounts: Accounts, shard_of: Callable[[str], ClickHouse], is_new: Callable[[str], bool]
) -> Job:
    """The job, for a node of a cluster.

    Args:
        accounts: know the companies.
        shard_of: where each has its events.
        is_new: whether this process has a company, and lately has got it: from one that may not know yet.
    """

    def run(_: datetime, progress: Progress) -> None:
        companies = [each for each in accounts.companies(with_gone=True) if is_new(each.id)]
        parts = SeparateParts()
        for done, company in enumerate(companies):
            progress.at(done, len(companies))
            with parts.part(company_id=company.id):
                if found := erase_leftovers(shard_of(company.id), company.id):
                    log.info("erased_again", company_id=company.id, conversations=found)
        parts.end()
        progress.at(len(companies), len(companies))

    return Job(LEFTOVERS, "Erases again what a node wrote that was taken for dead.", run, _PERIOD)
