"""A conversation whose start moves to another day is counted once, on the day of its newest start."""

import pytest

from tests.conftest import Tenant
from tests.events import conversation

DAYS = ["2026-03-10", "2026-03-08", "2026-03-12", "2026-03-10", "2026-03-08"]
EQUAL = {"equal": True, "conversations": 1, "differences": []}


def days_with_conversations(tenant: Tenant) -> list[str]:
    daily = tenant.chatbot(**{"from": "2026-03-01"})["daily_conversations"]
    return [day["date"] for day in daily for _ in range(day["count"])]


@pytest.mark.parametrize("flush_between", [True, False])
def test_a_start_that_moves(tenant: Tenant, *, flush_between: bool) -> None:
    """Each revision of the header moves the start, back to old days too; there is ever one conversation."""
    for revision, day in enumerate(DAYS):
        tenant.send(conversation("c", f"{day}T08:00:00Z", revision=revision))
        if flush_between:
            assert days_with_conversations(tenant) == [day]
    assert days_with_conversations(tenant) == [DAYS[-1]]
    assert tenant.verified() == EQUAL


def test_a_new_threshold_after_a_move(tenant: Tenant) -> None:
    """Facts that are made anew leave no older row behind."""
    tenant.send(conversation("c", "2026-03-10T08:00:00Z"))
    tenant.world.engine.commits.flush()
    tenant.send(conversation("c", "2026-03-09T08:00:00Z", revision=1))
    tenant.put("bot", confidence_threshold=0.7)
    assert days_with_conversations(tenant) == ["2026-03-09"]
    assert tenant.verified() == EQUAL
