"""`retention_days`: whole conversations go after their last message, as if they never had been."""

from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Event
from typing import Any

import pytest

from botlens.errors import InvalidError, OverloadedError
from botlens.jobs.job import Progress, StoppedError
from botlens.upkeep import retention
from botlens.upkeep.retention import retention_job
from tests.conftest import NOON, Tenant
from tests.events import answer, conversation, message, rating, vote
from tests.oracle import seed as oracle

AT = NOON  # 18 March 2026, 12:00
OLD = [
    message("old", "1", "Secret?", "2026-03-01T10:00:00Z", session_id="ann"),
    answer("old", "2", 0.1, "2026-03-08T11:59:59Z"),
    rating("old", 2, "2026-03-18T10:00:00Z"),  # a late rating keeps nothing
    conversation("old test", None, test=True),
    message("old test", "1", "Trying", "2026-02-01T10:00:00Z"),
    vote("only a vote", "9", "negative") | {"created_at": "2026-03-01T10:00:00Z"},
]
KEPT = [
    message("long", "1", "Why?", "2026-01-01T10:00:00Z", session_id="ann"),
    answer("long", "2", 0.9, "2026-03-08T12:00:00Z"),  # the limit itself
    message("new", "1", "How?", "2026-03-17T10:00:00Z"),
    conversation("no time", None),
]


def run(tenant: Tenant, now: datetime = AT, progress: Progress | None = None) -> None:
    engine = tenant.world.engine
    retention_job(engine.accounts, engine.commits).run(now, progress or Progress(Event()))


def numbers(events: list[dict[str, Any]]) -> dict[str, Any]:
    chatbot = {"chatbot_id": "bot", "name": "Bot", "is_published": True, "confidence_threshold": 0.2}
    return oracle.chatbot_object(events, chatbot, now=NOON, zone="UTC", top=10)


@pytest.mark.parametrize("flush", [True, False])
def test_what_goes_and_what_stays(tenant: Tenant, monkeypatch: pytest.MonkeyPatch, *, flush: bool) -> None:
    """By the last message, to the second; in parts; off by default; a resend brings nothing back."""
    monkeypatch.setattr(retention, "_READ_AT_ONCE", 2)
    monkeypatch.setattr(retention, "_DELETED_AT_ONCE", 1)
    engine = tenant.world.engine
    tenant.send(*OLD, *KEPT)
    if flush:
        engine.commits.flush()
    run(tenant)
    assert tenant.chatbot() == numbers(OLD + KEPT)
    engine.accounts.set_retention(tenant.company.id, 10)
    progress = Progress(Event())
    run(tenant, progress=progress)
    assert progress.done == 3
    for _ in range(2):
        assert tenant.chatbot() == numbers(KEPT)
        assert tenant.verified()["equal"]
        tenant.send(*OLD)
    run(tenant, progress=progress)
    assert progress.done == 0  # what is gone is not found again
    engine.accounts.set_retention(tenant.company.id, None)
    run(tenant, AT + timedelta(days=1_000))
    assert tenant.chatbot() == numbers(KEPT)


def test_it_ends_when_it_must(tenant: Tenant) -> None:
    """Between two parts, and the next run does the rest."""
    tenant.send(*OLD)
    tenant.world.engine.accounts.set_retention(tenant.company.id, 10)
    stopping = Event()
    stopping.set()
    with pytest.raises(StoppedError):
        run(tenant, progress=Progress(stopping))
    assert tenant.chatbot()["total_conversations"] == 1
    run(tenant)
    assert tenant.chatbot()["total_conversations"] == 0


def test_a_company_that_takes_nothing_stops_no_other(
    new_tenant: Callable[..., Tenant], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The others' old conversations go all the same; that one of them failed is said at the end."""
    crowded, other = new_tenant(), new_tenant()
    engine = other.world.engine
    submit = type(engine.commits).submit

    def submitted(commits: Any, company_id: str, *given: Any) -> Any:
        if company_id == crowded.company.id:
            raise OverloadedError("Too much is waiting.")
        return submit(commits, company_id, *given)

    for each in (crowded, other):
        each.send(*OLD)
        engine.accounts.set_retention(each.company.id, 10)
    with monkeypatch.context() as patched:
        patched.setattr(type(engine.commits), "submit", submitted)
        with pytest.raises(OverloadedError):
            run(other)
    assert crowded.chatbot()["total_conversations"] == 1
    assert other.chatbot()["total_conversations"] == 0
    run(crowded)
    assert crowded.chatbot()["total_conversations"] == 0


@pytest.mark.parametrize("days", [0, -1, 36_501, 1.5, True, "7"])
def test_numbers_of_days(tenant: Tenant, days: Any) -> None:
    """From 1 to 36,500, whole."""
    with pytest.raises(InvalidError, match="retention_days"):
        tenant.world.engine.accounts.set_retention(tenant.company.id, days)
    assert tenant.world.engine.accounts.company(tenant.company.id).retention_days is None
