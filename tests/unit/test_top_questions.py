"""The most frequent questions from a head and a floor: exact, or honest about not knowing."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from botlens.live.top_questions import TopQuestions, displayed_question, ranked

Counts = Counter[tuple[str, str]]  # (normal form, original) -> count

NORMALS = st.sampled_from("abcdefgh")
PAIRS = NORMALS.flatmap(lambda normal: st.tuples(st.just(normal), st.sampled_from([normal, normal.upper()])))
FULL = st.dictionaries(PAIRS, st.integers(1, 6), max_size=12).map(Counter)


def nested(counts: Counts) -> dict[str, dict[str, int]]:
    questions: dict[str, dict[str, int]] = {}
    for (normal, text), count in counts.items():
        if count:
            questions.setdefault(normal, {})[text] = count
    return questions


def brute_force(counts: Counts, size: int) -> list[tuple[str, int]]:
    rows = []
    for normal, texts in nested(counts).items():
        [(_, text), *_] = sorted((-count, text) for text, count in texts.items())
        rows.append((-sum(texts.values()), text, normal))
    return [(text, -total) for total, text, _ in sorted(rows)[:size]]


def loaded(counts: Counts, floor: int, fixed: list[tuple[str, int]] | None = None) -> TopQuestions:
    """As the store loads: the questions above the floor with all their originals."""
    head = {normal: texts for normal, texts in nested(counts).items() if sum(texts.values()) > floor}
    return TopQuestions(head, floor=floor, fixed=fixed)


@given(st.data(), FULL, st.integers(0, 8), st.integers(1, 5))
def test_the_answer_is_exact_or_none(data, counts, floor, size):
    """Whatever is added and removed, at no time a wrong list; with nothing left outside, always a list."""
    floor = min(floor, max((sum(texts.values()) for texts in nested(counts).values()), default=0))
    top = loaded(counts, floor)
    for _ in range(data.draw(st.integers(0, 15))):
        present = sorted(pair for pair, count in counts.items() if count)
        if present and data.draw(st.booleans()):
            pair = data.draw(st.sampled_from(present))
            count = -data.draw(st.integers(1, counts[pair]))
        else:
            pair, count = data.draw(PAIRS), data.draw(st.integers(1, 3))
        counts[pair] += count
        top.add(*pair, count)
        answer = top.top(size)
        if answer is not None or floor == 0:
            assert answer == brute_force(counts, size)


def test_the_head_answers_while_nobody_outside_can_have_caught_up():
    """It must not give up early either, or every request would load anew: floor 2, tenth place 4."""
    top = TopQuestions({"a": {"A": 9}, "b": {"B": 4}}, floor=2)
    assert top.top(2) == [("A", 9), ("B", 4)]
    top.add("new", "New", 1)
    assert top.top(2) == [("A", 9), ("B", 4)]
    top.add("new", "New", 1)  # may be 2 + 2 by now
    assert top.top(2) is None
    assert top.top(1) == [("A", 9)]


def test_outsiders_do_not_add_up_to_one():
    """Many different new questions are no threat to the head: each one was asked once."""
    top = TopQuestions({"a": {"A": 4}}, floor=2)
    for number in range(50):
        top.add(f"new {number}", "New", 1)
    assert top.top(1) == [("A", 4)]


def test_a_head_that_shrank_cannot_tell():
    """A question of the head that lost conversations may now be behind one that was never in it."""
    top = TopQuestions({"a": {"A": 9}, "b": {"B": 4}}, floor=2)
    top.add("b", "B", -2)
    assert top.top(2) is None
    top.add("b", "B", -2)
    assert top.top(2) is None
    assert top.top(1) == [("A", 9)]


def test_a_flat_head_gives_the_fixed_answer_until_something_changes():
    """More questions tie than a head may hold: the answer of the load holds, and only that long."""
    fixed = [("A", 1), ("B", 1), ("C", 1)]
    top = TopQuestions({}, floor=1, fixed=fixed)
    assert (top.top(2), top.top(3)) == (fixed[:2], fixed)
    top.add("", "?!", 1)  # no question at all
    assert top.top(3) == fixed
    top.add("z", "Z", 1)
    assert top.top(3) is None


def test_a_question_without_a_normal_form_is_left_out():
    """A message of nothing but marks is in no list."""
    top = TopQuestions()
    top.add_all([("", "?!", 5), ("a", "A", 1)])
    assert top.top(10) == [("A", 1)]


def test_what_nobody_asks_any_more_is_gone():
    """Neither a question nor an original with a count of 0 is shown."""
    top = TopQuestions()
    top.add_all([("a", "A", 2), ("a", "a", 1), ("b", "B", 1), ("a", "A", -2), ("b", "B", -1)])
    assert top.top(10) == [("a", 1)]


def test_ties_are_ordered_by_the_text_that_is_shown():
    """Count descending, then shown text, also where the tie is cut."""
    questions = {normal: {text: 1} for normal, text in [("z", "A"), ("y", "b"), ("x", "B"), ("w", "c")]}
    assert ranked(questions, 3) == [("A", 1), ("B", 1), ("b", 1)]
    assert ranked({**questions, "v": {"z": 2}}, 2) == [("z", 2), ("A", 1)]
    assert ranked(questions, 0) == []


@pytest.mark.parametrize(
    ("texts", "text"),
    [
        ({"Hi?": 1, "hi": 2}, "hi"),
        ({"hi": 2, "Hi?": 2}, "Hi?"),
        ({"hi  there": 1}, "hi there"),
        ({"x" * 150: 1}, "x" * 100),
        ({"é": 1, "e": 1, "É": 1}, "e"),
    ],
)
def test_a_question_is_shown_by_its_most_frequent_original(texts, text):
    """Ties go to the smallest by code point; then white space is collapsed and the text is cut."""
    assert displayed_question(texts) == text
