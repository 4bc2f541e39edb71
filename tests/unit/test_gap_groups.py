"""Questions that mean the same come into one group: few or many, in any order, also the bad cases."""

import numpy as np
import pytest

from botlens.events.question import normal_form
from botlens.gaps.grouping import space
from botlens.gaps.grouping.grouped import group_questions
from botlens.gaps.grouping.linking import join, link, means_of, within_reach
from botlens.gaps.grouping.space import Space, background_questions
from botlens.gaps.meaning import Model, Vectors

TEN = [
    "how do i get a refund",
    "can i get a refund for my order",
    "i would like a refund please",
    "i want to be refunded for this order",
    "how can i get my refund",
    "what are your opening hours",
    "what are the opening hours on sunday",
    "tell me your opening hours",
    "opening hours on saturday",
    "which opening hours do you have",
]

PAIRS = [
    ("how do i get a refund", "i would like a refund"),
    ("what are your opening hours", "when are you open on sunday"),
    ("i forgot my password", "how can i reset my password"),
    ("where is my parcel", "my parcel has not arrived yet"),
    ("do you ship to france", "is shipping to france possible"),
    ("how do i cancel my subscription", "i want to cancel the subscription"),
]


@pytest.fixture
def groups(model: Model, background: Vectors):
    """Groups of texts as sets, and of how they are made: sorted, embedded, in a space of their own."""

    def grouped(texts: list[str]) -> list[set[str]]:
        ordered = sorted({normal_form(each) for each in texts})
        labels = group_questions(ordered, model.embed(ordered), background, model.cut).labels
        return [{ordered[at] for at in np.flatnonzero(labels == each)} for each in range(labels.max() + 1)]

    return grouped


def test_few_questions_group(groups) -> None:
    """Of a chatbot that has only ten or twelve: the background knows what all questions have in common."""
    found = groups(TEN)
    assert sorted(len(each) for each in found) == [5, 5]
    assert {each for each in TEN if "refund" in each} in found
    pairs = groups([text for pair in PAIRS for text in pair])
    assert sorted(map(sorted, pairs)) == sorted(map(sorted, PAIRS))


def test_without_the_background_they_would_not(model: Model) -> None:
    """Twelve questions alone say too little of what is common: their own space drives some apart."""
    texts = sorted(text for pair in PAIRS for text in pair)
    vectors = model.embed(texts)
    labels = group_questions(texts, vectors, vectors, model.cut).labels
    assert labels.max() + 1 > len(PAIRS)


def test_two_questions_and_one_and_none(groups, model: Model, background: Vectors) -> None:
    """Two that mean the same are one gap, two that do not are two, one is one."""
    assert groups(["how do i get a refund", "i want a refund"]) == [
        {"how do i get a refund", "i want a refund"}
    ]
    assert len(groups(["how do i get a refund", "which gate does my plane leave from"])) == 2
    assert groups(["how do i get a refund?"]) == [{"how do i get a refund"}]
    assert group_questions([], model.embed([]), background, model.cut).labels.tolist() == []


def test_questions_without_words_stay_alone(groups) -> None:
    """Emoji say nothing that could be compared, so each is for itself, and none joins a question."""
    found = groups(["🎉🎉", "😀", *TEN])
    assert {"🎉🎉"} in found
    assert {"😀"} in found
    assert sorted(len(each) for each in found if "😀" not in each and "🎉🎉" not in each) == [5, 5]


def test_questions_that_are_equal_up_to_a_number(groups) -> None:
    """A hundred parcels, one gap; the other question is not in it."""
    found = groups([f"where is my parcel {number}" for number in range(1_000, 1_100)] + TEN[5:])
    assert max(len(each) for each in found) == 100
    assert {len(each & set(TEN)) for each in found if any("parcel" in text for text in each)} == {0}


