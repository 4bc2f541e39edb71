"""What is committed: in the journal, in the states of conversations, counted, and pending for the store."""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import chain
from pathlib import Path
from threading import RLock

import structlog

from botlens.commit.local.backlog import Backlog
from botlens.commit.local.entry import Key, refused
from botlens.commit.local.journal import Journal
from botlens.commit.local.pending import joined
from botlens.commit.local.segments import Commit
from botlens.commit.local.states import ConversationStates
from botlens.events.lines import lines_of, records_of
from botlens.events.record import MOST_RECORDS, Record
from botlens.live.registry import LiveNumbers
from botlens.metrics.differences import Change
from botlens.metrics.facts import DEFAULT_CONFIDENCE_THRESHOLD
from botlens.store.connection import ClickHouse
from botlens.store.numbering import highest_number

log = structlog.get_logger(__name__)

Thresholds = Callable[[str], Mapping[str, float]]
"""The confidence thresholds of a company's chatbots, by chatbot id."""

Batches = Mapping[str, Sequence[Record]]
"""Records by company id."""

_Conversations = dict[tuple[str, str], list[Record]]
"""Records by (chatbot id, conversation id)."""

_RECOVERED_AT_ONCE = 50_000
_TRIMMED_AT_ONCE = 500
_CHANGES_AT_ONCE = 200  # readers of live numbers wait while so many are counted


