"""Bodies of events as a whole: which are refused, what is a line, how many events there may be."""

import json
import time
import tracemalloc

import pytest

from botlens.errors import BadRequestError, TooLargeError
from botlens.events.decode import MAX_EVENTS, decode_json, decode_ndjson
from tests.unit.bodies import (
    GOOD,
    MESSAGE,
    WAYS,
    written,
)


def test_a_line_that_was_cut_off_is_refused_alone():
    """A stream that breaks in the middle of a line costs that line only."""
    decoded = decode_ndjson(written(MESSAGE) + b"\n" + written(GOOD["rating"])[:-9])
    assert [(each.index, each.code) for each in decoded.rejected] == [(1, "invalid_json")]
    assert decoded.places == [0]


@pytest.mark.parametrize("last", [[], [b"{"]])
def test_blank_lines_are_skipped_and_not_counted(last):
    """Empty lines and Windows line ends are no events, with or without a bad line."""
    body = b"\n\r\n" + written(MESSAGE) + b"\r\n  \n\n" + written(GOOD["rating"]) + b"\n" + b"".join(last)
    decoded = decode_ndjson(body)
    assert decoded.places == [0, 1]
    assert [each.index for each in decoded.rejected] == [2] * len(last)


@pytest.mark.parametrize("decode", [decode_json, decode_ndjson])
@pytest.mark.parametrize("body", [b"", b"  \r\n\n"])
def test_an_empty_body_is_refused(decode, body):
    """Sending nothing is a fault of the sender, not an empty success."""
    with pytest.raises(BadRequestError) as refused:
        decode(body)
    assert refused.value.code == "empty_body"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"[]", "invalid_body"),
        (b"{}", "invalid_body"),
        (b'{"events": 5}', "invalid_body"),
        (b'{"events": null}', "invalid_body"),
        (b'{"events": {"a": 1}}', "invalid_body"),
        (b'"x"', "invalid_body"),
        (b"{", "invalid_json"),
        (b'{"events": [{}', "invalid_json"),
        (b'{"events": []} x', "invalid_json"),
        (b"\xff", "invalid_json"),
        (b"NaN", "invalid_json"),
    ],
)
def test_a_body_that_is_no_list_of_events_is_refused_as_a_whole(body, code):
    """400: there is nothing in it to save."""
    with pytest.raises(BadRequestError) as refused:
        decode_json(body)
    assert refused.value.code == code


@WAYS
@pytest.mark.parametrize("first", [MESSAGE, {}])
def test_a_request_carries_ten_thousand_events_and_no_more(way, first):
    """The bound holds for good and for bad events alike."""
    full = [first, *[GOOD["handoff"]] * (MAX_EVENTS - 1)]
    assert len(way(full).events) + len(way(full).rejected) == MAX_EVENTS
    with pytest.raises(TooLargeError) as refused:
        way([*full, MESSAGE])
    assert (refused.value.code, refused.value.status) == ("too_many_events", 413)


@pytest.mark.parametrize(
    "line",
    [
        b'{"type":"message","foo":1, "con',
        b'{"type":"message"} x',
        b'{"type":"message","foo":"\xff"}',
        b"[" * 9_999,
    ],
)
def test_odd_lines(line: bytes) -> None:
    """A line that is broken in any way costs only itself."""
    decoded = decode_ndjson(json.dumps(MESSAGE).encode() + b"\n" + line)
    assert (len(decoded.events), [each.index for each in decoded.rejected]) == (1, [1])


def test_one_event_a_line() -> None:
    """Two events on a line are refused, whether or not another line is flawed: neighbours do not decide."""
    two = json.dumps(MESSAGE).encode() * 2
    assert not decode_ndjson(two).events
    assert len(decode_ndjson(two + b"\n" + json.dumps(MESSAGE).encode()).events) == 1


def test_byte_order_mark() -> None:
    """A byte order mark before the first event is no part of it."""
    line = json.dumps(MESSAGE).encode()
    assert len(decode_ndjson(b"\xef\xbb\xbf" + line).events) == 1
    assert len(decode_json(b'\xef\xbb\xbf{"events": [' + line + b"]}").events) == 1


@pytest.mark.parametrize(
    ("way", "body"),
    [
        (decode_json, b'{"events": [' + b"0," * 1_000_000 + b"0]}"),
        (decode_json, b'{"events": [NaN, ' + b"0," * 1_000_000 + b"0]}"),
        (decode_ndjson, b"0\n" * 1_000_000),
    ],
    ids=["json", "json that only the standard library reads", "ndjson"],
)
def test_millions_of_events_are_refused_before_they_are_looked_at(way, body):
    """They take neither seconds nor some hundred times their bytes."""
    begun = time.thread_time()
    tracemalloc.start()
    try:
        with pytest.raises(TooLargeError) as refused:
            way(body)
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert refused.value.code == "too_many_events"
    assert time.thread_time() - begun < 3
    assert most < 10 * len(body)


def test_blank_lines_are_no_events():
    """However many there are."""
    line = written(MESSAGE)
    assert len(decode_ndjson(b"\n" * 20_000 + line + b" \r\n\t\n" * 20_000 + line).events) == 2
