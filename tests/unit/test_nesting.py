"""Bodies that are nested so deeply that no decoder gets through them."""

import contextlib
import time

import pytest

from botlens.errors import BadRequestError, BotlensError
from botlens.events.decode import decode_json
from tests.unit.test_decode import GOOD, MESSAGE, written


@pytest.mark.parametrize("more", [b"", b', "content": "\\ud800"', b', "x": "\xff"'])
def test_a_deep_event_does_not_sink_a_body_with_other_faults(more):
    """Each event that can be read is judged by itself, at its place."""
    deep = (
        b'{"type": "message", "metadata": {"events": [' + b"[" * 5_000 + b"]" * 5_000 + b']}, "x": "]}[\\"{"}'
    )
    flawed = written({**MESSAGE, "id": "]["})[:-1] + more + b"}"
    body = b'{"a": ["events", {"events": [1, 2]}], "events" : [' + b", ".join(
        [written(MESSAGE), deep, flawed, deep, written(GOOD["rating"])]
    )
    decoded = decode_json(body + b"]}")
    assert [(each.index, each.code) for each in decoded.rejected if each.code == "too_deep"] == [
        (1, "too_deep"),
        (3, "too_deep"),
    ]
    assert {0, 4} <= set(decoded.places)


@pytest.mark.parametrize("around", [b'{"a": %s, "events": []}', b"%s", b'{"events": {"a": %s}}'])
def test_a_body_that_is_deep_elsewhere_is_not_json_to_us(around):
    """400 for the whole, as there is no event in it."""
    with pytest.raises(BadRequestError) as refused:
        decode_json(around % (b"[" * 5_000 + b"]" * 5_000))
    assert refused.value.code in ("invalid_json", "invalid_body")


@pytest.mark.parametrize("piece", [b"[", b"[]", b'"', b'\\"', b'{"events":[', b'[],"events":[', b"}", b","])
def test_a_hostile_body_takes_time_in_proportion(piece):
    """Two megabytes of anything are looked through in a moment."""
    body = b'{"events": [{"metadata": ' + b"[" * 2_000 + piece * (2_000_000 // len(piece))
    begun = time.thread_time()
    with contextlib.suppress(BotlensError):
        decode_json(body)
    assert time.thread_time() - begun < 5


@pytest.mark.parametrize("level", [b"[", b'{"a":', b'{"a":[', b"[],["])
def test_a_body_of_levels_alone_is_refused_in_a_moment(level):
    """Some kilobytes, packed, unpack to that, and nobody else may wait for whoever sends them."""
    body = b'{"events": [' + level * (16_000_000 // len(level))
    begun = time.thread_time()
    with pytest.raises(BadRequestError, match="deep"):
        decode_json(body)
    assert time.thread_time() - begun < 3
