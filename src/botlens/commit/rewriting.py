"""Parts of a chatbot that are read, and whose facts are written, in turns and beside whoever commits."""

from collections.abc import Container, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

import pyarrow as pa

from botlens.commit.parts import IdRange, states_of
from botlens.commit.snapshot import Snapshots
from botlens.errors import NotHereError
from botlens.metrics.conversation import ConversationState
from botlens.metrics.facts import Facts
from botlens.store.connection import ClickHouse
from botlens.store.facts import (
    FactsPlace,
    FactsRow,
    insert_facts,
    lay_out,
    newer_between,
    places_between,
)
from botlens.store.pacing import at_once
from botlens.store.reading import CompanyReader

_WRITTEN = 4_000  # of them at once: others who write wait for that, and for fewer nearly as long


class Versions(Protocol):
    """Whoever commits, as far as facts that are made anew must keep to its order."""

    def threshold_of(self, company_id: str, chatbot_id: str) -> float:
        """The threshold of one chatbot."""
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

        What is committed from its beginning on heeds the thresholds that hold then, and has its facts written
        even where they are those of before.
        """
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
        states: by conversation id.
        places: where facts of these conversations are.
        others: how many writes of the company there had been by then that were not ours.
    """

    part: IdRange
    version: int
    states: list[tuple[str, ConversationState]]
    places: list[FactsPlace]
    others: int


@dataclass(frozen=True, slots=True)
class FactsPiece:
    """Facts that are written at once.

    Attributes:
        ids: of which conversations, also of those that have none any more.
        facts: of them.
        tables: the same as the store takes them in.
    """

    ids: IdRange
    facts: list[Facts]
    tables: list[pa.Table]


class Rewriting:
    """Reads parts of a chatbot, and writes their facts. For one thread, but for what is laid out.

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

    def read(self, part: IdRange) -> ReadPart:
        """Some conversations as they are now."""
        versions: list[int] = []

        def ask(reader: CompanyReader) -> ReadPart:
            others = self._others()
            return ReadPart(
                part,
                versions[-1],
                states_of(reader, self._chatbot_id, part),
                places_between(reader, self._chatbot_id, *part),
                others,
            )

        return self._snapshots.read(
            self._company_id,
            ask,
            divide=lambda: versions.append(self._versions.next_arrival(self._company_id)),
        )

    def lay_out(self, found: ReadPart, facts: list[Facts]) -> list[FactsPiece]:
        """The facts of conversations that were read, ready to be written. In any thread: it needs no turn."""
        return [
            FactsPiece(ids, some, lay_out((self._company_id, found.version, each) for each in some))
            for ids, some in _in_pieces(found.part, facts)
        ]

    def write(self, found: ReadPart, pieces: list[FactsPiece]) -> None:
        """Write the facts of conversations that were read."""
        company_id, version = self._company_id, found.version
        places = {
            (self._chatbot_id, each.day, each.conversation_id) for piece in pieces for each in piece.facts
        }
        vacated = [(company_id, version, place) for place in found.places if place not in places]
        for piece in pieces:
            after, until = piece.ids
            own = [each for each in vacated if after < each[2][2] and (until is None or each[2][2] <= until)]
            with self._writes.writing(company_id):
                self._own_writes += 1
                if self._opening is None or self._versions.opening(company_id) != self._opening:
                    raise NotHereError
                newer = set() if self._others() == found.others else self._newer(piece.ids, version)
                rows = rows_not_overtaken(company_id, version, piece.facts, newer)
                insert_facts(self._store, rows, own, at_once, None if newer else piece.tables)

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


def _in_pieces(part: IdRange, derived: list[Facts]) -> Iterator[tuple[IdRange, list[Facts]]]:
    """The facts of a part in pieces that are written at once, with the ids that each covers."""
    after, end = part
    for at in range(0, max(len(derived), 1), _WRITTEN):
        some = derived[at : at + _WRITTEN]
        until = some[-1].conversation_id if at + _WRITTEN < len(derived) else end
        yield (after, until), some
        after = until or ""
