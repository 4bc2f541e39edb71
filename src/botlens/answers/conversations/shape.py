"""How a conversation reads in an answer: the same in lists, transcripts and exports."""

from datetime import UTC, datetime, timedelta
from operator import attrgetter
from typing import Any

from botlens.store.conversations import ConversationRow

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

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


def instant(microseconds: int) -> datetime:
    """The aware time of microseconds since 1970."""
    return _EPOCH + timedelta(microseconds=microseconds)


def moment(microseconds: int | None) -> str | None:
    """ISO 8601 in UTC with a Z, to the microsecond."""
    if microseconds is None:
        return None
    return instant(microseconds).isoformat(timespec="microseconds").replace("+00:00", "Z")


def listed(row: ConversationRow) -> dict[str, Any]:
    """A conversation as a list shows it."""
    values = list(listed_values(row))
    for place in _moments:
        values[place] = moment(values[place])
    return dict(zip(LISTED, values, strict=True))
