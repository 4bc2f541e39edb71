"""What is wrong with a field of an event, in words that its sender knows."""

import json
from typing import Any

import pytest

from botlens.events.decode import decode_json
from tests.events import message

VOTE = {
    "type": "feedback",
    "chatbot_id": "bot",
    "conversation_id": "c",
    "message_id": "m",
    "value": "positive",
    "created_at": "2026-03-18T09:30:00Z",
}
RATING = {**{name: VOTE[name] for name in ("chatbot_id", "conversation_id", "created_at")}, "type": "rating"}


@pytest.mark.parametrize(
    ("event", "said"),
    [
        (
            {**message("c", "m"), "role": "bot"},
            "`role`: 'bot' is not one of `user`, `assistant`, `agent`, `system`.",
        ),
        ({**VOTE, "value": "down"}, "`value`: 'down' is not one of `positive`, `negative`."),
        ({**RATING, "score": 7}, "`score`: it must be a whole number of at most 5."),
        ({**RATING, "score": "5"}, "`score`: it must be a whole number, and is a text."),
        (
            {**message("c", "m"), "confidence_score": "high"},
            "`confidence_score`: it must be a number or null, and is a text.",
        ),
        ({**message("c", "m"), "language": "x" * 129}, "`language`: it must have at most 128 characters."),
    ],
)
def test_a_rejection_says_what_may_be(event: dict[str, Any], said: str) -> None:
    """The words a field may have, its bound, its type: none of them as Python writes it."""
    (rejected,) = decode_json(json.dumps({"events": [event]}).encode()).rejected
    assert rejected.message == said
