"""Which conversations of a chatbot the store has: filters that take at most 12 bits for each."""

from collections.abc import Mapping, Sequence

import pyarrow as pa
from rbloom import Bloom

from botlens.store.facts import conversation_hash

_WRONG = 6.2e-3
"""So often one filter holds a conversation for one that it has: at 10.6 bits for each of those."""

_GROWTH = 8
"""What comes since takes a further filter whenever there are an eighth more: half empty or full, all of them
together take at most 10.6 * 9/8 bits for each conversation."""

_MOST_FILTERS = 7
"""With so many, which is at twice the conversations, one filter is made of all of them anew."""

_LEAST = 1_000
_AT_ONCE = 65_536


class Known:
    """The conversations of a chatbot. A false "yes" costs a look-up, a "no" is always true.

    Args:
        hashes: of those that are stored.
        by_events: whether they are those that have events, also without facts.
    """

    def __init__(self, hashes: pa.ChunkedArray, *, by_events: bool = False) -> None:
        self.by_events = by_events
        self._count = len(hashes)
        self._filters: list[Bloom] = []
        self._room = 0
        self._added: list[int] | None = None
        if self._count:
            stored = Bloom(self._count, _WRONG)
            for at in range(0, self._count, _AT_ONCE):
                stored.update(hashes.slice(at, _AT_ONCE).to_pylist())
            self._filters.append(stored)

    @property
    def is_worn(self) -> bool:
        """Whether there are so many filters that one should be made of them: of what the store has."""
        return len(self._filters) > _MOST_FILTERS and self._count > _LEAST * _MOST_FILTERS

    @property
    def size(self) -> int:
        """Bits of all filters."""
        return sum(each.size_in_bits for each in self._filters)

    def remember(self, hashes: list[int]) -> None:
        """Remember these, and what is added from now on: for the one that takes the place of this."""
        self._added = hashes

    def replaced_by(self, stored: "Known") -> "Known":
        """What was read of the store meanwhile, with all that was remembered."""
        remembered = self._added or []
        for value, there in zip(remembered, stored.which(remembered), strict=True):
            if not there:
                stored.add(value)
        return stored

    def which(self, hashes: Sequence[int]) -> list[bool]:
        """Which of these are known."""
        filters = self._filters
        return [any(value in each for each in filters) for value in hashes]

    def add(self, value: int) -> None:
        """Let a conversation be known from now on."""
        if self._added is not None:
            self._added.append(value)
        if not self._room:
            self._room = max(_LEAST, self._count // _GROWTH)
            self._filters.append(Bloom(self._room, _WRONG))
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
