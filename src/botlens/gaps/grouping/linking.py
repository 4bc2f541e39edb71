"""Groups of points by exact average linkage, down to a cut, with each group's mean and size alone.

The mean of all dot products between two groups is the dot product of their means. So nothing of the size
n x n is kept: similarities are computed block by block. Two groups that are each other's nearest are merged
whatever else happens, since a merged group is never nearer to a third one than the nearer of its parts was.
So all such pairs are merged at once, round by round, and the result is that of merging the nearest pair again
and again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from botlens.gaps.meaning.model import Vectors

Labels = NDArray[np.int32]
"""By point, the number of its group; groups are numbered by their first point."""

_Numbers = NDArray[np.int64]

_BLOCK: Final = 2_048
"""Points on a side of a block of similarities (16 MiB)."""

TOPIC_CUT: Final = 0.6
"""Of topics: this share of the cut of groups."""

_ROUNDING: Final = 1e-4
"""What similarities may differ by where the same is summed up in another way."""


def link(points: Vectors, cut: float, whole: Sequence[Sequence[int]] = ()) -> Labels:
    """Which points belong together: groups are merged while their mean similarity is at least the cut.

    Args:
        points: (n, d), of length 1 or zeros, in an order of their own (that of the sorted texts): the same
            points in the same order always give the same groups, ties included. Zeros stay alone.
        cut: the least mean similarity of two groups that become one, above 0.
        whole: sets of points that stay together whatever their similarity, and of which no two are ever in
            one group. A point is in one of them at most.
    """
    groups, at = _begin(points, whole)
    _merge(groups, cut)
    return _numbered(groups.roots()[at])


def topics(points: Vectors, labels: Labels, cut: float) -> Labels:
    """By group, its topic: the same tree of merges, gone on with to a coarser cut."""
    count = int(labels.max(initial=-1)) + 1
    groups = _Groups.of(means_of(points, labels), np.bincount(labels, minlength=count))
    _merge(groups, cut)
    return _numbered(groups.roots())


def within_reach(points: Vectors, means: Vectors, cut: float) -> _Numbers:
    """The places of the means that may become one with some of the points: see `join`.

    Whatever a group that no point is near takes in, it is near to none of: the mean of similarities below the
    cut is below it. So a group counts only if a point of its own is as near as the cut.
    """
    near = np.zeros(len(means), dtype=bool)
    for top in range(0, len(points), _BLOCK):
        for first in range(0, len(means), _BLOCK):
            found = points[top : top + _BLOCK] @ means[first : first + _BLOCK].T
            near[first : first + _BLOCK] |= found.max(axis=0) >= cut - _ROUNDING
    return np.flatnonzero(near)


def join(points: Vectors, means: Vectors, sizes: Sequence[int], apart: int, cut: float) -> Labels:
    """What `link` comes to if it goes on from the groups that there are, with new points beside them.

    Args:
        points: (n, d), the new ones, n at least 1, in an order of their own.
        means: of the groups that there are, those that stay apart first.
        sizes: how many points each of these has.
        apart: so many of them never become one with each other.
        cut: as of `link`.

    Returns:
        By group that there is, and then by new point, a number that those have in common that are one: that
        of the first of them. So whatever joins a group that stays apart has the number of that.
    """
    groups, at = _begin(points, ())
    counts = np.concatenate([np.asarray(sizes, dtype=np.int64), groups.sizes])
    both = _Groups.of(np.concatenate([means, groups.means]) if len(means) else groups.means, counts)
    both.whole[:apart] = True
    _merge(both, cut)
    places = np.concatenate([np.arange(len(means)), len(means) + at])
    found: Labels = both.roots()[places].astype(np.int32)
    return found


def means_of(points: Vectors, labels: Labels) -> Vectors:
    """By group, the mean of its points; it is shorter than 1 by as much as they differ."""
    count = int(labels.max(initial=-1)) + 1
    order = np.argsort(labels, kind="stable")
    sizes = np.bincount(labels, minlength=count)
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(np.int64)
    sums = np.add.reduceat(points[order], starts, axis=0) if count else points[:0]
    return np.ascontiguousarray(sums / np.maximum(sizes, 1)[:, None], dtype=np.float32)


@dataclass(eq=False)
class _Groups:
    """Groups while they are merged; a group has the number of its first part.

    Attributes:
        means: by group, the mean of its points.
        sizes: by group, how many points it has.
        whole: by group, whether it has a set in it that stays whole.
        parent: by group, the group that it has become a part of; itself if none.
        near: by group, the nearest other one.
        best: by group, how similar the nearest one is.
    """

    means: Vectors
    sizes: _Numbers
    whole: NDArray[np.bool_]
    parent: _Numbers
    near: _Numbers
    best: NDArray[np.float32]

    @classmethod
    def of(cls, means: Vectors, sizes: _Numbers) -> Self:
        count = len(means)
        return cls(
            means=means,
            sizes=sizes.astype(np.int64),
            whole=np.zeros(count, dtype=bool),
            parent=np.arange(count),
            near=np.full(count, -1, dtype=np.int64),
            best=np.full(count, -np.inf, dtype=np.float32),
        )

    def roots(self) -> _Numbers:
        """By group, the one that it is a part of in the end."""
        found = self.parent
        while True:
            above = found[found]
            if np.array_equal(above, found):
                return found
            found = above

    def join(self, first: _Numbers, second: _Numbers) -> None:
        """Make each pair one group, under the number of the first."""
        sizes = (self.sizes[first] + self.sizes[second]).astype(np.float64)
        share = (self.sizes[second] / sizes).astype(np.float32)[:, None]
        self.means[first] += share * (self.means[second] - self.means[first])
        self.sizes[first] += self.sizes[second]
        self.whole[first] |= self.whole[second]
        self.parent[second] = first


def _begin(points: Vectors, whole: Sequence[Sequence[int]]) -> tuple[_Groups, Labels]:
    """The groups that there are before anything is merged, and which one each point is in.

    Equal points are one from the beginning. Otherwise each of them would have the first one as its nearest,
    and one pair could be merged in a round.
    """
    held = np.zeros(len(points), dtype=bool)
    held[[place for each in whole for place in each]] = True
    free = np.flatnonzero(points.any(axis=1) & ~held)
    rows = np.ascontiguousarray(points[free]).view(f"V{points.shape[1] * points.itemsize}").ravel()
    _, first, again = np.unique(rows, return_index=True, return_inverse=True)
    at = np.arange(len(points))
    at[free] = free[first[again]]
    for each in whole:
        at[list(each)] = min(each, default=0)
    labels = _numbered(at)
    groups = _Groups.of(means_of(points, labels), np.bincount(labels))
    groups.whole[labels[held]] = True
    return groups, labels


def _merge(groups: _Groups, cut: float) -> None:
    """Merge all pairs of groups that are each other's nearest, until no two are as near as the cut."""
    active = np.arange(len(groups.means))
    _look_at_all(groups)
    alive = np.ones(len(groups.means), dtype=bool)
    while True:
        far = active[groups.best[active] < cut]  # nothing that comes later is nearer to these
        alive[far] = False
        active = active[alive[active]]
        if not len(active):
            return
        pairs = _mutual(groups, active)
        groups.join(pairs[0], pairs[1])
        alive[pairs[1]] = False
        active = active[alive[active]]
        changed = ~alive
        changed[pairs[0]] = True
        _look_again(groups, active, active[changed[active] | changed[groups.near[active]]])


