"""What is written as lines of JSON is, to the last bit, what Arrow reads of them."""

import sys
from subprocess import run
from typing import Any

import msgspec
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from botlens.events.lines import lines_of
from botlens.events.record import MESSAGE, Record
from botlens.store.arrow import Inner, arrow_table, in_pieces, repeated

MOMENT = pa.timestamp("us", tz="UTC")


def read(values: list[Any], kind: pa.DataType) -> pa.ChunkedArray:
    lines = msgspec.json.Encoder().encode_lines([{"v": value} for value in values])
    return arrow_table(lines, pa.schema([("v", kind)]))["v"]


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        (pa.string(), ["a", "", 'quo"ted \\ and\nbroken\t\x01', "ü\u2028😀"]),
        (pa.int8(), [1, -128, 127]),
        (pa.int64(), [-(2**63), 0, 2**63 - 1]),
        (pa.uint64(), [0, 2**64 - 1]),
        (pa.float64(), [0.1, None, -0.0, 5e-324, 1.7976931348623157e308, 3.0]),
        (MOMENT, [None, 0, 1_700_000_000_000_001, -5, 7_258_118_399_999_999]),
        (pa.bool_(), [True, False, None]),
        (pa.list_(pa.string()), [["a", "ü"], [], ["", "c"]]),
        (pa.list_(pa.uint32()), [[], [2**32 - 1]]),
        (pa.list_(pa.float64()), [[0.1], []]),
    ],
)
def test_every_kind_of_column(kind: pa.DataType, values: list[Any]) -> None:
    """At its bounds, and null."""
    assert read(values, kind).combine_chunks().equals(pa.array(values, kind))


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=50))
def test_floats_are_exact(values: list[float]) -> None:
    """A score that is read a little lower would be unanswered in one place and answered in another."""
    assert list(map(float.hex, read(values, pa.float64()).to_pylist())) == list(map(float.hex, values))


def test_columns_inside_an_object() -> None:
    lines = b'{"facts":{"b":2,"c":[1]},"a":"x"}\n{"a":"y","facts":{"c":[],"b":3}}\n'
    schema = pa.schema([("a", pa.string()), ("b", MOMENT), ("c", pa.list_(pa.int8()))])
    table = arrow_table(lines, schema, Inner("facts", frozenset("bc")))
    assert table.schema == schema
    assert table["a"].to_pylist() == ["x", "y"]
    assert table["b"].cast(pa.int64()).to_pylist() == [2, 3]
    assert table["c"].to_pylist() == [[1], []]


def test_a_field_that_is_no_column_is_an_error() -> None:
    """Rather none than a row that lacks something."""
    with pytest.raises(pa.ArrowInvalid):
        arrow_table(b'{"a":1,"b":2}\n', pa.schema([("a", pa.int64())]))


def test_repeated() -> None:
    assert repeated("ü", 3).to_pylist() == ["ü"] * 3
    assert repeated("a", 0).to_pylist() == []


@pytest.mark.parametrize("length", [10, 10_000, 5_000_000])
def test_pieces_hold_the_same_lines(length: int) -> None:
    """Many small parts are put together, a large one is cut between two lines."""
    records = [Record("b", "c", MESSAGE, str(n), 0, n, n, content=f"{n}" * length) for n in range(10, 14)]
    parts = [lines_of(records), *(lines_of([each]) for each in records)]
    pieces = list(in_pieces(parts))
    assert b"".join(pieces) == b"".join(parts)
    assert all(piece.endswith(b"}\n") for piece in pieces)
    assert (len(pieces) > 1) == (length == 5_000_000)


def test_pandas_stays_out() -> None:
    """Its import takes half a second in which nobody is answered, and 40 MB."""
    program = (
        "import sys, pyarrow as pa; from botlens.store.arrow import repeated, arrow_table\n"
        "schema = pa.schema([('b', pa.timestamp('us', tz='UTC')), ('c', pa.list_(pa.string()))])\n"
        "table = arrow_table(b'{\"b\":1,\"c\":[]}', schema).add_column(0, 'a', repeated('x', 1))\n"
        "with pa.ipc.new_stream(pa.BufferOutputStream(), table.schema) as writer: writer.write_table(table)\n"
        "sys.exit('pandas' in sys.modules)"
    )
    assert run([sys.executable, "-c", program], check=False).returncode == 0
