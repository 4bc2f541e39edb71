"""Records of many events at once: for each row what `events.record` makes of one event, column by column.

The rules of an event stand in its type (`events.types`) and are read from there. Nothing is done row by row.
"""

from collections.abc import Callable, Container, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import msgspec.inspect as declared
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from botlens.commit.columns import EventColumns, RefusedRows
from botlens.errors import InvalidError
from botlens.events.flawless import IDS
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
from botlens.events.times import EARLIEST, LATEST
from botlens.events.types import EVENT_TYPES
from botlens.identifiers import CONTROL_CHARACTERS
from botlens.moments import microseconds
from botlens.store.arrow import are_true, booleans, is_missing, numbers, repeated, texts, values_of
from botlens.store.schema import RAW_EVENTS

Mask = NDArray[np.bool_]
Integers = NDArray[np.int64]

KINDS: Final[Mapping[str, int]] = {
    "message": MESSAGE,
    "conversation": CONVERSATION,
    "feedback": FEEDBACK,
    "rating": RATING,
    "handoff": HANDOFF,
    "outcome": OUTCOME,
}
_NOT_LOADED: Final = "metadata"
_VOTES: Final = {"positive": 0, "negative": 1}
_MOMENT = pa.timestamp("us", tz="UTC")
_LAYOUT = pa.schema(list(RAW_EVENTS.arrow())[1:])  # without the company
_FIRST, _END = microseconds(EARLIEST), microseconds(LATEST)
_WHOLE: Final[type[np.generic]] = np.int64
_FRACTION: Final[type[np.generic]] = np.float64
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
    rows = _Rows(events)
    rows.check(chatbots)
    records = pa.table(_MAKERS[events.type](rows), schema=_LAYOUT)
    if rows.refused:
        records = records.filter(booleans(rows.good))
    return RecordColumns(KINDS[events.type], records, np.flatnonzero(rows.good), rows.refused)


class _Rows:
    """The columns of some events, and which rows can be taken.

    Args:
        events: to be looked at.

    Attributes:
        good: which rows break no rule that was looked at.
        refused: the others.
    """

    def __init__(self, events: EventColumns) -> None:
        self._fields = _fields_of(events.type)
        self._columns = dict(_cast(events, self._fields))
        self.count = events.table.num_rows
        self.good: Mask = np.ones(self.count, np.bool_)
        self.refused: list[RefusedRows] = []

    def check(self, chatbots: Container[str]) -> None:
        """Look at all rules."""
        for name, each in self._fields.items():
            array = self._columns.get(name)
            if array is not None:
                if each.required:
                    self._refuse("missing_field", name, is_missing(array))
                _CHECKS[type(_without_none(each.type))](self, name, _without_none(each.type))
        ids = self._columns["chatbot_id"].dictionary_encode()
        unknown = [each not in chatbots for each in ids.dictionary.to_pylist()]
        self._refuse("unknown_chatbot", "chatbot_id", _looked_up(ids, unknown, missing=False))

    def _refuse(self, code: str, name: str, broken: Mask) -> None:
        places = np.flatnonzero(broken & self.good)
        if len(places):
            self.good[places] = False
            self.refused.append(RefusedRows(code, name, places.tolist()))

    def check_text(self, name: str, rule: declared.StrType) -> None:
        """Its length, and what may not be in it."""
        array = self._columns[name]
        self._refuse("nul_byte", name, are_true(pc.match_substring(array, "\0")))
        length = values_of(pc.utf8_length(array), np.int32)
        known = ~is_missing(array)
        wrong = (length > (rule.max_length or np.iinfo(np.int32).max)) | (length < (rule.min_length or 0))
        self._refuse("invalid_id" if name in IDS else "invalid_length", name, wrong & known)
        if name in IDS and _may_have_control_characters(array):
            found = pc.match_substring_regex(array, CONTROL_CHARACTERS)
            self._refuse("invalid_id", name, are_true(found))

    def check_word(self, name: str, rule: declared.LiteralType) -> None:
        """Whether it is one of a few."""
        words = self._columns[name].dictionary_encode()
        unknown = [each not in rule.values for each in words.dictionary.to_pylist()]
        self._refuse("invalid_value", name, _looked_up(words, unknown, missing=False))

    def check_number(self, name: str, rule: declared.IntType | declared.FloatType) -> None:
        """Its bounds. What is not a number is within none."""
        array = self._columns[name]
        values: NDArray[Any] = values_of(array, _WHOLE if isinstance(rule, declared.IntType) else _FRACTION)
        within = (values >= (-np.inf if rule.ge is None else rule.ge)) & (
            values <= (np.inf if rule.le is None else rule.le)
        )
        self._refuse("out_of_range", name, ~within & ~is_missing(array))

    def check_time(self, name: str, _: declared.DateTimeType) -> None:
        """Whether events may be of it."""
        array = self._columns[name]
        values = values_of(array, np.int64)
        self._refuse("invalid_time", name, ((values < _FIRST) | (values >= _END)) & ~is_missing(array))

    def check_nothing(self, name: str, _: declared.BoolType) -> None:
        """Its type says all."""

    # What records are made of

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
        return pa.nulls(self.count, _MOMENT) if array is None else array.view(_MOMENT)

    def word(self, name: str, codes: Mapping[str, int]) -> Integers:
        """What a word means, 0 for any other."""
        words = self._columns[name].dictionary_encode()
        return _looked_up(words, [codes.get(each, 0) for each in words.dictionary.to_pylist()], missing=0)

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

