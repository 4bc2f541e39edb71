"""Questions that are the same but for a name: "what is the phone number of Ada Lovelace?".

Where hundreds differ by a name alone, what they have in common is a large part of the mean that is taken
away, and what is left are the names: two names are hardly more alike than two questions. So such questions
are found by their words. A **template** is a question with some words cut out; what was cut out is its
**filling**.
"""

from collections.abc import Sequence, Set
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from botlens.gaps.meaning.model import Vectors, of_length_one

Templates = NDArray[np.int64]
"""By question, the number of its template; `NO_TEMPLATE` of most."""

NO_TEMPLATE: Final = -1

FEWEST_FILLINGS: Final = 20
"""So many questions of a template make it one."""

_SHORTEST, _LONGEST = 3, 12
"""Words of a question that may be of a template."""

_MOST_CUT: Final = 3
"""Words of a filling."""

_FEWEST_LEFT: Final = 2
"""Words of a template: less has no meaning of its own."""

_NAMES: Final = 0.8
"""So large a part of the fillings are names."""

_COMMON: Final = 0.4
"""A word that is in a larger part of the fillings is no name, but makes a template of its own."""

_IN_FILLINGS: Final = 0.8
"""A word is one of a name if it is in a filling in so large a part of all questions that have it."""

_Numbers = NDArray[np.int64]
_Hashes = NDArray[np.uint64]


def templates_of(questions: Sequence[str], points: Vectors, common: Set[str], cut: float) -> Templates:
    """The template of each question, numbered from 0.

    Four of five fillings of a template are names: no word of these is one that everybody uses, or much used
    besides. And its questions are alike in the background's space, else the filling is what they ask for
    ("how do i reset my password"). Of several templates a question is of the one that most are of, and of
    equal ones of that with the most words.

    Args:
        questions: distinct ones, by normal form, sorted; words are what is between blanks.
        points: where they lie in the background's space.
        common: words that are in no name.
        cut: how similar questions of one template are there, on the average: as similar as those of one gap.
    """
    found = np.full(len(questions), NO_TEMPLATE, np.int64)
    if len(questions) < FEWEST_FILLINGS:
        return found
    words = _Words.of(questions, common)
    templates = [each for each in _candidates(words) if _likeness(points[each.members]) >= cut]
    named = _in_names(words, templates)
    counted = [each for each in templates if _share_of_names(words, each, named) >= _NAMES]
    counted.sort(key=lambda each: (-len(each.members), -each.kept, each.start, int(each.members[0])))
    for number, each in enumerate(counted):
        free = each.members[found[each.members] == NO_TEMPLATE]
        found[free] = number
    return found


def at_templates(points: Vectors, templates: Templates) -> Vectors:
    """The same points, but for those of one template, which lie at their mean."""
    together = points.copy()
    for number in np.unique(templates[templates != NO_TEMPLATE]).tolist():
        own = templates == number
        together[own] = of_length_one(points[own].mean(axis=0, keepdims=True))
    return together


@dataclass(frozen=True, eq=False)
class _Words:
    """The words of questions, as numbers.

    Attributes:
        rows: (m, 12), of the questions that are neither too short nor too long; 0 is none.
        lengths: of these, how many words.
        places: of these, which question it is.
        often: by word, how many of all questions have it.
        common: by word, whether it is in no name.
    """

    rows: _Numbers
    lengths: _Numbers
    places: _Numbers
    often: _Numbers
    common: NDArray[np.bool_]

    @classmethod
    def of(cls, questions: Sequence[str], common: Set[str]) -> "_Words":
        numbers: dict[str, int] = {"": 0}
        rows: list[list[int]] = []
        places: list[int] = []
        often = [0]
        for place, question in enumerate(questions):
            own = [numbers.setdefault(word, len(numbers)) for word in question.split()]
            often.extend([0] * (len(numbers) - len(often)))
            for each in set(own):
                often[each] += 1
            if _SHORTEST <= len(own) <= _LONGEST:
                rows.append(own + [0] * (_LONGEST - len(own)))
                places.append(place)
        table = np.array(rows, np.int64).reshape(-1, _LONGEST)
        return cls(
            table,
            (table > 0).sum(axis=1),
            np.array(places, np.int64),
            np.array(often, np.int64),
            np.array([word in common for word in numbers]),
        )


