"""Where rows belong: the conversation of each row, and the chatbot of each conversation.

A deletion carries only the key of its row, a vote may name a message alone, and most messages do not name
their chatbot. What is needed of each is remembered here while a source is followed, a few bytes a row; at
each bridge it is made anew of the source itself.
"""

from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

_COMPACT_AT: Final = 100_000
_GONE: Final = -1

Hash = int


class SourceConversations:
    """The conversations of the source by number, and the chatbot of each."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self.ids: list[str] = []
        self._chatbots: list[str | None] = []

    def put(self, conversation: str, chatbot: str) -> str | None:
        """A conversation is of this chatbot; returns the one that it was of before, if it is another."""
        number = self._number(conversation)
        before, self._chatbots[number] = self._chatbots[number], chatbot
        return before if before != chatbot else None

    def drop(self, conversation: str) -> None:
        """A conversation is gone."""
        number = self._numbers.get(conversation)
        if number is not None:
            self._chatbots[number] = None

    def chatbot_of(self, conversation: str) -> str | None:
        """The chatbot of a conversation; None if it is not known, or gone."""
        number = self._numbers.get(conversation)
        return None if number is None else self._chatbots[number]

    def number_of(self, conversation: str) -> int:
        """Its number; it gets one if it has none."""
        return self._number(conversation)

    def of_chatbot(self, chatbot: str) -> list[str]:
        """The conversations of a chatbot."""
        return [each for each, own in zip(self.ids, self._chatbots, strict=True) if own == chatbot]

    def _number(self, conversation: str) -> int:
        number = self._numbers.get(conversation)
        if number is None:
            number = self._numbers[conversation] = len(self.ids)
            self.ids.append(conversation)
            self._chatbots.append(None)
        return number

    def __len__(self) -> int:
        return sum(each is not None for each in self._chatbots)


class RowPlaces:
    """The conversation of each row of one entity, and its name there where that is not its key."""

    def __init__(self, conversations: SourceConversations) -> None:
        self._conversations = conversations
        self._hashes: NDArray[np.int64] = np.empty(0, np.int64)
        self._numbers: NDArray[np.int32] = np.empty(0, np.int32)
        self._new: dict[Hash, int] = {}
        self._names: dict[Hash, str] = {}
        self._rows = 0

    def fill(self, keys: Sequence[str], conversations: Sequence[str], names: Iterable[str] | None) -> None:
        """Add many rows at once; `names` only where they are not the keys."""
        number = self._conversations.number_of
        hashes = np.fromiter(map(hash, keys), np.int64, len(keys))
        numbers = np.fromiter(map(number, conversations), np.int32, len(keys))
        self._hashes = np.concatenate([self._hashes, hashes])
        self._numbers = np.concatenate([self._numbers, numbers])
        if names is not None:
            self._names.update(zip(hashes.tolist(), names, strict=True))
        self._rows += len(keys)

    def filled(self) -> None:
        """All that `fill` had to add is there."""
        order = np.argsort(self._hashes, kind="stable")
        self._hashes, self._numbers = self._hashes[order], self._numbers[order]

    def find(self, key: str) -> tuple[str, str] | None:
        """(conversation, name) of the row with this key."""
        value = hash(key)
        number = self._find(value)
        if number == _GONE:
            return None
        return self._conversations.ids[number], self._names.get(value, key)

    def put(self, key: str, conversation: str, name: str) -> None:
        """A row is there."""
        value = hash(key)
        if self._find(value) == _GONE:
            self._rows += 1
        self._new[value] = self._conversations.number_of(conversation)
        if name != key:
            self._names[value] = name
        else:
            self._names.pop(value, None)
        if len(self._new) > _COMPACT_AT:
            self._compact()

    def drop(self, key: str) -> None:
        """A row is gone."""
        value = hash(key)
        if self._find(value) != _GONE:
            self._new[value] = _GONE
            self._names.pop(value, None)
            self._rows -= 1

    def __len__(self) -> int:
        return self._rows

    def _find(self, value: Hash) -> int:
        found = self._new.get(value)
        if found is not None:
            return found
        place = int(np.searchsorted(self._hashes, value))
        if place < len(self._hashes) and self._hashes[place] == value:
            return int(self._numbers[place])
        return _GONE

    def _compact(self) -> None:
        hashes = np.fromiter(self._new, np.int64, len(self._new))
        numbers = np.fromiter(self._new.values(), np.int32, len(self._new))
        old = ~np.isin(self._hashes, hashes)
        there = numbers != _GONE
        self._hashes = np.concatenate([self._hashes[old], hashes[there]])
        self._numbers = np.concatenate([self._numbers[old], numbers[there]])
        self._new = {}
        self.filled()
