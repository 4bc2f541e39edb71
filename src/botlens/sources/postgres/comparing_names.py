"""The names of some conversations, beside each other: those that rows have, and those that count here."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from botlens.sources.postgres.differences import Differences
from botlens.sources.postgres.key_marks import (
    EntityKeys,
    KeysOfPart,
    Marks,
    distinct,
    marks_of,
    with_value,
)
from botlens.sources.postgres.places import Numbers, SourceConversations
from botlens.sources.postgres.row_transaction import EventName
from botlens.sources.postgres.sheets import Spot
from botlens.sources.postgres.text_hashes import hashes_of

_READ_BY: Final = {"message": "id", "feedback": "message", "rating": "conversation"}


class MissingRows:
    """Rows of one entity that say what does not count here. Named at the end: names are in a file.

    Args:
        keys: of all rows of the entity.
    """

    def __init__(self, keys: EntityKeys) -> None:
        self._keys = keys
        self._rows: list[NDArray[np.int64]] = []
        self._numbers: list[Numbers] = []

    def add(self, rows: NDArray[np.int64], numbers: Numbers) -> None:
        """Some rows, and the numbers of their conversations."""
        self._rows.append(rows)
        self._numbers.append(numbers)

    def name(self, conversations: SourceConversations, found: Differences) -> None:
        """By what they are to be read."""
        entity = self._keys.entity
        rows = np.concatenate([*self._rows, np.empty(0, np.int64)])
        of_ratings = (conversations.ids[each] for own in self._numbers for each in own.tolist())
        for each in of_ratings if entity.kind == "rating" else self._keys.names_at(rows):
            found.misses(entity, _READ_BY[entity.kind], each)


@dataclass(frozen=True, slots=True)
class ComparedChatbot:
    """A chatbot, of which some conversations are compared.

    Attributes:
        company: whose it is.
        chatbot: its id.
        deleted: conversations that were deleted here.
        gone: conversations that are here, and not in the source.
        conversations: all of the source.
    """

    company: str
    chatbot: str
    deleted: frozenset[str]
    gone: Collection[str]
    conversations: SourceConversations

    def names(self, kind: str, said: pa.Table) -> tuple[pa.Table, Marks, NDArray[np.int8]]:
        """What counts here of a kind, its marks, and the values of votes and ratings."""
        if kind != "message":
            said = said.filter(pc.not_equal(said.column(kind), 0))
        if self.deleted:
            lost = pa.array(sorted(self.deleted), pa.string())
            said = said.filter(pc.invert(pc.is_in(said.column("conversation_id"), lost)))
        values = np.zeros(len(said), np.int8) if kind == "message" else said.column(kind).to_numpy()
        marks = [
            marks_of(hashes_of(names), hashes_of(conversations))
            for conversations, names in zip(
                said.column("conversation_id").chunks, said.column("event_id").chunks, strict=True
            )
        ]
        return said, np.concatenate([*marks, np.empty(0, np.uint64)]), values.astype(np.int8)


def compare_kind(
    kind: str,
    keys: Sequence[KeysOfPart],
    here: ComparedChatbot,
    said: pa.Table,
    found: Differences,
    missing: Mapping[int, MissingRows],
) -> None:
    """Compare the names of one kind of some conversations: of the source, by entity, and here."""
    names, marks, values = here.names(kind, said)
    theirs = np.concatenate([each.marks for each in keys])
    valued = distinct(with_value(theirs, np.concatenate([each.values for each in keys])))
    equals = distinct(with_value(marks, values))
    if np.array_equal(equals, valued):  # as nearly always: then nobody asks which is where
        found.compared += len(equals)
        found.here[kind] += len(equals)
        return
    there, first = np.unique(theirs, return_index=True)
    ours, places = np.unique(marks, return_index=True)
    at = np.minimum(np.searchsorted(there, ours), max(len(there) - 1, 0))
    known = there[at] == ours if len(there) else np.zeros(len(ours), np.bool_)
    equal = known & np.isin(with_value(ours, values[places]), valued)
    found.compared += len(there)
    found.here[kind] += len(ours)
    found.different += int((known & ~equal).sum())
    gone = pa.array(places[~known])
    for row in names.select(["conversation_id", "event_id"]).take(gone).to_pylist():
        if row["conversation_id"] not in here.gone:
            spot = Spot(here.company, here.chatbot, row["conversation_id"])
            found.gone.append((keys[0].entity, EventName(kind, spot, row["event_id"])))
    lacks = np.ones(len(there), np.bool_)
    lacks[at[equal]] = False
    _miss(keys, np.sort(first[lacks]), here, missing)


def _miss(
    keys: Sequence[KeysOfPart],
    places: NDArray[np.int64],
    here: ComparedChatbot,
    missing: Mapping[int, MissingRows],
) -> None:
    """What rows say does not count here, at some places of all keys of some conversations."""
    first = 0
    for own in keys:
        among = places[np.searchsorted(places, first) : np.searchsorted(places, first + len(own.marks))]
        rows = own.places[among - first].astype(np.int64)
        numbers = own.of_all.numbers[rows]
        kept = np.array([here.conversations.ids[each] not in here.deleted for each in numbers], np.bool_)
        missing[own.entity.number].add(rows[kept], numbers[kept])
        first += len(own.marks)