def _mutual(groups: _Groups, active: _Numbers) -> tuple[_Numbers, _Numbers]:
    """The pairs that are each other's nearest; at least one.

    There is always one but for rounding, which may make a ring of groups that are equally near: there the
    nearest pair is taken.
    """
    near = groups.near[active]
    first = active[(groups.near[near] == active) & (active < near)]
    if not len(first):
        found = active[np.argmax(groups.best[active])]
        pair = np.sort(np.array([found, groups.near[found]]))
        return pair[:1], pair[1:]
    return first, groups.near[first]


def _look_at_all(groups: _Groups) -> None:
    """Find the nearest of every group; each pair is looked at once."""
    count = len(groups.means)
    for top in range(0, count, _BLOCK):
        rows = slice(top, min(top + _BLOCK, count))
        for first in range(top, count, _BLOCK):
            columns = slice(first, min(first + _BLOCK, count))
            found = groups.means[rows] @ groups.means[columns].T
            if first == top:
                np.fill_diagonal(found, -np.inf)
            _keep_apart(found, groups.whole[rows], groups.whole[columns])
            _take_rows(found, first, groups.near[rows], groups.best[rows])
            if first != top:
                _take_columns(found, top, groups.near[columns], groups.best[columns])


def _look_again(groups: _Groups, active: _Numbers, stale: _Numbers) -> None:
    """Find the nearest of some groups among the active ones."""
    means, whole = groups.means[active], groups.whole[active]
    place = np.searchsorted(active, stale)
    near = np.full(len(stale), -1, dtype=np.int64)
    best = np.full(len(stale), -np.inf, dtype=np.float32)
    for top in range(0, len(stale), _BLOCK):
        rows = slice(top, min(top + _BLOCK, len(stale)))
        mine = means[place[rows]]
        for first in range(0, len(active), _BLOCK):
            found = mine @ means[first : first + _BLOCK].T
            own = place[rows] - first
            inside = np.flatnonzero((own >= 0) & (own < found.shape[1]))
            found[inside, own[inside]] = -np.inf
            _keep_apart(found, whole[place[rows]], whole[first : first + _BLOCK])
            _take_rows(found, first, near[rows], best[rows])
    groups.near[stale] = active[near]
    groups.best[stale] = best


def _keep_apart(found: Vectors, rows: NDArray[np.bool_], columns: NDArray[np.bool_]) -> None:
    """Two sets that stay whole are never near each other."""
    if rows.any() and columns.any():
        found[np.ix_(rows, columns)] = -np.inf


def _take_rows(found: Vectors, first: int, near: _Numbers, best: NDArray[np.float32]) -> None:
    """Note in each row the most similar column, if it is more similar than what is known."""
    at = found.argmax(axis=1)
    value = found[np.arange(len(found)), at]
    better = value > best
    near[better] = at[better] + first
    best[better] = value[better]


def _take_columns(found: Vectors, first: int, near: _Numbers, best: NDArray[np.float32]) -> None:
    """The same by column; where a maximum lies is looked up only where it counts, which is far quicker."""
    value = found.max(axis=0)
    better = np.flatnonzero(value > best)
    near[better] = found[:, better].argmax(axis=0) + first
    best[better] = value[better]


def _numbered(labels: NDArray[np.integer]) -> Labels:
    """The same groups, numbered by their first point."""
    _, first, again = np.unique(labels, return_index=True, return_inverse=True)
    number = np.empty(len(first), dtype=np.int32)
    number[np.argsort(first, kind="stable")] = np.arange(len(first), dtype=np.int32)
    found: Labels = number[again.ravel()]
    return found
