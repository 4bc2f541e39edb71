"""The shapes of lists of conversations and of transcripts, for OpenAPI (and so for the web page's types)."""

from dataclasses import dataclass
from typing import NotRequired

from typing_extensions import TypedDict

from botlens.answers.conversations.found import FoundMessage, FoundTexts
from botlens.answers.conversations.messages import TranscriptMessage, Vote
from botlens.answers.conversations.shape import TranscriptFacts
from botlens.query.shapes import Edges
from botlens.store.conversations import ListedConversation


class ListMeta(TypedDict):
    """What a list is about.

    `searched_from` is there with `search`: conversations that started at that moment (RFC 3339, UTC) or later
    were looked through; null: all of the window were.
    """

    timezone: str
    window: Edges
    searched_from: NotRequired[str | None]


@dataclass(frozen=True, slots=True)
class FoundConversation(ListedConversation):
    """A conversation in a list; with `search`, where in its texts that was found."""

    found: FoundTexts | None = None


class ConversationId(TypedDict):
    """Which conversation."""

    chatbot_id: str
    conversation_id: str


class PositionShape(TypedDict):
    """Where a conversation stands in a list: its number, from 1, and those right before and after it."""

    number: int
    previous: ConversationId | None
    next: ConversationId | None


class ConversationList(TypedDict):
    """A page of a list.

    `next` is the `cursor` of the following page, null on the last; `previous` of the one before, null on the
    first.
    """

    conversations: list[FoundConversation]
    total: int
    previous: str | None
    next: str | None
    position: NotRequired[PositionShape]
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
    found: NotRequired[list[FoundMessage]]
