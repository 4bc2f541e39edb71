"""What counts of a chatbot by name, of all that came with a revision: to be compared with its source.

What has none was not said by a source that is followed, and is nothing to compare. It is read in ranges of
conversations, so that however much there is of it, a part is in memory.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from botlens.events.record import Record
from botlens.store.raw_events import conversation_sizes, load_states
from botlens.store.reading import SOME_CONVERSATIONS, CompanyReader, between, events, some_conversations


@dataclass(frozen=True, slots=True)
class SaidNames:
    """What counts of some conversations, by name.

    Attributes:
        conversations: those that anything was said of, but for the following.
        deleted: those that were deleted.
        moved_away: those of which all was taken back since they moved: `ConversationState.has_moved_away`.
        messages: see `said_messages`.
        signals: see `said_signals`.
    """

    conversations: frozenset[str]
    deleted: frozenset[str]
    moved_away: frozenset[str]
    messages: pa.Table
    signals: pa.Table


@dataclass(frozen=True, slots=True)
class SaidRecords:
    """What counts of a conversation: messages and votes by the ids of messages."""

    deleted: bool
    header: Record | None
    messages: Mapping[str, Record]
    votes: Mapping[str, Record]
    rating: Record | None


# A deletion takes back what is of its revision or below. Of messages the rank is the revision, of votes and
# ratings it is what comes before the rank. What was not deleted has 0 for the revision of its deletion.
_MESSAGES = "SELECT conversation_id, event_id FROM {messages}"

_MESSAGES_AND_DELETIONS = """
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

_NAME = ("conversation_id", "event_id", "rank")
_SIGNAL_KINDS = "kind IN ('feedback', 'rating', 'message_deletion', 'feedback_deletion', 'rating_deletion')"
_ROWS = 100_000
"""About so many rows of events are looked at together: some ten megabytes, some times over.

Each statement takes some 20 ms of processor, however little it looks at.
"""


@dataclass(frozen=True, slots=True)
class SaidRange:
    """The conversations of a chatbot with `after < id <= until`; None is no end."""

    chatbot_id: str
    after: str = ""
    until: str | None = None

    def condition(self, which: str) -> str:
        """SQL of those of its events that meet a condition."""
        return f"{between(self.until)} AND {which}"

    @property
    def parameters(self) -> dict[str, str]:
        """Those of `condition`."""
        return {"chatbot_id": self.chatbot_id, "after": self.after, "until": self.until or ""}


def said_ranges(reader: CompanyReader, chatbot_id: str) -> list[SaidRange]:
    """All conversations of a chatbot, in ranges that are small enough to be in memory; the last has no end.

    One conversation is in one range, however long it is.
    """
    found: list[SaidRange] = []
    first = last = ""
    rows, more = 0, True
    while more:
        table = conversation_sizes(reader, chatbot_id, last, _ROWS)
        more = len(table) == _ROWS
        ids = table.column("conversation_id")
        cuts, rows = _cuts(table.column("size").to_numpy().astype(np.int64), rows)
        for cut in cuts:
            until = ids[cut - 1].as_py() if cut else last
            found.append(SaidRange(chatbot_id, first, until))
            first = until
        last = ids[-1].as_py() if more else last
    return [*found, SaidRange(chatbot_id, first)]


def _cuts(sizes: NDArray[np.int64], rows: int) -> tuple[list[int], int]:
    """Before which of some conversations ranges end, by their sizes; and how many rows the last one has.

    Args:
        sizes: of the conversations, in order.
        rows: of the range that is open before the first of them.
    """
    upto, begun = np.cumsum(sizes), -rows
    cuts: list[int] = []
    while True:
        cut = int(np.searchsorted(upto, begun + _ROWS, side="right"))
        if cut < len(sizes) and upto[cut] - sizes[cut] == begun:
            cut += 1  # by itself it is more than a range
        if cut >= len(sizes):
            return cuts, int(sizes.sum()) - begun
        cuts.append(cut)
        begun = int(upto[cut] - sizes[cut])


_CONVERSATIONS = f"""
SELECT conversation_id, max(kind = 'deletion') AS deleted,
  max(kind IN ('conversation', 'message') AND rank > 0) AS said,
  max(kind = 'message_deletion') AS takes_back, max(kind = 'rating_deletion') AS moves,
  max({_SIGNAL_KINDS}) AS signals
FROM {{events}} GROUP BY conversation_id"""


