"""The space in which questions of one chatbot are compared: what all of them have in common is taken away."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from importlib import resources
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from botlens.gaps.grouping.templates import NO_TEMPLATE, Templates
from botlens.gaps.meaning.model import Model, Vectors, of_length_one

Counts = NDArray[np.float64]
"""By question, as what part of one it counts."""

AXES: Final = 128
"""The most principal axes that are kept."""

BACKGROUND_WEIGHT: Final = 300
"""How many questions the background counts as: ten questions say little of what all have in common."""

NEARLY_THE_SAME: Final = 0.8
"""Two questions are nearly the same if they are so similar in the background's space: "where is order 17",
"where is order 18"."""

MOST_OF_A_KIND: Final = 20
"""Of questions that are nearly the same so many count at most. Where ten thousand ask for orders by their
numbers, the mean would be the question for an order, and what would be left without it the numbers."""

_LOOKED_AT: Final = 2_000
"""With so many questions each is compared, to know how many are nearly the same: with those whose hashes are
least, so that one more changes next to nothing."""

_BLOCK: Final = 4_096


@dataclass(frozen=True, eq=False)
class Space:
    """A mean and principal axes, fixed: the same vector always lies at the same place.

    Attributes:
        mean: (d,), float32.
        axes: (k, d), float32, at right angles to each other, of length 1; k is 128 at most.
    """

    mean: NDArray[np.float32]
    axes: NDArray[np.float32]

    def project(self, vectors: Vectors) -> Vectors:
        """Where vectors lie: (n, k), of length 1 each. A text that said nothing (zeros) stays zeros."""
        found = np.empty((len(vectors), len(self.axes)), dtype=np.float32)
        for top in range(0, len(vectors), _BLOCK):
            rows = vectors[top : top + _BLOCK]
            found[top : top + _BLOCK] = (rows - self.mean) @ self.axes.T
            found[top : top + _BLOCK][~rows.any(axis=1)] = 0
        return of_length_one(found)

    def to_bytes(self) -> bytes:
        """All of it, as `from_bytes` reads it."""
        file = io.BytesIO()
        np.savez(file, mean=self.mean, axes=self.axes)
        return file.getvalue()

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """The space that these bytes were made of.

        Raises:
            ValueError: they are none of a space.
        """
        with np.load(io.BytesIO(data), allow_pickle=False) as found:
            if set(found) != {"mean", "axes"}:
                raise ValueError("these bytes are of no space")
            return cls(mean=found["mean"], axes=found["axes"])


def space_of(vectors: Vectors, counts: Counts, background: Vectors) -> Space:
    """The space of a chatbot's distinct questions, drawn towards the background as far as they are few.

    Mean and covariance are those of the questions with the weight n / (n + 300), and of the background with
    the rest, where n is how many the questions count as.

    Args:
        vectors: of the questions, (n, d), in an order of their own; n may be 0.
        counts: of these, see `counts_of`; a question that says nothing has no part.
        background: of `background_questions`, by the same model.
    """
    mean, spread = _moments(background, np.ones(len(background)))
    counts = np.where(vectors.any(axis=1), counts, 0.0)
    if counts.any():
        mean_here, spread_here = _moments(vectors, counts)
        weight = counts.sum() / (counts.sum() + BACKGROUND_WEIGHT)
        mean = weight * mean_here + (1 - weight) * mean
        spread = weight * spread_here + (1 - weight) * spread
    return _space(mean, spread)


def counts_of(questions: Sequence[str], points: Vectors, templates: Templates) -> Counts:
    """As what part of one each question counts: of those of a kind, 20 count at most.

    Of a kind are those that are nearly the same, and those of one template. How many are nearly the same is
    known of few questions, and estimated of many.

    Args:
        questions: distinct ones, by normal form.
        points: where they lie in the background's space.
        templates: of these, see `templates_of`.
    """
    count = len(questions)
    if count <= MOST_OF_A_KIND:
        return np.ones(count)
    places = _drawn(questions)
    some, others = points[places], np.empty(count)
    for top in range(0, count, _BLOCK):
        others[top : top + _BLOCK] = (points[top : top + _BLOCK] @ some.T >= NEARLY_THE_SAME).sum(axis=1)
    others[places] -= 1  # each is like itself
    counts = np.minimum(1.0, MOST_OF_A_KIND / (1 + np.maximum(others, 0) * count / len(some)))
    templated = templates != NO_TEMPLATE
    sizes = np.bincount(templates[templated])
    counts[templated] = np.minimum(counts[templated], MOST_OF_A_KIND / sizes[templates[templated]])
    return counts


def background_questions() -> list[str]:
    """Everyday questions in several languages, sorted; they ship with botlens."""
    files = (file for file in _folder().iterdir() if file.name.endswith(".txt"))
    lines = (line.strip() for file in files for line in file.read_text(encoding="utf-8").splitlines())
    return sorted({line for line in lines if line})


def embed_background(model: Model) -> Vectors:
    """Vectors of the background.

    Raises:
        ModelError: see `Model.embed`.
    """
    return model.embed(background_questions())


def _folder() -> resources.abc.Traversable:
    return resources.files("botlens.gaps") / "background"


def _drawn(questions: Sequence[str]) -> NDArray[np.int64]:
    """The places of those that others are compared with: the same questions, whatever else there is."""
    if len(questions) <= _LOOKED_AT:
        return np.arange(len(questions))
    hashes = b"".join(blake2b(each.encode(), digest_size=8).digest() for each in questions)
    return np.sort(np.argsort(np.frombuffer(hashes, ">u8"), kind="stable")[:_LOOKED_AT])


def _moments(
    vectors: Vectors, weights: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean and covariance of rows with weights."""
    total, mean = weights.sum(), np.zeros(vectors.shape[1])
    for top in range(0, len(vectors), _BLOCK):
        mean += weights[top : top + _BLOCK] @ vectors[top : top + _BLOCK] / total
    spread = np.zeros((vectors.shape[1], vectors.shape[1]))
    for top in range(0, len(vectors), _BLOCK):
        rows = vectors[top : top + _BLOCK] - mean
        rows *= np.sqrt(weights[top : top + _BLOCK, None])
        spread += rows.T @ rows  # of itself: half the work
    return mean, spread / total


def _space(mean: NDArray[np.float64], spread: NDArray[np.float64]) -> Space:
    _, axes = np.linalg.eigh(spread)
    kept = axes[:, ::-1][:, :AXES].T
    return Space(mean.astype(np.float32), np.ascontiguousarray(kept, dtype=np.float32))
