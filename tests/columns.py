"""Events as columns, for tests that load them."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

import pyarrow as pa

from botlens.commit.columns import EventColumns
from botlens.moments import EPOCH

_TYPES = {
    "confidence_score": pa.float64(),
    "latency_ms": pa.float64(),
    "created_at": pa.int64(),
    "sequence": pa.int64(),
    "revision": pa.int64(),
    "score": pa.int64(),
    "fallback": pa.bool_(),
    "test": pa.bool_(),
}


def microseconds_of(written: str | None) -> int | None:
    return None if written is None else (datetime.fromisoformat(written) - EPOCH) // timedelta(microseconds=1)


def columns_of(events: Sequence[dict[str, Any]]) -> EventColumns:
    """Events of one type in the wire format, without their metadata."""
    kind = events[0]["type"]
    names = dict.fromkeys(name for event in events for name in event if name not in ("type", "metadata"))
    columns = {}
    for name in names:
        values = [event.get(name) for event in events]
        if name == "created_at":
            values = [microseconds_of(value) for value in values]
        is_number = kind == "outcome" and name == "value"
        columns[name] = pa.array(values, pa.float64() if is_number else _TYPES.get(name, pa.string()))
    return EventColumns(kind, pa.table(columns))


def by_type(events: Sequence[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """The events in their order, as long as they are of one type."""
    for _, each in groupby(events, lambda event: event["type"]):
        yield list(each)
