"""New questions beside what a link found: the linkage goes on from there, for them alone.

A gap or a question that no new one is near can take no part in it, so a few of them are looked at. Gaps stay
apart from each other until the night; what is in a gap stays in it.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from botlens.gaps.kept.memberships import ALONE, by_gap
from botlens.gaps.kept.points import KeptPoints
from botlens.gaps.kept.spaces import KeptSpace
from botlens.gaps.kept.vectors import KeptVectors
from botlens.gaps.life_cycle.joining import new_gap_id
from botlens.gaps.life_cycle.values import Lineage
from botlens.gaps.link.work import LinkWork
from botlens.gaps.meaning.model import Vectors


@dataclass(slots=True)
class GapMeans:
    """Where gaps lie, and how many questions each has.

    Attributes:
        means: by gap, in one order.
        sizes: by gap, in the same.
    """

    means: dict[str, Vectors]
    sizes: dict[str, int]

    def add(self, gap_id: str, mean: Vectors, size: int) -> None:
        """Take so many more questions, whose mean is given, into a gap."""
        before = self.sizes.get(gap_id, 0)
        share = size / (before + size)
        self.means[gap_id] = mean if not before else self.means[gap_id] * (1 - share) + mean * share
        self.sizes[gap_id] = before + size

    def nearest(self, gap_id: str, others: Collection[str]) -> tuple[str | None, float]:
        """The one of some other gaps that is most similar to one, and how similar."""
        known = [each for each in others if each in self.means and each != gap_id]
        if not known or gap_id not in self.means:
            return None, 0.0
        similar = np.stack([self.means[each] for each in known]) @ self.means[gap_id]
        at = int(similar.argmax())
        return known[at], float(similar[at])

    def kept(self, before: KeptSpace) -> KeptSpace:
        """The same as a link keeps it, in its space."""
        rows = np.stack(list(self.means.values())) if self.means else before.means[:0]
        sizes = tuple(self.sizes[each] for each in self.means)
        return KeptSpace(before.model, before.space, tuple(self.means), rows.astype(np.float32), sizes)


def means_now(
    work: LinkWork, kept: KeptSpace, homes: Mapping[str, str], lineage: Lineage, vectors: KeptVectors
) -> GapMeans:
    """Where gaps lie with the questions that they have by now.

    What a link found of a gap is of so many questions. Where it has another number, since people moved some,
    or some are deleted, or what was written of it was cut off, its mean is computed anew.
    """
    found = GapMeans({}, {})
    for gap_id, mean, size in zip(kept.gaps, kept.means, kept.sizes, strict=True):
        if size:
            found.add(lineage.follow(gap_id), mean, size)
    counted = Counter(home for home in homes.values() if home != ALONE)
    for gap_id in [each for each in found.sizes if each not in counted]:
        del found.means[gap_id], found.sizes[gap_id]
    stale = {gap_id for gap_id, count in counted.items() if found.sizes.get(gap_id) != count}
    if stale:
        members = by_gap({question: home for question, home in homes.items() if home in stale})
        for gap_id in sorted(stale):
            remeasure(work, kept, found, gap_id, members[gap_id], vectors)
    return found


def remeasure(
    work: LinkWork,
    kept: KeptSpace,
    means: GapMeans,
    gap_id: str,
    members: Collection[str],
    vectors: KeptVectors,
) -> None:
    """Compute the mean of a gap of all its questions."""
    names, found = vectors.of(members)
    means.means.pop(gap_id, None)
    means.sizes.pop(gap_id, None)
    if names:
        means.add(gap_id, work.process.centre(kept.space, found)[0], len(members))


def join_fresh(
    work: LinkWork,
    kept: KeptSpace,
    points_kept: KeptPoints,
    means: GapMeans,
    known: Mapping[str, str],
    fresh: tuple[list[str], Vectors],
) -> dict[str, str]:
    """The gap of each new question, or `ALONE`; and of those that were alone and are in a gap by now.

    Args:
        work: has the process that compares.
        kept: the space.
        points_kept: of the questions that are alone; those of new ones that stay alone are written.
        means: of the gaps; what joins them is taken in.
        known: the gap of each question that was linked, or `ALONE`.
        fresh: the new ones, sorted, and their vectors.
    """
    names, vectors = fresh
    if not names:
        return {}
    points = work.process.place(kept.space, vectors)
    gaps = list(means.means)
    near = work.process.reach(np.stack([means.means[each] for each in gaps])) if gaps else []
    candidates = [gaps[at] for at in near]
    rows = [means.means[each] for each in candidates]
    sizes = [means.sizes[each] for each in candidates]
    alone = {question for question, home in known.items() if home == ALONE}
    for some, part in points_kept.among(alone):
        for at in work.process.reach(part):
            candidates.append(some[at])
            rows.append(part[at])
            sizes.append(1)
    there = np.stack(rows) if rows else points[:0]
    labels = work.process.join(there, sizes, len(near))
    everyone = [*candidates, *names]
    homes = _homes(means, labels, everyone, len(near), np.concatenate([there, points]))
    stay = [at for at, name in enumerate(names) if homes.setdefault(name, ALONE) == ALONE]
    points_kept.write([names[at] for at in stay], points[stay], work.written)
    return homes


def _homes(
    means: GapMeans, labels: Sequence[int], everyone: Sequence[str], gaps: int, points: Vectors
) -> dict[str, str]:
    """The gap of each question that is one with a gap, or with another question."""
    groups: dict[int, list[int]] = {}
    for at, label in enumerate(labels):
        groups.setdefault(label, []).append(at)
    homes: dict[str, str] = {}
    for label, group in groups.items():
        own = [at for at in group if at >= gaps]
        if len(group) < 2 or not own:
            continue
        home = everyone[label] if label < gaps else new_gap_id()
        homes |= {everyone[at]: home for at in own}
        means.add(home, points[own].mean(axis=0), len(own))
    return homes
