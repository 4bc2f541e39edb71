"""The settings of chatbots: in the accounts, and in what was counted by them.

Neither side knows the other: the accounts nothing of numbers, the commits nothing of accounts. So the one
change that touches both has its place here, above the two.
"""

from collections.abc import Callable, Mapping
from typing import Any

from botlens.commit.port import Commits
from botlens.tenants.accounts import Accounts
from botlens.tenants.values import Chatbot


class ChatbotSettings:
    """Changes what a company says of its chatbots.

    Args:
        accounts: keep the settings.
        commits: make the facts anew that depend on them.
    """

    def __init__(self, accounts: Accounts, commits: Commits) -> None:
        self._accounts = accounts
        self._commits = commits

    def put(
        self,
        company_id: str,
        chatbot_id: str,
        *,
        changed: Callable[[Chatbot], object] = lambda _: None,
        **changes: Any,
    ) -> tuple[Chatbot, bool]:
        """Create or update a chatbot (see `Accounts.put_chatbot`); a new threshold recounts its answers.

        Args:
            company_id: whose.
            chatbot_id: which.
            changed: called with the chatbot once its settings are the new ones, before answers are recounted.
            changes: of its settings.

        Raises:
            BotlensError: its answers could not be recounted now, or what `Accounts.put_chatbot` raises. Where
                the threshold is the new one by then, they are recounted as soon as possible.
        """

        def change() -> tuple[Chatbot, bool]:
            chatbot, created = self._accounts.put_chatbot(company_id, chatbot_id, **changes)
            changed(chatbot)
            return chatbot, created

        threshold = changes.get("confidence_threshold")
        before = None if threshold is None else self._accounts.chatbot(company_id, chatbot_id)
        if before is not None:
            if self._must_recount(before, company_id, threshold):
                return self._commits.recounted(company_id, chatbot_id, change)
            del changes["confidence_threshold"]  # it is that: by now somebody may make it another one
        return change()

    def recounts(self, company_id: str, chatbot_id: str, changes: Mapping[str, Any]) -> bool:
        """Whether such changes of a chatbot recount its answers, which may take long."""
        before = self._accounts.chatbot(company_id, chatbot_id)
        threshold = changes.get("confidence_threshold")
        if before is None or threshold is None:
            return False
        return self._must_recount(before, company_id, threshold)

    def _must_recount(self, before: Chatbot, company_id: str, threshold: object) -> bool:
        # Whoever sends it again, as it failed or they did not wait, must not hear that it is done already.
        return threshold != before.confidence_threshold or self._commits.is_stale(company_id, before.id)
