"""Ids of gaps pass by overlap, one to one, and what a person touched stays whole."""

from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from botlens.gaps.grouping.identity import Passage, QuestionSet, pass_ids


def group(letters: str) -> QuestionSet:
    """Each letter is a question."""
    return frozenset(letters)


def named(questions: QuestionSet) -> str:
    """A new id that says of whom."""
    return "new-" + "".join(sorted(questions))


def ids_of(groups, before, touched=()) -> dict[str, str]:
    """The questions of each gap afterwards."""
    found = pass_ids(
        [group(each) for each in groups], {k: group(v) for k, v in before.items()}, named, touched
    )
    return {gap: "".join(sorted(each)) for gap, each in zip(found.ids, found.groups, strict=True)}


def test_an_id_goes_where_most_questions_are():
    """Of two groups with questions of a gap the one with more goes on with its id; the other one is new."""
    assert ids_of(["abcx", "dey"], {"one": "abcde"}) == {"one": "abcx", "new-dey": "dey"}
    found = pass_ids([group("abcx"), group("dey")], {"one": group("abcde")}, named)
    assert (found.split, found.merged, found.gone) == ((Passage("one", "new-dey"),), (), ())


def test_two_gaps_that_become_one_group_leave_one_id():
    """The one with more questions there; the other leads to it."""
    found = pass_ids([group("abcde")], {"big": group("abc"), "small": group("de")}, named)
    assert (found.ids, found.merged) == (("big",), (Passage("small", "big"),))


def test_a_gap_whose_questions_scatter_leads_to_where_most_are():
    """Four questions, all in groups of others: two of them in one."""
    before = {"own": group("abc"), "other": group("def"), "lost": group("wxyz")}
    found = pass_ids([group("abcw"), group("defxy"), group("z")], before, named)
    assert found.ids == ("own", "other", "lost")  # one question is enough where nobody else wants it
    found = pass_ids([group("abcwz"), group("defxy")], before, named)
    assert (found.ids, found.merged) == (("own", "other"), (Passage("lost", "other"),))


def test_a_gap_without_questions_is_gone():
    """Its words were erased: nothing leads anywhere."""
    found = pass_ids([group("a")], {"one": group("a"), "erased": group("xy")}, named)
    assert (found.ids, found.gone, found.merged) == (("one",), ("erased",), ())


def test_a_touched_gap_loses_no_question():
    """The night tore it apart, and would have given its id to nobody; it is brought together again."""
    before = {"mine": "abc", "other": "defg"}
    assert ids_of(["adefg", "bc"], before, ["mine"]) == {"mine": "abc", "other": "defg"}
    assert ids_of(["adefg", "bc"], before) == {"mine": "bc", "other": "adefg"}


def test_two_touched_gaps_stay_two():
    """What a person split, or fixed one by one, no night joins; what is new goes with the larger."""
    assert ids_of(["abcdenew"], {"one": "abc", "two": "de"}, ["one", "two"]) == {"one": "abcnw", "two": "de"}


def test_a_touched_gap_keeps_its_id_beside_a_larger_one():
    """The other gap has more questions in the group: still the touched one goes on."""
    found = pass_ids(
        [group("abcdefg")], {"mine": group("ab"), "other": group("cdefg")}, named, touched=["mine"]
    )
    assert (found.ids, found.merged) == (("mine",), (Passage("other", "mine"),))


def test_a_question_has_one_home():
    """Groups that overlap, and ids that were given before, are mistakes of the caller."""
    with pytest.raises(ValueError, match="in two sets"):
        pass_ids([group("ab"), group("bc")], {}, named)
    with pytest.raises(ValueError, match="in two sets"):
        pass_ids([], {"one": group("a"), "two": group("a")}, named)
    with pytest.raises(ValueError, match="not new"):
        pass_ids([group("ab"), group("c")], {"one": group("ab")}, lambda _: "one")


@st.composite
def partitions(draw: st.DrawFn) -> list[QuestionSet]:
    """Some of twelve questions, in disjoint groups."""
    homes = draw(st.lists(st.integers(0, 5), min_size=12, max_size=12))
    groups = [frozenset(chr(97 + at) for at, home in enumerate(homes) if home == one) for one in range(1, 6)]
    return [each for each in groups if each]


@given(partitions(), partitions(), st.sets(st.integers(0, 4)), st.randoms())
def test_identity_is_one_to_one(groups, gaps, touched, chance):
    """No id twice, no question lost or doubled, each old gap accounted for, any order gives the same."""
    before = {f"g{at}": each for at, each in enumerate(gaps)}
    marked = {f"g{at}" for at in touched}
    numbers = count()
    found = pass_ids(groups, before, lambda _: f"n{next(numbers)}", marked)

    assert len(set(found.ids)) == len(found.ids) == len(found.groups)
    assert sorted(q for each in found.groups for q in each) == sorted(q for each in groups for q in each)
    by_id = dict(zip(found.ids, found.groups, strict=True))
    merged = [each.old for each in found.merged]
    assert sorted([*(set(found.ids) & before.keys()), *merged, *found.gone]) == sorted(before)
    assert {each.new for each in found.merged} <= set(found.ids)
    there = frozenset(q for each in groups for q in each)
    for gap in marked & before.keys():
        if before[gap] & there:
            assert before[gap] & there <= by_id[gap]

    mixed = chance.sample(groups, len(groups))
    shuffled = dict(chance.sample(sorted(before.items()), len(before)))
    again = pass_ids(mixed, shuffled, named, marked)
    once = pass_ids(groups, before, named, marked)
    assert dict(zip(again.ids, again.groups, strict=True)) == dict(zip(once.ids, once.groups, strict=True))
    assert (again.merged, set(again.split), again.gone) == (once.merged, set(once.split), once.gone)


@given(partitions())
def test_the_same_groups_keep_every_id(groups):
    """A night in which nothing happened changes nothing."""
    before = {f"g{at}": each for at, each in enumerate(groups)}
    found = pass_ids(groups, before, named)
    assert (found.ids, found.groups, found.merged, found.split) == (tuple(before), tuple(groups), (), ())
