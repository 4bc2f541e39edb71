"""Which conversations of a chatbot the store has: filters that take two bytes for each."""

from collections.abc import Mapping, Sequence

import pyarrow as pa
from rbloom import Bloom

from botlens.store.facts import conversation_hash

_WRONG_OF_STORED = 4.6e-4
"""So often a conversation is held for one that was stored: at 16 bits for each of those."""

_WRONG_OF_NEW = 1e-5
"""The same for those that came since. There are several filters of them, which add up."""

_LEAST = 1_000
_AT_ONCE = 65_536


class Known:
    """The conversations of a chatbot. A false "yes" costs a look-up, a "no" is always true.

    Args:
        hashes: of those that are stored.
    """

    def __init__(self, hashes: pa.ChunkedArray) -> None:
        self._count = len(hashes)
        self._filters: list[Bloom] = []
        self._room = 0
        if self._count:
            stored = Bloom(self._count, _WRONG_OF_STORED)
            for at in range(0, self._count, _AT_ONCE):
                stored.update(hashes.slice(at, _AT_ONCE).to_pylist())
            self._filters.append(stored)

    def which(self, hashes: Sequence[int]) -> list[bool]:
        """Which of these are known."""
        filters = self._filters
        return [any(value in each for each in filters) for value in hashes]

    def add(self, value: int) -> None:
        """Let a conversation be known from now on."""
        if not self._room:
            self._room = max(_LEAST, self._count // 2)
            self._filters.append(Bloom(self._room, _WRONG_OF_NEW))
        self._filters[-1].add(value)
        self._room -= 1
        self._count += 1


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
