"""Records of one conversation, whose times are microseconds, and its facts."""

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

from msgspec import Struct

from botlens.events.record import Record, record_of
from botlens.events.types import Conversation, Deletion, Feedback, Handoff, Message, Outcome, Rating
from botlens.metrics.conversation import ConversationState
from botlens.metrics.facts import Facts, derive

USER, ASSISTANT, AGENT, SYSTEM = "user", "assistant", "agent", "system"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
OF = {"chatbot_id": "bot", "conversation_id": "c"}
arrivals = itertools.count(1)


def arrived(event: Struct) -> Record:
    """The record of an event, with the next arrival number."""
    record = record_of(event)
    record.arrival = next(arrivals)
    return record


def time(at: int) -> datetime:
    return EPOCH + timedelta(microseconds=at)


def said(name: str, at: int, role: str = USER, *, content: str | None = None, **fields: Any) -> Record:
    text = name if content is None else content
    return arrived(Message(**OF, id=name, role=role, content=text, created_at=time(at), **fields))


def header(at: int | None = None, **fields: Any) -> Record:
    moment = None if at is None else time(at)
    return arrived(Conversation(chatbot_id="bot", id="c", created_at=moment, **fields))


def vote(message_id: str, at: int, value: str, **fields: Any) -> Record:
    return arrived(Feedback(**OF, message_id=message_id, value=value, created_at=time(at), **fields))


def rated(at: int, score: int, **fields: Any) -> Record:
    return arrived(Rating(**OF, score=score, created_at=time(at), **fields))


def gone(of: str, message_id: str | None = None, revision: int | None = None) -> Record:
    """The record that something was deleted by itself."""
    return arrived(
        Deletion(**OF, of=of, message_id=message_id, created_at=time(9), revision=revision)  # type: ignore[arg-type]
    )


def handoff(at: int, reason: str = "") -> Record:
    return arrived(Handoff(**OF, created_at=time(at), reason=reason))


def outcome(name: str, at: int, value: float | None = None) -> Record:
    return arrived(Outcome(**OF, name=name, created_at=time(at), value=value))


def facts_of(*records: Record, threshold: float = 0.2) -> Facts:
    state = ConversationState()
    for each in records:
        state.apply(each)
    return derive("bot", "c", state, threshold)
