"""An event that cannot be counted: its chatbot's numbers are made anew, until that succeeds."""

import time
from typing import Any

import pytest

from botlens.commit.room import recounts
from tests.conftest import Tenant
from tests.events import message

PATIENCE = 60  # seconds


def test_an_event_that_cannot_be_counted(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first try to make the numbers anew fails, and during the second another event cannot be counted."""
    tenant.send(message("c", "1"))
    commits = tenant.world.engine.commits
    ledger, derivation = commits._ledger, commits._derivation
    rebuild = derivation.rebuild
    tries: list[tuple[str, str]] = []

    def fail(*_: Any) -> None:
        raise ArithmeticError("of a test")

    def hindered(*key: str) -> int:
        tries.append((key[0], key[1]))
        if len(tries) == 1:
            fail()
        if len(tries) == 2:
            with monkeypatch.context() as again:
                again.setattr(ledger.states, "take", fail)
                tenant.send(message("d", "3"))
        return rebuild(*key)

    monkeypatch.setattr(recounts, "_FIRST_PAUSE", 0.0)
    monkeypatch.setattr(recounts, "_SHARE", 0)
    monkeypatch.setattr(derivation, "rebuild", hindered)
    with monkeypatch.context() as uncounted:
        uncounted.setattr(ledger.states, "take", fail)
        tenant.send(message("c", "2"))
    until = time.monotonic() + PATIENCE
    while (len(tries) < 3 or ledger.stale.count) and time.monotonic() < until:
        commits._flushes.wake()
        time.sleep(0.01)
    assert tries == [(tenant.company.id, "bot")] * 3
    assert tenant.chatbot()["total_messages"] == 3
    assert tenant.verified()["equal"]
