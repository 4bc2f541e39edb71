"""`POST /v1/events`: what is taken, what is refused and how, and that a refusal costs no neighbour."""

import gzip
import json
import sys
from typing import Any

import pytest

from tests.conftest import Tenant
from tests.events import answer, conversation, message, rating, vote

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

NDJSON = {"Content-Type": "application/x-ndjson"}


def lines(*events: dict[str, Any]) -> bytes:
    return b"".join(json.dumps(event).encode() + b"\n" for event in events)


BAD = {
    "wrong type": (message("b", "1") | {"id": 7}, "wrong_type"),
    "missing field": ({k: v for k, v in message("b", "1").items() if k != "content"}, "missing_field"),
    "time without offset": (message("b", "1", at="2026-03-18T10:00:00"), "invalid_time"),
    "no time at all": (message("b", "1", at="yesterday"), "invalid_time"),
    "time of long ago": (message("b", "1", at="1869-03-18T10:00:00Z"), "invalid_time"),
    "NUL in a text": (message("b", "1", "a\0b"), "nul_byte"),
    "half a surrogate pair": (message("b", "1", "\ud800"), "invalid_json"),
    "confidence of 7": (answer("b", "1", 7), "out_of_range"),
    "confidence below 0": (answer("b", "1", -0.1), "out_of_range"),
    "a message of 1 MB": (message("b", "1", "x" * 1_000_000), "invalid_length"),
    "an id of 129 characters": (message("b", "x" * 129), "invalid_id"),
    "an empty id": (message("b", ""), "invalid_id"),
    "an unknown role": (message("b", "1", role="robot"), "invalid_value"),
    "an unknown type": (message("b", "1") | {"type": "telepathy"}, "unknown_type"),
    "no type": ({k: v for k, v in message("b", "1").items() if k != "type"}, "unknown_type"),
    "not an object": ([1, 2], "wrong_type"),
    "six stars": (rating("b", 6), "out_of_range"),
    "half a star": (rating("b", 4) | {"score": 4.5}, "wrong_type"),
    "an unknown chatbot": (message("b", "1", chatbot_id="nobody"), "unknown_chatbot"),
}


@pytest.mark.parametrize("name", BAD)
@pytest.mark.parametrize("form", ["json", "ndjson"])
def test_bad_event(tenant: Tenant, name: str, form: str) -> None:
    """Each fault has a code and a sentence, at the place of the event; the events around it are counted."""
    event, code = BAD[name]
    events = [message("a", "1"), event, message("a", "2")]
    if form == "json":
        found = tenant.post(json.dumps({"events": events}).encode())
    else:
        found = tenant.post(lines(*events), **NDJSON)
    assert found.status_code == 200
    (rejected,) = found.json()["rejected"]
    assert (found.json()["accepted"], rejected["index"], rejected["code"]) == (2, 1, code)
    assert len(rejected["message"]) > 10
    assert tenant.chatbot()["total_messages"] == 2


def test_half_a_line(tenant: Tenant) -> None:
    """An upload that broke off loses only its last, unfinished line, and says so."""
    body = lines(message("a", "1"), message("a", "2"))
    found = tenant.post(body[:-20], **NDJSON).json()
    assert (found["accepted"], found["rejected"][0]["index"], found["rejected"][0]["code"]) == (
        1,
        1,
        "invalid_json",
    )


def test_broken_utf8(tenant: Tenant) -> None:
    """A line with bytes that are not UTF-8 is refused alone."""
    body = lines(message("a", "1", "caf\\xe9")).replace(b"caf\\\\xe9", b"caf\xe9") + lines(message("a", "2"))
    found = tenant.post(body, **NDJSON).json()
    assert (found["accepted"], found["rejected"][0]["code"]) == (1, "invalid_utf8")


@pytest.mark.parametrize(
    ("body", "headers", "status", "code"),
    [
        (b"", {}, 400, "empty_body"),
        (b"  \n ", NDJSON, 400, "empty_body"),
        (b"hello", {}, 400, "invalid_json"),
        (b'{"events": [', {}, 400, "invalid_json"),
        (b"\xff\xfe\x00", {}, 400, "invalid_json"),
        (b'{"events": ' + b"[" * 100_000, {}, 400, "invalid_json"),
        (b"[]", {}, 400, "invalid_body"),
        (b'{"event": []}', {}, 400, "invalid_body"),
        (b"{}", {"Content-Encoding": "gzip"}, 400, "invalid_compression"),
        (
            gzip.compress(b'{"events": []}', mtime=0)[:-4],
            {"Content-Encoding": "gzip"},
            400,
            "invalid_compression",
        ),
        (zstd.compress(b'{"events": []}')[:-2], {"Content-Encoding": "zstd"}, 400, "invalid_compression"),
        (gzip.compress(bytes(50_000_000), mtime=0), {"Content-Encoding": "gzip"}, 413, "body_too_large"),
        (zstd.compress(bytes(50_000_000)), {"Content-Encoding": "zstd"}, 413, "body_too_large"),
        (bytes(17_000_000), {}, 413, "body_too_large"),
        (lines(message("a", "1")) * 10_001, NDJSON, 413, "too_many_events"),
        (b"{}", {"Content-Encoding": "br"}, 415, "unsupported_encoding"),
        (b"a=b", {"Content-Type": "application/x-www-form-urlencoded"}, 415, "unsupported_content_type"),
    ],
    ids=lambda value: str(value)[:24],
)
def test_bad_body(tenant: Tenant, body: bytes, headers: dict[str, str], status: int, code: str) -> None:
    """A body that cannot be taken as a whole: a clear error, and nothing of it is counted."""
    found = tenant.post(body, **headers)
    assert (found.status_code, found.json()["error"]["code"]) == (status, code)
    assert tenant.overview()["total_messages"] == 0


