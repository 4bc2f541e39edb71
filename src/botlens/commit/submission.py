"""Records that were submitted: whose they are, and the future that gets the result."""

from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass

from botlens.commit.thresholds import Thresholds
from botlens.errors import BotlensError, OverloadedError
from botlens.events.record import Record

Names = frozenset[tuple[str, str]]
"""(chatbot id, conversation id) of one company."""

Refused = tuple[int, ...]
"""The places of records, among those that were submitted, that were not kept: see `Commits.submit`."""


@dataclass(slots=True)
class Submission:
    """Records of one company; `done` when they are durable and counted."""

    company_id: str
    records: Sequence[Record]
    done: "Future[Refused]"
    thresholds: Thresholds
    """Of the company's chatbots, asked for before it was submitted."""

    def names(self) -> Names:
        """The conversations that they are of."""
        return frozenset((each.chatbot_id, each.conversation_id) for each in self.records)


def refused_places(beyond: Sequence[Record], records: Sequence[Record]) -> Refused:
    """Which of some records are among those that were not kept."""
    refused = set(map(id, beyond))
    return tuple(place for place, record in enumerate(records) if id(record) in refused)


def merged(submissions: Sequence[Submission]) -> dict[str, list[Record]]:
    """The records by company, each in the order of arrival."""
    batches: dict[str, list[Record]] = {}
    for each in submissions:
        batches.setdefault(each.company_id, []).extend(each.records)
    return batches


def thresholds_of(submissions: Sequence[Submission]) -> dict[str, Thresholds]:
    """The thresholds by company that came with the records."""
    found: dict[str, Thresholds] = {}
    for each in submissions:
        before = found.get(each.company_id)
        found[each.company_id] = each.thresholds if before is None else before.joined(each.thresholds)
    return found


def not_kept(error: BaseException) -> BotlensError:
    """The error for whoever submitted records that could not be committed."""
    if isinstance(error, BotlensError) and error.status == OverloadedError.status:
        return error
    return OverloadedError("The events could not be written; nothing of them was kept. Send them again.")
