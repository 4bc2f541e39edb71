"""What survives a crash: everything that was acknowledged, once, and every number that follows from it."""

import json
import subprocess
from pathlib import Path

import pytest

from tests import nursery
from tests.conftest import NOON
from tests.engine.crash_process import DEATH, POINTS
from tests.events import answer, conversation, message, rating, vote
from tests.oracle import seed as oracle

FIRST = [
    message("a", "1", "Why?", session_id="ann"),
    answer("a", "2", 0.1, "2026-03-18T10:00:01Z"),
    message("b", "1", "How?", session_id="bob"),
    rating("b", 2),
]
SECOND = [
    answer("a", "2", 0.9, "2026-03-18T10:00:01Z", revision=1),
    message("a", "3", "Why?", "2026-03-17T09:00:00Z"),  # the start moves to another day
    rating("b", 4, "2026-03-18T11:00:00Z"),
    vote("b", "1", "negative"),
    conversation("b", test=True),
    message("c", "1", "When?", session_id="ann"),
    answer("c", "2", 0.0, "2026-03-18T10:00:01Z"),
]


def run(folder: Path, *arguments: str, given: str = "") -> subprocess.CompletedProcess[str]:
    return nursery.run("tests.engine.crash_process", str(folder), *arguments, given=given)


@pytest.mark.parametrize("point", POINTS)
def test_death_while_writing(tmp_path: Path, point: str) -> None:
    """Wherever the process dies between journal, raw events, facts and clean-up, the next start mends it."""
    died = run(tmp_path, "send", point, given=json.dumps([FIRST, SECOND]))
    assert died.returncode == DEATH, died.stderr
    chatbot = {"chatbot_id": "bot", "name": "Bot", "is_published": True, "confidence_threshold": 0.2}
    expected = oracle.chatbot_object(FIRST + SECOND, chatbot, now=NOON, zone="UTC", top=10)
    for _ in range(2):
        found = json.loads(run(tmp_path, "read").stdout.splitlines()[-1])
        assert found["chatbot"] == expected
        assert found["verify"] == {"equal": True, "conversations": 3, "differences": []}


def test_death_while_recounting(tmp_path: Path) -> None:
    """A threshold that was changed right before a crash holds for the past too after the next start."""
    run(tmp_path, "send", "after the journal", given=json.dumps([FIRST, SECOND]))
    assert run(tmp_path, "recount").returncode == DEATH
    found = json.loads(run(tmp_path, "read").stdout.splitlines()[-1])
    assert found["chatbot"]["unanswered_count"] == 2  # 0.9 in `a` and 0.0 in `c`, both below 0.95
    assert found["verify"]["equal"]


def test_facts_of_an_older_version(tmp_path: Path) -> None:
    """Facts that an older version of botlens derived are made anew when a newer one starts."""
    run(tmp_path, "send", "after the journal", given=json.dumps([FIRST, SECOND]))
    assert run(tmp_path, "age").returncode == 0
    found = json.loads(run(tmp_path, "read").stdout.splitlines()[-1])
    assert found["chatbot"]["total_messages"] == 5  # three in `a`, two in `c`; `b` is a test
    assert found["verify"]["equal"]
