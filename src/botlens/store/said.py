"""What counts of a chatbot by name, of all that came with a revision: to be compared with its source.

What has none was not said by a source that is followed, and is nothing to compare.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from botlens.events.record import Record
from botlens.store.raw_events import load_states
from botlens.store.reading import CompanyReader, events

_AT_ONCE = 65_536


@dataclass(frozen=True, slots=True)
class SaidName:
    """A message with the vote on it, as far as either counts; or, without a message's id, a rating.

    `vote` is 1 or -1, `rating` 1 to 5; 0 is none.
    """

    conversation_id: str
    message_id: str
    is_message: bool
    vote: int = 0
    rating: int = 0


@dataclass(frozen=True, slots=True)
class SaidRecords:
    """What counts of a conversation: messages and votes by the ids of messages."""

    header: Record | None
    messages: Mapping[str, Record]
    votes: Mapping[str, Record]
    rating: Record | None


# A deletion takes back what is of its revision or below. Of messages the rank is the revision, of votes and
# ratings it is what comes before the rank.
_NAMES = """
SELECT conversation_id, event_id,
  maxIf(rank, kind = 'message') > 0
    AND maxIf(rank, kind = 'message') >= maxIf(rank + 1, kind = 'message_deletion'),
  if(maxIf(precedence, kind = 'feedback') > 0 AND maxIf(precedence, kind = 'feedback')
      >= maxIf(rank + 1, kind IN ('message_deletion', 'feedback_deletion')),
    toInt8(argMaxIf(assumeNotNull(value), (precedence, rank, arrival), kind = 'feedback')), 0),
  if(maxIf(precedence, kind = 'rating') > 0
      AND maxIf(precedence, kind = 'rating') >= maxIf(rank + 1, kind = 'rating_deletion'),
    toInt8(argMaxIf(assumeNotNull(value), (precedence, rank, arrival), kind = 'rating')), 0)
FROM {events}
GROUP BY conversation_id, event_id
SETTINGS max_block_size = {rows}"""

_CHATBOT = "chatbot_id = {chatbot_id:String}"
_KINDS = (
    "kind IN ('message', 'feedback', 'rating', 'message_deletion', 'feedback_deletion', 'rating_deletion')"
)
_GONE = "kind = 'deletion'"


def said_names(reader: CompanyReader, chatbot_id: str) -> Iterator[list[SaidName]]:
    """All that counts of a chatbot: its messages and votes, and its ratings. In no order; some at a time."""
    columns = ("conversation_id", "event_id", "kind", "rank", "precedence", "arrival", "value")
    gone = deleted_conversations(reader, chatbot_id)
    statement = _NAMES.format(events=events(f"{_CHATBOT} AND {_KINDS}", columns), rows=_AT_ONCE)
    for block in reader.blocks(statement, {"chatbot_id": chatbot_id}):
        found = [SaidName(row[0], row[1], bool(row[2]), int(row[3]), int(row[4])) for row in block]
        yield [
            each
            for each in found
            if (each.is_message or each.vote or each.rating) and each.conversation_id not in gone
        ]


def deleted_conversations(reader: CompanyReader, chatbot_id: str) -> frozenset[str]:
    """The conversations of a chatbot that were deleted."""
    statement = (
        f"SELECT DISTINCT conversation_id FROM {events(f'{_CHATBOT} AND {_GONE}', ('conversation_id',))}"
    )
    return frozenset(row[0] for row in reader.rows(statement, {"chatbot_id": chatbot_id}))


def said_conversations(reader: CompanyReader, chatbot_id: str) -> Sequence[str]:
    """The conversations of a chatbot that anything was said of, at a revision, and that were not deleted."""
    gone = deleted_conversations(reader, chatbot_id)
    said = f"{_CHATBOT} AND kind IN ('conversation', 'message') AND rank > 0"
    statement = f"SELECT DISTINCT conversation_id FROM {events(said, ('conversation_id',))}"
    return [row[0] for row in reader.rows(statement, {"chatbot_id": chatbot_id}) if row[0] not in gone]


def said_records(
    reader: CompanyReader, keys: Sequence[tuple[str, str]]
) -> dict[tuple[str, str], SaidRecords]:
    """What counts of some conversations (chatbot id, conversation id), with all texts."""
    return {
        key: SaidRecords(state.header, dict(state.messages), dict(state.votes), state.rating)
        for key, state in load_states(reader, keys, texts=True).items()
    }
