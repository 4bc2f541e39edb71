"""Killed between two flushes: what the server acknowledged is counted once, whatever moved meanwhile."""

import json
from typing import Any

import httpx2
import pytest

from tests.cli.conftest import Running, Shell
from tests.events import conversation, message


def send(server: Running, key: str, *events: dict[str, Any]) -> None:
    """Each in a request of its own, acknowledged before the next."""
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    for event in events:
        body = json.dumps({"events": [event]})
        answer = httpx2.post(f"{server.url}/v1/events", content=body, headers=headers, timeout=120)
        assert answer.json() == {"accepted": 1, "rejected": []}


def starts(*days: str) -> list[dict[str, Any]]:
    """A conversation whose header says another day each time."""
    return [conversation("c", f"2026-03-{day}T10:00:00Z", revision=place) for place, day in enumerate(days)]


@pytest.mark.slow
@pytest.mark.parametrize("days", [("17", "16", "17"), ("16", "17")])
def test_a_start_that_moves(shell: Shell, days: tuple[str, ...]) -> None:
    """To another day, and back: after the death there is one conversation, on the day of its newest start."""
    key = shell.company()["api_key"]
    ask = "/v1/query?metrics=conversations,messages&dimensions=day&period=all&tz=UTC"
    with shell.serving() as server:
        headers = {"Authorization": f"Bearer {key}"}
        httpx2.put(f"{server.url}/v1/chatbots/bot", json={}, headers=headers).raise_for_status()
        send(server, key, message("d", "1", at="2026-03-16T09:00:00Z"), *starts(*days))
        server.process.kill()
        server.process.wait()
    with shell.serving() as server:
        rows = server.get(ask, key).raise_for_status().json()["rows"]
        overview = server.get("/analytics/overview", key).json()
        verified = httpx2.post(f"{server.url}/v1/verify", headers=headers, timeout=120).json()
    counted = {row["day"]: row["conversations"] for row in rows if row["conversations"]}
    last = f"2026-03-{days[-1]}"
    assert counted == ({last: 2} if days[-1] == "16" else {"2026-03-16": 1, last: 1})
    assert (overview["total_conversations"], overview["total_messages"]) == (2, 1)
    assert verified == {"equal": True, "conversations": 2, "differences": []}
