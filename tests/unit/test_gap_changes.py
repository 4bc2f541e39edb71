"""What changed of gaps since something was read: asked once for all who want to know."""

from typing import Any, cast

import pytest

from botlens.gaps.kept.admission import GapAdmissions
from botlens.gaps.reading import changes
from botlens.gaps.reading.changes import ConversationChanges
from botlens.gaps.reading.memory import GapMemory
from botlens.gaps.reading.waiting import reached
from botlens.store.reading import CompanyReader


class Facts:
    """Conversations of one chatbot, one a version, from 1 on."""

    company_id, rewrites, has_recalled = "acme", 0, False

    def __init__(self, count: int) -> None:
        self._count = count
        self.asked: list[int] = []
        self.newest: dict[int, int | None] = {}

    def rows(self, statement: str, parameters: dict[str, Any]) -> list[tuple[Any, ...]]:
        if "max(version)" in statement:
            self.asked.append(-1)
            return [("bot", self._count, 10 * self._count)]
        since = parameters["since"]
        self.asked.append(since)
        found = range(since + 1, self._count + 1)
        return [("bot", f"c{at}", at, self.newest.get(at, 10 * at), [f"q{at}"], 1, 0) for at in found]


def versions(found: Any) -> list[int] | None:
    return None if found is None else [each.version for each in found]


@pytest.mark.parametrize(("also", "asked"), [(0, [8, 5]), (5, [5]), (9, [8, 5]), (3, [3])])
def test_one_statement_for_all_who_ask(also: int, asked: list[int]) -> None:
    """Whoever asks first has what came since the others want to know."""
    facts = Facts(10)
    found = ConversationChanges(cast("CompanyReader", facts), ["bot"], also)
    assert versions(found.since(8)) == [9, 10]
    assert versions(found.since(5)) == [6, 7, 8, 9, 10]
    assert versions(found.since(10)) == []
    assert facts.asked == asked


def test_too_many_for_others_are_not_too_many_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where so much came since then that it is not looked at, what came of late still is."""
    monkeypatch.setattr(changes, "_MOST", 3)
    facts = Facts(10)
    found = ConversationChanges(cast("CompanyReader", facts), ["bot"], 2)
    assert versions(found.since(8)) == [9, 10]
    assert found.since(2) is None
    assert versions(found.since(9)) == [10]


@pytest.mark.parametrize(
    ("newest", "asked"), [({}, [4]), ({5: 40}, [4]), ({5: None}, [4, -1]), ({5: 39, 6: 60}, [4, -1])]
)
def test_how_far_facts_are_is_remembered(newest: dict[int, int | None], asked: list[int]) -> None:
    """What changed is added; where the latest may be gone, by a deletion of it, all is read anew."""
    memory, before, now = GapMemory(GapAdmissions()), Facts(4), Facts(6)
    now.newest = newest
    for facts in (before, now):
        reader = cast("CompanyReader", facts)
        found = reached(reader, memory, ["bot"], ConversationChanges(reader, ["bot"]))
    assert (before.asked, now.asked) == ([-1], asked)
    assert found == {"bot": (6, 60)}
