"""Groups of points are those of plain average linkage."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from botlens.gaps.grouping.linking import join, link, topics, within_reach
from botlens.gaps.meaning.model import Vectors, of_length_one
from tests.properties.examples import examples

Groups = set[frozenset[int]]

ALL = {
    "seed": st.integers(0, 100_000),
    "count": st.integers(1, 24),
    "meanings": st.integers(1, 6),
    "cut": st.sampled_from([0.2, 0.44, 0.7]),
}


def drawn(seed: int, count: int, meanings: int) -> Vectors:
    """Points about some centres."""
    chance = np.random.default_rng(seed)
    centres = chance.normal(size=(meanings, 6))
    return of_length_one(centres[chance.integers(0, meanings, count)] + chance.normal(0, 0.5, (count, 6)))


def sets_of(labels: NDArray[np.int32]) -> Groups:
    return {frozenset(np.flatnonzero(labels == each).tolist()) for each in set(labels.tolist())}


def plain_linkage(points: Vectors, cut: float, whole: list[list[int]]) -> Groups:
    """The two nearest groups become one, again and again; each time all similarities are looked at."""
    inside = {at for each in whole for at in each}
    groups = [frozenset(each) for each in whole]
    groups += [frozenset([at]) for at in range(len(points)) if at not in inside]
    similar = points.astype(float) @ points.T.astype(float)

    def mean(one: frozenset[int], other: frozenset[int]) -> float:
        if one & inside and other & inside:
            return -1.0
        return float(similar[np.ix_(sorted(one), sorted(other))].mean())

    while len(groups) > 1:
        pairs = [(one, other) for at, one in enumerate(groups) for other in groups[:at]]
        one, other = max(pairs, key=lambda pair: mean(*pair))
        if mean(one, other) < cut:
            break
        groups = [each for each in groups if each not in (one, other)] + [one | other]
    return set(groups)


@examples(100)
@given(**ALL)
def test_groups_are_those_of_plain_average_linkage(seed: int, count: int, meanings: int, cut: float) -> None:
    """Though no similarities are kept, and many pairs are merged at once."""
    points = drawn(seed, count, meanings)
    assert sets_of(link(points, cut)) == plain_linkage(points, cut, [])


@examples(100)
@given(**ALL, parts=st.integers(1, 3))
def test_what_stays_whole(seed: int, count: int, meanings: int, cut: float, parts: int) -> None:
    """Sets stay together, no two of them become one, and all else is merged as ever."""
    points = drawn(seed, count, meanings)
    places = np.random.default_rng(seed).permutation(count)[: count // 2]
    whole = [part.tolist() for part in np.array_split(places, parts) if len(part)]
    groups = sets_of(link(points, cut, whole))
    assert groups == plain_linkage(points, cut, whole)
    for one in whole:
        assert sum(bool(set(one) & group) for group in groups) == 1


@examples(50)
@given(**ALL)
def test_topics_are_of_the_same_tree(seed: int, count: int, meanings: int, cut: float) -> None:
    """To go on from the groups to a coarser cut gives what that cut gives at once."""
    points = drawn(seed, count, meanings)
    labels = link(points, cut)
    assert sets_of(topics(points, labels, 0.1)[labels]) == sets_of(link(points, 0.1))


@examples(100)
@given(**ALL, more=st.integers(1, 12))
def test_new_points_join_as_if_the_linkage_went_on(
    seed: int, count: int, meanings: int, cut: float, more: int
) -> None:
    """Gaps stay apart, and whoever is in none may join; few groups have to be looked at for that."""
    points, new = drawn(seed, count, meanings), drawn(seed + 1, more, meanings)
    labels = link(points, cut)
    sets = [sorted(each) for each in sets_of(labels)]
    gaps = sorted(each for each in sets if len(each) > 1)
    there = gaps + sorted(each for each in sets if len(each) == 1)
    means = np.stack([points[each].mean(axis=0) for each in there])
    near = within_reach(new, means, cut).tolist()
    apart = sum(at < len(gaps) for at in near)
    found = join(new, means[near], [len(there[at]) for at in near], apart, cut).tolist()
    assert all(found[at] == at for at in range(apart))
    groups: dict[int, set[int]] = {}
    for at, label in enumerate(found):
        own = there[near[at]] if at < len(near) else [count + at - len(near)]
        groups.setdefault(label, set()).update(own)
    far = {frozenset(each) for at, each in enumerate(there) if at not in near}
    expected = plain_linkage(np.concatenate([points, new]), cut, gaps)
    assert far | {frozenset(each) for each in groups.values()} == expected