def test_nothing_but_a_question_that_differs_by_a_number(groups) -> None:
    """A chatbot that is asked for orders and little else: one gap; another for what else is asked of them."""
    orders = {f"where is order {number}" for number in range(1_000, 1_200)}
    cancels = {f"please cancel order {number}" for number in range(1_000, 1_200)}
    assert groups([*orders]) == [orders]
    assert sorted(groups([*orders, *cancels]), key=min) == [cancels, orders]
    found = groups([*orders, *TEN])
    assert orders in found
    assert sorted(map(len, found)) == [5, 5, 200]


def test_of_many_that_are_nearly_the_same_some_are_looked_at(groups, monkeypatch: pytest.MonkeyPatch) -> None:
    """How many those are is estimated, then, and the gap is the same."""
    monkeypatch.setattr(space, "_LOOKED_AT", 40)
    orders = {f"where is order {number}" for number in range(1_000, 1_200)}
    assert groups([*orders]) == [orders]


def test_two_languages(groups) -> None:
    """The same question in another language, and one of both languages at once, are in one gap."""
    asked = ["what are your opening hours", "was sind eure öffnungszeiten", "what are your öffnungszeiten"]
    assert set(asked) in groups([*asked, "i forgot my password", "ich habe mein passwort vergessen"])


def test_very_long_questions(groups) -> None:
    """5,000 characters are one question among others."""
    long = "i want a refund for my order because it never came. " * 100
    found = groups([long, *TEN])
    assert sum(len(each) for each in found) == 11


def test_ties_give_the_same_groups_again() -> None:
    """Where all are equally near, the order of the sorted texts decides, and nothing else."""
    corners = np.eye(4, dtype=np.float32)[:3]
    between = ((corners[0] + corners[1]) / np.sqrt(2))[None]
    points = np.concatenate([corners, between, between, corners])
    assert link(points, 0.7).tolist() == link(points, 0.7).tolist()
    assert link(points, 0.99).tolist() == [0, 1, 2, 3, 3, 0, 1, 2]


def test_many_equal_points_are_quick() -> None:
    """20,000 equal points are one group at once, not after as many rounds."""
    points = np.ones((20_000, 4), dtype=np.float32) / 2
    assert link(points, 0.44).max() == 0


def test_a_new_question_joins() -> None:
    """What it is near to: a gap, a question that was alone, or another new one; else it is alone."""
    points = np.array([[1, 0], [0.96, 0.28], [0, 1]], np.float32)
    means = means_of(points, np.array([0, 0, 1], np.int32))
    assert np.allclose(means, [[0.98, 0.14], [0, 1]])
    new = np.array([[0.28, 0.96]], np.float32)
    assert within_reach(new, means, 0.9).tolist() == [1]
    assert join(new, means, [2, 1], 1, 0.9).tolist() == [0, 1, 1]
    assert join(new, means, [2, 1], 1, 0.99).tolist() == [0, 1, 2]
    assert join(np.concatenate([new, new]), means[:0], [], 0, 0.9).tolist() == [0, 0]
    assert join(new * 0, means, [2, 1], 1, 0.9).tolist() == [0, 1, 2]


def test_gaps_stay_apart_though_a_new_question_is_near_to_both() -> None:
    """It joins the nearer one; the night may make them one."""
    means = np.array([[1, 0], [0.8, 0.6]], np.float32)
    new = np.array([[0.9487, 0.3162]], np.float32)
    assert join(new, means, [2, 2], 2, 0.5).tolist() == [0, 1, 0]
    assert join(new, means, [2, 2], 0, 0.5).tolist() == [0, 0, 0]


def test_a_space_is_kept_as_bytes(model: Model, background: Vectors) -> None:
    """What was frozen lies at the same places when it is read again."""
    vectors = model.embed(TEN)
    kept = group_questions(TEN, vectors, background, model.cut).space
    again = Space.from_bytes(kept.to_bytes())
    assert np.array_equal(kept.project(vectors), again.project(vectors))
    assert kept.project(vectors).shape == (10, 128)
    with pytest.raises(ValueError, match=r"."):
        Space.from_bytes(b"nothing of the kind")


def test_the_background_is_shipped() -> None:
    """About 500 questions in many languages, no two alike."""
    found = background_questions()
    assert len(found) > 400
    assert len({normal_form(each) for each in found}) == len(found)
