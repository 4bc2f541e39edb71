"""What is committed: in the journal, in the states of conversations, counted, and pending for the store."""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from itertools import chain
from threading import RLock

import structlog

from botlens.commit.journaling import Commit, Journal, JournalPart
from botlens.commit.numbering import Numbering, SingleNumbering
from botlens.commit.room.backlog import Backlog
from botlens.commit.room.batches import Batches, Touched, touched_by, without_conversations, without_records
from botlens.commit.room.counting import CommitCounter
from botlens.commit.room.deleted import DeletedChatbots
from botlens.commit.room.entry import StateKey, refused
from botlens.commit.room.stale import StaleFacts
from botlens.commit.room.states import ConversationStates
from botlens.commit.thresholds import ThresholdBook, Thresholds
from botlens.commit.watching import Watching
from botlens.errors import OverloadedError
from botlens.events.lines import lines_of
from botlens.events.record import MOST_RECORDS, Record
from botlens.live.registry import ChatbotKey, LiveNumbers
from botlens.store.connection import ClickHouse

log = structlog.get_logger(__name__)

_EVICTED_AT_ONCE = 500
_By = Mapping[str, tuple[Thresholds, int]]  # by company: with what it is counted, and the version of that


class Ledger:
    """Takes commits in. Nothing here waits for the store, the accounts or anything but the journal.

    Args:
        store: where states are read from.
        journal: where commits are made durable.
        live: the numbers that follow each commit.
        thresholds: asked by those who do not hold the lock.
        numbering: of arrivals and versions; without it, one for all companies.
    """

    def __init__(
        self,
        store: ClickHouse,
        journal: Journal,
        live: LiveNumbers,
        thresholds: ThresholdBook,
        numbering: Numbering | None = None,
    ) -> None:
        self.thresholds = thresholds
        self.states = ConversationStates(store)
        self.backlog = Backlog()
        self.stale = StaleFacts()
        self.deleted = DeletedChatbots()
        self.watching = Watching()
        self.lock = RLock()
        """Callers hold it, but for methods that are documented to take it themselves."""
        self._saved = store.saved
        self._journal = journal
        self._beside: AbstractContextManager[object] = nullcontext() if journal.is_far else self.lock
        self._live = live
        self._counting = CommitCounter(self.states, self.backlog, live, self.stale)
        self._numbering = numbering or SingleNumbering()
        self._commits: Counter[tuple[str, str | None]] = Counter()
        self._changes_of_all = 0
        self._in_parts: set[ChatbotKey] = set()
        self.swaps: Counter[str] = Counter()

    def commit(
        self, batches: Batches, thresholds: Mapping[str, Thresholds], journaled: Commit | None = None
    ) -> list[Record] | None:
        """Make records durable and counted; nothing of them stays if the journal does not take them.

        Once the journal has them they are committed, whatever fails: what cannot be counted is derived again
        later.

        Args:
            batches: the records.
            thresholds: of their companies.
            journaled: their lines, where the journal holds them already.

        Returns:
            Those that were not kept, since their conversation would be too long. None if nothing was done:
            `states` are missing that must be read from the store first. What was in the journal already waits
            for the store instead.
        """
        again = journaled is not None
        if not again:  # deleted chatbots that are still in the journal are erased later
            batches = self.deleted.without(batches, thresholds)
        touched = touched_by(batches)
        for company_id, conversations in touched.items():
            if again:
                self.states.prepare(company_id, conversations, thresholds[company_id])
            elif self.states.missing(company_id, conversations, thresholds[company_id]):
                return None
        beyond: list[Record] = []
        # What is replayed from the journal is never filtered: its facts may be missing from the store, so all
        # of it is counted again, and what was deleted is erased again.
        if not again:
            batches, touched, beyond = self._kept(batches, touched)
        suspects = {(company, chatbot) for company, keys in touched.items() for chatbot, _ in keys}
        commit = self._numbered(batches) if journaled is None else journaled
        # Now: once it is durable one of the companies may be another process's, and all others are counted.
        by = {
            company_id: (thresholds[company_id], self._numbering.last(company_id)) for company_id in touched
        }
        with self.backlog.added([(*each, len(batches[each[0]])) for each in commit]):
            if not again:
                self._journal.append(commit)
        try:
            self._count(batches, touched, by, again=again)
        except Exception:
            self.stale.add(suspects)
            log.exception("counting_failed")
        return beyond

    def _kept(self, batches: Batches, touched: Touched) -> tuple[Batches, Touched, list[Record]]:
        """What is kept of records; and those that are not, since their conversation would be too long.

        What comes for conversations that were deleted is not kept either, nor what says again what was taken
        back: not even the journal has it.
        """
        deleted: set[StateKey] = set()
        taken_back: list[Record] = []
        for company_id, conversations in touched.items():
            for key, records in conversations.items():
                state = self.states.entry((company_id, *key)).state
                if state.deleted:
                    deleted.add((company_id, *key))
                elif state.taken_back:
                    taken_back += filter(state.drops, records)
        if deleted:
            batches = without_conversations(deleted, batches)
        if taken_back:
            batches = without_records(taken_back, batches)
        if deleted or taken_back:
            touched = touched_by(batches)
        beyond = self._too_long(batches, touched)
        if beyond:
            batches = without_records(beyond, batches)
            touched = touched_by(batches)
        return batches, touched, beyond

    def _too_long(self, batches: Batches, touched: Touched) -> list[Record]:
        """The records that would make their conversation longer than one may be."""
        coming = sum(map(len, batches.values()))
        if self.states.weight + coming <= MOST_RECORDS:  # nearly always: no need to look at each
            return []
        return [
            record
            for company_id, conversations in touched.items()
            for key, records in conversations.items()
            for record in refused(self.states.entry((company_id, *key)), records, MOST_RECORDS)
        ]

    def _numbered(self, batches: Batches) -> Commit:
        """Number records in the order of arrival; returns their lines."""
        for company_id, records in batches.items():
            for number, record in enumerate(records, self._numbering.take(company_id, len(records))):
                record.arrival = number
        return [(company_id, lines_of(records)) for company_id, records in batches.items() if records]

    def _count(self, batches: Batches, touched: Touched, by: _By, *, again: bool) -> None:
        if not again:  # the lines have them
            for record in chain.from_iterable(batches.values()):
                record.forget_texts()
        for company_id, conversations in touched.items():
            self._counting.count(company_id, conversations, *by[company_id], again=again)
            # Last: whoever sees the new number must see what was counted.
            self._note(company_id, {chatbot_id for chatbot_id, _ in conversations})

    def number_from(self, arrival: int) -> None:
        """Have the next number be higher than this one, and than all before."""
        self._numbering.rise(arrival)

    def next_arrival(self, company_id: str) -> int:
        """A number higher than that of all records and facts of a company so far."""
        return self._numbering.take(company_id)

    def numbers_for(self, company_id: str, rows: int) -> int:
        """Numbers for some records that are loaded, in the order of arrival; returns the first.

        Records that are loaded go past the journal, which nobody writes to whose company is another's by now:
        so the clock is looked at.
        """
        self._numbering.check_still(company_id)
        return self._numbering.take(company_id, rows)

    def check(self, company_id: str) -> None:
        """Pass if this process has the company, see `Numbering`. Waits for nothing."""
        self._numbering.check(company_id)

    def check_still(self, company_id: str) -> None:
        """Pass if nobody else can have had the company since this process got it, see `Numbering`."""
        self._numbering.check_still(company_id)

    def loaded(self, company_id: str, chatbots: Collection[str]) -> None:
        """Note that raw events of chatbots have changed. Takes the lock itself."""
        with self.lock:
            self._note(company_id, chatbots)

    def changed(self, company_id: str, chatbot_id: str) -> None:
        """Note that what is said of a chatbot has changed. Takes the lock itself."""
        self.loaded(company_id, (chatbot_id,))

    def commits(self, company_id: str, chatbot_id: str | None = None) -> int:
        """How many commits held something of a company, or made its facts anew, since the start.

        With a chatbot, those of it alone.
        """
        return self._commits[company_id, chatbot_id] + self._changes_of_all

    def _note(self, company_id: str, chatbots: Collection[str]) -> None:
        """Note that something of these chatbots is another than before."""
        for each in (None, *chatbots):
            self._commits[company_id, each] += 1
        self.watching.changed(company_id, chatbots)

    def change_all(self) -> None:
        """Note that the facts of all companies have changed."""
        self._changes_of_all += 1
        self.watching.all_changed()

    def threshold_of(self, company_id: str, chatbot_id: str) -> float:
        """The threshold that the facts of one chatbot heed. May wait for the accounts."""
        return self.thresholds.of(company_id).of(chatbot_id)

    def threshold_asked_for(self, company_id: str, chatbot_id: str) -> float:
        """The threshold that facts are made anew by. May wait for the accounts."""
        return self.thresholds.asked_for(company_id, chatbot_id)

    def heed(self, company_id: str, chatbot_id: str, threshold: float) -> None:
        """What is committed of a chatbot from now on heeds this threshold."""
        self.thresholds.heed(company_id, chatbot_id, threshold)

    @contextmanager
    def recounting(self, company_id: str, chatbot_id: str) -> Iterator[None]:
        """The facts of a chatbot are made anew meanwhile. Takes the lock itself.

        What is committed from its beginning on has its facts written even where they are those of before:
        those that are made anew may be of an earlier moment.
        """
        key = (company_id, chatbot_id)
        with self.lock:
            self._counting.recounting.add(key)
            self.states.without_facts.add(key)
        try:
            yield
        finally:
            with self.lock:
                self._counting.recounting.discard(key)
                self.states.without_facts.discard(key)

    @contextmanager
    def in_parts(self, company_id: str, chatbot_id: str) -> Iterator[None]:
        """Facts of a chatbot are written meanwhile some before others."""
        key = (company_id, chatbot_id)
        self._in_parts.add(key)
        self.swap(company_id)
        try:
            yield
        finally:
            self._in_parts.discard(key)

    def swap(self, company_id: str) -> None:
        """Facts begin to be made anew, at once or part by part."""
        with self.lock:
            self.swaps[company_id] += 1

    def suspect(self, company_id: str, chatbot_id: str) -> None:
        """Facts of a chatbot were perhaps not all made anew. Takes the lock itself."""
        with self.lock:
            if self.opening(company_id) is not None:  # what is noted after `drop` nobody could make good
                self.stale.suspect((company_id, chatbot_id))

    def recounted_only_in_part(self, company_id: str) -> frozenset[str]:
        """The chatbots of which some facts may heed another threshold than others. Waits for nothing."""
        in_parts = {key for key in self._in_parts.copy() if self.thresholds.is_changing(*key)}
        mixed = self.stale.mixed() | in_parts
        return frozenset(chatbot_id for company, chatbot_id in mixed if company == company_id)

    def forget(self, company_id: str, chatbot_id: str) -> None:
        """Have what is known of a chatbot's conversations be read from its raw events when it is needed."""
        self.states.invalidate(company_id, chatbot_id)

    def invalidate(self, company_id: str, chatbot_id: str) -> None:
        """Drop what is known of a chatbot, whose facts were made anew; what was saved of it is of before."""
        self.states.invalidate(company_id, chatbot_id)
        self._saved.forget(company_id, [chatbot_id])
        self._live.invalidate([(company_id, chatbot_id)])
        self._note(company_id, (chatbot_id,))

    def evict(self) -> None:
        """Drop states that are not needed, bit by bit: no commit waits for all. Takes the lock itself."""
        for _ in range(0, self.states.surplus, _EVICTED_AT_ONCE):
            with self.lock:
                self.states.evict(_EVICTED_AT_ONCE, self.backlog)

    def rotate(self) -> list[JournalPart]:
        """Begin a new part of the journal; returns the parts before it.

        Raises:
            OSError: that cannot be done now; all is as it was.
        """
        return self._journal.rotate(self._numbering.highest + 1)

    @property
    def sealed(self) -> list[JournalPart]:
        """Its parts before the one that commits go to."""
        return self._journal.sealed

    def written(self, sealed: Sequence[JournalPart]) -> None:
        """Drop parts of the journal whose events are all in the store. Takes the lock itself."""
        with self._beside:
            self._journal.delete(sealed)

    def opening(self, company_id: str) -> int | None:
        """Another number each time that this process gets the company; None while it has it not."""
        try:
            return self._numbering.opening(company_id)
        except OverloadedError:
            return None

    def drop(self, belongs: Callable[[str], bool]) -> None:
        """Forget some companies: another process has them. Takes the lock itself."""
        with self.lock:
            self.backlog.drop(belongs)
            self.states.drop(belongs)
            self.thresholds.drop(belongs)
            self._live.drop(belongs)
            self.change_all()

    def heal(self) -> None:
        """Let the journal go on after a failure; raises `OSError` if it cannot yet. Takes the lock itself."""
        with self._beside:
            self._journal.heal()

    @property
    def journal_works(self) -> bool:
        """Whether the journal took the last commit."""
        return self._journal.works

    def close(self) -> None:
        """Close the journal; what is in it stays for the next start."""
        self._journal.close()
