"""Records of many events at once: for each row what `events.record` makes of one event, column by column.

Nothing is done row by row.
"""

from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from botlens.commit.columns import EventColumns, RefusedRows
from botlens.commit.row_rules import Mask, RowRules
from botlens.commit.typed_columns import KINDS, MOMENT, by_word, loadable_fields, typed_columns
from botlens.events.language import canonical
from botlens.events.record import (
    CONVERSATION,
    DEGREES,
    FEEDBACK,
    HANDOFF,
    MESSAGE,
    OUTCOME,
    RATING,
    ROLES,
)
from botlens.store.arrow import booleans, is_missing, numbers, repeated, texts, values_of
from botlens.store.schema import RAW_EVENTS

Integers = NDArray[np.int64]

_VOTES: Final = {"positive": 0, "negative": 1}
_LAYOUT = pa.schema(list(RAW_EVENTS.arrow())[1:])  # without the company
_NO_VALUE: Final = -(2**63)


@dataclass(frozen=True, slots=True)
class RecordColumns:
    """Records in the layout of the raw events, but for the company; `arrival` is null.

    Attributes:
        kind: of all of them.
        table: the records of those events that can be taken, in their order.
        places: of these among the events.
        refused: what is wrong with the others.
    """

    kind: int
    table: pa.Table
    places: NDArray[np.int64]
    refused: list[RefusedRows]

    def without(self, beyond: Mask, code: str, name: str) -> "RecordColumns":
        """The same without some that are not taken for a reason; `beyond` says which of the table."""
        if not beyond.any():
            return self
        refused = RefusedRows(code, name, self.places[beyond].tolist())
        kept = self.table.filter(booleans(~beyond))
        return RecordColumns(self.kind, kept, self.places[~beyond], [*self.refused, refused])


def record_columns(events: EventColumns, chatbots: Container[str]) -> RecordColumns:
    """The records of some events.

    Args:
        events: of any chatbots.
        chatbots: those that exist.

    Raises:
        InvalidError: a column is none of that type of event, is missing, or is of another type.
    """
    fields = loadable_fields(events.type)
    columns = dict(typed_columns(events, fields))
    rules = RowRules(columns, events.table.num_rows)
    rules.check(fields, chatbots)
    records = pa.table(_MAKERS[events.type](_Rows(columns, events.table.num_rows)), schema=_LAYOUT)
    if rules.refused:
        records = records.filter(booleans(rules.good))
    return RecordColumns(KINDS[events.type], records, np.flatnonzero(rules.good), rules.refused)


class _Rows:
    """The columns of some events, as records are made of them.

    Args:
        columns: of the events, by name.
        count: how many rows there are.
    """

    def __init__(self, columns: Mapping[str, pa.Array], count: int) -> None:
        self._columns = columns
        self.count = count

    def text(self, name: str) -> pa.Array:
        """A column of texts, null where nothing was sent."""
        return self._columns.get(name, pa.nulls(self.count, pa.string()))

    def whole(self, name: str) -> Integers:
        """Whole numbers or instants, 0 where nothing was sent."""
        array = self._columns.get(name)
        if array is None:
            return np.zeros(self.count, np.int64)
        return np.where(is_missing(array), 0, values_of(array, np.int64))

    def fraction(self, name: str) -> pa.Array:
        """A column of numbers, null where nothing was sent."""
        return self._columns.get(name, pa.nulls(self.count, pa.float64()))

    def flag(self, name: str) -> pa.Array:
        """A column of booleans, null where nothing was sent."""
        return self._columns.get(name, pa.nulls(self.count, pa.bool_()))

    def moment(self) -> pa.Array:
        """When it was, as the store has it."""
        array = self._columns.get("created_at")
        return pa.nulls(self.count, MOMENT) if array is None else array.view(MOMENT)

    def word(self, name: str, codes: Mapping[str, int]) -> Integers:
        """What a word means, 0 for any other."""
        words = self._columns[name].dictionary_encode()
        return by_word(words, [codes.get(each, 0) for each in words.dictionary.to_pylist()], missing=0)

    def language(self) -> pa.Array:
        """A column of languages, in the one way to write them."""
        codes = self.text("language").dictionary_encode()
        if not len(codes.dictionary):
            return codes.cast(pa.string())
        written = texts(map(canonical, codes.dictionary.to_pylist()))
        return pa.DictionaryArray.from_arrays(codes.indices, written).cast(pa.string())

    def laid_out(self, kind: int, **given: pa.Array | NDArray[Any]) -> list[pa.Array]:
        """All columns of records of a kind; what is not given is null, which stands for nothing."""
        given |= {
            "chatbot_id": self.text("chatbot_id"),
            "kind": np.full(self.count, kind, np.int8),
            "created_at": self.moment(),
        }
        found = []
        for place in _LAYOUT:
            column = given.get(place.name)
            if column is None:
                column = pa.nulls(self.count, place.type)
            elif isinstance(column, np.ndarray):
                column = numbers(column, place.type)
            found.append(column)
        return found


