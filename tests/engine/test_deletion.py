"""A conversation that is deleted is gone from every number, stays gone, and leaves the disk."""

import time
from datetime import UTC, datetime

import pytest

from botlens.engine import Engine
from botlens.events.record import deletion_of
from tests.conftest import Tenant
from tests.events import answer, conversation, message, rating, vote

THREAD = [
    message("c", "1", "Secret?", "2026-03-17T10:00:00Z", session_id="ann"),
    answer("c", "2", 0.1, "2026-03-17T10:00:01Z"),
    vote("c", "2"),
    rating("c", 5),
]
OTHER = message("d", "1", "Why?")


def delete(tenant: Tenant, conversation_id: str) -> None:
    record = deletion_of("bot", conversation_id, datetime.now(UTC))
    tenant.world.engine.commits.submit(tenant.company.id, [record]).result()


def numbers(tenant: Tenant) -> tuple[int, ...]:
    found = tenant.chatbot()
    fields = ("total_conversations", "total_messages", "unique_sessions", "unanswered_count", "total_ratings")
    return tuple(found[name] for name in fields)


@pytest.mark.parametrize("flush", [True, False])
def test_it_is_in_no_number(tenant: Tenant, *, flush: bool) -> None:
    """Live or loaded, in the seed routes as in queries; the other conversations stay."""
    tenant.send(*THREAD, OTHER)
    assert numbers(tenant) == (2, 3, 1, 1, 1)
    if flush:
        tenant.world.engine.commits.flush()
    delete(tenant, "c")
    assert numbers(tenant) == (1, 1, 0, 0, 0)
    query = {"metrics": ["conversations"], "dimensions": ["first_question"], "period": "all"}
    found = tenant.query(query)
    assert found["rows"] == [{"first_question": "why", "conversations": 1}]
    assert tenant.verified()["equal"]


def test_it_stays_deleted(tenant: Tenant) -> None:
    """What comes for it later, a resend or something new, changes nothing; in one batch with it neither."""
    tenant.send(*THREAD)
    delete(tenant, "c")
    tenant.send(*THREAD, message("c", "9", "Again?"), conversation("c", revision=7))
    tenant.world.engine.commits.flush()
    tenant.send(*THREAD)
    assert numbers(tenant) == (0, 0, 0, 0, 0)
    assert tenant.verified()["equal"]


def test_it_may_be_deleted_before_it_comes(tenant: Tenant) -> None:
    """Numbers are a function of the set of events: the order of arrival does not matter here either."""
    delete(tenant, "c")
    tenant.send(*THREAD, OTHER)
    assert numbers(tenant) == (1, 1, 0, 0, 0)


def stored_texts(engine: Engine, company_id: str) -> list[str]:
    rows = engine.store.maintain(
        "SELECT content FROM raw_events WHERE company_id = {company:String} AND content != ''",
        {"company": company_id},
    )
    rows += engine.store.maintain(
        "SELECT arrayJoin(question_texts) FROM conversation_facts WHERE company_id = {company:String}",
        {"company": company_id},
    )
    return [row[0] for row in rows]


def test_it_leaves_the_disk(tenant: Tenant) -> None:
    """No row of it is left in the store after a while, not even one that was replaced."""
    engine = tenant.world.engine
    tenant.send(*THREAD, OTHER)
    engine.commits.flush()
    tenant.send(message("c", "3", "Secret too?"))
    engine.commits.flush()
    assert "Secret?" in stored_texts(engine, tenant.company.id)
    delete(tenant, "c")
    engine.commits.flush()
    until = time.monotonic() + 60
    while (texts := stored_texts(engine, tenant.company.id)) != ["Why?", "Why?"]:
        assert time.monotonic() < until, texts
        time.sleep(0.05)
    assert numbers(tenant) == (1, 1, 0, 0, 0)
    assert tenant.verified() == {"equal": True, "conversations": 2, "differences": []}
