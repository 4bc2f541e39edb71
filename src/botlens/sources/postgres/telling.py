"""What rows say: from the fields of a mapping, as text, to the columns of events.

One set of rules for whole tables and for single changes. What events themselves must be like is not looked at
here: whoever takes them refuses what cannot be, with a reason.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from botlens.events.times import EARLIEST, LATEST
from botlens.events.types import MAX_CONTENT_CHARACTERS
from botlens.moments import microseconds
from botlens.sources.postgres.entities import TIME, Fields
from botlens.sources.postgres.mapping import Entity
from botlens.sources.postgres.state import CUT

ROLES: Final = ("user", "assistant", "agent", "system")
VOTES: Final = ("positive", "negative")
_LONGEST_WORD: Final = 100

_NAMES: Final = {"conversation": "conversation_id", "session": "session_id", "message": "message_id"}
_OF_KIND: Final[Mapping[str, Mapping[str, str]]] = {"conversation": {"chatbot": "chatbot_id"}}
_NOT_SAID: Final = {"feedback": "id", "rating": "id", "handoff": "id", "outcome": "id"}
_LONGEST: Final = {
    "content": MAX_CONTENT_CHARACTERS,
    "session_id": 128,
    "language": 128,
    "channel": 128,
    "comment": 10_000,
    "reason": 10_000,
}
_NEEDED: Final = {
    "conversation": ("id", "chatbot_id"),
    "message": ("id", "conversation_id", "role", TIME),
    "feedback": ("message_id", "value", TIME),
    "rating": ("conversation_id", "score", TIME),
    "handoff": ("conversation_id", TIME),
    "outcome": ("conversation_id", "name", TIME),
}
_EARLIEST, _LATEST = microseconds(EARLIEST), microseconds(LATEST)
_TRUE, _FALSE = pa.array(["t", "true", "1"]), pa.array(["f", "false", "0"])


@dataclass(slots=True)
class ToldRows:
    """What some rows say.

    Attributes:
        columns: of events, by the names of their fields; a null was not said.
        good: which rows say something that may be taken.
        aside: (row, reason, word) of the others, and of those that were cut.
    """

    columns: dict[str, pa.Array]
    good: NDArray[np.bool_]
    aside: list[tuple[int, str, str]] = field(default_factory=list)

    def refuse(self, rows: NDArray[np.bool_], reason: str, words: Iterable[str] | str = "") -> None:
        """Set rows aside, but for those that are already."""
        places = np.flatnonzero(rows & self.good)
        if not len(places):
            return
        said = words if isinstance(words, str) else list(words)
        for place in places.tolist():
            word = said if isinstance(said, str) else str(said[place] or "")
            self.aside.append((place, reason, word[:_LONGEST_WORD]))
        self.good[places] = False


def tell(entity: Entity, fields: Fields, count: int, *, needed: Sequence[str] | None = None) -> ToldRows:
    """What rows of an entity say.

    Args:
        entity: of the mapping.
        fields: by the names of the mapping, constants too: texts, and `created_at` in microseconds.
        count: how many rows there are.
        needed: the fields of events that each must have; those of the kind if None.
    """
    telling = ToldRows({}, np.ones(count, np.bool_))
    kind = entity.kind
    for name, values in fields.items():
        if _NOT_SAID.get(kind) == name:
            continue
        source = entity.fields[name]
        found = _words(values, source.words) if source.words else values
        ours = _OF_KIND.get(kind, {}).get(name) or _NAMES.get(name, name)
        reader = _READERS.get((kind, ours)) or _READERS.get(ours) or _text
        telling.columns[ours] = reader(ours, found, source.scale, telling)
    if kind == "message" and needed is None:
        telling.columns["content"] = pc.fill_null(_of(telling, "content", count), "")
    for name in _NEEDED[kind] if needed is None else needed:
        missing = _mask(pc.is_null(_of(telling, name, count)))
        telling.refuse(missing, "no_time" if name == TIME else "missing_field", name)
    return telling


def _of(telling: ToldRows, name: str, count: int) -> pa.Array:
    found = telling.columns.get(name)
    return pa.nulls(count, pa.string()) if found is None else found


def _mask(values: pa.Array) -> NDArray[np.bool_]:
    found: NDArray[np.bool_] = pc.fill_null(values, False).to_numpy(zero_copy_only=False)
    return found


def _words(values: pa.Array, words: Mapping[str, str]) -> pa.Array:
    """The source's words in ours; others as they are."""
    codes = values.dictionary_encode()
    ours = pa.array(
        [None if each is None else words.get(each, each) for each in codes.dictionary.to_pylist()],
        pa.string(),
    )
    return ours.take(codes.indices)


