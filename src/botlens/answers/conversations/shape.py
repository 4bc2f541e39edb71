"""How a conversation reads in an answer: the same in lists, transcripts and exports."""

from operator import attrgetter
from typing import Any

from botlens.moments import iso
from botlens.store.conversations import ConversationRow

LISTED = (
    "conversation_id",
    "chatbot_id",
    "started_at",
    "ended_at",
    "session_id",
    "language",
    "channel",
    "messages",
    "questions",
    "answers",
    "unanswered",
    "rating",
    "positive_feedback",
    "negative_feedback",
    "handoff",
    "human",
    "engaged",
    "abandoned",
    "confirmed",
    "outcomes",
    "first_question",
)
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
