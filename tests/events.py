# ruff: noqa: A002 - `id` is what the field is called
"""Events as short as a test wants them; what a test does not say is as plain as can be."""

from datetime import UTC, datetime
from typing import Any

AT = "2026-03-18T10:00:00Z"
NOON = datetime(2026, 3, 18, 12, tzinfo=UTC)  # of the day of AT, a Wednesday


def message(conversation: str, id: str, text: str = "hello", at: str = AT, **more: Any) -> dict[str, Any]:
    """A user's message; say `role="assistant"` for the bot's."""
    return {
        "type": "message",
        "chatbot_id": "bot",
        "conversation_id": conversation,
        "id": id,
        "role": "user",
        "content": text,
        "created_at": at,
        **more,
    }


def answer(
    conversation: str, id: str, score: float | None = None, at: str = AT, **more: Any
) -> dict[str, Any]:
    """The bot's message, with its confidence."""
    return message(
        conversation, id, "an answer", at, **{"role": "assistant", "confidence_score": score, **more}
    )


def conversation(id: str, at: str | None = AT, **more: Any) -> dict[str, Any]:
    """A conversation of its own."""
    return {"type": "conversation", "chatbot_id": "bot", "id": id, "created_at": at, **more}


def rating(conversation: str, score: int, at: str = AT, **more: Any) -> dict[str, Any]:
    """Stars for a conversation."""
    return {
        "type": "rating",
        "chatbot_id": "bot",
        "conversation_id": conversation,
        "score": score,
        "created_at": at,
        **more,
    }


def vote(
    conversation: str, message: str, value: str = "positive", at: str = AT, **more: Any
) -> dict[str, Any]:
    """A vote on a message."""
    return {
        "type": "feedback",
        "chatbot_id": "bot",
        "conversation_id": conversation,
        "message_id": message,
        "value": value,
        "created_at": at,
        **more,
    }


def deletion(
    conversation: str, of: str, message: str | None = None, at: str = AT, **more: Any
) -> dict[str, Any]:
    """A message, a vote, a rating or the conversation itself is gone."""
    named = {} if message is None else {"message_id": message}
    return {
        "type": "deletion",
        "chatbot_id": "bot",
        "conversation_id": conversation,
        "of": of,
        "created_at": at,
        **named,
        **more,
    }


def handoff(conversation: str, at: str = AT, **more: Any) -> dict[str, Any]:
    """The bot passes a conversation to a human."""
    return {
        "type": "handoff",
        "chatbot_id": "bot",
        "conversation_id": conversation,
        "created_at": at,
        **more,
    }


def outcome(conversation: str, name: str, at: str = AT, **more: Any) -> dict[str, Any]:
    """What a conversation led to."""
    return {
        "type": "outcome",
        "chatbot_id": "bot",
        "conversation_id": conversation,
        "name": name,
        "created_at": at,
        **more,
    }
