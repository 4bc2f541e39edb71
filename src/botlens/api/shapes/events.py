"""The body of `POST /v1/events` and its answer, for OpenAPI.

The body is made of the declarations that bodies are checked against.
"""

from typing import Any, Final, NotRequired

import msgspec
from typing_extensions import TypedDict

from botlens.events.types import EVENT_TYPES

_REFERENCE = "#/components/schemas/{name}"
_DAY = "2026-03-18"
_PLACE: Final = {"chatbot_id": "helpdesk", "conversation_id": "c-1"}

EXAMPLES: Final[dict[str, dict[str, Any]]] = {
    "message": {
        "type": "message",
        **_PLACE,
        "id": "m-1",
        "role": "user",
        "content": "Where is my parcel?",
        "created_at": f"{_DAY}T09:30:00Z",
        "session_id": "visitor-7",
        "language": "en",
    },
    "conversation": {
        "type": "conversation",
        "chatbot_id": "helpdesk",
        "id": "c-1",
        "channel": "web",
        "language": "en",
    },
    "feedback": {
        "type": "feedback",
        **_PLACE,
        "message_id": "m-1",
        "value": "negative",
        "comment": "That was another parcel.",
        "created_at": f"{_DAY}T09:31:00Z",
    },
    "rating": {"type": "rating", **_PLACE, "score": 4, "created_at": f"{_DAY}T09:32:00Z"},
    "handoff": {
        "type": "handoff",
        **_PLACE,
        "reason": "asked for a human",
        "created_at": f"{_DAY}T09:33:00Z",
    },
    "outcome": {
        "type": "outcome",
        **_PLACE,
        "name": "parcel_found",
        "value": 1,
        "created_at": f"{_DAY}T09:34:00Z",
    },
    "deletion": {
        "type": "deletion",
        **_PLACE,
        "of": "feedback",
        "message_id": "m-1",
        "created_at": f"{_DAY}T09:35:00Z",
    },
}
"""One event of each type."""


def _name(event: str) -> str:
    return f"{event.title()}Event"


def schemas() -> dict[str, Any]:
    """The schema of each event type, by its name. Fields that are not in it are taken with a warning."""
    _, found = msgspec.json.schema_components(EVENT_TYPES.values(), ref_template=_REFERENCE)
    named = {}
    for event, struct in EVENT_TYPES.items():
        schema = dict(found[struct.__name__])
        schema.pop("additionalProperties", None)
        named[_name(event)] = {**schema, "title": _name(event), "example": EXAMPLES[event]}
    return named


_EVENT: Final = {
    "oneOf": [{"$ref": _REFERENCE.format(name=_name(event))} for event in EVENT_TYPES],
    "discriminator": {
        "propertyName": "type",
        "mapping": {event: _REFERENCE.format(name=_name(event)) for event in EVENT_TYPES},
    },
}
BODY: Final = {
    "required": True,
    "content": {
        "application/json": {
            "schema": {
                "type": "object",
                "required": ["events"],
                "properties": {"events": {"type": "array", "maxItems": 10_000, "items": _EVENT}},
            },
            "examples": {
                "all": {"summary": "One of each", "value": {"events": list(EXAMPLES.values())}},
                **{
                    event: {"summary": f"One {event}", "value": {"events": [example]}}
                    for event, example in EXAMPLES.items()
                },
            },
        },
        "application/x-ndjson": {"schema": {"type": "string", "description": "One event a line."}},
    },
}


class RejectedEvent(TypedDict):
    """Why the event at this place of the body was not taken, and for which field if it is one."""

    index: int
    code: str
    message: str
    field: NotRequired[str]


class Accepted(TypedDict):
    """What became of a body of events. Accepted events are durable and counted.

    `warnings` are the first of each kind; `warning_counts` says how many there are, by code.
    """

    accepted: int
    rejected: list[RejectedEvent]
    warnings: NotRequired[list[RejectedEvent]]
    warning_counts: NotRequired[dict[str, int]]
