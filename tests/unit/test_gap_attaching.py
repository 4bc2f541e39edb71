"""When questions may join the gaps that there are, and when all of them are linked anew."""

import pytest

from botlens.gaps.link import attaching
from botlens.gaps.link.attaching import Looked
from botlens.gaps.questions.asked import AskedQuestion


def looked(known: str, asked: str) -> Looked:
    """A letter is a question."""
    return Looked(dict.fromkeys(known, ""), [AskedQuestion(each, each, True, 1) for each in asked])


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """More than nine are many, and two of ten are too many new ones."""
    monkeypatch.setattr(attaching, "MANY", 9)


@pytest.mark.parametrize(
    ("known", "asked", "new", "can"),
    [
        ("abcdefghij", "abcdefghij", "", True),
        ("abcdefghij", "abcdefghijk", "k", True),
        ("abcdefghij", "abcdefghijkl", "kl", False),  # a fifth is new
        ("abcdefghij", "abcdefghik", "k", False),  # `j` is gone
        ("abcdefghi", "abcdefghi", "", False),  # nine are few
        ("", "abcdefghijk", "abcdefghijk", False),  # nothing was linked
    ],
)
def test_what_may_join(known: str, asked: str, new: str, *, can: bool) -> None:
    """Many are known, few are new, none is gone."""
    found = looked(known, asked)
    assert "".join(each.question for each in found.new) == new
    assert found.can_attach is can
