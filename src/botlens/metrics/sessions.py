"""Distinct sessions of a chatbot that can change: how many conversations each one has, in little memory."""

import hashlib
from collections.abc import Iterable

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
        self.add_all([(session_id, count)])

    def add_all(self, changes: Iterable[tuple[str, int]]) -> None:
        """`add` many: what was loaded is searched for all of them at once."""
        keyed = [(digest(session_id), count) for session_id, count in changes if session_id]
        changed = self._changed
        strangers = [key for key, _ in keyed if key not in changed]
        if strangers:
            changed.update(zip(strangers, self._loaded(strangers), strict=True))
        for key, count in keyed:
            before = changed[key]
            after = changed[key] = before + count
            self.unique += (after > 0) - (before > 0)

    def _loaded(self, keys: list[bytes]) -> list[int]:
        if not len(self._digests):
            return [0] * len(keys)
        needles = np.array(keys, dtype=DIGEST)
        places = self._digests.searchsorted(needles)
        places[places == len(self._digests)] = 0
        counts: list[int] = np.where(self._digests[places] == needles, self._counts[places], 0).tolist()
        return counts
