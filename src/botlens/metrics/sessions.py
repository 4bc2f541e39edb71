"""Distinct sessions of a chatbot that can change: how many conversations each one has, in little memory."""

import hashlib

import numpy as np
from numpy.typing import NDArray

DIGEST = np.dtype("S16")


def digest(session_id: str) -> bytes:
    """128 bits that stand for a session id, the same that the store computes (MD5; not for secrecy)."""
    return hashlib.md5(session_id.encode(), usedforsecurity=False).digest()


class SessionCounts:
    """Conversations per session. What was loaded stays in two flat arrays; changes go into a small dict.

    Args:
        digests: sorted distinct digests, dtype S16 (trailing zero bytes do not matter: all are 16 long).
        counts: the conversations of each.
    """

    def __init__(
        self, digests: NDArray[np.bytes_] | None = None, counts: NDArray[np.int64] | None = None
    ) -> None:
        self._digests = digests if digests is not None else np.empty(0, dtype=DIGEST)
        self._counts = counts if counts is not None else np.empty(0, dtype=np.int64)
        self._changed: dict[bytes, int] = {}
        self.unique = len(self._digests)

    def add(self, session_id: str, count: int) -> None:
        """Give a session `count` more conversations (or fewer, if negative). "" is nobody."""
        if not session_id:
            return
        key = digest(session_id)
        before = self._changed.get(key)
        if before is None:
            before = self._loaded(key)
        after = before + count
        self._changed[key] = after
        self.unique += (after > 0) - (before > 0)

    def _loaded(self, key: bytes) -> int:
        place = int(self._digests.searchsorted(np.array(key, dtype=DIGEST)))
        if place < len(self._digests) and self._digests[place] == key.rstrip(b"\0"):
            return int(self._counts[place])
        return 0
