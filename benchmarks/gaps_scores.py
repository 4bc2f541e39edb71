"""How well groups agree with meanings that are known."""

from collections import Counter
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.int64]


@dataclass(frozen=True)
class Agreement:
    """Of groups and meanings; a lone question is a group of its own.

    Attributes:
        nmi: normalized mutual information (arithmetic mean).
        ari: adjusted Rand index.
        precision: of all pairs in one group, the share of one meaning; 1 if there is no pair.
        recall: of all pairs of one meaning, the share in one group.
        strangers: of the questions in groups of two or more, the share that has not the meaning of most.
        groups: how many there are.
    """

    nmi: float
    ari: float
    precision: float
    recall: float
    strangers: float
    groups: int


def agreement(meanings: NDArray[np.str_], labels: NDArray[np.int32]) -> Agreement:
    """How well `labels` agree with `meanings`."""
    meaning = np.unique(meanings, return_inverse=True)[1].astype(np.int64)
    group = np.unique(labels, return_inverse=True)[1].astype(np.int64)
    cells = np.unique(group * (meaning.max() + 1) + meaning, return_counts=True)
    both, of_meaning, of_group = cells[1], np.bincount(meaning), np.bincount(group)
    together, alike, grouped = _pairs(both), _pairs(of_meaning), _pairs(of_group)
    by_chance = alike * grouped / _pairs(np.array([len(labels)]))
    most = np.zeros(len(of_group), dtype=np.int64)
    np.maximum.at(most, cells[0] // (meaning.max() + 1), both)
    several = of_group > 1
    return Agreement(
        nmi=_nmi(both, of_meaning, of_group),
        ari=(together - by_chance) / ((alike + grouped) / 2 - by_chance),
        precision=together / grouped if grouped else 1.0,
        recall=together / alike if alike else 1.0,
        strangers=1 - float(most[several].sum() / max(1, of_group[several].sum())),
        groups=len(of_group),
    )


def majority(meanings: NDArray[np.str_], members: Numbers) -> set[str]:
    """The meaning that most questions of a group have; several if they are equally many."""
    counts = Counter(meanings[members].tolist())
    most = max(counts.values())
    return {meaning for meaning, count in counts.items() if count == most}


def members_of(labels: NDArray[np.int32]) -> list[Numbers]:
    """By group, the places of its questions."""
    order = np.argsort(labels, kind="stable")
    return np.split(order, np.cumsum(np.bincount(labels))[:-1])


def _pairs(sizes: Numbers) -> float:
    return float((sizes.astype(float) * (sizes - 1) / 2).sum())


def _nmi(both: Numbers, one: Numbers, other: Numbers) -> float:
    mean = (_entropy(one) + _entropy(other)) / 2
    return (_entropy(one) + _entropy(other) - _entropy(both)) / mean if mean else 1.0


def _entropy(sizes: Numbers) -> float:
    shares = sizes / sizes.sum()
    return float(-(shares * np.log(shares)).sum())
