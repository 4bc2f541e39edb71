"""A model behind HTTP: an endpoint for embeddings in the way of OpenAI's."""

import time
from collections.abc import Sequence
from functools import cached_property
from typing import Any, Final

import httpx2
import numpy as np
from numpy.typing import NDArray

from botlens.gaps.meaning.model import ModelError, Vectors, embed_said

_TOGETHER: Final = 128
_SECONDS: Final = 60.0
_TRIES: Final = 4
_LONGEST_PAUSE: Final = 30.0


class EndpointModel:
    """Asks `POST {url}/embeddings`. Texts leave this machine for there, and nowhere else.

    Args:
        url: up to `/embeddings`, such as https://api.example.com/v1.
        model: the name that the endpoint knows it by; it is also the version, so a name that means other
            weights one day must change.
        key: sent as Bearer.
        transport: what sends, in tests.
    """

    plain: Final = False
    cut: Final = 0.44

    def __init__(
        self, url: str, model: str, key: str | None = None, transport: httpx2.BaseTransport | None = None
    ) -> None:
        self._url = url.rstrip("/").removesuffix("/embeddings") + "/embeddings"
        self._model = model
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._client = httpx2.Client(headers=headers, timeout=_SECONDS, transport=transport)

    @property
    def name(self) -> str:
        return self._model

    @property
    def version(self) -> str:
        return f"1-{self._model}"

    @cached_property
    def dimensions(self) -> int:
        return int(self._ask(["a"]).shape[1])

    def load(self) -> None:
        """See `Model.load`."""

    def embed(self, texts: Sequence[str]) -> Vectors:
        """See `Model.embed`."""
        return embed_said(texts, self.dimensions, self._embed)

    def _embed(self, texts: list[str]) -> NDArray[np.float32]:
        parts = [self._ask(texts[top : top + _TOGETHER]) for top in range(0, len(texts), _TOGETHER)]
        found = np.concatenate(parts)
        if found.shape[1] != self.dimensions:
            raise ModelError(f"{self._url} gave vectors of another size than before ({found.shape[1]})")
        return found

    def _ask(self, texts: list[str]) -> NDArray[np.float32]:
        body = {"model": self._model, "input": texts, "encoding_format": "float"}
        for attempt in range(_TRIES):
            try:
                answer = self._client.post(self._url, json=body)
            except httpx2.HTTPError as error:
                problem, pause = f"cannot be reached: {error}", 2.0**attempt
            else:
                if answer.status_code == 200:
                    return self._vectors(answer, len(texts))
                problem, pause = f"answered {answer.status_code}", _pause(answer, attempt)
                if answer.status_code != 429 and answer.status_code < 500:
                    break
            if attempt < _TRIES - 1:
                time.sleep(pause)
        raise ModelError(f"{self._url} {problem}. Look at BOTLENS_EMBEDDING_URL, _MODEL and _KEY.")

    def _vectors(self, answer: httpx2.Response, count: int) -> NDArray[np.float32]:
        try:
            rows: list[Any] = sorted(answer.json()["data"], key=lambda row: row["index"])
            found = np.array([row["embedding"] for row in rows], dtype=np.float32)
        except (ValueError, KeyError, TypeError) as error:
            raise ModelError(f"{self._url} gave no embeddings: {error}") from None
        if found.ndim != 2 or len(found) != count:
            raise ModelError(f"{self._url} gave {len(rows)} embeddings for {count} texts")
        return found


def _pause(answer: httpx2.Response, attempt: int) -> float:
    """Seconds to wait before it is asked again: what it says, within reason."""
    said = answer.headers.get("Retry-After", "")
    return min(float(said), _LONGEST_PAUSE) if said.isdecimal() else 2.0**attempt
