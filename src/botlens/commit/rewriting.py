"""Parts of a chatbot that are read, and whose facts are written, in turns and beside whoever commits."""

from bisect import bisect_right
from collections.abc import Callable, Container, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import pyarrow as pa

from botlens.commit.fact_columns import FactsOf, facts_table
from botlens.commit.parts import IdRange
from botlens.commit.snapshot import Snapshots
from botlens.errors import NotHereError
from botlens.metrics.facts import Facts
from botlens.store.arrow import booleans
from botlens.store.connection import ClickHouse
from botlens.store.facts import (
    FactsRow,
    VacatedPlace,
    insert_laid_out,
    newer_between,
    places_between,
)
from botlens.store.raw_events import event_columns
from botlens.store.reading import CompanyReader

_WRITTEN = 6_000  # of them at once: others who write wait for that, and for fewer nearly as long


class Versions(Protocol):
    """Whoever commits, as far as facts that are made anew must keep to its order."""

    def threshold_of(self, company_id: str, chatbot_id: str) -> float:
        """The threshold that the facts of one chatbot heed."""
        ...

    def threshold_asked_for(self, company_id: str, chatbot_id: str) -> float:
        """The threshold that facts are made anew by."""
        ...

    def heed(self, company_id: str, chatbot_id: str, threshold: float) -> None:
        """What is committed of a chatbot from now on heeds this threshold."""
        ...

    def next_arrival(self, company_id: str) -> int:
        """A number higher than that of all records and facts of a company so far."""
        ...

    def opening(self, company_id: str) -> int | None:
        """Another number each time that this process gets the company; None while it has it not."""
        ...

    def forget(self, company_id: str, chatbot_id: str) -> None:
        """Have what is known of a chatbot's conversations be read from its raw events when it is needed."""
        ...

    def recounting(self, company_id: str, chatbot_id: str) -> AbstractContextManager[None]:
        """The facts of a chatbot are made anew meanwhile.

        What is committed from its beginning on has its facts written even where they are those of before.
        """
        ...

    def swap(self, company_id: str) -> None:
        """Facts begin to be made anew at once."""
        ...

    def suspect(self, company_id: str, chatbot_id: str) -> None:
        """Facts of a chatbot were perhaps not all made anew."""
        ...

    def in_parts(self, company_id: str, chatbot_id: str) -> AbstractContextManager[None]:
        """Facts of a chatbot are written meanwhile some before others."""
        ...

    def invalidate(self, company_id: str, chatbot_id: str) -> None:
        """Drop what is known of a chatbot, whose facts were made anew."""
        ...


class Writes(Protocol):
    """Whoever writes the store, as far as facts that are made anew need room for theirs."""

    def writing(self, company_id: str) -> AbstractContextManager[None]:
        """Write something of a company that no commit brought; other writes wait, commits do not."""
        ...

    def stamp(self, company_id: str) -> int:
        """The company's stamp: each write of something of the company raises it by one, as it begins."""
        ...

    def still(self, company_id: str) -> AbstractContextManager[None]:
        """Nothing of a company is pending, and nothing at all is committed: for what takes milliseconds."""
        ...


@dataclass(frozen=True, slots=True)
class ReadPart:
    """Some conversations of a chatbot, of one state of the store.

    Attributes:
        part: which.
        version: divides what was read from what comes later.
        events: of these conversations: see `store.raw_events.event_columns`.
        places: where facts of these conversations are: see `store.facts.places_between`.
        others: how many writes of the company there had been by then that were not ours.
    """

    part: IdRange
    version: int
    events: pa.Table
    places: pa.Table
    others: int


@dataclass(frozen=True, slots=True)
class FactsPiece:
    """Facts that are written at once.

    Attributes:
        ids: of which conversations, also of those that have none any more.
        rows: in the layout of their table.
    """

    ids: IdRange
    rows: pa.Table


