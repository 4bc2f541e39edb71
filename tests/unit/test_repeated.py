"""Repeated questions, kept up to date: always what comparing each question with each earlier one gives."""

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from botlens.events.question import asked_again
from botlens.metrics.repeated import Repetitions, many_asked_again


@dataclass(frozen=True, eq=False)
class Asked:
    question: str


@dataclass(frozen=True, eq=False)
class Part:
    asked: list[Asked]


WORDS = st.sampled_from("abcdefg")
FORMS = st.lists(WORDS, max_size=6).map(" ".join)
# Hundreds of questions of few words, so that whole families are near, and more than a few at once.
MANY = st.lists(st.lists(st.sampled_from("abcdefghijkl"), min_size=3, max_size=9).map(" ".join), max_size=300)


@given(st.lists(st.lists(st.lists(st.builds(Asked, FORMS), max_size=5), max_size=4), max_size=8), st.data())
def test_it_is_what_comparing_each_with_each_gives(histories, data):
    """Parts come and go, anywhere; what is settled in between makes no difference."""
    repetitions, parts = Repetitions(), []
    for history in histories:
        parts = [part for part in parts if data.draw(st.integers(0, 3))]
        for asked in history:
            parts.insert(data.draw(st.integers(0, len(parts))), Part(asked))
        repetitions.move(tuple(parts))
        if repetitions.settle(data.draw(st.integers(0, 20))):
            forms = [each.question for part in parts for each in part.asked]
            assert repetitions.again() == asked_again(forms)
    repetitions.move(tuple(parts))
    assert repetitions.settle(10_000)
    assert repetitions.again() == asked_again([each.question for part in parts for each in part.asked])


@given(MANY)
def test_many_questions_are_compared_like_few(forms):
    """However many there are: the same answer."""
    assert many_asked_again(forms) == asked_again(forms)


def test_a_star_whose_centre_is_edited():
    """Questions that are near one other, and not each other: without it none of them is repeated."""
    words = [f"w{number}" for number in range(10)]
    centre = Asked(" ".join(words))
    # Of ten words each leaf has six, and the two share two: 6 of 10 are near, 2 of 10 are not.
    leaves = Part(
        [Asked(" ".join(words[a] for a in places)) for places in ((0, 1, 2, 3, 4, 5), (4, 5, 6, 7, 8, 9))]
    )
    repetitions = Repetitions()
    for first, again in ((centre, [0, 1, 1]), (Asked("hello"), [0, 0, 0]), (centre, [0, 1, 1])):
        repetitions.move((Part([first]), leaves))
        assert repetitions.settle(10)
        assert repetitions.again() == again


def test_work_is_done_in_steps():
    """A caller that cannot wait does some of it, and is told that there is more."""
    repetitions = Repetitions()
    repetitions.move((Part([Asked(f"a{number} b{number}") for number in range(10)]),))
    assert [repetitions.settle(4) for _ in range(3)] == [False, False, True]
    assert repetitions.again() == [0] * 10


@pytest.mark.parametrize("forms", [[], [""], ["", "?", ""], ["a", "a", "", "a"]])
def test_questions_without_words_are_like_no_other(forms):
    """An empty text repeats nothing and is repeated by nothing."""
    assert many_asked_again(forms) == asked_again(forms)
