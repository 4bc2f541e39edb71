"""Events and records as short as the tests of the oracle want them."""

from datetime import UTC, datetime

BERLIN = "Europe/Berlin"
NOW = datetime(2024, 3, 31, 10, 0, tzinfo=UTC)
"""On the Sunday on which Berlin's clocks go forward (02:00 becomes 03:00)."""


def message(id, role, content, at, conversation="c1", chatbot="bot-a", **fields):  # noqa: A002
    return {
        "type": "message",
        "chatbot_id": chatbot,
        "conversation_id": conversation,
        "id": id,
        "role": role,
        "content": content,
        "created_at": at,
        **fields,
    }


def conversation(id="c1", chatbot="bot-a", **fields):  # noqa: A002
    return {"type": "conversation", "chatbot_id": chatbot, "id": id, **fields}


def feedback(message_id, value, at, conversation="c1", chatbot="bot-a"):
    return {
        "type": "feedback",
        "chatbot_id": chatbot,
        "conversation_id": conversation,
        "message_id": message_id,
        "value": value,
        "created_at": at,
    }


def rating(score, at, conversation="c1", chatbot="bot-a"):
    return {
        "type": "rating",
        "chatbot_id": chatbot,
        "conversation_id": conversation,
        "score": score,
        "created_at": at,
    }


def record(chatbot_id="bot-a", **fields):
    return {
        "chatbot_id": chatbot_id,
        "name": None,
        "is_published": True,
        "confidence_threshold": 0.2,
        "average_rating": None,
        "timezone": None,
        **fields,
    }


def days_of_march_2024(first: int, counts: dict[int, int]):
    return [{"date": f"2024-03-{day:02}", "count": counts.get(day, 0)} for day in range(first, first + 30)]
