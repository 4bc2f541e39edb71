"""Events that are as they should be, what to change of them, and the two ways in which a body holds them."""

import json

import pytest

from botlens.events.decode import Decoded, decode_json, decode_ndjson

OF = {"chatbot_id": "bot", "conversation_id": "c1", "created_at": "2026-03-01T09:30:00Z"}


GOOD: dict[str, dict] = {
    "message": {"type": "message", **OF, "id": "m1", "role": "user", "content": "hi"},
    "conversation": {"type": "conversation", "chatbot_id": "bot", "id": "c1"},
    "feedback": {"type": "feedback", **OF, "message_id": "m1", "value": "positive"},
    "rating": {"type": "rating", **OF, "score": 5},
    "handoff": {"type": "handoff", **OF},
    "outcome": {"type": "outcome", **OF, "name": "lead_captured"},
}


MESSAGE = GOOD["message"]


UNSET = object()


def nested(levels: int) -> dict:
    return {"a": nested(levels - 1)} if levels > 1 else {}


def bad(kind: str, **changes: object) -> dict:
    return {name: value for name, value in {**GOOD[kind], **changes}.items() if value is not UNSET}


def written(event: object) -> bytes:
    return event if isinstance(event, bytes) else json.dumps(event).encode()


def as_json(events: list) -> Decoded:
    return decode_json(b'{"events": [' + b", ".join(map(written, events)) + b"]}")


def as_ndjson(events: list) -> Decoded:
    return decode_ndjson(b"\n".join(map(written, events)))


WAYS = pytest.mark.parametrize("way", [as_json, as_ndjson])


def with_content(content: bytes) -> bytes:
    """A message with these raw bytes between the quotes of its content."""
    return written({**MESSAGE, "content": "HERE"}).replace(b"HERE", content)