def _messages(rows: _Rows) -> list[pa.Array]:
    # Without `question`: its normal form is made anew whenever it is read.
    return rows.laid_out(
        MESSAGE,
        conversation_id=rows.text("conversation_id"),
        event_id=rows.text("id"),
        rank=rows.whole("revision"),
        sequence=rows.whole("sequence"),
        role=rows.word("role", ROLES),
        content=rows.text("content"),
        confidence=rows.fraction("confidence_score"),
        fallback=rows.flag("fallback"),
        latency_ms=rows.fraction("latency_ms"),
        session_id=rows.text("session_id"),
        language=rows.language(),
        channel=rows.text("channel"),
    )


def _conversations(rows: _Rows) -> list[pa.Array]:
    return rows.laid_out(
        CONVERSATION,
        conversation_id=rows.text("id"),
        rank=rows.whole("revision"),
        session_id=rows.text("session_id"),
        language=rows.language(),
        channel=rows.text("channel"),
        test=rows.flag("test"),
    )


def _votes(rows: _Rows) -> list[pa.Array]:
    negative = rows.word("value", _VOTES)
    return rows.laid_out(
        FEEDBACK,
        conversation_id=rows.text("conversation_id"),
        event_id=rows.text("message_id"),
        rank=rows.whole("created_at") * DEGREES + negative,
        content=rows.text("comment"),
        value=1.0 - 2.0 * negative,
        precedence=rows.whole("revision"),
    )


def _ratings(rows: _Rows) -> list[pa.Array]:
    score = rows.whole("score")
    return rows.laid_out(
        RATING,
        conversation_id=rows.text("conversation_id"),
        rank=rows.whole("created_at") * DEGREES + 5 - score,
        value=score.astype(np.float64),
        precedence=rows.whole("revision"),
    )


def _handoffs(rows: _Rows) -> list[pa.Array]:
    return rows.laid_out(
        HANDOFF,
        conversation_id=rows.text("conversation_id"),
        event_id=_written(rows),
        content=rows.text("reason"),
    )


def _outcomes(rows: _Rows) -> list[pa.Array]:
    value = rows.fraction("value")
    name = rows.text("name")
    return rows.laid_out(
        OUTCOME,
        conversation_id=rows.text("conversation_id"),
        event_id=pc.binary_join_element_wise(_written(rows), name, repeated(":", rows.count)),
        rank=_ranks_of_values(value),
        content=name,
        value=value,
    )


def _written(rows: _Rows) -> pa.Array:
    """The times, as names of events have them."""
    return numbers(rows.whole("created_at"), pa.int64()).cast(pa.string())


def _ranks_of_values(values: pa.Array) -> Integers:
    """See `events.record`: they order as the values do, and none comes before all of them."""
    missing = is_missing(values)
    plain = np.where(missing, 0.0, values_of(values, np.float64)) + 0.0  # minus zero is zero
    bits = plain.view(np.int64)
    ranks = np.where(bits >= 0, bits, _NO_VALUE - np.minimum(bits, 0))
    return np.where(missing, _NO_VALUE, ranks)


_MAKERS: Final[Mapping[str, Callable[[_Rows], list[pa.Array]]]] = {
    "message": _messages,
    "conversation": _conversations,
    "feedback": _votes,
    "rating": _ratings,
    "handoff": _handoffs,
    "outcome": _outcomes,
}
