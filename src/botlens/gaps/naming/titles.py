"""The title of a group: a question that was really asked, the one nearest to what all of them mean.

Of those that stand by themselves: who asks once more writes "No, I mean: ..." before it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from botlens.gaps.meaning.model import Vectors

_READABLE: Final = 160
"""Characters: a longer question is a title only if there is no shorter one."""


@dataclass(frozen=True, slots=True)
class Titles:
    """Places of questions within their group.

    Attributes:
        main: of the title.
        by_language: of the title in each language that the group is asked in.
    """

    main: int
    by_language: dict[str, int]


def titles_of(
    points: Vectors, texts: Sequence[str], languages: Sequence[str], stances: Sequence[int] = ()
) -> Titles:
    """The titles of one group: the questions that are most similar to all of it.

    Args:
        points: of its questions, at least one, in the space in which it was linked.
        texts: the questions.
        languages: of each.
        stances: how well each is understood by itself, 0 best; nothing is known of it where there are none.
    """
    similar = central(points, stances)
    similar = similar - 10 * np.array([len(text) > _READABLE for text in texts], dtype=np.float32)
    places = np.arange(len(texts))
    spoken = np.array(languages, dtype=object)
    by_language = {each: _first_best(similar, places[spoken == each]) for each in sorted(set(languages))}
    return Titles(main=_first_best(similar, places), by_language=by_language)


def central(points: Vectors, stances: Sequence[int] = ()) -> NDArray[np.float32]:
    """How good a title each question of a group would be: as similar as it is to all, of one stance."""
    similar: NDArray[np.float32] = points @ points.mean(axis=0)
    if len(stances):
        similar = similar - 2 * np.array(stances, dtype=np.float32)
    return similar


def _first_best(similar: NDArray[np.float32], places: NDArray[np.int64]) -> int:
    """The most similar of some places, the first of equals. Rounding decides nothing."""
    return int(places[np.argmax(np.round(similar[places], 5))])
