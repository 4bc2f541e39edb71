"""Arrow columns made with numpy are those that pyarrow would make."""

from typing import Any

import pyarrow as pa
import pytest

from botlens.events.record import Record
from botlens.store.columns import array
from botlens.store.schema import RAW_EVENTS

_MOMENT = pa.timestamp("us", tz="UTC")


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        (pa.string(), []),
        (pa.string(), ["a", "", "plain"]),
        (pa.string(), ["ü", "", "a", "\u2028😀"]),
        (pa.int8(), [1, -128, 127]),
        (pa.int64(), [-(2**63), 0, 2**63 - 1]),
        (pa.uint64(), [0, 2**64 - 1]),
        (pa.uint32(), [2**32 - 1]),
        (pa.float64(), [0.1, None, -0.0, 5e-324, 1.7976931348623157e308]),
        (pa.float64(), [None, None]),
        (pa.float64(), []),
        (_MOMENT, [1_700_000_000_000_001, -5]),
        (_MOMENT, [None, 0, 7_258_118_399_999_999]),
        (pa.date32(), [0, -1, 20_000]),
        (pa.uint16(), [None, 2**16 - 1]),
        (pa.bool_(), [True, False, True] * 5),
        (pa.list_(pa.string()), [["a", "ü"], [], ["", "c"]]),
        (pa.list_(pa.uint32()), [[], []]),
        (pa.list_(pa.float64()), [[0.5], []]),
    ],
)
def test_like_pyarrow(kind: pa.DataType, values: list[Any]) -> None:
    made = array(values, kind)
    made.validate(full=True)
    assert made.equals(pa.array(values, type=kind))


@pytest.mark.parametrize("kind", [pa.binary(), pa.float32(), pa.struct([("a", pa.int64())])])
def test_no_other_columns(kind: pa.DataType) -> None:
    """Rather none than a wrong one."""
    with pytest.raises(TypeError):
        array([1, 2], kind)


def test_a_record_has_the_order_of_the_table():
    """Rows are laid out by position: a field in another place would land in another column."""
    assert [column.name for column in RAW_EVENTS.columns] == ["company_id", *Record.__struct_fields__]
