"""What is said to two chatbots by whoever sends: any of it twice, by anybody, in any order.

What a name and a revision say is decided by the two alone, so events are a set: who said it first, how often,
and in which batch, makes no difference to any number.
"""

import random
from datetime import UTC, datetime, timedelta
from typing import Any

CHATBOTS = ("bot-a", "bot-b")
_TEXTS = (
    "Where is my order?",
    "where is my order",
    "Hello",
    "hello!",
    "Straße?",
    "STRASSE",
    "你好。",
    "",
    "?!",
)
_DAYS = 9
_LATELY = 12
"""So many conversations go on at a time."""


class Talk:
    """Of one company.

    Args:
        name: of it; with it all is decided.
        today: all happens in the days until then.
    """

    def __init__(self, name: str, today: datetime) -> None:
        self._name = name
        self._midnight = today.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)

    def batch(self, chance: random.Random, begun: int, size: int) -> list[dict[str, Any]]:
        """Events of conversations that go on; `begun` is how many events there were before."""
        newest = 4 + begun // 10
        return [self._event(chance, newest) for _ in range(size)]

    def _event(self, chance: random.Random, newest: int) -> dict[str, Any]:
        number = chance.randint(max(0, newest - _LATELY), newest) if chance.random() < 0.9 else 0
        where = {"chatbot_id": CHATBOTS[number % 2], "conversation_id": f"c{number}"}
        kind = chance.choices(
            ("message", "header", "vote", "rating", "deletion", "handoff", "outcome"),
            (60, 14, 10, 5, 9, 1, 1),
        )[0]
        made: dict[str, Any] = getattr(self, f"_{kind}")(chance, where)
        return made

    def _decided(self, *named: Any) -> random.Random:
        return random.Random(f"{self._name}/{named}")

    def _at(self, decided: random.Random) -> str:
        ago = timedelta(days=decided.randint(0, _DAYS), seconds=-decided.randint(0, 80_000))
        return min(self._midnight - ago, self._midnight).isoformat()

    def _message(self, chance: random.Random, where: dict[str, str]) -> dict[str, Any]:
        number, revision = chance.randint(0, 5), chance.choice((0, 0, 0, 1, 2, 3))
        decided = self._decided("message", where, number, revision)
        event = {
            "type": "message",
            **where,
            "id": f"m{number}",
            "role": ("user", "assistant")[number % 2],
            "content": decided.choice(_TEXTS),
            "created_at": self._at(decided),
            "revision": revision,
            "session_id": decided.choice((None, "s1", "s2", f"s-{where['conversation_id']}")),
            "language": decided.choice((None, "en", "de")),
        }
        if number % 2:
            event["confidence_score"] = decided.choice((None, 0.0, 0.1, 0.3, 0.5, 0.9))
            event["fallback"] = decided.random() < 0.1
        return event

    def _header(self, chance: random.Random, where: dict[str, str]) -> dict[str, Any]:
        revision = chance.randint(0, 6)
        decided = self._decided("header", where, revision)
        return {
            "type": "conversation",
            "chatbot_id": where["chatbot_id"],
            "id": where["conversation_id"],
            "created_at": None if decided.random() < 0.1 else self._at(decided),
            "session_id": decided.choice((None, "s1", "s3")),
            "channel": decided.choice((None, "web", "app")),
            "test": decided.random() < 0.05,
            "revision": revision,
        }

    def _vote(self, chance: random.Random, where: dict[str, str]) -> dict[str, Any]:
        number, revision = chance.choice((1, 3, 5)), chance.randint(0, 3)
        decided = self._decided("vote", where, number, revision)
        value = decided.choice(("positive", "negative"))
        event = {"type": "feedback", **where, "message_id": f"m{number}", "value": value}
        return event | {"created_at": self._at(decided), "revision": revision}

    def _rating(self, chance: random.Random, where: dict[str, str]) -> dict[str, Any]:
        revision = chance.randint(0, 3)
        decided = self._decided("rating", where, revision)
        event = {"type": "rating", **where, "score": decided.randint(1, 5)}
        return event | {"created_at": self._at(decided), "revision": revision}

    def _deletion(self, chance: random.Random, where: dict[str, str]) -> dict[str, Any]:
        of = chance.choices(("message", "feedback", "rating", "conversation"), (5, 5, 2, 1))[0]
        if of == "conversation" and self._decided("stays", where).random() < 0.8:
            of = "message"  # else there were none after a while
        named = {} if of in ("rating", "conversation") else {"message_id": f"m{chance.randint(0, 5)}"}
        event = {"type": "deletion", **where, "of": of, **named}
        return event | {"created_at": self._midnight.isoformat(), "revision": chance.choice((0, 0, 1, 2))}

    def _handoff(self, chance: random.Random, where: dict[str, str]) -> dict[str, Any]:
        decided = self._decided("handoff", where, chance.randint(0, 1))
        return {"type": "handoff", **where, "created_at": self._at(decided)}

    def _outcome(self, chance: random.Random, where: dict[str, str]) -> dict[str, Any]:
        decided = self._decided("outcome", where, chance.randint(0, 1))
        event = {"type": "outcome", **where, "name": decided.choice(("sold", "booked"))}
        return event | {"created_at": self._at(decided), "value": decided.choice((None, 2.5, 100.0))}
