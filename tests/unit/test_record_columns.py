"""Events that are loaded as columns become the records that each of them would become by itself."""

import json
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from msgspec.structs import asdict

from botlens.commit.columns import EventColumns
from botlens.commit.record_columns import RecordColumns, record_columns
from botlens.errors import InvalidError
from botlens.events.decode import decode_json
from botlens.events.record import Record, record_of
from tests.columns import by_type, columns_of
from tests.events import answer, conversation, handoff, message, outcome, rating, vote
from tests.oracle import strategies

KNOWN = {"bot", *strategies.CHATBOTS}
_NOT_LOADED = {"question": "", "metadata": ""}  # made anew when it is read; not loaded


def loaded(events: list[dict[str, Any]]) -> RecordColumns:
    return record_columns(columns_of(events), KNOWN)


def records_in(found: RecordColumns) -> list[Record]:
    """What the store would read back: where nothing was inserted, it has nothing."""
    nothing = {"arrival": 0, "sequence": 0, "role": 0, "rank": 0, "precedence": 0}
    rows = []
    for written in found.table.to_pylist():
        row = {name: nothing.get(name, "") if value is None else value for name, value in written.items()}
        for name in ("confidence", "latency_ms", "value", "created_at"):
            row[name] = None if row[name] == "" else row[name]
        for name in ("fallback", "test"):
            row[name] = row[name] or False
        if row["created_at"] is not None:
            row["created_at"] = round(
                (row["created_at"] - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds() * 1e6
            )
        rows.append(Record(**row))
    return rows


def one_by_one(events: list[dict[str, Any]]) -> list[Record]:
    decoded = decode_json(json.dumps({"events": events}).encode())
    assert not decoded.rejected
    return [Record(**(asdict(record_of(event)) | _NOT_LOADED)) for event in decoded.events]


@given(strategies.histories())
def test_they_are_the_records_of_the_events(events: list[dict[str, Any]]) -> None:
    """Field by field: ranks of votes and outcomes, names, languages, what was not sent."""
    for some in by_type([event for event in events if event["type"] != "deletion"]):
        found = loaded(some)
        assert not found.refused
        assert records_in(found) == one_by_one(some)


def test_values_of_outcomes_order_as_numbers_do() -> None:
    """No value comes before all of them; minus zero is zero."""
    values = [None, -1e15, -1.0, -0.0, 0.0, 5e-324, 1.0, 1e15]
    events = [outcome("c", "sold", value=value) for value in values]
    ranks = [record.rank for record in records_in(loaded(events))]
    assert ranks == [record.rank for record in one_by_one(events)]
    assert ranks == sorted(ranks)


TOO_LONG = "x" * 129
BROKEN = [
    (message("c", ""), "invalid_id", "id"),
    (message("c\n", "1"), "invalid_id", "conversation_id"),
    (message("c", "1\u2028"), "invalid_id", "id"),
    (message("c", "1\x85"), "invalid_id", "id"),
    (message(TOO_LONG, "1"), "invalid_id", "conversation_id"),
    (message("c", "1", "a\0b"), "nul_byte", "content"),
    (message("c", "1", "x" * 100_001), "invalid_length", "content"),
    (message("c", "1", channel=TOO_LONG), "invalid_length", "channel"),
    (message("c", "1", role="tool"), "invalid_value", "role"),
    (answer("c", "1", 1.5), "out_of_range", "confidence_score"),
    (answer("c", "1", latency_ms=-1.0), "out_of_range", "latency_ms"),
    (message("c", "1", sequence=2**53 + 1), "out_of_range", "sequence"),
    (message("c", "1", revision=-1), "out_of_range", "revision"),
    (message("c", "1", at="1969-12-31T23:59:59Z"), "invalid_time", "created_at"),
    (message("c", "1", at="2200-01-01T00:00:00Z"), "invalid_time", "created_at"),
    (vote("c", "1", "up"), "invalid_value", "value"),
    (rating("c", 6), "out_of_range", "score"),
    (outcome("c", ""), "invalid_length", "name"),
    (outcome("c", "sold", value=1e16), "out_of_range", "value"),
    (conversation(TOO_LONG), "invalid_id", "id"),
    (handoff("c", reason="x" * 10_001), "invalid_length", "reason"),
]


@pytest.mark.parametrize(("event", "code", "name"), BROKEN)
def test_a_row_that_breaks_a_rule_is_refused_alone(event: dict[str, Any], code: str, name: str) -> None:
    """With the code and the field that `POST /v1/events` says; the rows around it are taken."""
    good = {key: value for key, value in event.items() if key != name} | _GOOD[event["type"]]
    found = loaded([good, event, good])
    assert [(each.code, each.field, each.places) for each in found.refused] == [(code, name, [1])]
    assert (len(found.table), found.places.tolist()) == (2, [0, 2])
    decoded = decode_json(json.dumps({"events": [event]}).encode())
    assert [(each.code, each.field) for each in decoded.rejected] == [(code, name)]


_GOOD = {
    "message": message("good", "1"),
    "feedback": vote("good", "1"),
    "rating": rating("good", 5),
    "outcome": outcome("good", "sold"),
    "conversation": conversation("good"),
    "handoff": handoff("good"),
}


def test_what_is_no_number_or_missing_or_of_nobody() -> None:
    """JSON cannot say NaN, a column can; a null where something must be; a chatbot that there is not."""
    events = [answer("c", "1", float("nan")), message("c", "2") | {"content": None}]
    events += [message("c", "3") | {"chatbot_id": "stranger"}, message("c", "4")]
    found = loaded(events)
    assert [(each.code, each.field, each.places) for each in found.refused] == [
        ("missing_field", "content", [1]),
        ("out_of_range", "confidence_score", [0]),
        ("unknown_chatbot", "chatbot_id", [2]),
    ]
    assert found.places.tolist() == [3]


def test_columns_of_other_types_that_say_the_same() -> None:
    """Dictionaries, large texts, times with a zone in any unit, whole numbers for fractions."""
    plain = columns_of([answer("c", "1", 1.0, at="2026-03-18T10:00:00.000001Z")])
    table = plain.table
    moments = (
        table.column("created_at")
        .cast(pa.timestamp("us", tz="UTC"))
        .cast(pa.timestamp("ns", tz="Asia/Tokyo"))
    )
    for name, column in {
        "role": table.column("role").dictionary_encode(),
        "content": table.column("content").cast(pa.large_string()),
        "confidence_score": table.column("confidence_score").cast(pa.int32()),
        "created_at": moments,
    }.items():
        table = table.set_column(table.column_names.index(name), name, column)
    found = record_columns(EventColumns("message", table), KNOWN)
    assert found.table == record_columns(plain, KNOWN).table
    sliced = EventColumns("message", pa.concat_tables([table, table]).slice(1))
    assert record_columns(sliced, KNOWN).table == found.table


@pytest.mark.parametrize(
    ("columns", "name", "said"),
    [
        ({"id": None}, "id", "missing"),
        ({"colour": pa.array(["red"])}, "colour", "no `colour`"),
        ({"metadata": pa.array(["{}"])}, "metadata", "no `metadata`"),
        ({"created_at": pa.array([0], pa.timestamp("us"))}, "created_at", "no zone"),
        ({"created_at": pa.array(["today"])}, "created_at", "must be int64"),
        ({"confidence_score": pa.array(["high"])}, "confidence_score", "must be double"),
    ],
)
def test_columns_that_are_none_of_the_type(columns: dict[str, Any], name: str, said: str) -> None:
    """Nothing is taken, and the sentence names the column."""
    table = columns_of([message("c", "1")]).table
    for each, column in columns.items():
        table = table.drop_columns([each]) if each in table.column_names else table
        table = table if column is None else table.append_column(each, column)
    with pytest.raises(InvalidError, match=said) as error:
        record_columns(EventColumns("message", table), KNOWN)
    assert (error.value.code, error.value.field) == ("invalid_columns", name)


def test_no_rows() -> None:
    """Nothing comes of nothing."""
    empty = columns_of([message("c", "1")]).table.slice(0, 0)
    found = record_columns(EventColumns("message", empty), KNOWN)
    assert (len(found.table), found.refused) == (0, [])
