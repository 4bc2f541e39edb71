"""Distinct sessions of a chatbot that can change: how many conversations each one has, in little memory."""

import hashlib
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

DIGEST = np.dtype("S16")
_CHANGES = 20_000


def digest(session_id: str) -> bytes:
    """128 bits that stand for a session id, the same that the store computes (MD5; not for secrecy)."""
    return hashlib.md5(session_id.encode(), usedforsecurity=False).digest()


class SessionCounts:
    """Conversations per session: in two flat arrays, but for the latest changes, which are in a dict.

    Args:
        digests: sorted distinct digests, dtype S16 (trailing zero bytes do not matter: all are 16 long).
        counts: the conversations of each.
        changes: how many the dict may hold before they are moved to the arrays, which need less memory; more
            if the arrays are long.
    """

    def __init__(
        self,
        digests: NDArray[np.bytes_] | None = None,
        counts: NDArray[np.int64] | None = None,
        *,
        changes: int = _CHANGES,
    ) -> None:
        self._digests = digests if digests is not None else np.empty(0, dtype=DIGEST)
        self._counts = counts if counts is not None else np.empty(0, dtype=np.int64)
        self._changed: dict[bytes, int] = {}
        self._changes = changes
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
        # The longer the arrays, the longer a move takes, so the more changes are moved at once.
        if len(changed) > max(self._changes, len(self._digests) // 8):
            self._flatten()

    def add_sorted(self, digests: NDArray[np.bytes_], counts: NDArray[np.int64]) -> None:
        """Give many sessions more conversations, as `flat` has them: faster than `add_all`."""
        self._flatten()
        places, known = self._places(digests)
        self._put(digests, counts + self._at(places, known))
        self.unique = int(np.count_nonzero(self._counts))

    def flat(self) -> tuple[NDArray[np.bytes_], NDArray[np.int64]]:
        """The sorted digests of all that have conversations, and how many each has."""
        self._flatten()
        having = self._counts > 0
        return self._digests[having], self._counts[having]

    def _flatten(self) -> None:
        """Put the changes into the arrays. A session that has no conversation left may stay, with none."""
        changed = sorted(self._changed.items())
        if changed:
            keys = np.array([key for key, _ in changed], dtype=DIGEST)
            self._put(keys, np.array([count for _, count in changed], dtype=np.int64))
            self._changed = {}

    def _put(self, keys: NDArray[np.bytes_], counts: NDArray[np.int64]) -> None:
        """Have sorted distinct digests have these counts in the arrays."""
        places, known = self._places(keys)
        kept = self._counts.copy()
        kept[places[known]] = counts[known]
        self._digests = np.insert(self._digests, places[~known], keys[~known])
        self._counts = np.insert(kept, places[~known], counts[~known])

    def _places(self, keys: NDArray[np.bytes_]) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
        """Where digests are in the arrays, or would be, and whether they are there."""
        places = self._digests.searchsorted(keys)
        known = np.zeros(len(keys), np.bool_)
        inside = places < len(self._digests)
        known[inside] = self._digests[places[inside]] == keys[inside]
        return places, known

    def _loaded(self, keys: list[bytes]) -> list[int]:
        found: list[int] = self._at(*self._places(np.array(keys, dtype=DIGEST))).tolist()
        return found

    def _at(self, places: NDArray[np.intp], known: NDArray[np.bool_]) -> NDArray[np.int64]:
        """The counts at these places of the arrays, 0 where nothing is known."""
        counts = np.zeros(len(places), np.int64)
        counts[known] = self._counts[places[known]]
        return counts
