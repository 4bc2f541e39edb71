"""Records of chatbots that were deleted after the records were accepted, and before they were committed."""

from collections.abc import Mapping, Sequence

from botlens.commit.room.batches import Batches
from botlens.commit.thresholds import Thresholds
from botlens.events.record import Record


class DeletedChatbots:
    """Chatbots and companies that were deleted since the start, or before it and are not erased yet.

    For those who hold the lock of the ledger.
    """

    def __init__(self) -> None:
        self._deleted: dict[str, set[str] | None] = {}
        """Chatbots by company id; None is all of them."""

    def add(self, company_id: str, chatbot_id: str | None) -> None:
        """Refuse all records of a chatbot, or of a company, until it is created again."""
        known = self._deleted.get(company_id, set())
        self._deleted[company_id] = None if chatbot_id is None or known is None else known | {chatbot_id}

    def without(self, batches: Batches, thresholds: Mapping[str, Thresholds]) -> Batches:
        """The batches without records of what was deleted.

        Args:
            batches: what is to be committed.
            thresholds: current ones, which name the chatbots that exist: one that was created again is kept.
        """
        if self._deleted.keys().isdisjoint(batches):  # nearly always
            return batches
        return {
            company_id: self._kept(company_id, records, thresholds[company_id])
            for company_id, records in batches.items()
        }

    def _kept(self, company_id: str, records: Sequence[Record], known: Thresholds) -> Sequence[Record]:
        deleted = self._deleted.get(company_id, set())
        return [
            each
            for each in records
            if each.chatbot_id in known.by_chatbot or (deleted is not None and each.chatbot_id not in deleted)
        ]
