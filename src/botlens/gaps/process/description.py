"""What gaps are called, and what they are about: worked out in the process that links."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from botlens.gaps.meaning.model import Vectors
from botlens.gaps.naming import PhraseBook, central, language_of, titles_of
from botlens.gaps.questions.stance import Stance


def described(
    points: Vectors,
    labels: NDArray[np.int32],
    texts: list[str],
    languages: list[str],
    askers: list[int],
    stances: list[int],
    gaps: int,
    beside: list[str],
) -> list[dict[str, Any]]:
    """Title, titles by language, the titles of many askers, and phrases: of the groups 0 to `gaps` - 1.

    Args:
        points: of the questions, in the space in which they were linked.
        labels: the group of each.
        texts: the questions as they are mostly written.
        languages: of each; empty where nobody says.
        askers: of each.
        stances: how well each is understood by itself.
        gaps: how many groups are gaps; the others are questions alone.
        beside: a question of each other gap that phrases are to tell these from.
    """
    spoken = [said or language_of(text) for said, text in zip(languages, texts, strict=True)]
    places = _by_group(labels, gaps)
    book = PhraseBook([*([texts[at] for at in own] for own in places), *([each] for each in beside)])
    return [
        _described(
            book,
            points[own],
            [texts[at] for at in own],
            [spoken[at] for at in own],
            [askers[at] for at in own],
            [stances[at] for at in own],
        )
        for own in places
    ]


def _by_group(labels: NDArray[np.int32], gaps: int) -> list[NDArray[np.int64]]:
    order = np.argsort(labels, kind="stable")
    starts = np.searchsorted(labels[order], np.arange(gaps + 1))
    return [order[starts[at] : starts[at + 1]] for at in range(gaps)]


def _described(
    book: PhraseBook,
    points: Vectors,
    texts: list[str],
    languages: list[str],
    askers: list[int],
    stances: list[int],
) -> dict[str, Any]:
    titles = titles_of(points, texts, languages, stances)
    return {
        "title": texts[titles.main],
        "titles": {language: texts[at] for language, at in titles.by_language.items()},
        "often": [
            (askers[at], texts[at], languages[at])
            for at in _staircase(central(points, stances), askers, titles.main)
        ],
        "phrases": book.phrases(texts, languages, [each == Stance.RETRIES for each in stances]),
    }


def _staircase(near: NDArray[np.float32], askers: list[int], first: int) -> list[int]:
    """The title, then each that more have asked than all that are more central."""
    found, most = [first], askers[first]
    for at in np.argsort(-np.round(near, 5), kind="stable").tolist():
        if askers[at] > most:
            found.append(at)
            most = askers[at]
    return found