def _text(name: str, values: pa.Array, _scale: float | None, telling: ToldRows) -> pa.Array:
    longest = _LONGEST.get(name)
    if longest is None:
        return values
    too_long = _mask(pc.greater(pc.utf8_length(values), longest))
    if not too_long.any():
        return values
    telling.aside += [(place, CUT, name) for place in np.flatnonzero(too_long).tolist()]
    return pc.utf8_slice_codeunits(values, 0, longest)


def _one_of(known: Sequence[str], reason: str) -> "_Reader":
    def read(_name: str, values: pa.Array, _scale: float | None, telling: ToldRows) -> pa.Array:
        unknown = pc.and_(pc.is_valid(values), pc.invert(pc.is_in(values, pa.array(known))))
        rows = _mask(unknown)
        if rows.any():
            telling.refuse(rows, reason, values.to_pylist())
        return values

    return read


def _time(_name: str, values: pa.Array, _scale: float | None, telling: ToldRows) -> pa.Array:
    outside = _mask(pc.or_(pc.less(values, _EARLIEST), pc.greater_equal(values, _LATEST)))
    telling.refuse(outside, "invalid_time", TIME)
    return values


def _number(name: str, values: pa.Array, scale: float | None, telling: ToldRows) -> pa.Array:
    try:
        found = values.cast(pa.float64())
    except pa.ArrowInvalid:  # a column of texts: each by itself
        numbers = [_float(each) for each in values.to_pylist()]
        found = pa.array(numbers, pa.float64())
        telling.refuse(_mask(pc.and_(pc.is_valid(values), pc.is_null(found))), "wrong_type", name)
    if scale is not None:
        found = pc.multiply(found, scale)
    telling.refuse(_mask(pc.and_(pc.is_valid(found), pc.invert(pc.is_finite(found)))), "out_of_range", name)
    return found


def _float(said: str | None) -> float | None:
    try:
        return None if said is None else float(said)
    except ValueError:
        return None


def _whole(name: str, values: pa.Array, scale: float | None, telling: ToldRows) -> pa.Array:
    found = _number(name, values, scale, telling)
    whole = pc.round(found)
    far = pc.or_(pc.greater(pc.abs(pc.subtract(found, whole)), 1e-6), pc.greater(pc.abs(whole), 2.0**53))
    telling.refuse(_mask(far), "wrong_type", name)
    kept = pc.if_else(pa.array(telling.good), whole, pa.scalar(None, pa.float64()))
    return kept.cast(pa.int64())


def _flag(name: str, values: pa.Array, _scale: float | None, telling: ToldRows) -> pa.Array:
    small = pc.utf8_lower(values)
    yes, no = pc.is_in(small, _TRUE), pc.is_in(small, _FALSE)
    known = pc.or_(yes, no)
    telling.refuse(_mask(pc.and_(pc.is_valid(values), pc.invert(known))), "wrong_type", name)
    return pc.if_else(known, yes, pa.scalar(None, pa.bool_()))


_Reader = Callable[[str, pa.Array, float | None, ToldRows], pa.Array]
_READERS: Final[Mapping[object, _Reader]] = {
    ("message", "role"): _one_of(ROLES, "unknown_role"),
    ("feedback", "value"): _one_of(VOTES, "unknown_vote"),
    ("outcome", "value"): _number,
    TIME: _time,
    "confidence_score": _number,
    "latency_ms": _number,
    "sequence": _whole,
    "score": _whole,
    "fallback": _flag,
    "test": _flag,
}
