"""The job that erases what was deleted: chatbots and companies, with all that any room keeps of them."""

from collections.abc import Callable
from datetime import datetime, timedelta

import structlog

from botlens.commit.port import Commits
from botlens.jobs.job import Job, Once, Progress, SeparateParts
from botlens.tenants.accounts import Accounts

log = structlog.get_logger(__name__)

ERASURE = "erasure"
_PERIOD = timedelta(minutes=1)


def erasure_job(
    accounts: Accounts,
    commits: Commits,
    kept: timedelta,
    before: Callable[[str, str | None], None] = lambda *_: None,
    has: Callable[[str], bool] = lambda _: True,
) -> Job:
    """The job.

    What was deleted is unknown from the moment of its deletion. It stays among the `erasures` of the accounts
    until nothing is left of it, so a process that dies goes on at the next start. Companies take turns, those
    too that delete something while the job runs: nobody waits for all that another has deleted.

    Args:
        accounts: remember what is to be erased.
        commits: erases it.
        kept: for so long chatbots and companies stay that their source has no more.
        before: told of a company, and of a chatbot (None is all of them), before they are erased: whoever
            writes of them beside `commits` writes nothing any more when this returns.
        has: whether a company is this process's to erase, now.
    """

    def run(_: datetime, progress: Progress) -> None:
        if gone := accounts.delete_gone(kept):
            log.info("gone_from_source", deleted=gone)
        parts, tried = SeparateParts(), set[int]()
        turns: dict[str, int] = {}  # when a company had its last one
        while remaining := [
            each for each in accounts.erasures() if each.id not in tried and has(each.company_id)
        ]:
            progress.at(len(tried), len(tried) + len(remaining))
            each = min(remaining, key=lambda one: turns.get(one.company_id, 0))
            tried.add(each.id)
            turns[each.company_id] = len(tried)
            with parts.part(company_id=each.company_id, chatbot_id=each.chatbot_id):
                before(each.company_id, each.chatbot_id)
                commits.erase(each.company_id, each.chatbot_id, progress.pause)
                accounts.finish_erasure(each)
                log.info("erased", company_id=each.company_id, chatbot_id=each.chatbot_id)
        parts.end()
        progress.at(len(tried), len(tried))

    return Job(ERASURE, "Erases the events of deleted chatbots and companies.", run, _PERIOD, Once.PER_STORE)
