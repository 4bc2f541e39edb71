"""The job that writes down when API keys were last used."""

from datetime import datetime, timedelta

from botlens.jobs.job import Job, Progress
from botlens.tenants.accounts import Accounts

KEY_USES = "key_uses"
_PERIOD = timedelta(minutes=5)


def key_uses_job(accounts: Accounts) -> Job:
    """The job: each process writes down what it has seen."""

    def run(_: datetime, progress: Progress) -> None:
        progress.at(0)
        accounts.write_key_uses()

    return Job(KEY_USES, "Writes down when API keys were last used.", run, _PERIOD)
