"""What is committed but not in the store yet."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from botlens.events.record import Record
from botlens.ingest.states import Key
from botlens.metrics.facts import Facts
from botlens.store.connection import ClickHouse
from botlens.store.facts import insert_facts
from botlens.store.raw_events import insert_events

_ROWS_AT_ONCE = 100_000


@dataclass(slots=True)
class Pending:
    """Raw records and the newest facts of the conversations they touched."""

    records: list[tuple[str, Sequence[Record]]] = field(default_factory=list)
    facts: dict[Key, tuple[int, Facts]] = field(default_factory=dict)
    rows: int = 0

    def add(self, company_id: str, records: Sequence[Record]) -> None:
        """Add the raw records of one commit."""
        self.records.append((company_id, records))
        self.rows += len(records)

    def insert(self, store: ClickHouse) -> None:
        """Write everything to the store. Doing it twice changes nothing, so a failure is simply repeated."""
        part: list[tuple[str, Sequence[Record]]] = []
        rows = 0
        for batch in self.records:
            part.append(batch)
            rows += len(batch[1])
            if rows >= _ROWS_AT_ONCE:
                insert_events(store, part)
                part, rows = [], 0
        if part:
            insert_events(store, part)
        facts = [(key[0], version, each) for key, (version, each) in self.facts.items()]
        for at in range(0, len(facts), _ROWS_AT_ONCE):
            insert_facts(store, facts[at : at + _ROWS_AT_ONCE])

    def before(self, later: "Pending") -> "Pending":
        """This and what came later, in one."""
        return Pending(self.records + later.records, {**self.facts, **later.facts}, self.rows + later.rows)
