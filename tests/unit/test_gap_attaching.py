"""When questions may join what there is, and when all of them are linked anew."""

import pytest

from botlens.gaps.link import pace
from botlens.gaps.link.pace import Looked
from botlens.gaps.questions.asked import AskedQuestion


def looked(known: str, asked: str) -> Looked:
    """A letter is a question."""
    return Looked(dict.fromkeys(known, ""), [AskedQuestion(each, each, True, 1) for each in asked])


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """More than nine are many, and two of ten are too many that changed."""
    monkeypatch.setattr(pace, "MANY", 9)


@pytest.mark.parametrize(
    ("known", "asked", "new", "gone", "can"),
    [
        ("abcdefghij", "abcdefghij", "", "", True),
        ("abcdefghij", "abcdefghijk", "k", "", True),
        ("abcdefghij", "abcdefghijkl", "kl", "", False),  # a fifth is new
        ("abcdefghij", "abcdefghi", "", "j", True),  # one was deleted
        ("abcdefghij", "abcdefghik", "k", "j", False),  # as much as a fifth is another one
        ("abcdefghij", "abcdefgh", "", "ij", False),  # a threshold, say
        ("abcdefghi", "abcdefghi", "", "", False),  # nine are few
        ("", "abcdefghijk", "abcdefghijk", "", False),  # nothing was linked
    ],
)
def test_what_may_join(known: str, asked: str, new: str, gone: str, *, can: bool) -> None:
    """Many are known, few are new or gone."""
    found = looked(known, asked)
    assert "".join(each.question for each in found.new) == new
    assert found.gone == set(gone)
    assert found.can_attach is can
