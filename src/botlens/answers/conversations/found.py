"""Where in the texts of a conversation something was said, as an answer tells it.

Characters are counted as code points of the text, from 0, as the store and Python count them: in JavaScript,
`[...text]` is in code points, `text.slice` is not.
"""

from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any

from typing_extensions import TypedDict

from botlens.answers.conversations.listing import ConversationKey
from botlens.query.sought import Sought
from botlens.store.reading import CompanyReader
from botlens.store.searching import said_in

_MESSAGES = 3
_PLACES = 20
_BESIDE = 60
"""Characters of the text that a snippet shows on each side of the first place."""


class FoundPlace(TypedDict):
    """A place in a text: its first character, counted from 0, and how many; in code points."""

    start: int
    length: int


class FoundMessage(TypedDict):
    """A message that was found: its places (the first 20), and a piece of its text around the first one.

    `snippet_start` is the place of the snippet's first character in the text.
    """

    message_id: str
    role: str
    places: list[FoundPlace]
    snippet: str
    snippet_start: int


class FoundTexts(TypedDict):
    """What was found in a conversation: in how many messages, and the first three of these."""

    messages: int
    first: list[FoundMessage]


def texts_found(
    reader: CompanyReader, keys: Sequence[ConversationKey], sought: Sought
) -> Mapping[ConversationKey, FoundTexts]:
    """Of some conversations, where something was said."""
    said = said_in(reader, keys, sought, _MESSAGES) if keys else {}
    return {
        key: {
            "messages": messages[0].messages,
            "first": [_found(each.message_id, each.role, each.content, sought) for each in messages],
        }
        for key, messages in said.items()
    }


def found_among(messages: Sequence[Mapping[str, Any]], sought: Sought) -> list[FoundMessage]:
    """The messages of a transcript in which something was said."""
    return [
        _found(each["id"], each["role"], each["content"], sought)
        for each in messages
        if sought.is_in(each["content"])
    ]


def _found(message_id: str, role: str, content: str, sought: Sought) -> FoundMessage:
    places: list[FoundPlace] = [
        {"start": start, "length": length} for start, length in islice(sought.places(content), _PLACES)
    ]
    first = places[0] if places else FoundPlace(start=0, length=0)
    start = max(first["start"] - _BESIDE, 0)
    return {
        "message_id": message_id,
        "role": role,
        "places": places,
        "snippet": content[start : first["start"] + first["length"] + _BESIDE],
        "snippet_start": start,
    }
