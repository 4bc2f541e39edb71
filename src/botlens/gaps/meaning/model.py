"""What makes vectors of texts, whatever it is made of."""

from collections.abc import Sequence
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
"""Of shape (n, d), in C order; each row is of length 1, or all zeros where a text says nothing."""

LONGEST: Final = 2_000
"""How many characters of a text are read: a question longer than that is a pasted document, and what it asks
for mostly stands at its beginning."""


class Model(Protocol):
    """A model of meaning. Vectors of two models, or of two versions of one, never mix.

    Nothing is loaded until texts are embedded, so that knowing a model's name costs nothing. Models are used by
    one thread at a time.

    Attributes:
        name: of the model, or of the combination: `wordllama-256+use-m3`.
        version: changes whenever the same text might get another vector.
        dimensions: of a vector.
        cut: the mean similarity of two groups from which on they are one (`linking.link`), in the `Space` of
            this model.
        plain: whether this is the model of the plain install, and a better one could be had.
    """

    @property
    def name(self) -> str: ...

    @property
    def version(self) -> str: ...

    @property
    def dimensions(self) -> int: ...

    @property
    def cut(self) -> float: ...

    @property
    def plain(self) -> bool: ...

    def embed(self, texts: Sequence[str]) -> Vectors:
        """A vector of each text; the same text always has the same one, whatever it is embedded with.

        Raises:
            ModelError: the model cannot be used (any more); the sentence says why.
        """
        ...


class ModelError(Exception):
    """A model of meaning cannot be used: what is wrong, and what to do, in one sentence."""


def of_length_one(vectors: NDArray[np.floating]) -> Vectors:
    """The same directions as unit rows; rows without a direction (zeros, or not numbers) are zeros."""
    found = np.ascontiguousarray(vectors, dtype=np.float32)
    lengths = np.sqrt(np.einsum("ij,ij->i", found, found, dtype=np.float64))
    good = np.isfinite(lengths) & (lengths > 1e-12)
    scaled = np.zeros_like(found)
    np.divide(found, lengths[:, None].astype(np.float32), out=scaled, where=good[:, None])
    return scaled
