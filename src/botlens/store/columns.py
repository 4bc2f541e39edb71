"""Columns of Python values as Arrow arrays, made with numpy.

`pyarrow.array` would do, but its first call imports pandas wherever that is installed: 40 MB, and half a
second during which a server in the middle of its first flush answers nobody.
"""

from collections.abc import Sequence
from itertools import chain
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray


def array(values: Sequence[Any], kind: pa.DataType) -> pa.Array:
    """An Arrow array (which it may be already); None is null where a number or a moment may be missing."""
    if isinstance(values, pa.Array):
        return values
    if pa.types.is_string(kind):
        return _texts(values, kind)
    if pa.types.is_list(kind):
        items = array(list(chain.from_iterable(values)), kind.value_type)
        offsets = pa.py_buffer(_offsets(values))
        return pa.Array.from_buffers(kind, len(values), [None, offsets], children=[items])
    if pa.types.is_boolean(kind):
        return pa.Array.from_buffers(kind, len(values), [None, _bits(np.array(values, np.bool_))])
    if pa.types.is_float64(kind):
        # None becomes NaN here; a number that is none cannot come in JSON.
        numbers = np.array(values, np.float64)
        return _numbers(numbers, ~np.isnan(numbers), kind)
    if None in values:
        there = np.array([value is not None for value in values], np.bool_)
        whole = np.array([value or 0 for value in values], _whole(kind))
        return _numbers(whole, there, kind)
    return _numbers(np.array(values, _whole(kind)), None, kind)


def _whole(kind: pa.DataType) -> "np.dtype[Any]":
    """Of a type that Arrow keeps as whole numbers: integers, moments, days."""
    if not pa.types.is_primitive(kind) or pa.types.is_floating(kind):
        raise TypeError(f"no column is made of {kind}")
    return np.dtype(f"{'u' if pa.types.is_unsigned_integer(kind) else 'i'}{kind.bit_width // 8}")


def _numbers(numbers: NDArray[Any], there: NDArray[np.bool_] | None, kind: pa.DataType) -> pa.Array:
    valid = None if there is None or there.all() else _bits(there)
    return pa.Array.from_buffers(kind, len(numbers), [valid, pa.py_buffer(numbers)])


def _texts(values: Sequence[str], kind: pa.DataType) -> pa.Array:
    if values and values.count(values[0]) == len(values):  # most columns say one thing in a few rows
        return pa.repeat(pa.scalar(values[0], kind), len(values))
    text = "".join(values)
    if text.isascii():
        parts: Sequence[str | bytes] = values
        data = text.encode()
    else:
        parts = [value.encode() for value in values]
        data = b"".join(parts)  # type: ignore[arg-type]
    offsets = pa.py_buffer(_offsets(parts))
    return pa.Array.from_buffers(kind, len(values), [None, offsets, pa.py_buffer(data)])


def _offsets(parts: Sequence[Any]) -> NDArray[np.int32]:
    offsets = np.zeros(len(parts) + 1, np.int32)
    np.cumsum(np.fromiter(map(len, parts), np.int32, len(parts)), out=offsets[1:])
    return offsets


def _bits(flags: NDArray[np.bool_]) -> pa.Buffer:
    return pa.py_buffer(np.packbits(flags, bitorder="little"))