class Rewriting:
    """Reads parts of a chatbot, and writes their facts. For one thread, but for `derive`.

    Their version is of the moment that they were read: whatever is committed later has a higher one and wins,
    even if it is written first. So only the insert holds up other writes. What was overtaken like that is not
    written at all: it may tell what was deleted meanwhile, and was erased already.

    Args:
        store: takes the facts.
        company_id: whose.
        chatbot_id: which.
        versions: of the commits.
        writes: to the store.
        snapshots: read one state of the store.
        opening: of the company, from before the threshold was asked for: if it is another one when facts are
            to be written, another process had the company meanwhile, and may have changed it.
    """

    def __init__(
        self,
        store: ClickHouse,
        company_id: str,
        chatbot_id: str,
        versions: Versions,
        writes: Writes,
        snapshots: Snapshots,
        opening: int | None,
    ) -> None:
        self._store = store
        self._company_id = company_id
        self._chatbot_id = chatbot_id
        self._versions = versions
        self._writes = writes
        self._snapshots = snapshots
        self._opening = opening
        self._own_writes = 0
        self._places: tuple[int, pa.Table] | None = None

    def read(self, part: IdRange) -> ReadPart:
        """Some conversations as they are now."""
        versions: list[int] = []
        return self._snapshots.read(
            self._company_id,
            lambda reader: self._read(part, reader, versions[-1]),
            divide=lambda: versions.append(self._versions.next_arrival(self._company_id)),
        )

    @contextmanager
    def at_once(self, part: IdRange, divided: Callable[[], None]) -> Iterator[ReadPart]:
        """Some conversations as they are, and stay for as long as this thread takes to write their facts.

        Args:
            part: which.
            divided: called at the moment that divides what is read from what is committed later.
        """
        versions: list[int] = []

        def divide() -> None:
            versions.append(self._versions.next_arrival(self._company_id))
            divided()

        with self._snapshots.held(self._company_id, divide) as reader:
            reader.store = reader.store.reserved  # others wait for us: we wait for no reader
            yield self._read(part, reader, versions[-1])

    def _read(self, part: IdRange, reader: CompanyReader, version: int) -> ReadPart:
        # Of the moment that the store was up to date: by now somebody may have begun to write.
        others = (reader.stamp or 0) - self._own_writes
        events = event_columns(reader, self._chatbot_id, *part)
        return ReadPart(part, version, events, self._places_in(part, reader, others), others)

    def _places_in(self, part: IdRange, reader: CompanyReader, others: int) -> pa.Table:
        """Where facts of a part are. For any part all of the chatbot are looked at, so they are read once.

        That holds until somebody else writes: what we wrote is of parts that are done. From then on each part
        asks for its own, as others will go on to write.
        """
        if self._places is None:
            self._places = others, places_between(reader, self._chatbot_id)
        since, places = self._places
        return _within(places, part) if since == others else places_between(reader, self._chatbot_id, *part)

    def derive(self, found: ReadPart, threshold: float) -> list[FactsPiece]:
        """The facts of conversations that were read, ready to be written. In any thread: it needs no turn."""
        of = FactsOf(self._company_id, self._chatbot_id, found.version, threshold)
        return list(_in_pieces(found.part, facts_table(of, found.events)))

    def write(self, found: ReadPart, pieces: list[FactsPiece]) -> None:
        """Write the facts of conversations that were read; others write between pieces."""
        vacated = self._vacated(found, pieces)
        for piece in pieces:
            with self._writing():
                self._write(found, piece, vacated)

    def write_at_once(self, found: ReadPart, pieces: list[FactsPiece]) -> None:
        """The same; nobody reads some of them before the others."""
        vacated = self._vacated(found, pieces)
        with self._writing():
            self._versions.swap(self._company_id)
            for piece in pieces:
                self._write(found, piece, vacated)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        with self._writes.writing(self._company_id):
            self._own_writes += 1
            yield

    def _write(self, found: ReadPart, piece: FactsPiece, vacated: Sequence[VacatedPlace]) -> None:
        after, until = piece.ids
        own = [each for each in vacated if after < each[2][2] and (until is None or each[2][2] <= until)]
        if self._opening is None or self._versions.opening(self._company_id) != self._opening:
            raise NotHereError
        newer = set() if self._others() == found.others else self._newer(piece.ids, found.version)
        insert_laid_out(self._store, _without(piece.rows, newer), own)

    def _vacated(self, found: ReadPart, pieces: list[FactsPiece]) -> list[VacatedPlace]:
        """The places of conversations that begin on another day by now, or are gone."""
        if not len(found.places):
            return []
        taken = {place for piece in pieces for place in _places_in(piece.rows)}
        return [
            (self._company_id, found.version, (self._chatbot_id, day, conversation_id))
            for conversation_id, day in _places_in(found.places)
            if (conversation_id, day) not in taken
        ]

    def _newer(self, part: IdRange, version: int) -> set[str]:
        return newer_between(CompanyReader(self._store, self._company_id), self._chatbot_id, *part, version)

    def _others(self) -> int:
        """How many writes of the company there were that are not ours."""
        return self._writes.stamp(self._company_id) - self._own_writes


def rows_not_overtaken(
    company_id: str, version: int, facts: list[Facts], newer: Container[str]
) -> list[FactsRow]:
    """The rows of those facts that nothing newer was written of."""
    return [(company_id, version, each) for each in facts if each.conversation_id not in newer]


def _places_in(rows: pa.Table) -> Iterator[tuple[str, int]]:
    """(conversation id, day) of each row."""
    return zip(rows.column("conversation_id").to_pylist(), rows.column("day").to_pylist(), strict=True)


def _within(places: pa.Table, part: IdRange) -> pa.Table:
    """Those of the conversations of a part, of places in the order of ids."""
    ids = places.column("conversation_id")

    def upto(conversation_id: str) -> int:
        return bisect_right(range(len(ids)), conversation_id, key=lambda place: ids[place].as_py())

    first = upto(part[0])
    return places.slice(first, (len(ids) if part[1] is None else upto(part[1])) - first)


def _without(rows: pa.Table, conversations: set[str]) -> pa.Table:
    """The rows of other conversations."""
    if not conversations:
        return rows
    kept = [each not in conversations for each in rows.column("conversation_id").to_pylist()]
    return rows.filter(booleans(np.array(kept, np.bool_)))


def _in_pieces(part: IdRange, rows: pa.Table) -> Iterator[FactsPiece]:
    """The facts of a part in pieces that are written at once, with the ids that each covers."""
    after, end = part
    for at in range(0, max(len(rows), 1), _WRITTEN):
        some = rows.slice(at, _WRITTEN)
        is_last = at + _WRITTEN >= len(rows)
        until = end if is_last else some.column("conversation_id")[-1].as_py()
        yield FactsPiece((after, until), some)
        after = until or ""
