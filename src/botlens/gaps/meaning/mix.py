"""Two models in one: the similarity of two texts is the weighted mean of what each of them says."""

from collections.abc import Sequence
from math import sqrt

import numpy as np

from botlens.gaps.meaning.model import Model, Vectors, of_length_one


class MixedModel:
    """Models side by side, each with its weight.

    Args:
        parts: the models, and the weight of each; the weights add up to 1.
        cut: see `Model`; every mixture has its own.
        plain: see `Model`.
    """

    def __init__(self, parts: Sequence[tuple[Model, float]], *, cut: float, plain: bool) -> None:
        self._parts = tuple(parts)
        self.cut = cut
        self.plain = plain

    @property
    def name(self) -> str:
        return "+".join(part.name for part, _ in self._parts)

    @property
    def version(self) -> str:
        return "+".join(f"{weight:g}*{part.version}" for part, weight in self._parts)

    @property
    def dimensions(self) -> int:
        return sum(part.dimensions for part, _ in self._parts)

    def load(self) -> None:
        """See `Model.load`."""
        for part, _ in self._parts:
            part.load()

    def embed(self, texts: Sequence[str]) -> Vectors:
        """See `Model.embed`."""
        found = [part.embed(texts) * np.float32(sqrt(weight)) for part, weight in self._parts]
        return of_length_one(np.concatenate(found, axis=1))
