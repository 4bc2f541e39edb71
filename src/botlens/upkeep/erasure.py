"""The job that erases what was deleted: chatbots and companies, with all that any room keeps of them."""

from datetime import datetime, timedelta

import structlog

from botlens.commit.port import Commits
from botlens.jobs.job import Job, Once, Parts, Progress
from botlens.tenants.accounts import Accounts

log = structlog.get_logger(__name__)

ERASURE = "erasure"
_PERIOD = timedelta(minutes=1)


def erasure_job(accounts: Accounts, commits: Commits) -> Job:
    """The job.

    What was deleted is unknown from the moment of its deletion. It stays among the `erasures` of the accounts
    until nothing is left of it, so a process that dies goes on at the next start.

    Args:
        accounts: remember what is to be erased.
        commits: erases it.
    """

    def run(_: datetime, progress: Progress) -> None:
        erasures, parts = accounts.erasures(), Parts()
        for done, each in enumerate(erasures):
            progress.at(done, len(erasures))
            with parts.part(company_id=each.company_id, chatbot_id=each.chatbot_id):
                commits.erase(each.company_id, each.chatbot_id, progress.pause)
                accounts.finish_erasure(each)
                log.info("erased", company_id=each.company_id, chatbot_id=each.chatbot_id)
        parts.end()
        progress.at(len(erasures), len(erasures))

    return Job(ERASURE, "Erases the events of deleted chatbots and companies.", run, _PERIOD, Once.PER_STORE)
