"""What is committed but not in the store yet."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from botlens.commit.room.entry import StateKey
from botlens.metrics.conversation import RecordName
from botlens.metrics.facts import Facts
from botlens.metrics.unwritten import UnwrittenFacts
from botlens.store.connection import ClickHouse
from botlens.store.erasure import TakenBack, erase_conversations, erase_taken_back
from botlens.store.facts import FactsPlace, insert_facts, places_of, vacate_beside
from botlens.store.pacing import Pause, at_once
from botlens.store.raw_events import days_of_events, insert_events
from botlens.store.replaced_facts import bases_of, keep_replaced
from botlens.store.unanswered import ErasedEarly

_BYTES_AT_ONCE = 32 << 20
_FACTS_AT_ONCE = 50_000


@dataclass(slots=True)
class Pending:
    """Raw records and the newest facts of the conversations they touched."""

    lines: list[tuple[str, bytes]] = field(default_factory=list)
    """(company id, `lines_of` records), commit by commit."""
    facts: dict[StateKey, tuple[int, Facts | UnwrittenFacts]] = field(default_factory=dict)
    moved: dict[tuple[StateKey, int], int] = field(default_factory=dict)
    """(conversation, day that it started on before) -> version."""
    unwritten: dict[StateKey, UnwrittenFacts] = field(default_factory=dict)
    """Those of `facts` that are still to be put together."""
    erased: set[StateKey] = field(default_factory=set)
    """Conversations that were deleted."""
    taken_back: dict[StateKey, TakenBack] = field(default_factory=dict)
    """What was deleted by itself in others."""
    rows: int = 0
    size: int = 0
    """Records, and bytes of their lines."""

    def add(self, company_id: str, lines: bytes, rows: int) -> None:
        """Add the raw records of one commit."""
        self.lines.append((company_id, lines))
        self.rows += rows
        self.size += len(lines)

    def take_back(self, lines: bytes, rows: int) -> None:
        """Take back what was added last."""
        self.lines.pop()
        self.rows -= rows
        self.size -= len(lines)

    def take_back_in(self, key: StateKey, version: int, names: dict[RecordName, int]) -> None:
        """Note that something of a conversation was deleted by itself, which facts of a version know."""
        new = TakenBack(key, version, names)
        old = self.taken_back.get(key)
        self.taken_back[key] = new if old is None else old.and_then(new)

    def put(self, key: StateKey, version: int, facts: Facts | UnwrittenFacts) -> None:
        """Let these be the newest facts of a conversation."""
        self.facts[key] = (version, facts)
        if isinstance(facts, UnwrittenFacts):
            self.unwritten[key] = facts
        elif self.unwritten:
            self.unwritten.pop(key, None)

    @property
    def is_seen_in_parts(self) -> bool:
        """Whether the facts take more than one insert: who reads meanwhile may see some and not others."""
        return len(self.facts) > _FACTS_AT_ONCE

    def insert(self, store: ClickHouse, pause: Pause = at_once) -> None:
        """Write everything to the store. Doing it twice changes nothing, so a failure is simply repeated.

        Args:
            store: takes it.
            pause: see `botlens.store.pacing`.
        """
        self.insert_lines(store)
        self.insert_derived(store, pause)

    def insert_lines(self, store: ClickHouse) -> None:
        """Write the raw events alone."""
        part: list[tuple[str, bytes]] = []
        size = 0
        for batch in self.lines:
            part.append(batch)
            size += len(batch[1])
            if size >= _BYTES_AT_ONCE:
                insert_events(store, part)
                part, size = [], 0
        if part:
            insert_events(store, part)

    def insert_derived(self, store: ClickHouse, pause: Pause = at_once, *, beside: bool = True) -> None:
        """Write the facts, once the raw events are written; then erase what was deleted.

        Args:
            store: takes them.
            pause: see `botlens.store.pacing`.
            beside: whether tables of other definitions hear of places that were left.
        """
        store = store.reserved  # what is asked on the way waits for no reader, as all others would
        tombstones = [
            (company, version, (chatbot, day, conversation))
            for ((company, chatbot, conversation), day), version in self.moved.items()
        ]
        self._keep_replaced(store)
        facts = [(key[0], version, each) for key, (version, each) in self.facts.items()]
        for at in range(0, len(facts), _FACTS_AT_ONCE):
            # A move is in the first part with whatever moved: there are few, and parts are rarely several.
            insert_facts(
                store, map(_written, facts[at : at + _FACTS_AT_ONCE]), tombstones, pause, beside=beside
            )
            tombstones = []
        store.unanswered.keep(ErasedEarly(frozenset(self.erased), dict(self.taken_back)))
        if self.erased:
            erase_conversations(store, self.erased)
        if self.taken_back:
            erase_taken_back(store, self.taken_back.values())

    def _keep_replaced(self, store: ClickHouse) -> None:
        """Before they are written: what there is where they go, as far as numbers were saved of it."""
        companies = {key[0] for key in self.facts} | {key[0] for key, _ in self.moved}
        if not any(bases_of(store, each) for each in companies):  # nearly always, and then it costs nothing
            return
        places: defaultdict[str, dict[FactsPlace, int]] = defaultdict(dict)
        for ((company, chatbot, conversation), day), version in self.moved.items():
            places[company][chatbot, day, conversation] = version
        for (company, chatbot, conversation), (version, facts) in self.facts.items():
            places[company][chatbot, facts.day, conversation] = version
        for company_id, each in places.items():
            keep_replaced(store, company_id, each)

    def find_moved(self, store: ClickHouse) -> None:
        """Ask the store where it keeps facts of these conversations, when nobody remembers."""
        for company_id, keys in self._by_company().items():
            for chatbot_id, day, conversation_id in places_of(store, company_id, keys):
                key = (company_id, chatbot_id, conversation_id)
                version, facts = self.facts[key]
                if facts.day != day:
                    self.moved[key, day] = version

    def vacate_other_days(self, store: ClickHouse, days: Mapping[StateKey, Collection[int]]) -> None:
        """Have these conversations be on no other day, whoever else may still write what he knew of them.

        Another process may have derived their facts from a part of their events, on any day on which one of
        them lies, and may write that later.

        Args:
            store: has the raw events already.
            days: on which events lie that may have been replaced in the store.
        """
        found = {key: {0, *days.get(key, ())} for key in self.facts}  # 0: nothing of it had a time
        for company_id, keys in self._by_company().items():
            for chatbot_id, day, conversation_id in days_of_events(store, company_id, keys):
                found[company_id, chatbot_id, conversation_id].add(day)
        for key, (version, facts) in self.facts.items():
            for day in found[key] - {facts.day}:
                self.moved[key, day] = version

    def vacate_beside(self, store: ClickHouse) -> None:
        """Have these conversations be nowhere in tables of other definitions, whoever may still write there.

        Who brings those up to date again derives them, since something of them came meanwhile.
        """
        if not store.facts.beside:
            return
        places = [(key, facts.day, version) for key, (version, facts) in self.facts.items()]
        places += [(key, day, version) for (key, day), version in self.moved.items()]
        vacate_beside(store, [(key[0], version, (key[1], day, key[2])) for key, day, version in places])

    def _by_company(self) -> dict[str, list[tuple[str, str]]]:
        """The (chatbot id, conversation id) of the facts, by company."""
        found: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
        for company_id, chatbot_id, conversation_id in self.facts:
            found[company_id].append((chatbot_id, conversation_id))
        return found

    def before(self, later: "Pending") -> "Pending":
        """This and what came later, in one."""
        return Pending(
            self.lines + later.lines,
            {**self.facts, **later.facts},
            {**self.moved, **later.moved},
            {key: each for key, each in self.unwritten.items() if key not in later.facts} | later.unwritten,
            self.erased | later.erased,
            _joined_taken_back(self.taken_back, later.taken_back),
            self.rows + later.rows,
            self.size + later.size,
        )


def _joined_taken_back(
    earlier: dict[StateKey, TakenBack], later: dict[StateKey, TakenBack]
) -> dict[StateKey, TakenBack]:
    joined = {key: earlier[key].and_then(each) if key in earlier else each for key, each in later.items()}
    return earlier | joined


def joined_pending(parts: Iterable[Pending]) -> Pending:
    """What is pending of several companies, in one."""
    whole = Pending()
    for each in parts:
        whole.lines += each.lines
        whole.facts |= each.facts
        whole.moved |= each.moved
        whole.unwritten |= each.unwritten
        whole.erased |= each.erased
        whole.taken_back |= each.taken_back
        whole.rows += each.rows
        whole.size += each.size
    return whole


def _written(row: tuple[str, int, Facts | UnwrittenFacts]) -> tuple[str, int, Facts]:
    company_id, version, facts = row
    return company_id, version, facts if isinstance(facts, Facts) else facts.facts()
