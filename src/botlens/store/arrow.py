"""From lines of JSON to tables that the store takes in, without the interpreter.

Whoever makes columns of Python objects holds the interpreter, and the threads that answer requests wait for
it. msgspec writes the lines in a third of that time, and Arrow reads them while others have the interpreter.
Both are exact: a number reads as it was written, to the last bit. Nothing here may import pandas, as
`pyarrow.array` and `pyarrow.scalar` do where it is installed: 40 MB, and half a second of everybody's time.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.json
from numpy.typing import NDArray

N = TypeVar("N", bound=np.generic)

_PIECE = 4 << 20  # bytes that are copied together, or read, at once


@dataclass(frozen=True, slots=True)
class Inner:
    """An object inside a line: its name, and the columns in it."""

    name: str
    columns: frozenset[str]


def arrow_table(lines: bytes, schema: pa.Schema, inner: Inner | None = None) -> pa.Table:
    """The table of some lines; what a line leaves out is null.

    Args:
        lines: a JSON object each, whose fields are columns of the schema. Moments are whole numbers.
        schema: the columns, in the order of the table.
        inner: those that stand in an object of their own inside of it, if there is one.
    """
    fields = [(field.name, _read_as(field.type)) for field in schema]
    if inner is not None:
        inside = [field for field in fields if field[0] in inner.columns]
        fields = [field for field in fields if field not in inside] + [(inner.name, pa.struct(inside))]
    read = pyarrow.json.read_json(
        pa.BufferReader(lines),
        read_options=pyarrow.json.ReadOptions(use_threads=False, block_size=len(lines) + 1),
        parse_options=pyarrow.json.ParseOptions(
            explicit_schema=pa.schema(fields), unexpected_field_behavior="error"
        ),
    ).flatten()
    columns = dict(zip((name.split(".")[-1] for name in read.column_names), read.columns, strict=True))
    return pa.table([_viewed(columns[field.name], field.type) for field in schema], schema=schema)


def _read_as(kind: pa.DataType) -> pa.DataType:
    return pa.int64() if pa.types.is_timestamp(kind) else kind


def _viewed(column: pa.ChunkedArray, kind: pa.DataType) -> pa.ChunkedArray:
    if column.type == kind:
        return column
    return pa.chunked_array([chunk.view(kind) for chunk in column.chunks], kind)


def repeated(text: str, times: int) -> pa.Array:
    """A column with one value in every row."""
    data = text.encode()
    offsets = np.arange(times + 1, dtype=np.int32) * len(data)
    return pa.StringArray.from_buffers(times, pa.py_buffer(offsets), pa.py_buffer(data * times))


def texts(values: Iterable[str]) -> pa.StringArray:
    """A column of some texts."""
    encoded = [value.encode() for value in values]
    offsets = np.zeros(len(encoded) + 1, np.int32)
    np.cumsum([len(each) for each in encoded], out=offsets[1:])
    return pa.StringArray.from_buffers(len(encoded), pa.py_buffer(offsets), pa.py_buffer(b"".join(encoded)))


def numbers(
    values: NDArray[np.generic], kind: pa.DataType, missing: NDArray[np.bool_] | None = None
) -> pa.Array:
    """A column of numbers of 8 bits or more, or of moments; what is `missing` is null."""
    wide = np.ascontiguousarray(
        values, kind.to_pandas_dtype() if not pa.types.is_timestamp(kind) else np.int64
    )
    validity = None if missing is None or not missing.any() else bits(~missing)
    return pa.Array.from_buffers(kind, len(wide), [validity, pa.py_buffer(wide)])


def booleans(values: NDArray[np.bool_]) -> pa.BooleanArray:
    """A column of them."""
    return pa.BooleanArray.from_buffers(pa.bool_(), len(values), [None, bits(values)])


def bits(values: NDArray[np.bool_]) -> pa.Buffer:
    """Eight in a byte, as Arrow has them."""
    return pa.py_buffer(np.packbits(values, bitorder="little"))


def values_of(array: pa.Array, dtype: type[N]) -> NDArray[N]:
    """The values of a column of numbers of 8 bits or more; where it is null, any."""
    _, data = array.buffers()
    return np.frombuffer(data, dtype)[array.offset : array.offset + len(array)]


def is_missing(array: pa.Array) -> NDArray[np.bool_]:
    """Where a column is null."""
    return are_true(array.is_null())


def are_true(array: pa.Array) -> NDArray[np.bool_]:
    """Where a column of booleans is true; a null is not."""
    validity, data = array.buffers()
    found = _unpacked(data, array)
    return found if validity is None else found & _unpacked(validity, array)


def _unpacked(data: pa.Buffer, array: pa.Array) -> NDArray[np.bool_]:
    end = array.offset + len(array)
    return np.unpackbits(np.frombuffer(data, np.uint8), count=end, bitorder="little")[array.offset :].astype(
        bool
    )


def in_pieces(parts: Iterable[bytes]) -> Iterator[bytes]:
    """The same lines in pieces of a size that is good to read: small parts together, large ones cut."""
    small: list[bytes] = []
    size = 0
    for part in parts:
        if len(part) > 2 * _PIECE:
            yield from _cut(part)
            continue
        small.append(part)
        size += len(part)
        if size >= _PIECE:
            yield b"".join(small)
            small, size = [], 0
    if small:
        yield b"".join(small)


def _cut(lines: bytes) -> Iterator[bytes]:
    at = 0
    while at < len(lines):
        end = lines.find(b"\n", at + _PIECE) + 1 or len(lines)
        yield lines[at:end]
        at = end
