"""Asking the oracle about a few events: over all time, in UTC, unless a test says otherwise."""

from datetime import UTC, datetime

from tests import events as plain
from tests.oracle.answers import answer

NOW = datetime(2024, 3, 20, 12, tzinfo=UTC)
BOT = {"chatbot_id": "bot", "confidence_threshold": 0.2, "timezone": None}


def at(clock: str, day: int = 1) -> str:
    return f"2024-03-{day:02}T{clock}Z"


def said(conversation: str, *turns: tuple, **fields) -> list[dict]:
    """Messages `(role, content, time, fields?)`, with ids in their order."""
    return [
        plain.message(
            conversation, f"m{place}", content, when, role=role, **fields, **(more[0] if more else {})
        )
        for place, (role, content, when, *more) in enumerate(turns)
    ]


def signal(kind: str, conversation: str, when: str, **fields) -> dict:
    return {"type": kind, "chatbot_id": "bot", "conversation_id": conversation, "created_at": when, **fields}


def asked(events: list[dict], *metrics: str, now: datetime = NOW, **request) -> dict:
    request = {"metrics": list(metrics), "period": "all", **request}
    return answer(events, [BOT], request, now=now, zone="UTC")


def card(events: list[dict], *metrics: str, now: datetime = NOW, **request) -> list:
    """The value of each metric in an answer of one row."""
    (row,) = asked(events, *metrics, now=now, **request)["rows"]
    return [row[metric] for metric in metrics]


def of(events: list[dict], metric: str, now: datetime = NOW, **request) -> tuple[int, int]:
    """Numerator and denominator of a rate or ratio in an answer of one row."""
    (n,) = asked(events, metric, now=now, **request)["meta"]["n"][metric]
    return n["numerator"], n["denominator"]


def started(*times: str, **fields) -> list[dict]:
    """Conversations of nothing else, c0, c1, ..."""
    return [plain.conversation(f"c{n}", when, **fields) for n, when in enumerate(times)]


def rows(events: list[dict], metric: str, *dimensions: str, **request) -> list[tuple]:
    """Rows as tuples: the dimensions, then the metric."""
    seen = asked(events, metric, dimensions=list(dimensions), **request)
    return [tuple(row[name] for name in (*dimensions, metric)) for row in seen["rows"]]


TALKS = [
    *said(
        "c1",
        ("user", "Opening hours?", at("10:00:00")),
        ("assistant", "Hm", at("10:00:01"), {"fallback": True}),
    ),
    *said("c2", ("user", "hello", at("10:00:00", 2)), ("user", "OPENING", at("10:00:01", 2)), language="de"),
    plain.conversation("c3", at("23:00:00", 3), session_id="s", channel="web"),
    signal("outcome", "c3", at("23:00:00", 3), name="sale"),
    plain.rating("c3", 5),
]
