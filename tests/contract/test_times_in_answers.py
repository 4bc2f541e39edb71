"""One format of time everywhere: RFC 3339, UTC, microseconds."""

import re
from collections.abc import Iterator
from typing import Any

from tests.conftest import Tenant
from tests.events import answer, conversation, handoff, message, outcome, rating, vote

INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")


def times(value: Any, name: str = "") -> Iterator[str]:
    """Every text that is the time of something, by the names that times have."""
    if isinstance(value, dict):
        for key, each in value.items():
            yield from times(each, key)
    elif isinstance(value, list):
        for each in value:
            yield from times(each, name)
    elif isinstance(value, str) and (name.endswith("_at") or name in ("from", "to", "freshness")):
        yield value


def test_instants(tenant: Tenant) -> None:
    """In queries, lists and transcripts; whatever offset and digits were sent."""
    tenant.send(
        conversation("a", "2026-03-16T10:00:00+01:00"),
        message("a", "1", at="2026-03-16T10:00:00.5+01:00"),
        answer("a", "2", 0.1, "2026-03-16T09:00:01Z"),
        vote("a", "2", "positive", "2026-03-16T09:00:02Z"),
        rating("a", 5, "2026-03-16T09:00:03Z"),
        handoff("a", "2026-03-16T09:00:04Z"),
        outcome("a", "sold", "2026-03-16T09:00:05Z"),
    )
    found = [
        tenant.get("/v1/query", metrics="conversations", period="7d", compare="previous_period"),
        tenant.get("/v1/conversations"),
        tenant.get("/v1/conversations/a"),
        tenant.get("/v1/chatbots"),
    ]
    all_of_them = list(times(found))
    assert len(all_of_them) >= 5 + 4 + 8
    assert [each for each in all_of_them if not INSTANT.fullmatch(each)] == []
    assert "2026-03-16T09:00:00.500000Z" in all_of_them
