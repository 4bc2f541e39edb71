"""Where rows belong: the conversation of each row, and the chatbot of each conversation.

A deletion carries only the key of its row, a vote may name a message alone, and most messages do not name
their chatbot. What is needed of each is remembered here while a source is followed, a few bytes a row; at
each bridge it is made anew of the source itself.
"""

from array import array
from collections.abc import Iterable, Sequence
from itertools import repeat
from typing import Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from botlens.sources.postgres.text_hashes import Hash, Hashes, hash_of, hashes_of

_COMPACT_AT: Final = 100_000
NOWHERE: Final = -1
"""The number of no conversation, and of no chatbot."""

Numbers = NDArray[np.int32]


class SourceConversations:
    """The conversations of the source by number, and the chatbot of each.

    Attributes:
        ids: of the conversations, by number.
        chatbots: all that were named, in an order of their own: see `codes`.
    """

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self.ids: list[str] = []
        self._codes = array("i")
        self.chatbots: list[str] = []
        self._code_of: dict[str, int] = {}

    def put(self, conversation: str, chatbot: str) -> str | None:
        """A conversation is of this chatbot; returns the one that it was of before, if it is another."""
        number = self.number_of(conversation)
        before, code = self._codes[number], self._code(chatbot)
        self._codes[number] = code
        return None if before in (NOWHERE, code) else self.chatbots[before]

    def put_all(self, conversations: pa.Array, chatbots: pa.Array) -> Numbers:
        """The same of many, none of them null; gives their numbers, and does not say which were of others."""
        numbers = self.numbers_of(conversations, new=True)
        distinct = chatbots.dictionary_encode()
        codes = np.array([self._code(each) for each in distinct.dictionary.to_pylist()], np.int32)
        np.frombuffer(self._codes, np.int32)[numbers] = codes[distinct.indices.to_numpy()]
        return numbers

    def drop(self, conversation: str) -> None:
        """A conversation is gone."""
        number = self._numbers.get(conversation)
        if number is not None:
            self._codes[number] = NOWHERE

    def chatbot_of(self, conversation: str) -> str | None:
        """The chatbot of a conversation; None if it is not known, or gone."""
        number = self._numbers.get(conversation)
        if number is None or (code := self._codes[number]) == NOWHERE:
            return None
        return self.chatbots[code]

    def number_of(self, conversation: str) -> int:
        """Its number; it gets one if it has none."""
        number = self._numbers.get(conversation)
        if number is None:
            number = self._numbers[conversation] = len(self.ids)
            self.ids.append(conversation)
            self._codes.append(NOWHERE)
        return number

    def numbers_of(self, conversations: pa.Array, *, new: bool) -> Numbers:
        """The number of each; that of a null is `NOWHERE`.

        Args:
            conversations: their ids; many rows may name the same.
            new: those that have no number get one; else it is `NOWHERE`.
        """
        distinct = conversations.dictionary_encode()
        ids = distinct.dictionary.to_pylist()
        if new:
            self._add(each for each in ids if each is not None and each not in self._numbers)
        numbers = [self._numbers.get(each, NOWHERE) for each in ids]
        places = distinct.indices.fill_null(len(ids)).to_numpy(zero_copy_only=False)
        found: Numbers = np.array([*numbers, NOWHERE], np.int32)[places]
        return found

    def _add(self, conversations: Iterable[str]) -> None:
        """Numbers for some that have none, each once."""
        first = len(self.ids)
        self.ids.extend(conversations)
        self._numbers.update(zip(self.ids[first:], range(first, len(self.ids)), strict=True))
        self._codes.extend(repeat(NOWHERE, len(self.ids) - first))

    def hashes(self) -> Hashes:
        """The hash of the id of each, by its number."""
        return hashes_of(pa.array(self.ids, pa.string()))

    def codes(self) -> NDArray[np.int32]:
        """By the number of a conversation the place of its chatbot among `chatbots`, or `NOWHERE`.

        The last is that of no conversation, so that `codes()[numbers]` has what belongs to each row.
        """
        return np.append(np.frombuffer(self._codes, np.int32), np.int32(NOWHERE))

    def of_chatbot(self, chatbot: str) -> list[str]:
        """The conversations of a chatbot."""
        code = self.code_of(chatbot)
        return (
            []
            if code == NOWHERE
            else [self.ids[number] for number in np.flatnonzero(self.codes()[:-1] == code).tolist()]
        )

    def code_of(self, chatbot: str) -> int:
        """The place of a chatbot among `chatbots`; `NOWHERE` if it was not named."""
        return self._code_of.get(chatbot, NOWHERE)

    def _code(self, chatbot: str) -> int:
        code = self._code_of.get(chatbot)
        if code is None:
            code = self._code_of[chatbot] = len(self.chatbots)
            self.chatbots.append(chatbot)
        return code

    def __len__(self) -> int:
        return len(self._codes) - self._codes.count(NOWHERE)


