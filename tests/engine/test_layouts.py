"""Folders that released versions laid out, with events in the journal that never reached the store.

Each is opened by this version, killed at steps of bringing it up to date, and opened again: at every third
step, another one of each layout; `make soak NAME=upgrades` does it at every step of all.
"""

import json
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from botlens import engine as engines
from botlens.commit.derivation import Derivation
from botlens.metrics.facts import DEFINITION_VERSION
from tests import nursery
from tests.conftest import NOON
from tests.engine.layout_process import LAYOUTS, NEW, answers, opened, scope_of, send, unpacked, verified
from tests.events import deletion, message, vote
from tests.oracle import seed as oracle

EVENTS = json.loads((LAYOUTS / "events.json").read_text())
KEPT = [
    event
    for event in EVENTS["stored"] + EVENTS["pending"]
    if event.get("chatbot_id") == "bot" and event.get("conversation_id") != "to-delete"
]
BOT = {"chatbot_id": "bot", "name": "Bot", "is_published": True, "confidence_threshold": 0.2}

pytestmark = pytest.mark.own_store


def of_today(told: dict[str, Any]) -> dict[str, Any]:
    """What a version told, but for what definition 3 changed: languages have one spelling."""
    changed: dict[str, Any] = json.loads(json.dumps(told).replace('"EN":', '"en":'))
    return changed


RELEASED = sorted(path.name.split(".")[0] for path in LAYOUTS.glob("*.tar.xz"))
STRIDE = 3


@pytest.mark.slow
@pytest.mark.timeout(1_200)
@pytest.mark.parametrize("layout", RELEASED)
def test_a_folder_of_before(tmp_path: Path, layout: str) -> None:
    """Its numbers are what they were, wherever its upgrade was cut off; then it takes new events."""
    upgrade(tmp_path, layout, 1 + RELEASED.index(layout) % STRIDE, STRIDE)


def upgrade(folder: Path, layout: str, first: int, stride: int) -> int:
    """Look at a layout that was killed at the step `first`, and each `stride` later; how often it was.

    Raises:
        AssertionError: something was not as it had been told.
    """
    words = layout, str(folder / "folder"), str(first), str(stride)
    done = nursery.run("tests.engine.layout_process", *words, timeout=1_100)
    assert done.returncode == 0, done.stderr
    *steps, last = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    told = of_today(unpacked(layout, folder / "told"))
    assert told["chatbot"] == oracle.chatbot_object(KEPT, BOT, now=NOON, zone="UTC", top=10)
    assert len(steps) > 2
    assert [step["died"] for step in steps] == [True] * (len(steps) - 1) + [False]
    for step in steps:
        found = step["found"]
        assert found["answers"] == told, step["step"]
        assert found["verify"] == {"equal": True, "conversations": 6, "differences": []}
        assert found["definition"] == DEFINITION_VERSION
    for found in last.values():
        assert found["verify"] == {"equal": True, "conversations": 7, "differences": []}
        assert found["answers"]["chatbot"] == oracle.chatbot_object(
            [*KEPT, NEW], BOT, now=NOON, zone="UTC", top=10
        )
    return len(steps) - 1


def test_what_a_folder_of_before_says_is_taken_back(tmp_path: Path) -> None:
    """Rows that were written before there were revisions of votes give way to those, and to deletions."""
    unpacked("e26c7c3", tmp_path)
    later = [
        deletion("a", "message", "1"),
        deletion("a", "rating"),
        vote("a", "4", "positive", "2026-03-17T10:02:00Z", revision=1),
        vote("b", "2", "negative"),
        deletion("b", "feedback", "2"),
    ]
    expected = oracle.chatbot_object([*KEPT, *later], BOT, now=NOON, zone="UTC", top=10)
    with opened(tmp_path) as engine:
        send(engine, *later)
        assert answers(engine)["chatbot"] == expected
        assert verified(engine)["equal"]
    with opened(tmp_path) as engine:
        assert answers(engine)["chatbot"] == expected
        assert verified(engine)["equal"]


def test_older_facts_serve_while_new_ones_are_derived(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is committed meanwhile is counted at once, by today's rules, and is there afterwards, once."""
    told = unpacked("058c516", tmp_path)
    may_go_on = Event()
    build = Derivation.build

    def slow(self: Derivation, *arguments: Any) -> bool:
        may_go_on.wait(60)
        return build(self, *arguments)

    monkeypatch.setattr(Derivation, "build", slow)
    monkeypatch.setattr(engines, "UPGRADE_PATIENCE_SECONDS", 0.0)
    request = {"metrics": ["conversations", "messages"], "dimensions": ["language"], "period": "all"}
    moved = message("c", "0", "Hello?", "2026-03-10T09:00:00Z")
    with opened(tmp_path) as engine:
        query, scope = engine.answers.queries.query, scope_of(engine)
        before = query(scope, request)
        # Of conversation `a`, which nothing has come for since, the older version said `EN`; but the journal
        # held something for it: what is touched is made by this version.
        assert before["meta"]["definition_version"] == 2
        assert answers(engine)["chatbot"]["total_messages"] == told["chatbot"]["total_messages"]
        send(engine, NEW, moved)
        events = [*KEPT, NEW, moved]
        expected = oracle.chatbot_object(events, BOT, now=NOON, zone="UTC", top=10)
        assert answers(engine)["chatbot"]["total_messages"] == expected["total_messages"]
        may_go_on.set()
        assert verified(engine) == {"equal": True, "conversations": 7, "differences": []}
        assert query(scope, request)["meta"]["definition_version"] == DEFINITION_VERSION
        assert answers(engine)["chatbot"] == expected
    with opened(tmp_path) as engine:
        assert verified(engine)["equal"]
        assert answers(engine)["chatbot"] == expected
