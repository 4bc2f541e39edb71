"""What counts of a chatbot by name, of all that came with a revision: to be compared with its source.

What has none was not said by a source that is followed, and is nothing to compare.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

from botlens.events.record import Record
from botlens.store.raw_events import load_states
from botlens.store.reading import CompanyReader, events


@dataclass(frozen=True, slots=True)
class SaidNames:
    """What counts of a chatbot, by name.

    Attributes:
        conversations: those that anything was said of, but for those that were deleted.
        deleted: the latter.
        messages: see `said_messages`.
        signals: see `said_signals`.
    """

    conversations: frozenset[str]
    deleted: frozenset[str]
    messages: pa.Table
    signals: pa.Table


@dataclass(frozen=True, slots=True)
class SaidRecords:
    """What counts of a conversation: messages and votes by the ids of messages."""

    header: Record | None
    messages: Mapping[str, Record]
    votes: Mapping[str, Record]
    rating: Record | None


# A deletion takes back what is of its revision or below. Of messages the rank is the revision, of votes and
# ratings it is what comes before the rank. What was not deleted has 0 for the revision of its deletion.
_MESSAGES = """
SELECT said.conversation_id AS conversation_id, said.event_id AS event_id
FROM {messages} AS said
LEFT JOIN (
  SELECT conversation_id, event_id, max(rank) AS gone FROM {deletions} GROUP BY conversation_id, event_id
) AS deleted ON said.conversation_id = deleted.conversation_id AND said.event_id = deleted.event_id
WHERE said.rank > deleted.gone"""

_SIGNALS = """
SELECT conversation_id, event_id,
  if(maxIf(precedence, kind = 'feedback') > 0 AND maxIf(precedence, kind = 'feedback')
      >= maxIf(rank + 1, kind IN ('message_deletion', 'feedback_deletion')),
    toInt8(argMaxIf(assumeNotNull(value), (precedence, rank, arrival), kind = 'feedback')), 0) AS feedback,
  if(maxIf(precedence, kind = 'rating') > 0
      AND maxIf(precedence, kind = 'rating') >= maxIf(rank + 1, kind = 'rating_deletion'),
    toInt8(argMaxIf(assumeNotNull(value), (precedence, rank, arrival), kind = 'rating')), 0) AS rating
FROM {events}
GROUP BY conversation_id, event_id
HAVING feedback != 0 OR rating != 0"""

_CHATBOT = "chatbot_id = {chatbot_id:String}"
_NAME = ("conversation_id", "event_id", "rank")
_SIGNAL_KINDS = "kind IN ('feedback', 'rating', 'message_deletion', 'feedback_deletion', 'rating_deletion')"
_GONE = "kind = 'deletion'"


def said_names(reader: CompanyReader, chatbot_id: str) -> SaidNames:
    """All that counts of a chatbot."""
    deleted = deleted_conversations(reader, chatbot_id)
    return SaidNames(
        said_conversations(reader, chatbot_id) - deleted,
        deleted,
        said_messages(reader, chatbot_id),
        said_signals(reader, chatbot_id),
    )


def said_messages(reader: CompanyReader, chatbot_id: str) -> pa.Table:
    """The messages of a chatbot that count, by `conversation_id` and `event_id`. In no order, some twice.

    Those of deleted conversations are among them, see `deleted_conversations`.
    """
    statement = _MESSAGES.format(
        messages=events(f"{_CHATBOT} AND kind = 'message' AND rank > 0", _NAME),
        deletions=events(f"{_CHATBOT} AND kind = 'message_deletion'", _NAME),
    )
    return reader.columns(statement, {"chatbot_id": chatbot_id})


def said_signals(reader: CompanyReader, chatbot_id: str) -> pa.Table:
    """The same of votes and ratings, each once.

    `feedback` is 1 or -1 (0 is none); without an `event_id`, `rating` is 1 to 5 (0 is none).
    """
    columns = (*_NAME, "kind", "precedence", "arrival", "value")
    statement = _SIGNALS.format(events=events(f"{_CHATBOT} AND {_SIGNAL_KINDS}", columns))
    return reader.columns(statement, {"chatbot_id": chatbot_id})


def deleted_conversations(reader: CompanyReader, chatbot_id: str) -> frozenset[str]:
    """The conversations of a chatbot that were deleted."""
    statement = (
        f"SELECT DISTINCT conversation_id FROM {events(f'{_CHATBOT} AND {_GONE}', ('conversation_id',))}"
    )
    return frozenset(row[0] for row in reader.rows(statement, {"chatbot_id": chatbot_id}))


def said_conversations(reader: CompanyReader, chatbot_id: str) -> frozenset[str]:
    """The conversations of a chatbot that anything was said of at a revision; deleted ones as well."""
    said = f"{_CHATBOT} AND kind IN ('conversation', 'message') AND rank > 0"
    statement = f"SELECT DISTINCT conversation_id FROM {events(said, ('conversation_id',))}"
    return frozenset(row[0] for row in reader.rows(statement, {"chatbot_id": chatbot_id}))


def said_records(
    reader: CompanyReader, keys: Sequence[tuple[str, str]]
) -> dict[tuple[str, str], SaidRecords]:
    """What counts of some conversations (chatbot id, conversation id), with all texts."""
    return {
        key: SaidRecords(state.header, dict(state.messages), dict(state.votes), state.rating)
        for key, state in load_states(reader, keys, texts=True).items()
    }
