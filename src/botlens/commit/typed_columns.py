"""Columns of events as they are looked at: each known, in one piece, and of the type that its field has."""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Final

import msgspec.inspect as declared
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from botlens.commit.columns import EventColumns
from botlens.errors import InvalidError
from botlens.events.record import CONVERSATION, FEEDBACK, HANDOFF, MESSAGE, OUTCOME, RATING
from botlens.events.types import EVENT_TYPES
from botlens.store.arrow import is_missing, values_of

KINDS: Final[Mapping[str, int]] = {
    "message": MESSAGE,
    "conversation": CONVERSATION,
    "feedback": FEEDBACK,
    "rating": RATING,
    "handoff": HANDOFF,
    "outcome": OUTCOME,
}
"""By type of events; there is no loading of others."""

MOMENT: Final = pa.timestamp("us", tz="UTC")
_NOT_LOADED: Final = "metadata"
_ARROW: Final[Mapping[type[declared.Type], pa.DataType]] = {
    declared.StrType: pa.string(),
    declared.LiteralType: pa.string(),
    declared.IntType: pa.int64(),
    declared.FloatType: pa.float64(),
    declared.DateTimeType: pa.int64(),
    declared.BoolType: pa.bool_(),
}


@cache
def loadable_fields(name: str) -> Mapping[str, declared.Field]:
    """The fields of a type of events that can be loaded."""
    info = declared.type_info(EVENT_TYPES[name])
    if not isinstance(info, declared.StructType):  # pragma: no cover - events are structs
        raise TypeError(name)
    return {each.encode_name: each for each in info.fields if each.encode_name != _NOT_LOADED}


def without_none(rule: declared.Type) -> declared.Type:
    """The type of what is sent, where a field may be missing."""
    if not isinstance(rule, declared.UnionType):
        return rule
    (kept,) = (each for each in rule.types if not isinstance(each, declared.NoneType))
    return kept


def typed_columns(
    events: EventColumns, fields: Mapping[str, declared.Field]
) -> Iterator[tuple[str, pa.Array]]:
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
            yield name, _one_piece(name, table.column(name), _ARROW[type(without_none(each.type))])
        elif each.required:
            raise _invalid(name, f"the column `{name}` is missing; a {events.type} needs it")


def _one_piece(name: str, column: pa.ChunkedArray, kind: pa.DataType) -> pa.Array:
    try:
        if pa.types.is_timestamp(column.type):
            if column.type.tz is None:
                raise _invalid(name, f"the times of `{name}` have no zone")
            column = column.cast(MOMENT, safe=False).cast(pa.int64())  # what is finer is cut off
        whole = column.cast(kind).combine_chunks()
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise _invalid(name, f"`{name}` is {column.type}, and must be {kind} ({str(error)[:200]})") from None
    if isinstance(whole, pa.ChunkedArray):  # none at all, or too much for one
        whole = pa.concat_arrays(whole.chunks) if whole.num_chunks else pa.nulls(0, kind)
    return whole


def _invalid(name: str, what: str) -> InvalidError:
    return InvalidError(f"These columns cannot be loaded: {what}.", code="invalid_columns", field=name)


def by_word(words: pa.DictionaryArray, meanings: list[Any], *, missing: Any) -> NDArray[Any]:
    """For each row what its word means."""
    table = np.array([*meanings, missing])
    places = np.where(is_missing(words.indices), len(meanings), values_of(words.indices, np.int32))
    found: NDArray[Any] = table[places]
    return found