@pytest.mark.parametrize("encoding", [None, "gzip", "zstd"])
@pytest.mark.parametrize("form", ["json", "ndjson"])
def test_ways_of_sending(tenant: Tenant, form: str, encoding: str | None) -> None:
    """JSON or NDJSON, plain, gzip or zstd: the same events."""
    events = [message("a", "1"), message("a", "2"), rating("a", 4)]
    body = json.dumps({"events": events}).encode() if form == "json" else lines(*events)
    headers = dict(NDJSON) if form == "ndjson" else {}
    if encoding:
        body = {"gzip": gzip.compress, "zstd": zstd.compress}[encoding](body)
        headers["Content-Encoding"] = encoding
    assert tenant.post(body, **headers).json() == {"accepted": 3, "rejected": []}
    assert (tenant.chatbot()["total_messages"], tenant.chatbot()["average_rating"]) == (2, 4.0)


def test_no_events(tenant: Tenant) -> None:
    """A list without events is no error."""
    assert tenant.post(b'{"events": []}').json() == {"accepted": 0, "rejected": []}


def test_ten_thousand(tenant: Tenant) -> None:
    """The largest batch that is allowed is taken whole."""
    body = lines(*(message("a", str(number), "hi") for number in range(10_000)))
    assert tenant.post(body, **NDJSON).json() == {"accepted": 10_000, "rejected": []}
    assert tenant.chatbot()["total_messages"] == 10_000


def test_unknown_field(tenant: Tenant) -> None:
    """A field that botlens does not know is named in a warning; the event is taken without it."""
    found = tenant.post(json.dumps({"events": [message("a", "1", confidence=0.1)]}).encode()).json()
    assert (found["accepted"], found["rejected"]) == (1, [])
    assert found["warnings"][0]["index"] == 0
    assert "confidence_score" in found["warnings"][0]["message"]


def test_resend_changes_nothing(tenant: Tenant) -> None:
    """The same batch sent three times, also after it was written to the store, counts once."""
    events = [message("a", "1"), answer("a", "2", 0.1), rating("a", 3), vote("a", "2", "negative")]
    tenant.send(*events)
    once = tenant.overview()
    tenant.send(*events)
    tenant.world.engine.commits.flush()
    tenant.send(*events)
    assert tenant.overview() == once


def test_revision_wins(tenant: Tenant) -> None:
    """The highest revision counts, whenever it comes; of one revision the later arrival."""
    tenant.send(message("a", "1", "second", revision=2), message("a", "1", "first", revision=1))
    assert tenant.chatbot()["top_queries"] == [{"query": "second", "count": 1}]
    tenant.send(message("a", "1", "third", revision=2))
    tenant.world.engine.commits.flush()
    tenant.send(message("a", "1", "zeroth"))
    assert tenant.chatbot()["top_queries"] == [{"query": "third", "count": 1}]


def test_latest_vote_and_rating(tenant: Tenant) -> None:
    """Of votes on a message and ratings of a conversation the latest counts, not the last to come."""
    tenant.send(
        message("a", "1"),
        vote("a", "1", "positive", "2026-03-18T12:00:00Z"),
        vote("a", "1", "negative", "2026-03-18T11:00:00Z"),
        rating("a", 5, "2026-03-18T12:00:00Z"),
        rating("a", 1, "2026-03-18T11:00:00Z"),
    )
    found = tenant.chatbot()
    assert (found["feedback_positive"], found["feedback_negative"], found["average_rating"]) == (1, 0, 5.0)


def test_late_start(tenant: Tenant) -> None:
    """A conversation starts at its own time, else at its earliest message, however late that comes."""
    tenant.send(message("a", "2", at="2026-03-18T10:00:00Z"))
    assert tenant.chatbot()["peak_hour"] == 10
    tenant.send(message("a", "1", at="2026-03-18T08:00:00+01:00"))
    assert tenant.chatbot()["peak_hour"] == 7
    tenant.send(conversation("a", "2026-03-17T05:00:00Z"))
    found = tenant.chatbot()
    assert (found["peak_hour"], found["conversations_today"], found["total_conversations"]) == (5, 0, 1)


def test_chatbot_made_elsewhere(tenant: Tenant) -> None:
    """A chatbot that another process made a moment ago is known to the next batch."""
    tenant.send(message("a", "1"))
    tenant.world.engine.accounts.put_chatbot(tenant.company.id, "new")
    tenant.send(message("a", "1", chatbot_id="new"))
    assert tenant.overview()["total_conversations"] == 2
