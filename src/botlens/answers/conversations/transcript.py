"""One conversation, message by message. Metadata never gets here: the store does not even read it."""

from collections.abc import Iterable
from typing import Any

from botlens.answers.conversations.messages import messages_of, vote_word
from botlens.answers.conversations.shape import FACTS, ON_TOP
from botlens.events.record import Record
from botlens.metrics.conversation import ConversationState
from botlens.moments import iso
from botlens.store.conversations import ConversationRow


def transcript(row: ConversationRow, state: ConversationState, threshold: float) -> dict[str, Any]:
    """The transcript of a conversation.

    Args:
        row: what is known of it.
        state: its winning records, with texts.
        threshold: below which a score of its chatbot's answers counts as unanswered.
    """
    started = _has_started(state)
    rating = state.rating
    return {
        **{name: getattr(row, name) for name in ON_TOP},
        "started_at": iso(row.started_at) if started else None,
        "ended_at": iso(row.ended_at) if started else None,
        "test": row.test,
        "counted": row.counted,
        "messages": [_message(each) for each in messages_of(state, threshold)],
        "rating": None if rating is None else {"score": row.rating, "created_at": iso(rating.created_at)},
        "handoffs": [
            {"created_at": iso(each.created_at), "reason": each.content or None}
            for each in _by_time(state.handoffs.values())
        ],
        "outcomes": [
            {"name": each.content, "value": each.value, "created_at": iso(each.created_at)}
            for each in _by_time(state.outcomes.values())
        ],
        "feedback_on_unknown_messages": [
            {"message_id": vote.event_id, **_vote(vote)}
            for vote in _by_time(state.votes.values())
            if vote.event_id not in state.messages
        ],
        "facts": {name: getattr(row, name) for name in FACTS},
    }


def _message(message: dict[str, Any]) -> dict[str, Any]:
    vote = message["feedback"]
    return message | {
        "created_at": iso(message["created_at"]),
        "feedback": None if vote is None else _vote(vote),
    }


def _has_started(state: ConversationState) -> bool:
    return bool(state.messages) or (state.header is not None and state.header.created_at is not None)


def _vote(vote: Record) -> dict[str, Any]:
    return {
        "value": vote_word(vote),
        "comment": vote.content or None,
        "created_at": iso(vote.created_at),
    }


def _by_time(records: Iterable[Record]) -> list[Record]:
    return sorted(records, key=lambda each: (each.created_at or 0, each.content))