class Ledger:
    """Takes commits in. Nothing here waits for the store but `recover`, and states that must be read from it.

    Args:
        store: where raw events and facts end up.
        journal: where commits are made durable.
        live: the numbers that follow each commit.
        thresholds: asked for at each commit.
    """

    def __init__(
        self, store: ClickHouse, journal: Journal, live: LiveNumbers, thresholds: Thresholds
    ) -> None:
        self._store = store
        self._journal = journal
        self._live = live
        self._thresholds = thresholds
        self.states = ConversationStates(store)
        self._arrival = 0
        self._commits: Counter[str] = Counter()
        self.backlog = Backlog()
        self.broken: dict[tuple[str, str], int] = {}
        """Chatbots (company id, chatbot id) whose facts must be made anew, and how often that was found.

        An event could not be counted, or a recount failed. Meanwhile the journal keeps all that it has, so
        that a crash does not make that forgotten.
        """
        self.lock = RLock()
        """Held by whoever commits, takes or gives; `trim` takes it itself."""

    def recover(self) -> None:
        """Bring in what an earlier process left in the journal, and open the journal."""
        # Above everything that exists, also where the clock is behind that of an earlier process.
        self._arrival = max(
            time.time_ns() // 1_000, self._journal.first_arrival(), highest_number(self._store)
        )
        commits = rows = 0
        for commit in self._journal.replay():
            batches = {company_id: records_of(lines) for company_id, lines in commit}
            arrivals = (record.arrival for record in chain.from_iterable(batches.values()))
            self._arrival = max(self._arrival, *arrivals) + 1  # each commit is a version of its own
            self.commit(batches, commit)
            commits += 1
            rows += sum(map(len, batches.values()))
            if self.backlog.rows >= _RECOVERED_AT_ONCE:
                self._write_recovered()
        if commits:
            log.info("recovered", commits=commits, events=rows)
        self._write_recovered()
        sealed = self._journal.rotate(self._arrival + 1)
        if not self.broken:
            self.written(sealed)

    def _write_recovered(self) -> None:
        pending = joined(self.backlog.take(self.backlog.companies()).values())
        pending.find_moved(self._store)
        pending.insert(self._store)

    def rotate(self) -> list[Path]:
        """Begin a new part of the journal; returns the parts before it.

        Raises:
            OSError: that cannot be done now; all is as it was.
        """
        return self._journal.rotate(self._arrival + 1)

    @property
    def sealed(self) -> list[Path]:
        """The parts of the journal before the one that commits go to."""
        return self._journal.sealed

    def written(self, sealed: Sequence[Path]) -> None:
        """Drop parts of the journal whose events are all in the store."""
        with self.lock:
            self._journal.delete(sealed)

    def mend(self) -> None:
        """Let the journal go on after a failure, if it can by now.

        Raises:
            OSError: it cannot.
        """
        self._journal.mend()

    @property
    def journal_works(self) -> bool:
        """Whether the journal took the last commit."""
        return self._journal.works

    def commits(self, company_id: str) -> int:
        """How many commits held something of a company, or made its facts anew, since the start."""
        return self._commits[company_id]

    def trim(self) -> None:
        """Drop states that are not needed, bit by bit, so that no commit waits for all of it."""
        for _ in range(0, self.states.surplus, _TRIMMED_AT_ONCE):
            with self.lock:
                self.states.trim(_TRIMMED_AT_ONCE, self.backlog)

    def forget(self, company_id: str, chatbot_id: str) -> None:
        """Drop what is known of a chatbot, whose facts were made anew."""
        self.states.forget(company_id, chatbot_id)
        self._live.forget([(company_id, chatbot_id)])
        self._commits[company_id] += 1

    def distrust(self, company_id: str, chatbot_id: str) -> None:
        """The facts of a chatbot must be made anew."""
        with self.lock:
            key = (company_id, chatbot_id)
            self.broken[key] = self.broken.get(key, 0) + 1

    def trust(self, company_id: str, chatbot_id: str, found: int) -> None:
        """The facts of a chatbot were made anew, after it was `broken` for the time that is given."""
        with self.lock:
            if self.broken.get((company_id, chatbot_id)) == found:
                del self.broken[company_id, chatbot_id]

    def next_arrival(self) -> int:
        """A number higher than that of all records and facts so far."""
        self._arrival += 1
        return self._arrival

    def close(self) -> None:
        """Close the journal; what is in it stays for the next start."""
        self._journal.close()

    def commit(self, batches: Batches, journaled: Commit | None = None) -> list[Record] | None:
        """Make records durable and counted; nothing of them stays if the journal does not take them.

        Args:
            batches: the records.
            journaled: their lines, where the journal holds them already.

        Returns:
            Those that were not kept, since their conversation would be too long. None if nothing was done:
            `states` are missing that must be read from the store first; what was in the journal already does
            not come to that, but waits for the store.
        """
        touched = {company_id: _by_conversation(records) for company_id, records in batches.items()}
        thresholds = {
            company_id: self.thresholds_of(company_id, conversations)
            for company_id, conversations in touched.items()
        }
        again = journaled is not None
        for company_id, conversations in touched.items():
            if again:
                self.states.prepare(company_id, conversations, thresholds[company_id])
            elif self.states.missing(company_id, conversations):
                return None
        beyond: list[Record] = []
        if journaled is None:  # what was, may have facts to mend: it is erased anew instead
            batches, touched = self._without_deleted(batches, touched)
            beyond = self._too_long(touched)
            if beyond:
                batches, touched = _without(beyond, batches)
            journaled = self._journaled(batches)
        for company_id, lines in journaled:
            self.backlog.add(company_id, lines, len(batches[company_id]))
        for company_id, conversations in touched.items():
            self._count(company_id, conversations, thresholds[company_id], again=again)
            self._commits[company_id] += 1  # not before: whoever sees it must see what was counted
        return beyond

    def thresholds_of(self, company_id: str, names: Iterable[tuple[str, str]]) -> dict[str, float]:
        """The thresholds of the chatbots of some conversations (chatbot id, conversation id), by id."""
        known = self._thresholds(company_id)
        return {chatbot: known.get(chatbot, DEFAULT_CONFIDENCE_THRESHOLD) for chatbot, _ in names}

    def threshold_of(self, company_id: str, chatbot_id: str) -> float:
        """The threshold of one chatbot."""
        return self._thresholds(company_id).get(chatbot_id, DEFAULT_CONFIDENCE_THRESHOLD)

    def _journaled(self, batches: Batches) -> Commit:
        """Number records in the order of arrival and write them to the journal; returns their lines."""
        arrival = self._arrival
        for record in chain.from_iterable(batches.values()):
            arrival += 1
            record.arrival = arrival
        self._arrival = arrival
        commit = [(company_id, lines_of(records)) for company_id, records in batches.items() if records]
        self._journal.append(commit)
        for record in chain.from_iterable(batches.values()):
            record.forget_texts()
        return commit

    def _too_long(self, touched: dict[str, _Conversations]) -> list[Record]:
        """The records that would make their conversation longer than one may be."""
        coming = sum(len(each) for conversations in touched.values() for each in conversations.values())
        if self.states.weight + coming <= MOST_RECORDS:  # nearly always: no need to look at each
            return []
        return [
            record
            for company_id, conversations in touched.items()
            for key, records in conversations.items()
            for record in refused(self.states.entry((company_id, *key)), records, MOST_RECORDS)
        ]

    def _without_deleted(
        self, batches: Batches, touched: dict[str, _Conversations]
    ) -> tuple[Batches, dict[str, _Conversations]]:
        """Without what comes for conversations that were deleted: not even the journal keeps it."""
        deleted = {
            (company_id, *key)
            for company_id, conversations in touched.items()
            for key in conversations
            if self.states.entry((company_id, *key)).state.deleted
        }
        if not deleted:
            return batches, touched
        kept = {
            company_id: [
                each for each in records if (company_id, each.chatbot_id, each.conversation_id) not in deleted
            ]
            for company_id, records in batches.items()
        }
        return kept, {company_id: _by_conversation(records) for company_id, records in kept.items()}

    def _count(
        self, company_id: str, conversations: _Conversations, thresholds: dict[str, float], *, again: bool
    ) -> None:
        """Change the conversations by their new records, and the live numbers by the conversations."""
        changes: dict[str, list[Change]] = {}
        try:
            for (chatbot_id, conversation_id), records in conversations.items():
                key = (company_id, chatbot_id, conversation_id)
                try:
                    change = self._take_in(key, records, thresholds[chatbot_id], again=again)
                except Exception:
                    # It is durable, so it stays: what is counted of the chatbot is made anew instead.
                    self.distrust(company_id, chatbot_id)
                    log.exception("counting_failed")
                    continue
                if change is not None:
                    changes.setdefault(chatbot_id, []).append(change)
        finally:
            for chatbot_id, each in changes.items():
                self._follow((company_id, chatbot_id), each)

    def _follow(self, key: tuple[str, str], changes: Sequence[Change]) -> None:
        """Have the live numbers of a chatbot follow. It is counted already: they may fail, the commit not."""
        try:
            for at in range(0, len(changes), _CHANGES_AT_ONCE):
                self._live.replace(key, changes[at : at + _CHANGES_AT_ONCE])
        except Exception:
            self.distrust(*key)
            self._live.forget([key])
            log.exception("live_numbers_failed")

    def _take_in(
        self, key: Key, records: Iterable[Record], threshold: float, *, again: bool
    ) -> Change | None:
        """Change a conversation by its new records; returns how its facts changed, if they did.

        If they are taken in again, the state may have come from raw events that hold them already, while the
        stored facts do not: then these facts are written whether or not they seem new.
        """
        entry = self.states.entry(key)
        before = entry.facts
        change = self.states.take(key, records, threshold)
        facts = entry.facts
        if facts is None or (change is None and not again):
            return None
        pending = self.backlog.of(key[0])
        pending.put(key, self._arrival, facts if entry.long is None else entry.long.unwritten())
        pending.moved.pop((key, facts.day), None)  # it has come back, perhaps
        if entry.state.deleted:
            pending.erased.add(key)
        if before is not None and before.day != facts.day:
            pending.moved[key, before.day] = self._arrival
        return change


def _without(some: Sequence[Record], batches: Batches) -> tuple[Batches, dict[str, _Conversations]]:
    """The batches without some of their records, and those that are left by conversation."""
    left_out = set(map(id, some))
    kept = {
        company_id: [each for each in records if id(each) not in left_out]
        for company_id, records in batches.items()
    }
    return kept, {company_id: _by_conversation(records) for company_id, records in kept.items()}


def _by_conversation(records: Sequence[Record]) -> _Conversations:
    """The records by (chatbot id, conversation id), each in the order of arrival."""
    found: _Conversations = {}
    for record in records:
        key = record.chatbot_id, record.conversation_id
        others = found.get(key)
        if others is None:
            found[key] = [record]
        else:
            others.append(record)
    return found
