"""Lists of questions are exact for a chatbot that is asked more different ones than are kept in memory."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from botlens.live.top_questions import HEAD
from tests import events as plain
from tests.conftest import Tenant

_PER_CONVERSATION = 200
_PER_REQUEST = 10_000


def few_often() -> dict[str, int]:
    """A head that is clear, and a long tail."""
    return {f"often {number}": 12 - number for number in range(10)} | {
        f"once {number}": 1 for number in range(HEAD + 200)
    }


def all_once() -> dict[str, int]:
    """No head at all: the first by text."""
    return {f"question {number}": 1 for number in range(HEAD + 200)}


def a_tie_at_the_third_place() -> dict[str, int]:
    """Two are clear; the places after them are shared by more than a head holds."""
    return {"ü first": 5, "second": 4} | {f"twice {number}": 2 for number in range(HEAD + 50)}


def as_many_as_a_head_holds() -> dict[str, int]:
    return {f"question {number}": 1 + number % 3 for number in range(HEAD)}


def listed(asked: Counter[str], size: int) -> list[dict[str, Any]]:
    rows = sorted((-count, text) for text, count in asked.items())
    return [{"query": text, "count": -negative} for negative, text in rows[:size]]


@pytest.mark.parametrize("make", [few_often, all_once, a_tie_at_the_third_place, as_many_as_a_head_holds])
def test_lists_of_many_questions(
    new_tenant: Callable[..., Tenant], make: Callable[[], dict[str, int]]
) -> None:
    """Those asked and those unanswered, as loaded from the store and after one more event."""
    tenant, asked = new_tenant(), Counter(make())
    events = []
    for place, text in enumerate(asked.elements()):
        conversation = f"c{place // _PER_CONVERSATION}"
        events.append(plain.message(conversation, f"{place:05}a", text))
        events.append(plain.answer(conversation, f"{place:05}b", 0.1))
    for at in range(0, len(events), _PER_REQUEST):
        tenant.send(*events[at : at + _PER_REQUEST])

    def check() -> None:
        found = tenant.chatbot()
        assert found["top_queries"] == listed(asked, 10)
        assert found["unanswered_queries"] == listed(asked, 5)
        assert tenant.gaps() == listed(asked, 10)

    check()
    last = max(asked)
    tenant.send(plain.message("one more", "a", last), plain.answer("one more", "b", 0.1))
    asked[last] += 1
    check()
