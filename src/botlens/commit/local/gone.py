"""What comes for chatbots that were deleted while it was on its way: it was taken in when they existed."""

from collections.abc import Mapping, Sequence

from botlens.commit.local.batches import Batches
from botlens.commit.thresholds import Thresholds
from botlens.events.record import Record


class Gone:
    """Chatbots and companies that were deleted since the start, or before it and are not erased yet.

    For those who hold the lock of the ledger.
    """

    def __init__(self) -> None:
        self._gone: dict[str, set[str] | None] = {}
        """Chatbots by company id; None is all of them."""

    def add(self, company_id: str, chatbot_id: str | None) -> None:
        """Have nothing committed any more of a chatbot, or of a company, while it does not exist."""
        known = self._gone.get(company_id, set())
        self._gone[company_id] = None if chatbot_id is None or known is None else known | {chatbot_id}

    def without(self, batches: Batches, thresholds: Mapping[str, Thresholds]) -> Batches:
        """The batches without records of what is gone.

        Args:
            batches: what is to be committed.
            thresholds: current ones, which say what exists: one that was created anew is not gone any more.
        """
        if self._gone.keys().isdisjoint(batches):  # nearly always
            return batches
        return {
            company_id: self._kept(company_id, records, thresholds[company_id])
            for company_id, records in batches.items()
        }

    def _kept(self, company_id: str, records: Sequence[Record], known: Thresholds) -> Sequence[Record]:
        gone = self._gone.get(company_id, set())
        return [
            each
            for each in records
            if each.chatbot_id in known.by_chatbot or (gone is not None and each.chatbot_id not in gone)
        ]
