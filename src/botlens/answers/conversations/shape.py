"""How a conversation reads in an answer: the same in lists, transcripts and exports."""

from operator import attrgetter
from typing import Any

from typing_extensions import TypedDict

from botlens.moments import iso
from botlens.store.conversations import ConversationRow


class ListedConversation(TypedDict):
    """A conversation in a list. Times are UTC; null is what is not known."""

    conversation_id: str
    chatbot_id: str
    started_at: str
    ended_at: str
    session_id: str | None
    language: str
    channel: str | None
    messages: int
    questions: int
    answers: int
    unanswered: int
    rating: int | None
    positive_feedback: int
    negative_feedback: int
    handoff: bool
    human: bool
    engaged: bool
    abandoned: bool
    confirmed: bool
    outcomes: list[str]
    first_question: str | None


class TranscriptFacts(TypedDict):
    """What is counted of the conversation; the same as in a list."""

    messages: int
    questions: int
    answers: int
    unanswered: int
    positive_feedback: int
    negative_feedback: int
    handoff: bool
    human: bool
    engaged: bool
    abandoned: bool
    confirmed: bool
    first_question: str | None


LISTED = tuple(ListedConversation.__annotations__)
"""The fields of a conversation in a list and in an export, in their order."""

listed_values = attrgetter(*LISTED)
"""The values of those fields of a `ConversationRow`; moments as they are, microseconds since 1970."""

_moments = (LISTED.index("started_at"), LISTED.index("ended_at"))


def listed(row: ConversationRow) -> dict[str, Any]:
    """A conversation as a list shows it."""
    values = list(listed_values(row))
    for place in _moments:
        values[place] = iso(values[place])
    return dict(zip(LISTED, values, strict=True))
