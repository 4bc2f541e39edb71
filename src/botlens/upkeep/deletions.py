"""Deletes chatbots and companies: unknown from now on, erased by a job."""

from botlens.jobs.runner import Runner
from botlens.tenants.accounts import Accounts
from botlens.upkeep.erasure import ERASURE


class Deletions:
    """Deletes from the accounts, and has the job erase what the store has.

    Args:
        accounts: delete it at once.
        jobs: one of them erases.
    """

    def __init__(self, accounts: Accounts, jobs: Runner) -> None:
        self._accounts = accounts
        self._jobs = jobs

    def chatbot(self, company_id: str, chatbot_id: str) -> None:
        """Delete a chatbot with all its conversations.

        Raises:
            NotFoundError: see `Accounts.delete_chatbot`.
        """
        self._accounts.delete_chatbot(company_id, chatbot_id)
        self._jobs.trigger(ERASURE)

    def company(self, company_id: str, *, wait: float = 0) -> bool:
        """Delete a company with all that it has.

        Args:
            company_id: which.
            wait: seconds to wait for the end of the job.

        Returns:
            Whether all of it is erased by now.

        Raises:
            NotFoundError: see `Accounts.delete_company`.
        """
        self._accounts.delete_company(company_id)
        return self._jobs.finish(ERASURE, wait)
