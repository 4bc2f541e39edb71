"""What makes vectors of texts, whatever it is made of."""

from collections.abc import Callable, Sequence
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

    Nothing is loaded until somebody asks for that, or texts are embedded, so that knowing a model's name
    costs next to nothing. A model is used by one thread at a time.
    """

    @property
    def name(self) -> str:
        """Of the model, or of what it is mixed of: `wordllama-256+use-m3`."""
        ...

    @property
    def version(self) -> str:
        """Another one whenever the same text might get another vector."""
        ...

    @property
    def dimensions(self) -> int:
        """Of a vector. The first time it may take as long as embedding a text."""
        ...

    @property
    def cut(self) -> float:
        """The mean similarity in the `Space` of this model from which on two groups are one (`link`)."""
        ...

    @property
    def plain(self) -> bool:
        """Whether this is the model of the plain install, so that a better one could be had."""
        ...

    def load(self) -> None:
        """Have in memory what embedding needs, if there is anything; it asks no other machine.

        Raises:
            ModelError: the model cannot be used (any more); the sentence says why.
        """
        ...

    def embed(self, texts: Sequence[str]) -> Vectors:
        """A vector of each text; a text always has the same one, whatever it is embedded with.

        Only the first 2,000 characters are read. A text without any letter or digit says nothing: zeros.

        Raises:
            ModelError: the model cannot be used (any more); the sentence says why.
        """
        ...


class ModelError(Exception):
    """A model of meaning cannot be used: what is wrong, and what to do, in a sentence or two."""


def embed_said(
    texts: Sequence[str], dimensions: int, embed: Callable[[list[str]], NDArray[np.floating]]
) -> Vectors:
    """Vectors of the texts that say something, as unit rows; zeros for the others.

    Args:
        texts: any.
        dimensions: of a vector.
        embed: makes vectors of any length of texts that have a letter or digit, and 2,000 characters at most.
    """
    found = np.zeros((len(texts), dimensions), dtype=np.float32)
    said = [at for at, text in enumerate(texts) if any(each.isalnum() for each in text[:LONGEST])]
    if said:
        found[said] = of_length_one(embed([texts[at][:LONGEST] for at in said]))
    return found


def of_length_one(vectors: NDArray[np.floating]) -> Vectors:
    """The same directions as unit rows; rows without a direction (zeros, or not numbers) are zeros."""
    found = np.ascontiguousarray(vectors, dtype=np.float32)
    lengths = np.sqrt(np.einsum("ij,ij->i", found, found))
    good = np.isfinite(lengths) & (lengths > 1e-12)
    scaled = np.zeros_like(found)
    np.divide(found, lengths[:, None], out=scaled, where=good[:, None])
    return scaled
