"""Of the raw events of many conversations those that count, as columns: what `ConversationState` is to one.

Nothing here looks at a row by itself. What was deleted is not known here: see `apart_from_deleted`.
"""

from typing import Any, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from botlens.commit.row_rules import Mask
from botlens.events.record import CONVERSATION, FEEDBACK, HANDOFF, MESSAGE, OUTCOME, RATING
from botlens.store.arrow import are_true, booleans, is_missing, numbers, repeated, values_of

N = TypeVar("N", bound=np.generic)

Places = NDArray[np.int64]

_KNOWN = np.array([CONVERSATION, MESSAGE, FEEDBACK, RATING, HANDOFF, OUTCOME], np.int8)


def apart_from_deleted(events: pa.Table) -> tuple[pa.Table, pa.Table]:
    """Events of conversations in which nothing was deleted, and those of the others.

    Args:
        events: see `store.raw_events.event_columns`.
    """
    if not len(events):
        return events, events
    of = _conversations(one_piece(events, "conversation_id"))
    deletions = ~np.isin(values_of(one_piece(events, "kind"), np.int8), _KNOWN)
    if not deletions.any():
        return events, events.slice(0, 0)
    suspects = (np.bincount(of, deletions) > 0)[of]
    return events.filter(booleans(~suspects)), events.filter(booleans(suspects))


class WinningRows:
    """The rows that count: of each name of a conversation one.

    Args:
        events: in the order of `store.raw_events.event_columns`, one at least, without deletions.

    Attributes:
        ids: of the conversations, in order.
        conversation: of each row the place of its conversation among them, ascending.
    """

    def __init__(self, events: pa.Table) -> None:
        ids = one_piece(events, "conversation_id")
        kind = values_of(one_piece(events, "kind"), np.int8)
        of = _conversations(ids)
        is_first = np.append(True, np.diff(of) > 0)
        is_new = is_first | _differs(one_piece(events, "event_id")) | np.append(True, np.diff(kind) != 0)
        last = np.append(is_new[1:], True)  # of rows of one name the last one stands highest
        self.ids: pa.Array = ids.filter(booleans(is_first))
        self.conversation: Places = of[last]
        self.kind: NDArray[np.int8] = kind[last]
        self._rows = events if last.all() else events.filter(booleans(last))

    @property
    def count(self) -> int:
        """How many conversations there are."""
        return len(self.ids)

    def of_kind(self, *kinds: int) -> Places:
        """The places of the rows of some kinds."""
        return np.flatnonzero(np.isin(self.kind, kinds))

    def texts(self, name: str) -> pa.Array:
        """A column of texts."""
        return one_piece(self._rows, name)

    def texts_at(self, name: str, places: Places) -> pa.Array:
        """The texts of a column at some places."""
        return one_piece(self._rows, name).take(numbers(places, pa.int64()))

    def flags(self, name: str) -> Mask:
        """A column of booleans."""
        return are_true(one_piece(self._rows, name))

    def values(self, name: str, dtype: type[N]) -> NDArray[N]:
        """A column of numbers; where it is null, any."""
        return values_of(one_piece(self._rows, name), dtype)

    def missing(self, name: str) -> Mask:
        """Where a column is null."""
        return is_missing(one_piece(self._rows, name))

    def moments(self) -> NDArray[np.int64]:
        """When each was, 0 where it is not known."""
        return np.where(self.missing("created_at"), 0, self.values("created_at", np.int64))

    def first_text(self, name: str, places: Places, otherwise: str) -> pa.Array:
        """For each conversation the first text that is not empty.

        Args:
            name: of the column.
            places: of rows, those of each conversation in the order in which they are looked at.
            otherwise: where all are empty.
        """
        column = self.texts(name)
        said = places[lengths(column)[places] > 0][::-1]
        found = np.full(self.count, len(column), np.int64)
        found[self.conversation[said]] = said  # of several the last that is assigned stays: the first
        return pa.concat_arrays([column, repeated(otherwise, 1)]).take(numbers(found, pa.int64()))

    def how_many(self, places: Places, where: Mask | None = None) -> Places:
        """For each conversation how many of some rows it has (`where` those are meant)."""
        of = self.conversation[places]
        return np.bincount(of if where is None else of[where], minlength=self.count)


def one_piece(table: pa.Table, name: str) -> pa.Array:
    """A column in one piece."""
    column = table.column(name).combine_chunks()
    return pa.concat_arrays(column.chunks) if isinstance(column, pa.ChunkedArray) else column


def lengths(texts: pa.Array) -> NDArray[np.int32]:
    """How many bytes each text has, of which none is null."""
    offsets: NDArray[Any] = np.frombuffer(texts.buffers()[1], np.int32)
    return np.diff(offsets[texts.offset : texts.offset + len(texts) + 1])


def lists(counts: Places, values: pa.Array) -> pa.ListArray:
    """Values that lie one after the other, as lists of so many."""
    offsets = np.zeros(len(counts) + 1, np.int32)
    np.cumsum(counts, out=offsets[1:])
    return pa.ListArray.from_arrays(numbers(offsets, pa.int32()), values)


def _conversations(ids: pa.Array) -> Places:
    """The number of the conversation of each row, by their ids, which lie beside each other."""
    found: Places = np.cumsum(_differs(ids), dtype=np.int64) - 1
    return found


def _differs(texts: pa.Array) -> Mask:
    """Whether each text is another one than that before; the first is."""
    return np.append(True, are_true(pc.not_equal(texts[1:], texts[:-1])))