class RowPlaces:
    """The conversation of each row of one entity, and its name there where that is not its key."""

    def __init__(self, conversations: SourceConversations) -> None:
        self._conversations = conversations
        self._hashes: Hashes = np.empty(0, np.int64)
        self._numbers: Numbers = np.empty(0, np.int32)
        self._filling: list[tuple[Hashes, Numbers]] = []
        self._new: dict[Hash, int] = {}
        self._names: dict[Hash, str] = {}
        self._rows = 0

    def fill(self, hashes: Hashes, numbers: Numbers, names: Sequence[str] | None) -> None:
        """Add many rows at once; they are there once it is `filled`.

        Args:
            hashes: of their keys.
            numbers: of their conversations.
            names: only where they are not the keys.
        """
        self._filling.append((hashes, numbers))
        if names is not None:
            self._names.update(zip(hashes.tolist(), names, strict=True))
        self._rows += len(hashes)

    def filled(self) -> None:
        """All that `fill` had to add is there."""
        if self._filling:
            hashes = np.concatenate([self._hashes, *(each for each, _ in self._filling)])
            numbers = np.concatenate([self._numbers, *(each for _, each in self._filling)])
            self._filling.clear()
            self._sort(hashes, numbers)

    def _sort(self, hashes: Hashes, numbers: Numbers) -> None:
        order = np.argsort(hashes, kind="stable")
        self._numbers = numbers[order]
        self._hashes = hashes[order]

    def find(self, key: str) -> tuple[str, str] | None:
        """(conversation, name) of the row with this key."""
        value = hash_of(key)
        number = self._find(value)
        if number == NOWHERE:
            return None
        return self._conversations.ids[number], self._names.get(value, key)

    def numbers_of(self, hashes: Hashes) -> Numbers:
        """The numbers of the conversations of rows with these keys, by their hashes."""
        places = np.searchsorted(self._hashes, hashes)
        numbers = np.full(len(hashes), NOWHERE, np.int32)
        within = places < len(self._hashes)
        there = np.flatnonzero(within)[self._hashes[places[within]] == hashes[within]]
        numbers[there] = self._numbers[places[there]]
        if self._new:
            for place, value in enumerate(hashes.tolist()):
                numbers[place] = self._new.get(value, numbers[place])
        return numbers

    def put(self, key: str, conversation: str, name: str) -> None:
        """A row is there."""
        value = hash_of(key)
        if self._find(value) == NOWHERE:
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
        value = hash_of(key)
        if self._find(value) != NOWHERE:
            self._new[value] = NOWHERE
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
        return NOWHERE

    def _compact(self) -> None:
        hashes = np.fromiter(self._new, np.int64, len(self._new))
        numbers = np.fromiter(self._new.values(), np.int32, len(self._new))
        old = ~np.isin(self._hashes, hashes)
        there = numbers != NOWHERE
        self._new = {}
        self._sort(
            np.concatenate([self._hashes[old], hashes[there]]),
            np.concatenate([self._numbers[old], numbers[there]]),
        )