def said_names(reader: CompanyReader, within: SaidRange) -> SaidNames:
    """All that counts of some conversations.

    One statement says which there are, and what need not be asked: most have nothing that was taken back.
    """
    statement = _CONVERSATIONS.format(
        events=events(within.condition("1"), ("conversation_id", "kind", "rank"))
    )
    found = reader.columns(statement, within.parameters)

    def ids(flag: str) -> frozenset[str]:
        return frozenset(
            found.column("conversation_id").filter(found.column(flag).cast(pa.bool_())).to_pylist()
        )

    deleted = ids("deleted")
    messages = said_messages(reader, within, with_deletions=bool(ids("takes_back")))
    moved_away = _silent_conversations(reader, within) - deleted if ids("moves") else frozenset()
    moved_away -= frozenset(messages.column("conversation_id").unique().to_pylist() if moved_away else ())
    signals = said_signals(reader, within) if ids("signals") else _NO_SIGNALS
    return SaidNames(ids("said") - deleted - moved_away, deleted, moved_away, messages, signals)


def said_messages(reader: CompanyReader, within: SaidRange, *, with_deletions: bool) -> pa.Table:
    """The messages that count, by `conversation_id` and `event_id`. In no order, some twice.

    Those of deleted conversations are among them.

    Args:
        reader: of their company.
        within: which conversations.
        with_deletions: some messages of them were deleted by themselves.
    """
    messages = events(within.condition("kind = 'message' AND rank > 0"), _NAME)
    if not with_deletions:
        return reader.columns(_MESSAGES.format(messages=messages), within.parameters)
    deletions = events(within.condition("kind = 'message_deletion'"), _NAME)
    statement = _MESSAGES_AND_DELETIONS.format(messages=messages, deletions=deletions)
    return reader.columns(statement, within.parameters)


def said_signals(reader: CompanyReader, within: SaidRange) -> pa.Table:
    """The same of votes and ratings, each once.

    `feedback` is 1 or -1 (0 is none); without an `event_id`, `rating` is 1 to 5 (0 is none).
    """
    columns = (*_NAME, "kind", "precedence", "arrival", "value")
    statement = _SIGNALS.format(events=events(within.condition(_SIGNAL_KINDS), columns))
    return reader.columns(statement, within.parameters)


_NO_SIGNALS = pa.schema(
    [(name, pa.string()) for name in ("conversation_id", "event_id")]
    + [(name, pa.int8()) for name in ("feedback", "rating")]
).empty_table()


_SILENT = """
SELECT conversation_id FROM {events} GROUP BY conversation_id
HAVING countIf(kind = 'rating_deletion') > 0
  AND argMaxIf(created_at IS NULL AND session_id = '' AND language = '' AND channel = '' AND NOT test,
    (rank, arrival), kind = 'conversation')
  AND maxIf(rank, kind = 'conversation') > 0
  AND maxIf(rank, kind = 'rating_deletion') >= maxIf(rank, kind = 'conversation')"""
_OF_HEADER = (
    "conversation_id",
    "kind",
    "rank",
    "arrival",
    "created_at",
    "session_id",
    "language",
    "channel",
    "test",
)


def _silent_conversations(reader: CompanyReader, within: SaidRange) -> frozenset[str]:
    """Those whose headers say nothing since they moved away; without a look at what was said in them.

    A header without a revision is not of a source: what was sent besides has moved nowhere.
    """
    found = events(within.condition("kind IN ('conversation', 'rating_deletion')"), _OF_HEADER)
    rows = reader.rows(_SILENT.format(events=found), within.parameters)
    return frozenset(row[0] for row in rows)


def said_records(
    reader: CompanyReader, keys: Sequence[tuple[str, str]], names: Collection[str]
) -> dict[tuple[str, str], SaidRecords]:
    """What counts of some conversations (chatbot id, conversation id), with all texts.

    Args:
        reader: of their company.
        keys: which.
        names: the ids of the messages that are wanted; of others nothing is read.
    """
    return {
        key: SaidRecords(state.deleted, state.header, dict(state.messages), dict(state.votes), state.rating)
        for key, state in load_states(reader, keys, texts=True, names=names).items()
    }


def event_names_of(
    reader: CompanyReader, keys: Sequence[tuple[str, str]]
) -> dict[tuple[str, str], tuple[dict[str, None], dict[str, None]]]:
    """The ids of messages of some conversations, and of those that votes are on: of all there ever were.

    The latest come first: whoever takes a long conversation apart from its end leaves the rest as it is.
    """
    found: dict[tuple[str, str], tuple[dict[str, None], dict[str, None]]] = {key: ({}, {}) for key in keys}
    for chatbot, conversation, is_vote, name in reader.rows(_NAMES_IN, some_conversations(keys)):
        found[chatbot, conversation][is_vote][name] = None
    return found


_NAMES_IN = (
    "SELECT toString(chatbot_id), conversation_id, kind = 'feedback' AS is_vote, event_id "
    f"FROM {events(SOME_CONVERSATIONS)} WHERE kind IN ('message', 'feedback') "
    "GROUP BY chatbot_id, conversation_id, is_vote, event_id ORDER BY min(created_at) DESC, event_id DESC"
)
