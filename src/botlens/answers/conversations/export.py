"""Exports: a whole selection as one file, made while it is read, in constant memory.

No connection and no lock is held while a slow reader takes its time: conversations are found page by page,
then read some at a time. At most `_KEYS` places, and the texts of `_MESSAGES` messages (or of one
conversation, if it is longer) are in memory at once.

Whatever was there at the request and does not change its start meanwhile is in the file exactly once; values
are those of the moment in which they are read.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain
from types import MappingProxyType, NoneType
from typing import Any, Final, TypeVar, get_args, get_type_hints

import pyarrow as pa

from botlens.answers.conversations.messages import TranscriptMessage, messages_of, vote_word
from botlens.answers.conversations.shape import listed_values
from botlens.answers.formats import (
    FLAG,
    FRACTION,
    MOMENT,
    NUMBER,
    TEXT,
    TEXTS,
    ExportColumn,
    ExportFormat,
    ExportRow,
)
from botlens.commit.snapshot import Snapshots
from botlens.metrics.conversation import ConversationState
from botlens.metrics.facts import derive
from botlens.moments import DAY
from botlens.query.selection import Selection
from botlens.query.window import Window
from botlens.store.conversations import (
    IDENTITY,
    ConversationRow,
    ListedConversation,
    ListOrder,
    Place,
    chatbots_in,
    conversations,
    counts_by_day,
    places,
)
from botlens.store.raw_events import load_states
from botlens.store.reading import CompanyReader

_KEYS = 20_000
_CONVERSATIONS = 2_000
_MESSAGES = 5_000

_MOMENTS = ("started_at", "ended_at", "created_at")
_TYPES: Final[Mapping[Any, pa.DataType]] = MappingProxyType(
    {str: TEXT, list[str]: TEXTS, int: NUMBER, float: FRACTION, bool: FLAG}
)


def _columns(shape: type) -> Iterator[ExportColumn]:
    """The columns of what an answer shows, of the types that are declared there."""
    for name, hint in get_type_hints(shape).items():
        (kind,) = {each for each in get_args(hint) if each is not NoneType} if get_args(hint) else {hint}
        kind = hint if hint in _TYPES else kind
        if kind in _TYPES:
            yield ExportColumn(name, MOMENT if name in _MOMENTS else _TYPES[kind])
        else:  # a vote
            yield from (ExportColumn(name, TEXT), ExportColumn(f"{name}_comment", TEXT))


_LISTED_COLUMNS: Final = MappingProxyType({each.name: each for each in _columns(ListedConversation)})
CONVERSATION_COLUMNS: Final = tuple(_LISTED_COLUMNS.values())

_OF_CONVERSATION = ("conversation_id", "chatbot_id", "started_at", "session_id", "language", "channel")
_OF_MESSAGE: Final = tuple(_columns(TranscriptMessage))
_NAMED = MappingProxyType({"id": "message_id"})
MESSAGE_COLUMNS: Final = (
    *(_LISTED_COLUMNS[name] for name in _OF_CONVERSATION),
    ExportColumn("position", NUMBER),
    *(replace(each, name=_NAMED.get(each.name, each.name)) for each in _OF_MESSAGE),
)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ExportSource:
    """Where an export reads: of one company, each part of one state of the store.

    The thresholds of its chatbots are those of the request: one rule for the whole file.
    """

    company_id: str
    selection: Selection
    snapshots: Snapshots
    thresholds: Mapping[str, float]

    def read(self, ask: Callable[[CompanyReader], T]) -> T:
        """What `ask` makes of one state of the store."""
        return self.snapshots.read(self.company_id, ask)


def conversation_rows(source: ExportSource) -> Iterator[Sequence[ExportRow]]:
    """One row a conversation, in the order of their start, part by part."""
    for part in _parts(_by_start(source), math.inf):
        known = source.read(partial(_known, part))
        yield [listed_values(known[each.key]) for each in part if each.key in known]


def message_rows(source: ExportSource) -> Iterator[Sequence[ExportRow]]:
    """One row a message, by chatbot, conversation and order, part by part."""
    for part in _parts(_by_identity(source), _MESSAGES):
        keys = [each.key for each in part]
        states = source.read(partial(load_states, keys=keys, texts=True))
        yield [row for key in keys for row in _messages(key, states[key], source.thresholds[key[0]])]


@dataclass(frozen=True, slots=True)
class Data:
    """What can be exported."""

    columns: tuple[ExportColumn, ...]
    rows: Callable[[ExportSource], Iterator[Sequence[ExportRow]]]


DATA: Final[Mapping[str, Data]] = MappingProxyType(
    {
        "conversations": Data(CONVERSATION_COLUMNS, conversation_rows),
        "messages": Data(MESSAGE_COLUMNS, message_rows),
    }
)


def chunks(data: Data, format_: ExportFormat, source: ExportSource) -> Iterator[bytes]:
    """The bytes of a file.

    The first part has been read when this returns, so that what is wrong with the request or the store shows
    while the answer can still say so. An error later ends the iteration with that error, and the file without
    its end.
    """
    made = _chunks(data, format_, source)
    first = next(made)
    return chain([first], made)


def _chunks(data: Data, format_: ExportFormat, source: ExportSource) -> Iterator[bytes]:
    encoder = format_.encoder(data.columns)
    parts = data.rows(source)
    first = next(parts, ())
    yield encoder.begin() + encoder.rows(first)
    for part in parts:
        if made := encoder.rows(part):
            yield made
    yield encoder.end()


def _parts(found: Iterator[Place], messages: float) -> Iterator[list[Place]]:
    """Places in parts that are small enough to be read at once: so many messages, or one conversation."""
    part: list[Place] = []
    size = 0
    for place in found:
        if part and (len(part) >= _CONVERSATIONS or size + place.messages > messages):
            yield part
            part, size = [], 0
        part.append(place)
        size += place.messages
    if part:
        yield part


def _by_start(source: ExportSource) -> Iterator[Place]:
    """The places of a selection by start, from spans of days that hold about as many as one page."""
    counts = source.read(lambda reader: counts_by_day(reader, source.selection))
    for window in _spans(source.selection.extends, counts):
        yield from _pages(source, source.selection.within(window), ListOrder("started_at"))


def _by_identity(source: ExportSource) -> Iterator[Place]:
    """The places of a selection by their ids: raw events lie in that order, so few are read in vain."""
    chatbots = source.read(lambda reader: chatbots_in(reader, source.selection))
    for chatbot_id in chatbots:
        yield from _pages(source, replace(source.selection, chatbots=(chatbot_id,)), ListOrder(IDENTITY))


def _pages(source: ExportSource, selection: Selection, order: ListOrder) -> Iterator[Place]:
    after: Place | None = None
    while True:
        found = source.read(partial(_page, selection, order, after))
        yield from found
        if len(found) < _KEYS:
            return
        after = found[-1]


def _page(selection: Selection, order: ListOrder, after: Place | None, reader: CompanyReader) -> list[Place]:
    return places(reader, selection, order, after, _KEYS)


def _spans(window: Window, counts: Sequence[tuple[int, int]]) -> Iterator[Window]:
    """The window in pieces, cut at days, none of which needs many pages if its days do not."""
    start, size = window.start, 0
    for day, count in counts:
        if size and size + count > _KEYS:
            yield Window(start, day * DAY)
            start, size = day * DAY, 0
        size += count
    yield Window(start, window.end)


def _known(part: Sequence[Place], reader: CompanyReader) -> dict[tuple[str, str], ConversationRow]:
    """What is known of conversations by now; those that no longer count (tests, for example) are left out."""
    known = conversations(reader, [each.key for each in part], [each.day for each in part])
    if moved := [each.key for each in part if each.key not in known]:
        known |= conversations(reader, moved)
    return {key: row for key, row in known.items() if row.counted}


def _messages(key: tuple[str, str], state: ConversationState, threshold: float) -> Iterator[ExportRow]:
    chatbot_id, conversation_id = key
    # Facts lie by day and raw events by id: these are derived anew, not looked for in all days.
    known = derive(chatbot_id, conversation_id, state, threshold)
    if not known.counted:
        return
    conversation = (
        conversation_id,
        chatbot_id,
        known.started_at,
        known.session_id or None,
        known.language,
        known.channel or None,
    )
    for position, message in enumerate(messages_of(state, threshold), 1):
        vote = message["feedback"]
        values = message | {
            "feedback": None if vote is None else vote_word(vote),
            "feedback_comment": None if vote is None else vote.content or None,
        }
        yield (
            *conversation,
            position,
            *(values[each.name] for each in _OF_MESSAGE),
        )
