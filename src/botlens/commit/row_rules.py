"""Which rows of some events can be taken: every rule of a field, looked at column by column.

The rules stand in the types of events (`events.types`) and are read from there.
"""

from collections.abc import Callable, Container, Iterator, Mapping
from typing import Any, Final

import msgspec.inspect as declared
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from botlens.commit.columns import RefusedRows
from botlens.commit.typed_columns import by_word, without_none
from botlens.events.flawless import IDS
from botlens.events.times import EARLIEST, LATEST
from botlens.identifiers import CONTROL_CHARACTERS
from botlens.moments import microseconds
from botlens.store.arrow import are_true, is_missing, values_of

Mask = NDArray[np.bool_]

_FIRST, _END = microseconds(EARLIEST), microseconds(LATEST)
_WHOLE: Final[type[np.generic]] = np.int64
_FRACTION: Final[type[np.generic]] = np.float64
_AT_ONCE = 16 << 20


class RowRules:
    """The rows of some events, and which of them break a rule.

    Args:
        columns: of the events, by name.
        count: how many rows there are.

    Attributes:
        good: which rows break no rule that was looked at.
        refused: the others.
    """

    def __init__(self, columns: Mapping[str, pa.Array], count: int) -> None:
        self._columns = columns
        self.good: Mask = np.ones(count, np.bool_)
        self.refused: list[RefusedRows] = []

    def check(self, fields: Mapping[str, declared.Field], chatbots: Container[str]) -> None:
        """Look at the rules of all fields; `chatbots` are those that exist."""
        for name, each in fields.items():
            array = self._columns.get(name)
            if array is not None:
                if each.required:
                    self._refuse("missing_field", name, is_missing(array))
                _CHECKS[type(without_none(each.type))](self, name, without_none(each.type))
        ids = self._columns["chatbot_id"].dictionary_encode()
        unknown = [each not in chatbots for each in ids.dictionary.to_pylist()]
        self._refuse("unknown_chatbot", "chatbot_id", by_word(ids, unknown, missing=False))

    def _refuse(self, code: str, name: str, broken: Mask) -> None:
        places = np.flatnonzero(broken & self.good)
        if len(places):
            self.good[places] = False
            self.refused.append(RefusedRows(code, name, places.tolist()))

    def check_text(self, name: str, rule: declared.StrType) -> None:
        """Its length, and what may not be in it."""
        array = self._columns[name]
        if _may_have_zeros(array):
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
        self._refuse("invalid_value", name, by_word(words, unknown, missing=False))

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


_CHECKS: Final[Mapping[type[declared.Type], Callable[[RowRules, str, Any], None]]] = {
    declared.StrType: RowRules.check_text,
    declared.LiteralType: RowRules.check_word,
    declared.IntType: RowRules.check_number,
    declared.FloatType: RowRules.check_number,
    declared.DateTimeType: RowRules.check_time,
    declared.BoolType: RowRules.check_nothing,
}


def _may_have_zeros(array: pa.Array) -> bool:
    """Whether any byte is 0. A "yes" may be wrong: it may be one of no row."""
    return any(not part.all() for part in _bytes(array))


def _may_have_control_characters(array: pa.Array) -> bool:
    """Whether any byte is one of ASCII, or begins one of the others in UTF-8. A "yes" may be wrong."""
    return any(
        ((part < 0x20) | (part == 0x7F) | (part == 0xC2) | (part == 0xE2)).any() for part in _bytes(array)
    )


def _bytes(array: pa.Array) -> Iterator[NDArray[np.uint8]]:
    """The texts of a column, some megabytes at a time; perhaps with bytes of others."""
    data = array.buffers()[2]
    whole = np.empty(0, np.uint8) if data is None else np.frombuffer(data, np.uint8)
    return (whole[at : at + _AT_ONCE] for at in range(0, len(whole), _AT_ONCE))
