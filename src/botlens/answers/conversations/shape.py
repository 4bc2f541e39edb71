"""How a conversation reads in an answer: the same in lists, transcripts and exports."""

from dataclasses import fields
from operator import attrgetter
from typing import Any

from typing_extensions import TypedDict

from botlens.moments import iso
from botlens.store.conversations import ConversationRow, ListedConversation


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


LISTED = tuple(each.name for each in fields(ListedConversation))
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
