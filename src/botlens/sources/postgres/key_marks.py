"""The names that rows have, as numbers that are compared: those of a million rows in some megabytes.

A name is a message in a conversation. A *mark* of 64 bits stands for it, made of the hashes of both ids.
Among two million names, two have the same mark once in ten million comparisons.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from botlens.sources.postgres.entities import ReadEntity
from botlens.sources.postgres.places import NOWHERE, Numbers
from botlens.sources.postgres.spool import Spool
from botlens.sources.postgres.text_hashes import Hashes

Marks = NDArray[np.uint64]

_MIXED: Final = np.uint64(0x9E3779B97F4A7C15)  # odd, so that no two numbers give the same
_VALUES: Final = np.uint64(8)
_NAMES: Final = pa.schema([("name", pa.string())])


def marks_of(hashes: Hashes, conversations: Hashes) -> Marks:
    """The marks of names, by the hashes of their messages and of their conversations."""
    found = conversations.view(np.uint64) * _MIXED
    found ^= hashes.view(np.uint64)
    return found


def with_value(marks: Marks, values: NDArray[np.int8]) -> Marks:
    """The marks of names together with what is said of them: -1 to 5."""
    return marks * _VALUES + (values + 1).astype(np.uint64)


def distinct(marks: Marks) -> Marks:
    """Each mark once, in their order."""
    found = np.sort(marks)
    return found[np.append(True, found[1:] != found[:-1])] if len(found) else found


class EntityKeys:
    """The names that the rows of one entity have: a mark of each in memory, the names in a file."""

    def __init__(self, entity: ReadEntity) -> None:
        self.entity = entity
        self._names = Spool()
        self._hashes: list[Hashes] = []
        self._numbers: list[Numbers] = []
        self._values: list[NDArray[np.int8]] = []

    def add(self, names: pa.Array, hashes: Hashes, numbers: Numbers, values: NDArray[np.int8]) -> None:
        """More rows: the names of messages, their hashes, the numbers of conversations, votes or ratings."""
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, _NAMES) as writer:
            writer.write_batch(pa.record_batch([names], _NAMES))
        self._names.append(sink.getvalue().to_pybytes())
        self._hashes.append(hashes)
        self._numbers.append(numbers)
        self._values.append(values)

    def in_parts(self, parts: NDArray[np.int32], count: int, conversations: Hashes) -> "KeysInParts":
        """All of them, in the order of parts.

        None are here any more, but for their names: each would be in memory twice.

        Args:
            parts: which part each conversation is in, by its number; `NOWHERE` if in none.
            count: how many parts there are.
            conversations: the hashes of their ids.
        """
        numbers = np.concatenate([*self._numbers, np.empty(0, np.int32)])
        self._numbers.clear()
        of_rows = parts[numbers]
        of_rows[of_rows == NOWHERE] = count  # behind all others
        small = of_rows.astype(np.min_scalar_type(count))  # of which the order is found in one go
        del of_rows
        order = np.argsort(small, kind="stable").astype(np.uint32)
        starts = np.searchsorted(small[order], np.arange(count + 1).astype(small.dtype))
        hashes = np.concatenate([*self._hashes, np.empty(0, np.int64)])
        self._hashes.clear()
        marks = marks_of(hashes, conversations[numbers])[order]
        values = np.concatenate([*self._values, np.empty(0, np.int8)])
        self._values.clear()
        return KeysInParts(self, starts, order, numbers, marks, values[order])

    def names_at(self, rows: NDArray[np.int64]) -> Iterator[str]:
        """The names of messages of some rows, by their places in the order in which they were added."""
        first, wanted = 0, np.sort(rows)
        for written in self._names if len(wanted) else ():
            names = pa.ipc.open_stream(written).read_all().column(0)
            here = wanted[np.searchsorted(wanted, first) : np.searchsorted(wanted, first + len(names))]
            yield from names.take(pa.array(here - first)).to_pylist()
            first += len(names)

    def close(self) -> None:
        """Nothing of them stays."""
        self._names.close()


@dataclass(frozen=True, slots=True)
class KeysInParts:
    """The names of one entity, those of each part beside each other.

    Attributes:
        of: all of the entity.
        starts: where each part begins; behind the last is what is in none.
        order: the places of the rows, in the order in which they were added.
        numbers: of conversations, in the order in which rows were added.
        marks: in the order of parts.
        values: in the order of parts.
    """

    of: EntityKeys
    starts: NDArray[np.int64]
    order: NDArray[np.uint32]
    numbers: Numbers
    marks: Marks
    values: NDArray[np.int8]

    def part(self, part: int) -> "KeysOfPart":
        """Those of a part."""
        own = slice(self.starts[part], self.starts[part + 1])
        return KeysOfPart(self, self.order[own], self.marks[own], self.values[own])


@dataclass(frozen=True, slots=True)
class KeysOfPart:
    """The names of one entity that are in one part: their marks, and the values of votes and ratings.

    Attributes:
        of_all: all of the entity.
        places: of these among all of them.
        marks: of names.
        values: of votes and ratings.
    """

    of_all: KeysInParts
    places: NDArray[np.uint32]
    marks: Marks
    values: NDArray[np.int8]

    @property
    def entity(self) -> ReadEntity:
        """What they are."""
        return self.of_all.of.entity
