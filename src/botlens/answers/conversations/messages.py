"""The messages of a conversation as they were said and as they count."""

from collections.abc import Iterator
from typing import NamedTuple

from botlens.events.record import ROLES, Record
from botlens.metrics.facts import ConversationState, is_unanswered

_ROLE = {number: name for name, number in ROLES.items()}


class SpokenMessage(NamedTuple):
    """One message. `created_at` in microseconds since 1970, UTC; `latency_ms` is what the bot said itself."""

    id: str
    role: str
    content: str
    created_at: int
    confidence_score: float | None
    fallback: bool
    unanswered: bool
    latency_ms: float | None
    vote: Record | None
    revision: int


def messages_of(state: ConversationState, threshold: float) -> Iterator[SpokenMessage]:
    """The winning messages in order; answers count as unanswered below the threshold."""
    for message in state.in_order():
        yield SpokenMessage(
            message.event_id,
            _ROLE[message.role],
            message.content,
            message.created_at or 0,
            message.confidence,
            message.fallback,
            is_unanswered(message, threshold),
            message.latency_ms,
            state.votes.get(message.event_id),
            message.rank,
        )


def vote_word(vote: Record) -> str:
    """`positive` or `negative`."""
    return "positive" if vote.value == 1.0 else "negative"