_CHECKS: Final[Mapping[type[declared.Type], Callable[[_Rows, str, Any], None]]] = {
    declared.StrType: _Rows.check_text,
    declared.LiteralType: _Rows.check_word,
    declared.IntType: _Rows.check_number,
    declared.FloatType: _Rows.check_number,
    declared.DateTimeType: _Rows.check_time,
    declared.BoolType: _Rows.check_nothing,
}
_ARROW: Final[Mapping[type[declared.Type], pa.DataType]] = {
    declared.StrType: pa.string(),
    declared.LiteralType: pa.string(),
    declared.IntType: pa.int64(),
    declared.FloatType: pa.float64(),
    declared.DateTimeType: pa.int64(),
    declared.BoolType: pa.bool_(),
}


@cache
def _fields_of(name: str) -> Mapping[str, declared.Field]:
    """The fields of a type of events that can be loaded."""
    info = declared.type_info(EVENT_TYPES[name])
    if not isinstance(info, declared.StructType):  # pragma: no cover - events are structs
        raise TypeError(name)
    return {each.encode_name: each for each in info.fields if each.encode_name != _NOT_LOADED}


def _without_none(rule: declared.Type) -> declared.Type:
    if not isinstance(rule, declared.UnionType):
        return rule
    (kept,) = (each for each in rule.types if not isinstance(each, declared.NoneType))
    return kept


def _cast(events: EventColumns, fields: Mapping[str, declared.Field]) -> Iterator[tuple[str, pa.Array]]:
    """The columns by name, each in one piece and of the type that it is looked at in.

    Raises:
        InvalidError: one is not known, missing, or of another type.
    """
    if events.type not in KINDS:
        raise _invalid("type", f"there is no loading of `{events.type}`; there is of {', '.join(KINDS)}")
    table = events.table
    for name in table.column_names:
        if name not in fields:
            raise _invalid(name, f"a {events.type} has no `{name}` to be loaded; it has {', '.join(fields)}")
    for name, each in fields.items():
        if name in table.column_names:
            yield name, _one_piece(name, table.column(name), _ARROW[type(_without_none(each.type))])
        elif each.required:
            raise _invalid(name, f"the column `{name}` is missing; a {events.type} needs it")


def _one_piece(name: str, column: pa.ChunkedArray, kind: pa.DataType) -> pa.Array:
    try:
        if pa.types.is_timestamp(column.type):
            if column.type.tz is None:
                raise _invalid(name, f"the times of `{name}` have no zone")
            column = column.cast(_MOMENT, safe=False).cast(pa.int64())  # what is finer is cut off
        whole = column.cast(kind).combine_chunks()
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise _invalid(name, f"`{name}` is {column.type}, and must be {kind} ({str(error)[:200]})") from None
    if isinstance(whole, pa.ChunkedArray):  # none at all, or too much for one
        whole = pa.concat_arrays(whole.chunks) if whole.num_chunks else pa.nulls(0, kind)
    return whole


def _invalid(name: str, what: str) -> InvalidError:
    return InvalidError(f"These columns cannot be loaded: {what}.", code="invalid_columns", field=name)


def _looked_up(words: pa.DictionaryArray, meanings: list[Any], *, missing: Any) -> NDArray[Any]:
    """For each row what its word means."""
    table = np.array([*meanings, missing])
    places = np.where(is_missing(words.indices), len(meanings), values_of(words.indices, np.int32))
    found: NDArray[Any] = table[places]
    return found


_AT_ONCE = 16 << 20


def _may_have_control_characters(array: pa.Array) -> bool:
    """Whether any byte is one of ASCII, or begins one of the others in UTF-8. A "yes" may be wrong."""
    data = array.buffers()[2]
    if data is None:
        return False
    whole = np.frombuffer(data, np.uint8)
    parts = (whole[at : at + _AT_ONCE] for at in range(0, len(whole), _AT_ONCE))
    return any(((part < 0x20) | (part == 0x7F) | (part == 0xC2) | (part == 0xE2)).any() for part in parts)
