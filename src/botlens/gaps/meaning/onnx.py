"""Any sentence model in ONNX, in the usual layout of a folder that an operator puts beside."""

import json
from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from botlens.gaps.meaning.model import ModelError, Vectors, embed_said
from botlens.gaps.meaning.weights import checksum

_WEIGHTS: Final = (
    "model.onnx",
    "onnx/model.onnx",
    "model_quantized.onnx",
    "onnx/model_quantized.onnx",
    "model_int8.onnx",
    "onnx/model_int8.onnx",
)
_TOKENIZER: Final = "tokenizer.json"
_POOLING: Final = "1_Pooling/config.json"
_LENGTH: Final = "sentence_bert_config.json"
_PROMPTS: Final = "config_sentence_transformers.json"

_TOGETHER: Final = 32
_MOST_TOKENS: Final = 256
_NEEDS: Final = "onnxruntime is not installed: pip install 'botlens[onnx]'"

_SCALED_BY_BATCH: Final = b"DynamicQuantizeLinear"
"""An operation that rounds the numbers of all texts of a batch together: then a batch is one text, or a
vector would depend on what else is embedded."""


class OnnxModel:
    """A sentence model of a folder with `model.onnx` (also in `onnx/`) and `tokenizer.json`.

    `1_Pooling/config.json` says how a sentence is made of its tokens (the mean, unless it says the first),
    and `sentence_bert_config.json` how many are read. The model runs on one thread.

    Raises:
        ModelError: the folder holds no such model, or `onnxruntime` is not installed.
    """

    plain: Final = False
    cut: Final = 0.44

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        weights = next((folder / each for each in _WEIGHTS if (folder / each).is_file()), None)
        if weights is None:
            raise ModelError(f"{folder} has no model.onnx (nor onnx/model.onnx)")
        if not (folder / _TOKENIZER).is_file():
            raise ModelError(f"{folder} has no {_TOKENIZER}, which must come with the model")
        self._weights = weights
        try:
            import onnxruntime  # noqa: F401 - whether it is there
        except ImportError:
            raise ModelError(_NEEDS) from None

    @cached_property
    def name(self) -> str:
        return self._folder.resolve().name

    @cached_property
    def version(self) -> str:
        files = (self._weights, self._folder / _TOKENIZER, self._folder / _POOLING, self._folder / _PROMPTS)
        return "-".join(["1", *(found[:8] for each in files if (found := checksum(each)) is not None)])

    @cached_property
    def dimensions(self) -> int:
        return int(self._run(self._tokens(["a"])).shape[1])

    def load(self) -> None:
        """See `Model.load`."""
        _ = self._session, self._loaded_tokenizer

    def embed(self, texts: Sequence[str]) -> Vectors:
        """See `Model.embed`."""
        return embed_said(texts, self.dimensions, self._embed)

    def _embed(self, texts: list[str]) -> NDArray[np.float32]:
        tokens = self._tokens(texts)
        found = np.empty((len(texts), self.dimensions), dtype=np.float32)
        for batch in self._batches(tokens):
            found[batch] = self._run([tokens[at] for at in batch])
        return found

    def _tokens(self, texts: list[str]) -> list[list[int]]:
        tokenizer, prompt = self._loaded_tokenizer
        batch = tokenizer.encode_batch([prompt + text for text in texts])
        return [each.ids for each in batch]

    def _batches(self, tokens: list[list[int]]) -> Iterator[list[int]]:
        """Places of texts of one length each, so that nothing has to be filled up."""
        most = 1 if self._rounds_together else _TOGETHER
        by_length: dict[int, list[int]] = {}
        for at, each in enumerate(tokens):
            by_length.setdefault(len(each), []).append(at)
        for places in by_length.values():
            rest = iter(places)
            while batch := list(islice(rest, most)):
                yield batch

    def _run(self, batch: list[list[int]]) -> NDArray[np.float32]:
        ids = np.array(batch, dtype=np.int64)
        given = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
        session, takes, gives = self._session
        try:
            found = session.run([gives], {each: given[each] for each in takes})[0]
        except Exception as error:
            raise ModelError(f"{self._weights} cannot be run: {error}") from error
        if found.ndim == 2:
            return np.asarray(found, dtype=np.float32)
        pooled = found[:, 0] if self._first_token else found.mean(axis=1)
        return np.asarray(pooled, dtype=np.float32)

    @cached_property
    def _session(self) -> tuple[Any, list[str], str]:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        try:
            session = onnxruntime.InferenceSession(
                str(self._weights), options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:
            raise ModelError(f"{self._weights} cannot be loaded: {error}") from error
        takes = [each.name for each in session.get_inputs()]
        gives = [each.name for each in session.get_outputs()]
        unknown = set(takes) - {"input_ids", "attention_mask", "token_type_ids"}
        if unknown:
            raise ModelError(
                f"{self._weights} asks for {', '.join(sorted(unknown))}: it is no model of texts"
            )
        return session, takes, "sentence_embedding" if "sentence_embedding" in gives else gives[0]

    @cached_property
    def _loaded_tokenizer(self) -> tuple[Any, str]:
        """The tokenizer, and what is put before each text."""
        from tokenizers import Tokenizer

        try:
            tokenizer = Tokenizer.from_file(str(self._folder / _TOKENIZER))
        except Exception as error:  # the library raises nothing narrower
            raise ModelError(f"{self._folder / _TOKENIZER} cannot be read: {error}") from error
        tokenizer.no_padding()
        length = self._said(_LENGTH).get("max_seq_length")
        tokenizer.enable_truncation(min(length, 512) if isinstance(length, int) else _MOST_TOKENS)
        said = self._said(_PROMPTS)
        prompt = (said.get("prompts") or {}).get(said.get("default_prompt_name"))
        return tokenizer, prompt if isinstance(prompt, str) else ""

    @cached_property
    def _first_token(self) -> bool:
        return bool(self._said(_POOLING).get("pooling_mode_cls_token"))

    @cached_property
    def _rounds_together(self) -> bool:
        return _SCALED_BY_BATCH in self._weights.read_bytes()

    def _said(self, file: str) -> dict[str, Any]:
        """What a file of settings says; nothing if there is none."""
        try:
            found = json.loads((self._folder / file).read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            raise ModelError(f"{self._folder / file} cannot be read: {error}") from None
        return found if isinstance(found, dict) else {}
