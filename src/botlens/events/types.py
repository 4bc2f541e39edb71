"""The event types of `POST /v1/events`, as they come over the wire.

Every field, bound and default of the contract stands here once; `decode` turns what msgspec says about a
breach into a rejection, and the reference of the HTTP API is written from these declarations.
"""

from datetime import datetime
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

MAX_CONTENT_CHARACTERS = 100_000

Id = Annotated[str, Meta(min_length=1, max_length=128)]
Content = Annotated[str, Meta(max_length=MAX_CONTENT_CHARACTERS)]
ShortText = Annotated[str, Meta(max_length=10_000)]
Label = Annotated[str, Meta(max_length=128)]
Name = Annotated[str, Meta(min_length=1, max_length=128)]
Time = Annotated[datetime, Meta(tz=True)]
Score = Annotated[float, Meta(ge=0, le=1)]
Stars = Annotated[int, Meta(ge=1, le=5)]
Milliseconds = Annotated[float, Meta(ge=0, le=1e12)]
Whole = Annotated[int, Meta(ge=-(2**53), le=2**53)]
Revision = Annotated[int, Meta(ge=0, le=2**53)]


class Message(Struct, tag_field="type", tag="message", forbid_unknown_fields=True, gc=False):
    """One utterance. The same id again is an update: the highest `revision` wins, then the later arrival."""

    chatbot_id: Id
    conversation_id: Id
    id: Id
    role: Literal["user", "assistant", "agent", "system"]
    content: Content
    created_at: Time
    sequence: Whole | None = None
    confidence_score: Score | None = None
    fallback: bool | None = None
    latency_ms: Milliseconds | None = None
    session_id: Label | None = None
    language: Label | None = None
    channel: Label | None = None
    revision: Revision | None = None
    metadata: dict[str, Any] | None = None


class Conversation(Struct, tag_field="type", tag="conversation", forbid_unknown_fields=True, gc=False):
    """What is known of a conversation besides its messages."""

    chatbot_id: Id
    id: Id
    created_at: Time | None = None
    session_id: Label | None = None
    language: Label | None = None
    channel: Label | None = None
    test: bool | None = None
    revision: Revision | None = None
    metadata: dict[str, Any] | None = None


class Feedback(Struct, tag_field="type", tag="feedback", forbid_unknown_fields=True, gc=False):
    """One vote on one message: of the highest `revision` the latest counts."""

    chatbot_id: Id
    conversation_id: Id
    message_id: Id
    value: Literal["positive", "negative"]
    created_at: Time
    comment: ShortText | None = None
    revision: Revision | None = None


class Rating(Struct, tag_field="type", tag="rating", forbid_unknown_fields=True, gc=False):
    """1..5 on a conversation: of the highest `revision` the latest counts."""

    chatbot_id: Id
    conversation_id: Id
    score: Stars
    created_at: Time
    revision: Revision | None = None


class Handoff(Struct, tag_field="type", tag="handoff", forbid_unknown_fields=True, gc=False):
    """The bot passed the conversation to a human."""

    chatbot_id: Id
    conversation_id: Id
    created_at: Time
    reason: ShortText | None = None


class Outcome(Struct, tag_field="type", tag="outcome", forbid_unknown_fields=True, gc=False):
    """A named result of a conversation, with an optional value."""

    chatbot_id: Id
    conversation_id: Id
    name: Name
    created_at: Time
    value: Annotated[float, Meta(ge=-1e15, le=1e15)] | None = None


class Deletion(Struct, tag_field="type", tag="deletion", forbid_unknown_fields=True, gc=False):
    """A message with its vote, a vote, a rating or a whole conversation is gone.

    What has a higher `revision` stays or comes back; a conversation never does.
    """

    chatbot_id: Id
    conversation_id: Id
    of: Literal["message", "feedback", "rating", "conversation"]
    created_at: Time
    message_id: Id | None = None
    revision: Revision | None = None

    @property
    def is_of_message(self) -> bool:
        """Whether it must name a message: it is of one, or of the vote on one."""
        return self.of in ("message", "feedback")


Event = Message | Conversation | Feedback | Rating | Handoff | Outcome | Deletion
EVENT_TYPES: dict[str, type[Struct]] = {
    "message": Message,
    "conversation": Conversation,
    "feedback": Feedback,
    "rating": Rating,
    "handoff": Handoff,
    "outcome": Outcome,
    "deletion": Deletion,
}
