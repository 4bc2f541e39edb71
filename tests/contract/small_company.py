"""A company whose events can be added up by eye, and how to ask about them."""

from typing import Any

import pytest

from tests.conftest import Tenant
from tests.events import answer, conversation, handoff, message, rating

WEEK = "7d"  # 12 to 18 March; the seven days before: 5 to 11 March


def at(day: int, clock: str) -> str:
    return f"2026-03-{day}T{clock}Z"


EVENTS = (
    # Monday the 16th: asks twice, is answered the second time.
    message("a", "1", "Where is my parcel?", at(16, "10:00:00"), session_id="s1", language="en"),
    answer("a", "2", 0.1, at(16, "10:00:02")),
    message("a", "3", "where is my parcel", at(16, "10:01:00")),
    answer("a", "4", 0.9, at(16, "10:01:02")),
    rating("a", 5, at(16, "10:02:00")),
    # Tuesday the 17th: one shortly before midnight, one with another chatbot that passes it on.
    message("b", "1", "Hallo", at(17, "23:30:00"), session_id="s2", language="de"),
    answer("b", "2", 0.9, at(17, "23:30:04")),
    rating("b", 2, at(17, "23:40:00")),
    message("c", "1", "Hi!", at(17, "12:00:00"), chatbot_id="shop"),
    answer("c", "2", None, at(17, "12:00:01"), chatbot_id="shop"),
    handoff("c", at(17, "12:01:00"), chatbot_id="shop"),
    # A test, and what was there the week before.
    message("t", "1", "test", at(17, "12:00:00")),
    conversation("t", at(17, "12:00:00"), test=True),
    message("p", "1", "Hi", at(10, "09:00:00"), session_id="s1", language="fr"),
    answer("p", "2", 0.1, at(10, "09:00:02")),
)


def ask(tenant: Tenant, *metrics: str, **more: Any) -> dict[str, Any]:
    body = {"metrics": metrics, "period": WEEK, **more}
    found = tenant.world.client.post("/v1/query", json=body, headers=tenant.headers)
    assert found.status_code == 200, found.text
    answered: dict[str, Any] = found.json()
    return answered


def rows(tenant: Tenant, *metrics: str, **more: Any) -> list[list[Any]]:
    """The rows, without the names that the columns have."""
    return [list(row.values()) for row in ask(tenant, *metrics, **more)["rows"]]


def rate(numerator: int, denominator: int, low: float, high: float) -> dict[str, Any]:
    interval = pytest.approx([low, high], abs=1e-6)
    return {"numerator": numerator, "denominator": denominator, "interval": interval}


NOTHING = {"numerator": 0, "denominator": 0, "interval": None}
ONE_OF_THREE = rate(1, 3, 0.0614919, 0.7923404)
ONE_OF_TWO = rate(1, 2, 0.0945312, 0.9054688)
NONE_OF_ONE = rate(0, 1, 0.0, 0.7934507)
ONE_OF_ONE = rate(1, 1, 0.2065493, 1.0)
