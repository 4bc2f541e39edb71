"""Which of tonight's groups is which gap: ids pass by overlap, one to one. Pure.

The group and the gap that share most questions find each other first, then the next pair of those that are
left; of equal pairs the smaller, then by id and question, so that no order of the input matters. A group that
finds none gets a new id.

A gap that a person touched never loses a question: its questions are brought into one group, and no group
holds two such gaps.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

Home = TypeVar("Home")
QuestionSet = frozenset[str]
"""Distinct questions, by normal form."""


@dataclass(frozen=True, slots=True)
class Passage:
    """What became of a gap in a night: `old` went into, or was split into, `new`."""

    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Identities:
    """Tonight's groups and their ids.

    Attributes:
        groups: those that were given, in their order, but for what touched gaps brought about; groups that
            this left empty are gone, those that it made come last.
        ids: one to each group, no two alike.
        merged: gaps of before without a group of their own, and where most of their questions are now.
        split: new gaps, and the gap of before that most of their questions were in.
        gone: gaps of before of which there is no question left.
    """

    groups: tuple[QuestionSet, ...]
    ids: tuple[str, ...]
    merged: tuple[Passage, ...]
    split: tuple[Passage, ...]
    gone: tuple[str, ...]


def pass_ids(
    groups: Sequence[QuestionSet],
    before: Mapping[str, QuestionSet],
    new_id: Callable[[QuestionSet], str],
    touched: Collection[str] = (),
) -> Identities:
    """Give every group an id.

    Args:
        groups: tonight's; no question in two of them, none empty.
        before: the gaps of before by id; no question in two of them.
        new_id: makes an id for a group that is new, one that no gap has or had.
        touched: ids of `before` that a person touched.

    Raises:
        ValueError: a question is in two groups, or in two gaps of before; or a new id is not new.
    """
    home = _homes(before.items())
    _homes(enumerate(groups))
    whole = {gap: before[gap] for gap in sorted(touched) if gap in before}
    formed, holders = _kept_whole(groups, whole)
    shared = [Counter(home[question] for question in group if question in home) for group in formed]
    owners = _matched(formed, before, shared, holders)
    ids = tuple(owners[at] if at in owners else new_id(group) for at, group in enumerate(formed))
    kept = set(owners.values())
    if len({*ids, *before}) != len(ids) + len(before) - len(kept):
        raise ValueError("a new id is not new")
    return Identities(
        groups=tuple(formed),
        ids=ids,
        merged=_merged(shared, ids, kept),
        split=_split(shared, ids, kept),
        gone=tuple(sorted(before.keys() - kept - {gap for counts in shared for gap in counts})),
    )


def _homes(sets: Iterable[tuple[Home, QuestionSet]]) -> dict[str, Home]:
    homes: dict[str, Home] = {}
    for home, questions in sets:
        for question in questions:
            if question in homes:
                raise ValueError(f"the question {question!r} is in two sets")
            homes[question] = home
    return homes


def _kept_whole(
    groups: Sequence[QuestionSet], whole: Mapping[str, QuestionSet]
) -> tuple[list[QuestionSet], dict[int, str]]:
    """The groups, with each touched gap whole in one that holds no other; and which holds which.

    A gap goes where most of it is already; the largest has the first choice.
    """
    where = {question: at for at, group in enumerate(groups) for question in group}
    kept = {
        gap: [question for question in questions if question in where] for gap, questions in whole.items()
    }
    formed = [set(group) for group in groups]
    holders: dict[int, str] = {}
    for gap in sorted((gap for gap in kept if kept[gap]), key=lambda gap: (-len(kept[gap]), gap)):
        counts = Counter(where[question] for question in kept[gap])
        free = [at for at in counts if at not in holders]
        if free:  # ties by the smallest question of the group: its place is the caller's
            home = min(free, key=lambda at: (-counts[at], min(groups[at])))
        else:
            home = len(formed)
            formed.append(set())
        holders[home] = gap
    for gap in holders.values():
        for question in kept[gap]:
            formed[where[question]].discard(question)
    for home, gap in holders.items():
        formed[home].update(kept[gap])
    filled = [at for at, group in enumerate(formed) if group]
    places = {at: place for place, at in enumerate(filled)}
    return [frozenset(formed[at]) for at in filled], {places[at]: gap for at, gap in holders.items()}


def _matched(
    groups: Sequence[QuestionSet],
    before: Mapping[str, QuestionSet],
    shared: Sequence[Counter[str]],
    holders: Mapping[int, str],
) -> dict[int, str]:
    """The gap that each group goes on with, if it does."""
    pairs = [(at, gap) for at, counts in enumerate(shared) for gap in counts]
    least = [min(group) for group in groups]

    def closest(pair: tuple[int, str]) -> tuple[int, int, str, str]:
        at, gap = pair
        # Of pairs that share as many, those that are smaller together have more in common.
        return -shared[at][gap], len(groups[at]) + len(before[gap]), gap, least[at]

    owners = dict(holders)
    taken = set(owners.values())
    for at, gap in sorted(pairs, key=closest):
        if at not in owners and gap not in taken:
            owners[at] = gap
            taken.add(gap)
    return owners


def _merged(shared: Sequence[Counter[str]], ids: Sequence[str], kept: set[str]) -> tuple[Passage, ...]:
    """Where most questions of each gap are that has no group of its own; a tie goes to the least id."""
    went: dict[str, Counter[str]] = {}
    for new, counts in zip(ids, shared, strict=True):
        for gap, count in counts.items():
            if gap not in kept:
                went.setdefault(gap, Counter())[new] = count
    return tuple(
        Passage(gap, min(counts, key=lambda new: (-counts[new], new))) for gap, counts in sorted(went.items())
    )


def _split(shared: Sequence[Counter[str]], ids: Sequence[str], kept: set[str]) -> tuple[Passage, ...]:
    """The gap that most questions of each new group were in; a tie goes to the least id."""
    return tuple(
        Passage(min(counts, key=lambda gap: (-counts[gap], gap)), new)
        for new, counts in zip(ids, shared, strict=True)
        if counts and new not in kept
    )
