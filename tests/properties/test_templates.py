"""Questions that are the same but for a name, as the plainest look at their words finds them."""

from collections import Counter, defaultdict
from unittest.mock import patch

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from botlens.gaps.grouping import templates
from botlens.gaps.grouping.templates import NO_TEMPLATE, templates_of
from tests.properties.examples import examples

FEWEST = 3
COMMON = frozenset({"a", "b"})
Key = tuple[tuple[str, ...], tuple[str, ...]]

QUESTIONS = st.lists(
    st.lists(st.sampled_from("abcdefghij"), min_size=2, max_size=6).map(" ".join)
    | st.tuples(st.sampled_from(("a b", "a c b", "d b a")), st.sampled_from("efghijklmnop")).map(" ".join),
    max_size=40,
    unique=True,
).map(sorted)


Fillings = dict[int, tuple[str, ...]]


def cut_out(questions: list[str]) -> dict[Key, Fillings]:
    """By what is kept of a question, what was cut out of which: of templates that enough are of."""
    found: defaultdict[Key, Fillings] = defaultdict(dict)
    for place, question in enumerate(questions):
        words = question.split()
        for start in range(len(words)):
            for end in range(start + 1, min(len(words), start + 3) + 1):
                if 3 <= len(words) <= 12 and len(words) - (end - start) >= 2:
                    found[tuple(words[:start]), tuple(words[end:])][place] = tuple(words[start:end])
    return {key: each for key, each in found.items() if len(each) >= FEWEST}


def share_of_names(fillings: Fillings, named: set[str]) -> float:
    counts = Counter(word for filling in fillings.values() for word in filling)
    names = [
        all(word in named and counts[word] <= max(1.0, 0.4 * len(fillings)) for word in filling)
        for filling in fillings.values()
    ]
    return sum(names) / len(names)


def plainly(questions: list[str]) -> list[int]:
    """The place of the first question that the template of each has, or -1."""
    many = cut_out(questions)
    often = Counter(word for question in questions for word in set(question.split()))
    inside: defaultdict[str, set[int]] = defaultdict(set)
    for each in many.values():
        for place, filling in each.items():
            for word in filling:
                inside[word].add(place)
    named = {word for word, places in inside.items() if len(places) >= 0.8 * often[word]} - COMMON

    def first_choice(key: Key) -> tuple[int, int, int, int]:
        return -len(many[key]), -len(key[0]) - len(key[1]), len(key[0]), min(many[key])

    found = [-1] * len(questions)
    for key in sorted(many, key=first_choice):
        if share_of_names(many[key], named) >= 0.8:
            free = [place for place in many[key] if found[place] == -1]
            for place in free:
                found[place] = min(free)
    return found


@examples(300)
@given(questions=QUESTIONS)
def test_templates_are_those_of_a_plain_look(questions: list[str]) -> None:
    """Though words are numbers, and what is kept of a question is a hash."""
    alike = np.ones((len(questions), 1), np.float32)
    with patch.object(templates, "FEWEST_FILLINGS", FEWEST):
        found = templates_of(questions, alike, COMMON, 0.46)
    first: dict[int, int] = {}
    for place, number in enumerate(found.tolist()):
        first.setdefault(number, place)
    first[NO_TEMPLATE] = -1
    assert [first[number] for number in found.tolist()] == plainly(questions)