@dataclass(frozen=True, eq=False)
class _Template:
    """A template that many questions are of.

    Attributes:
        members: the questions.
        fillings: (m, 3), the words that are cut out of each; 0 is none.
        start: which word of a question is the first that is cut out.
        kept: how many words the template has.
    """

    members: _Numbers
    fillings: _Numbers
    start: int
    kept: int


def _candidates(words: _Words) -> list[_Template]:
    """Every template that enough questions are of, by the hash of what it keeps."""
    heads, tails = _hashes(words)
    cuts = [
        (start, end)
        for start in range(_LONGEST)
        for end in range(start + 1, min(start + _MOST_CUT, _LONGEST) + 1)
    ]
    rows, hashes, starts, ends = [], [], [], []
    for start, end in cuts:
        some = np.flatnonzero((words.lengths >= end) & (words.lengths - (end - start) >= _FEWEST_LEFT))
        rows.append(some.astype(np.int32))  # thirty times as many as questions: they are kept small
        hashes.append(heads[some, start] * _FACTORS[2] + tails[some, end])
        starts.append(np.full(len(some), start, np.int8))
        ends.append(np.full(len(some), end, np.int8))
    of = np.concatenate(hashes)
    del heads, tails, hashes
    _, inverse, counts = np.unique(of, return_inverse=True, return_counts=True)
    del of
    some = np.flatnonzero(counts[inverse] >= FEWEST_FILLINGS)
    some = some[np.argsort(inverse[some], kind="stable")]
    row, first = np.concatenate(rows)[some], np.concatenate(starts)[some]
    last = np.concatenate(ends)[some]
    bounds = np.flatnonzero(np.diff(inverse[some], prepend=-1, append=-1)).tolist()
    return [
        _template(words, row[top:end].astype(np.int64), int(first[top]), last[top:end])
        for top, end in pairwise(bounds)
    ]


_FACTORS: Final = np.random.default_rng(1).integers(1 << 62, size=3, dtype=np.uint64) * 2 + 1


def _hashes(words: _Words) -> tuple[_Hashes, _Hashes]:
    """By question, of its first 0 to 12 words, and of those from the 0th to the 12th on."""
    drawn = np.random.default_rng(2).integers(1 << 63, size=len(words.often), dtype=np.uint64)
    drawn[0] = 0
    of = drawn[words.rows]
    heads = np.zeros((len(of), _LONGEST + 1), np.uint64)
    tails = np.zeros_like(heads)
    for at in range(_LONGEST):
        heads[:, at + 1] = heads[:, at] * _FACTORS[0] + of[:, at]
    for at in reversed(range(_LONGEST)):
        tails[:, at] = tails[:, at + 1] * _FACTORS[1] + of[:, at]
    return heads, tails


def _template(words: _Words, rows: _Numbers, start: int, ends: NDArray[np.int8]) -> _Template:
    order = np.argsort(rows, kind="stable")
    rows, ends = rows[order], ends[order].astype(np.int64)
    columns = start + np.arange(_MOST_CUT)
    inside = columns < ends[:, None]
    fillings = np.where(inside, words.rows[rows[:, None], np.minimum(columns, _LONGEST - 1)], 0)
    return _Template(words.places[rows], fillings, start, int(words.lengths[rows[0]] - (ends[0] - start)))


def _likeness(points: Vectors) -> float:
    """The mean similarity of two of the points, each with itself included."""
    mean = points.mean(axis=0)
    return float(mean @ mean)


def _in_names(words: _Words, templates: Sequence[_Template]) -> NDArray[np.bool_]:
    """By word, whether it is one of names."""
    count = len(words.often)
    pairs = [
        np.unique((each.members[:, None] * count + each.fillings)[each.fillings > 0]) for each in templates
    ]
    inside = np.unique(np.concatenate(pairs)) if pairs else np.empty(0, np.int64)
    filled = np.bincount(inside % count, minlength=count)
    return ~words.common & (filled >= _IN_FILLINGS * words.often)


def _share_of_names(words: _Words, template: _Template, named: NDArray[np.bool_]) -> float:
    own, counts = np.unique(template.fillings[template.fillings > 0], return_counts=True)
    is_name = np.zeros(len(words.often), bool)
    is_name[own] = named[own] & (counts <= max(1.0, _COMMON * len(template.members)))
    is_name[0] = True
    return float(is_name[template.fillings].all(axis=1).mean())
