"""The names that rows have, as numbers that are compared: those of a million rows in some megabytes.

A name is a message in a conversation. A *mark* of 64 bits stands for it, made of the `hash` of the message's
id and of the number of the conversation. Among two million names, two have the same mark once in ten million
comparisons.
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from botlens.sources.postgres.entities import ReadEntity
from botlens.sources.postgres.places import NOWHERE, Hashes, Numbers

Marks = NDArray[np.uint64]

_MIXED: Final = np.uint64(0x9E3779B97F4A7C15)  # odd, so that no two numbers give the same
_VALUES: Final = np.uint64(8)


def marks_of(hashes: Hashes, numbers: NDArray[Any]) -> Marks:
    """The marks of names, by the hashes of their messages and the numbers of their conversations."""
    return hashes.view(np.uint64) ^ ((numbers.astype(np.int64) + 1).view(np.uint64) * _MIXED)


def with_value(marks: Marks, values: NDArray[np.int8]) -> Marks:
    """The marks of names together with what is said of them: -1 to 5."""
    return marks * _VALUES + (values + 1).astype(np.uint64)


class EntityKeys:
    """The names that the rows of one entity have."""

    def __init__(self, entity: ReadEntity) -> None:
        self.entity = entity
        self._names: list[pa.Array] = []
        self._hashes: list[Hashes] = []
        self._numbers: list[Numbers] = []
        self._values: list[NDArray[np.int8]] = []

    def add(self, names: pa.Array, hashes: Hashes, numbers: Numbers, values: NDArray[np.int8]) -> None:
        """More rows: the names of messages, their hashes, the numbers of conversations, votes or ratings."""
        self._names.append(names)
        self._hashes.append(hashes)
        self._numbers.append(numbers)
        self._values.append(values)

    def by_chatbot(self, codes: NDArray[np.int32]) -> "KeysByChatbot":
        """All of them, in the order of chatbots: see `SourceConversations.codes`."""
        hashes = np.concatenate([*self._hashes, np.empty(0, np.int64)])
        numbers = np.concatenate([*self._numbers, np.empty(0, np.int32)])
        values = np.concatenate([*self._values, np.empty(0, np.int8)])
        chatbots = codes[numbers]
        order = np.argsort(chatbots, kind="stable")
        return KeysByChatbot(
            self.entity,
            pa.chunked_array(self._names, pa.string()),
            chatbots[order],
            order,
            numbers,
            marks_of(hashes, numbers),
            values,
        )


@dataclass(frozen=True, slots=True)
class KeysByChatbot:
    """The names of one entity, with the places of each chatbot's beside each other."""

    entity: ReadEntity
    names: pa.ChunkedArray
    chatbots: NDArray[np.int32]
    order: NDArray[np.int64]
    numbers: Numbers
    marks: Marks
    values: NDArray[np.int8]

    def of(self, code: int) -> "ChatbotKeys":
        """Those of a chatbot; none of no chatbot."""
        first, end = np.searchsorted(self.chatbots, [code, code + 1]) if code != NOWHERE else (0, 0)
        places = self.order[first:end]
        return ChatbotKeys(self, places, self.marks[places], self.values[places])


@dataclass(frozen=True, slots=True)
class ChatbotKeys:
    """The names of one entity that are of one chatbot: their marks, and the values of votes and ratings."""

    of_all: KeysByChatbot
    places: NDArray[np.int64]
    marks: Marks
    values: NDArray[np.int8]

    @property
    def entity(self) -> ReadEntity:
        """What they are."""
        return self.of_all.entity

    def name(self, place: int) -> tuple[int, str]:
        """The number of the conversation, and the message, at a place."""
        row = int(self.places[place])
        return int(self.of_all.numbers[row]), self.of_all.names[row].as_py()
