"""Filters of known conversations that are made anew while events come."""

from collections.abc import Callable
from typing import Any

import pytest

from botlens.commit.room import flush_job, known
from botlens.commit.room.renewal import renew_filter
from tests.conftest import Tenant
from tests.events import message

LEAST = 8


@pytest.fixture
def commits(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(known, "_LEAST", LEAST)
    monkeypatch.setattr(flush_job, "renew_filter", lambda _: None)  # it would be in the middle of a test
    return tenant.world.engine.commits


def send(tenant: Tenant, *names: str, at: str = "1") -> None:
    tenant.send(*(message(name, f"{name} {at}", "hello") for name in names))


def forget(commits: Any) -> None:
    """Have no conversation in memory."""
    with commits._ledger.lock:
        for key in list(commits._ledger.states._entries):
            commits._ledger.states._drop(key)


def totals(tenant: Tenant) -> tuple[int, int]:
    answer = tenant.overview()
    return answer["total_conversations"], answer["total_messages"]


def filters(tenant: Tenant, commits: Any) -> int:
    return len(commits._ledger.states._known[tenant.company.id, "bot"]._filters)


def renew(tenant: Tenant, commits: Any) -> None:
    """With so few that make a filter worn, those of other tests are worn, too; each call renews one."""
    for _ in range(len(commits._ledger.states._known)):
        if filters(tenant, commits) > 2:
            renew_filter(commits._ledger)


def test_a_flush_makes_one_filter_of_many(tenant: Tenant, commits: Any) -> None:
    """Whatever is heard of an old conversation afterwards is added to it."""
    names = [f"c{number}" for number in range(10 * LEAST)]
    for name in names:
        send(tenant, name)
    commits.flush()
    renew(tenant, commits)
    assert filters(tenant, commits) <= 2
    forget(commits)
    send(tenant, *names, at="2")
    assert totals(tenant) == (len(names), 2 * len(names))


def test_what_comes_while_the_store_is_read(
    tenant: Tenant, commits: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is pending, and what comes, is known afterwards, though it was written and forgotten meanwhile."""
    stored = [f"s{number}" for number in range(9 * LEAST)]
    for name in stored:
        send(tenant, name)
    commits.flush()
    send(tenant, "pending")
    states = commits._ledger.states
    read: Callable[..., Any] = states.known_anew

    def slow(chatbot: tuple[str, str], *arguments: Any) -> Any:
        found = read(chatbot, *arguments)
        if chatbot[0] == tenant.company.id:
            send(tenant, "meanwhile")
            commits.flush()
            forget(commits)
        return found

    monkeypatch.setattr(states, "known_anew", slow)
    renew(tenant, commits)
    assert filters(tenant, commits) <= 2
    send(tenant, "pending", "meanwhile", stored[0], at="2")
    assert totals(tenant) == (len(stored) + 2, len(stored) + 5)
