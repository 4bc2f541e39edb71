"""The shapes of lists of conversations and of transcripts, for OpenAPI (and so for the web page's types)."""

from typing_extensions import TypedDict

from botlens.answers.conversations.messages import TranscriptMessage, Vote
from botlens.answers.conversations.shape import TranscriptFacts
from botlens.query.shapes import Edges
from botlens.store.conversations import ListedConversation


class ListMeta(TypedDict):
    """What a list is about."""

    timezone: str
    window: Edges


class ConversationList(TypedDict):
    """A page of a list. `next` is the `cursor` of the following one, null on the last."""

    conversations: list[ListedConversation]
    total: int
    next: str | None
    meta: ListMeta


class VoteOnUnknown(Vote):
    """A vote on a message that never came."""

    message_id: str


class RatingShape(TypedDict):
    """The rating of a conversation."""

    score: int
    created_at: str


class HandoffShape(TypedDict):
    """A time at which the bot passed the conversation to a human."""

    created_at: str
    reason: str | None


class OutcomeShape(TypedDict):
    """A result of a conversation."""

    name: str
    value: float | None
    created_at: str


class Transcript(TypedDict):
    """One conversation. `counted` is false of a test, and of one that has not started and has no times."""

    conversation_id: str
    chatbot_id: str
    started_at: str | None
    ended_at: str | None
    session_id: str | None
    language: str
    channel: str | None
    test: bool
    counted: bool
    messages: list[TranscriptMessage]
    rating: RatingShape | None
    handoffs: list[HandoffShape]
    outcomes: list[OutcomeShape]
    feedback_on_unknown_messages: list[VoteOnUnknown]
    facts: TranscriptFacts
