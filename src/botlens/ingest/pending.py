"""What is committed but not in the store yet."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from botlens.events.record import Record
from botlens.ingest.states import Key
from botlens.metrics.facts import Facts
from botlens.store.connection import ClickHouse
from botlens.store.erasure import erase
from botlens.store.facts import insert_facts, places_of
from botlens.store.pacing import Pause, at_once
from botlens.store.raw_events import insert_events

_ROWS_AT_ONCE = 100_000


@dataclass(slots=True)
class Pending:
    """Raw records and the newest facts of the conversations they touched."""

    records: list[tuple[str, Sequence[Record]]] = field(default_factory=list)
    facts: dict[Key, tuple[int, Facts]] = field(default_factory=dict)
    moved: dict[tuple[Key, int], int] = field(default_factory=dict)
    """(conversation, day that it started on before) -> version."""
    erased: set[Key] = field(default_factory=set)
    """Conversations that were deleted."""
    rows: int = 0

    def add(self, company_id: str, records: Sequence[Record]) -> None:
        """Add the raw records of one commit."""
        self.records.append((company_id, records))
        self.rows += len(records)

    def insert(self, store: ClickHouse, pause: Pause = at_once) -> None:
        """Write everything to the store. Doing it twice changes nothing, so a failure is simply repeated.

        Args:
            store: takes it.
            pause: see `botlens.store.pacing`.
        """
        part: list[tuple[str, Sequence[Record]]] = []
        rows = 0
        for batch in self.records:
            part.append(batch)
            rows += len(batch[1])
            if rows >= _ROWS_AT_ONCE:
                insert_events(store, part, pause)
                part, rows = [], 0
        if part:
            insert_events(store, part, pause)
        left = [
            (company, version, (chatbot, day, conversation))
            for ((company, chatbot, conversation), day), version in self.moved.items()
        ]
        facts = [(key[0], version, each) for key, (version, each) in self.facts.items()]
        for at in range(0, len(facts), _ROWS_AT_ONCE):
            # A move is in the first part with whatever moved: there are few, and parts are rarely several.
            insert_facts(store, facts[at : at + _ROWS_AT_ONCE], left, pause)
            left = []
        if self.erased:
            erase(store, self.erased)

    def find_moved(self, store: ClickHouse) -> None:
        """Ask the store where it keeps facts of these conversations, when nobody remembers."""
        by_company: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
        for company_id, chatbot_id, conversation_id in self.facts:
            by_company[company_id].append((chatbot_id, conversation_id))
        for company_id, keys in by_company.items():
            for chatbot_id, day, conversation_id in places_of(store, company_id, keys):
                key = (company_id, chatbot_id, conversation_id)
                version, facts = self.facts[key]
                if facts.day != day:
                    self.moved[key, day] = version

    def before(self, later: "Pending") -> "Pending":
        """This and what came later, in one."""
        return Pending(
            self.records + later.records,
            {**self.facts, **later.facts},
            {**self.moved, **later.moved},
            self.erased | later.erased,
            self.rows + later.rows,
        )
