"""Which conversations of a chatbot the store has: a sorted array of hashes, a few bytes each."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from botlens.store.facts import conversation_hash

_COMPACT_AT = 20_000


class Known:
    """The hashes of a chatbot's conversations. A false "yes" costs a look-up, a "no" is always true."""

    def __init__(self, hashes: NDArray[np.uint64]) -> None:
        self._sorted = hashes
        self._new: set[int] = set()

    def which(self, hashes: Sequence[int]) -> list[bool]:
        """Which of these are known."""
        wanted = np.fromiter(hashes, np.uint64, len(hashes))
        places = self._sorted.searchsorted(wanted)
        places[places == len(self._sorted)] = 0
        found = self._sorted[places] == wanted if len(self._sorted) else np.zeros(len(hashes), np.bool_)
        return [old or value in self._new for old, value in zip(found.tolist(), hashes, strict=True)]

    def add(self, value: int) -> None:
        """Let a conversation be known from now on."""
        self._new.add(value)
        if len(self._new) > _COMPACT_AT:
            new = np.sort(np.fromiter(self._new, np.uint64, len(self._new)))
            self._sorted = np.insert(self._sorted, self._sorted.searchsorted(new), new)
            self._new = set()


def known_among(known: Known, conversations: Sequence[str]) -> list[tuple[str, int, bool]]:
    """Conversations, each with its hash and whether the store has it, perhaps."""
    hashes = list(map(conversation_hash, conversations))
    return list(zip(conversations, hashes, known.which(hashes), strict=True))


def those_stored(keys: Sequence[tuple[str, str]], known: Mapping[str, Known]) -> list[tuple[str, str]]:
    """Without those that are new to the store, where it is known by now which are."""
    by_chatbot: dict[str, list[str]] = {}
    for chatbot_id, conversation_id in keys:
        by_chatbot.setdefault(chatbot_id, []).append(conversation_id)
    wanted: list[tuple[str, str]] = []
    for chatbot_id, conversations in by_chatbot.items():
        own = known.get(chatbot_id)
        names = conversations
        if own is not None:
            names = [each for each, _, old in known_among(own, conversations) if old]
        wanted += ((chatbot_id, each) for each in names)
    return wanted
