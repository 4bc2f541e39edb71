"""An accepted event as one flat record: what the journal writes, the store keeps and the facts are made of.

`kind` and `event_id` name the event inside its conversation, `rank` decides between two records of one
name, `arrival` between two of one rank. For messages and conversations the rank is the revision. For votes
and ratings it is their time, then the worse one, and their revision takes `precedence` over it; for outcomes
the higher value: so that the answer never depends on the order in which they came. The store keeps records
apart by name, rank and precedence, and of those that share all three the latest arrival: the same rule.

What was said can be taken back: a deletion bears the name of what it is of, and its rank is its revision.
"""

import struct
from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct

from botlens.events.language import canonical
from botlens.events.question import normal_form
from botlens.events.types import (
    Conversation,
    Deletion,
    Event,
    Feedback,
    Handoff,
    Message,
    Outcome,
    Rating,
)
from botlens.moments import EPOCH, MICROSECOND, microseconds

CONVERSATION, MESSAGE, FEEDBACK, RATING, HANDOFF, OUTCOME = 1, 2, 3, 4, 5, 6
DELETION, MESSAGE_DELETION, FEEDBACK_DELETION, RATING_DELETION = 7, 8, 9, 10
TAKEN_BACK_BY = {MESSAGE_DELETION: MESSAGE, FEEDBACK_DELETION: FEEDBACK, RATING_DELETION: RATING}
"""What a deletion is of, by its kind. `DELETION` itself is of a whole conversation, and final."""

NO_ROLE, USER, ASSISTANT, AGENT, SYSTEM = 0, 1, 2, 3, 4
ROLES = {"": NO_ROLE, "user": USER, "assistant": ASSISTANT, "agent": AGENT, "system": SYSTEM}

DEGREES = 8
"""Room in a rank for how bad a vote or rating is, below its time."""

_json = msgspec.json.Encoder().encode

MOST_RECORDS = 1_000_000
"""Of one conversation: messages, votes, handoffs and outcomes."""


class Record(Struct, omit_defaults=True, gc=False):
    """One event, flat. Times are microseconds since 1970 in UTC; "" and None stand for what was not sent.

    Each field is a column of the store (see `store.schema`) and a name in the journal's lines. A new one
    comes at the end and has a default, which is what older lines and rows say.
    """

    chatbot_id: str
    conversation_id: str
    kind: int
    event_id: str
    rank: int
    arrival: int
    created_at: int | None
    sequence: int = 0
    role: int = NO_ROLE
    content: str = ""
    question: str = ""
    confidence: float | None = None
    fallback: bool = False
    latency_ms: float | None = None
    session_id: str = ""
    language: str = ""
    channel: str = ""
    test: bool = False
    value: float | None = None
    metadata: str = ""
    precedence: int = 0

    @property
    def revision(self) -> int:
        """As it was sent: what decides whether a deletion takes it back, and which of two deletions lasts."""
        is_ranked_by_it = self.kind in (MESSAGE, CONVERSATION) or self.kind in TAKEN_BACK_BY
        return self.rank if is_ranked_by_it else self.precedence

    def interpret(self) -> "Record":
        """Make anew, of what was sent, what an older botlens may have made otherwise; returns itself.

        For records that are read back: what facts are derived from is then by the rules of this version.
        """
        if self.kind == MESSAGE and self.role == USER:
            self.question = normal_form(self.content)
        if self.language:
            self.language = canonical(self.language)
        return self

    def forget_texts(self) -> None:
        """Drop what no facts are derived from, once it is written down: this stays in memory."""
        if self.metadata:
            self.metadata = ""
        if self.kind == MESSAGE and self.role != USER:
            self.content = ""


def _metadata(value: dict[str, Any] | None) -> str:
    return _json(value).decode() if value else ""


def _message(e: Message) -> Record:
    # By position what was always there: names would cost each event 0.7 us. New fields by name.
    return Record(
        e.chatbot_id,
        e.conversation_id,
        MESSAGE,
        e.id,
        e.revision or 0,
        0,
        (e.created_at - EPOCH) // MICROSECOND,
        e.sequence or 0,
        ROLES[e.role],
        e.content,
        normal_form(e.content) if e.role == "user" else "",
        e.confidence_score,
        e.fallback or False,
        e.latency_ms,
        e.session_id or "",
        canonical(e.language) if e.language else "",
        e.channel or "",
        metadata=_metadata(e.metadata) if e.metadata else "",
    )


def _conversation(e: Conversation) -> Record:
    return Record(
        e.chatbot_id,
        e.id,
        CONVERSATION,
        "",
        e.revision or 0,
        0,
        None if e.created_at is None else microseconds(e.created_at),
        session_id=e.session_id or "",
        language=canonical(e.language) if e.language else "",
        channel=e.channel or "",
        test=e.test or False,
        metadata=_metadata(e.metadata),
    )


def _feedback(e: Feedback) -> Record:
    at = microseconds(e.created_at)
    positive = e.value == "positive"
    return Record(
        e.chatbot_id,
        e.conversation_id,
        FEEDBACK,
        e.message_id,
        at * DEGREES + (not positive),
        0,
        at,
        content=e.comment or "",
        value=1.0 if positive else -1.0,
        precedence=e.revision or 0,
    )


def _rating(e: Rating) -> Record:
    at = microseconds(e.created_at)
    rank = at * DEGREES + 5 - e.score
    return Record(
        e.chatbot_id,
        e.conversation_id,
        RATING,
        "",
        rank,
        0,
        at,
        value=float(e.score),
        precedence=e.revision or 0,
    )


def _handoff(e: Handoff) -> Record:
    at = microseconds(e.created_at)
    return Record(e.chatbot_id, e.conversation_id, HANDOFF, str(at), 0, 0, at, content=e.reason or "")


def _outcome(e: Outcome) -> Record:
    at = microseconds(e.created_at)
    name, rank = f"{at}:{e.name}", _rank_of_value(e.value)
    return Record(e.chatbot_id, e.conversation_id, OUTCOME, name, rank, 0, at, content=e.name, value=e.value)


def _rank_of_value(value: float | None) -> int:
    """A whole number that orders as the values do, and none before all of them."""
    if value is None:
        return -(2**63)
    (bits,) = struct.unpack(">q", struct.pack(">d", value + 0.0))
    return int(bits) if bits >= 0 else -(2**63) - int(bits)


_DELETION_KINDS = {
    "message": MESSAGE_DELETION,
    "feedback": FEEDBACK_DELETION,
    "rating": RATING_DELETION,
}


def _deletion(e: Deletion) -> Record:
    if e.of == "conversation":
        return deletion_of(e.chatbot_id, e.conversation_id, e.created_at)
    kind, name = _DELETION_KINDS[e.of], e.message_id or ""
    at = microseconds(e.created_at)
    return Record(e.chatbot_id, e.conversation_id, kind, name, e.revision or 0, 0, at)


_MAKERS: dict[type[Struct], Any] = {
    Message: _message,
    Conversation: _conversation,
    Feedback: _feedback,
    Rating: _rating,
    Handoff: _handoff,
    Outcome: _outcome,
    Deletion: _deletion,
}


def record_of(event: Event) -> Record:
    """The record of an accepted event; its `arrival` is still 0 and is set when it is committed."""
    record: Record = _MAKERS[type(event)](event)
    return record


def deletion_of(chatbot_id: str, conversation_id: str, at: datetime) -> Record:
    """The record that a conversation was deleted. It wins over all others of it, whenever they come."""
    return Record(chatbot_id, conversation_id, DELETION, "", 0, 0, microseconds(at))
