"""How a conversation reads in an answer: the same in lists, transcripts and exports."""

from dataclasses import fields
from operator import attrgetter
from typing import TYPE_CHECKING, Any, get_type_hints

from typing_extensions import TypedDict

from botlens.moments import iso
from botlens.store.conversations import ConversationRow, ListedConversation

LISTED = tuple(each.name for each in fields(ListedConversation))
"""The fields of a conversation in a list and in an export, in their order."""

ON_TOP = ("conversation_id", "chatbot_id", "session_id", "language", "channel")
"""Those that a transcript has on top, as they are."""

_IN_FULL = ("started_at", "ended_at", "rating", "outcomes")  # by a transcript
FACTS = tuple(name for name in LISTED if name not in (*ON_TOP, *_IN_FULL))
"""Those that a transcript has among its facts: all others, and so whatever a list has in future."""

if TYPE_CHECKING:
    TranscriptFacts = dict[str, Any]
else:
    _hints = get_type_hints(ListedConversation)
    TranscriptFacts = TypedDict("TranscriptFacts", {name: _hints[name] for name in FACTS})
    TranscriptFacts.__doc__ = "What is counted of the conversation; the same as in a list."

listed_values = attrgetter(*LISTED)
"""The values of those fields of a `ConversationRow`; moments as they are, microseconds since 1970."""

_moments = (LISTED.index("started_at"), LISTED.index("ended_at"))


def listed(row: ConversationRow) -> dict[str, Any]:
    """A conversation as a list shows it."""
    values = list(listed_values(row))
    for place in _moments:
        values[place] = iso(values[place])
    return dict(zip(LISTED, values, strict=True))
