"""wordllama: the mean of vectors of words, of the weights in its package. Its own loader is never called."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from botlens.gaps.meaning.model import Vectors, embed_said
from botlens.gaps.meaning.weights import PackageFiles

_WEIGHTS: Final = "weights/l2_supercat_256.safetensors"
_TOKENIZER: Final = "tokenizers/l2_supercat_tokenizer_config.json"
_BATCH: Final = 1_024

PACKAGE: Final = PackageFiles(
    "wordllama==0.2.2.post0",
    "wordllama",
    {
        _WEIGHTS: "64b47a2dc493cb8e85944076601189739852d7b64e0e1eedcb1937a251cd9fd5",
        _TOKENIZER: "bf467c9e0f536bda271283c6ef85eb1a943e3196b621c8a912d64953b205df83",
    },
)


class WordModel:
    """Knows words, of English above all, and nothing of their order; very quick."""

    name: Final = "wordllama-256"
    version: Final = "1-64b47a2d"
    dimensions: Final = 256
    cut: Final = 0.44
    plain: Final = True

    def load(self) -> None:
        """See `Model.load`."""
        _ = self._loaded

    def embed(self, texts: Sequence[str]) -> Vectors:
        """See `Model.embed`."""
        return embed_said(texts, self.dimensions, self._embed)

    def _embed(self, texts: list[str]) -> NDArray[np.float32]:
        tokenizer, table = self._loaded
        found = np.zeros((len(texts), self.dimensions), dtype=np.float32)
        for top in range(0, len(texts), _BATCH):
            batch = tokenizer.encode_batch(texts[top : top + _BATCH], add_special_tokens=False)
            ids = [each.ids for each in batch]
            lengths = np.array([len(each) for each in ids])
            starts = np.concatenate([[0], np.cumsum(lengths)[:-1]])
            rows = table[np.concatenate(ids).astype(np.int64)].astype(np.float32)
            found[top : top + len(batch)] = np.add.reduceat(rows, starts, axis=0) / lengths[:, None]
        return found

    @cached_property
    def _loaded(self) -> tuple[Any, NDArray[np.float16]]:
        from safetensors.numpy import load_file
        from tokenizers import Tokenizer

        folder = PACKAGE.check()
        tokenizer = Tokenizer.from_file(str(folder / _TOKENIZER))
        tokenizer.no_padding()
        tokenizer.no_truncation()
        return tokenizer, load_file(folder / _WEIGHTS)["embedding.weight"]
