"""The messages of a conversation as they were said and as they count.

`TranscriptMessage` declares them once: transcripts give it as it is, its description is made of it, and so
are the columns of exports.
"""

from collections.abc import Iterator
from typing import Any

from typing_extensions import TypedDict

from botlens.events.record import ROLES, Record
from botlens.metrics.conversation import ConversationState
from botlens.metrics.facts import is_unanswered

_ROLE = {number: name for name, number in ROLES.items()}


class Vote(TypedDict):
    """The vote on a message."""

    value: str
    comment: str | None
    created_at: str


class TranscriptMessage(TypedDict):
    """One message as it was said, and whether it counts as unanswered."""

    id: str
    role: str
    content: str
    created_at: str
    confidence_score: float | None
    fallback: bool
    unanswered: bool
    latency_ms: float | None
    feedback: Vote | None
    revision: int


def messages_of(state: ConversationState, threshold: float) -> Iterator[dict[str, Any]]:
    """The winning messages in order; answers count as unanswered below the threshold.

    Each has the fields of `TranscriptMessage`, but `created_at` in microseconds since 1970, and as `feedback`
    the record of the vote.
    """
    for message in state.in_order():
        yield {
            "id": message.event_id,
            "role": _ROLE[message.role],
            "content": message.content,
            "created_at": message.created_at or 0,
            "confidence_score": message.confidence,
            "fallback": message.fallback,
            "unanswered": is_unanswered(message, threshold),
            "latency_ms": message.latency_ms,
            "feedback": state.votes.get(message.event_id),
            "revision": message.rank,
        }


def vote_word(vote: Record) -> str:
    """`positive` or `negative`."""
    return "positive" if vote.value == 1.0 else "negative"
