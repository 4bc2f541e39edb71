"""Group commit: many small requests become one write to the journal, and later one insert into the store.

One thread commits: it takes whatever requests wait, writes their records to the journal (one sync for all),
takes them into the states of their conversations, passes the changed facts to the live numbers, and then
acknowledges. Another thread flushes what is pending to the store every few seconds, or at once for a reader
who needs the store to be current.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Event, Lock, RLock, Thread

import structlog

from botlens.errors import BotlensError, OverloadedError
from botlens.events.lines import lines_of, records_of
from botlens.events.record import Record
from botlens.ingest.derivation import differences, rebuild_facts
from botlens.ingest.journal import Commit, Journal
from botlens.ingest.pending import Pending
from botlens.ingest.states import ConversationStates, Key
from botlens.live.numbers import LiveNumbers
from botlens.metrics.facts import DEFAULT_CONFIDENCE_THRESHOLD, derive
from botlens.metrics.numbers import Change
from botlens.store.connection import ClickHouse
from botlens.store.pacing import Pause, at_once

log = structlog.get_logger(__name__)

Thresholds = Callable[[str], Mapping[str, float]]
"""The confidence thresholds of a company's chatbots, by chatbot id."""

Batches = Mapping[str, Sequence[Record]]
"""Records by company id."""

_Conversations = dict[tuple[str, str], list[Record]]
"""Records by (chatbot id, conversation id)."""

_FLUSH_SECONDS = 5.0  # seldom, in large parts: fewer merges, and readers are seldom slowed by a flush
_RETRY_SECONDS = 1.0
_FLUSH_ROWS = 50_000
_PAUSE_SECONDS = 0.004
_ROWS_PER_COMMIT = 40_000
_ROWS_WAITING = 200_000
_ROWS_PENDING = 600_000
_TRIMMED_AT_ONCE = 500
_CHANGES_AT_ONCE = 200  # readers of live numbers wait while so many are counted


@dataclass(slots=True)
class _Submission:
    company_id: str
    records: Sequence[Record]
    done: "Future[None]"


class Committer:
    """Makes records durable and counted.

    Args:
        store: where raw events and facts end up.
        journal: where commits are made durable.
        live: the numbers that follow each commit.
        thresholds: the thresholds of a company's chatbots, asked for at each commit.
    """

    def __init__(
        self, store: ClickHouse, journal: Journal, live: LiveNumbers, thresholds: Thresholds
    ) -> None:
        self._store = store
        self._journal = journal
        self._live = live
        self._thresholds = thresholds
        self._states = ConversationStates(store)
        self._queue: SimpleQueue[_Submission | None] = SimpleQueue()
        self._waiting = 0
        self._pending = Pending()
        self._arrival = 0
        self._commit_lock = RLock()  # held while a commit changes states, pending and live numbers
        self.flush_lock = RLock()  # held while the store changes: hold it to read one state of it
        self.changes = 0  # of the store that have begun: reads between which it stays are of one state
        self._count_lock = Lock()
        self._wake = Event()
        self._stopping = False
        self._threads: list[Thread] = []

    def start(self) -> None:
        """Bring in what an earlier process left in the journal, then take submissions."""
        self._recover()
        for target, name in ((self._commit_forever, "commit"), (self._flush_forever, "flush")):
            thread = Thread(target=target, name=f"botlens-{name}", daemon=True)
            thread.start()
            self._threads.append(thread)

    def stop(self) -> None:
        """Finish what was submitted and write it to the store."""
        self._stopping = True
        self._queue.put(None)
        self._wake.set()
        for thread in self._threads:
            thread.join()
        try:
            self.flush()
        except BotlensError as error:
            log.warning("flush_failed_at_stop", error=error.message, kept="in the journal")
        self._journal.close()

    def submit(self, company_id: str, records: Sequence[Record]) -> "Future[None]":
        """Have records committed; the future is done when they are durable and counted.

        Raises:
            OverloadedError: too much is waiting already; nothing of this was taken.
        """
        with self._count_lock:
            if self._stopping:
                raise OverloadedError("The server is stopping; send it again in a moment.", code="stopping")
            if self._waiting > _ROWS_WAITING or self._pending.rows > _ROWS_PENDING:
                raise OverloadedError("Too many events are waiting to be written; send them again later.")
            self._waiting += len(records)
        done: Future[None] = Future()
        self._queue.put(_Submission(company_id, records, done))
        return done

    def flush(self, prepare: Callable[[], None] | None = None, pause: Pause = at_once) -> None:
        """Write everything that was committed before this call to the store.

        Args:
            prepare: called at the moment that divides what is written now from what comes later.
            pause: see `botlens.store.pacing`.

        Raises:
            StoreError: the store does not take it. It stays pending (and in the journal).
        """
        with self.flush_lock:
            with self._commit_lock:
                pending, self._pending = self._pending, Pending()
                sealed = self._rotate() if pending.rows else []
                if prepare:
                    prepare()
            if not pending.rows:
                return
            self.changes += 1
            try:
                pending.insert(self._store, pause)
            except BaseException:
                with self._commit_lock:
                    self._pending = pending.before(self._pending)
                raise
            self._journal.delete(sealed)
            self._trim()

    def _trim(self) -> None:
        """Bit by bit, so that no commit waits for all of it."""
        for _ in range(0, self._states.surplus, _TRIMMED_AT_ONCE):
            with self._commit_lock:
                self._states.trim(_TRIMMED_AT_ONCE, self._pending.facts)

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Everything that was committed is in the store, and nothing is committed meanwhile."""
        with self.flush_lock, self._commit_lock:
            self.flush()
            yield

    def rebuild(self, company_id: str, chatbot_id: str) -> int:
        """Derive all facts of a chatbot anew from its raw events; returns how many conversations it has.

        Commits wait meanwhile. Needed when what facts depend on has changed: the threshold, the definition.
        """
        with self.frozen():
            threshold = self._threshold(self._thresholds(company_id), chatbot_id)
            version = self._next_arrival()
            self.changes += 1
            count = rebuild_facts(self._store, company_id, chatbot_id, threshold, version)
            self._states.forget(company_id, chatbot_id)
            self._live.forget([(company_id, chatbot_id)])
            return count

    def compare(self, company_id: str, chatbot_id: str) -> Iterator[str | None]:
        """Compare a chatbot's facts with its raw events, both as of now: see `derivation.differences`."""
        with self.frozen():
            threshold = self._threshold(self._thresholds(company_id), chatbot_id)
            yield from differences(self._store, company_id, chatbot_id, threshold)

    @property
    def waiting(self) -> int:
        """Records that were submitted and are not committed yet."""
        return self._waiting

    @property
    def pending(self) -> int:
        """Records that are committed and not in the store yet."""
        return self._pending.rows

    def _commit_forever(self) -> None:
        while (first := self._queue.get()) is not None:
            submissions = [first]
            rows = len(first.records)
            while rows < _ROWS_PER_COMMIT:
                try:
                    another = self._queue.get_nowait()
                except Empty:
                    break
                if another is None:
                    self._queue.put(None)
                    break
                submissions.append(another)
                rows += len(another.records)
            self._commit_all(submissions, rows)

    def _commit_all(self, submissions: list[_Submission], rows: int) -> None:
        error: BaseException | None = None
        try:
            with self._commit_lock:
                self._commit(_merged(submissions))
        except BaseException as caught:
            log.exception("commit_failed")
            error = caught
        with self._count_lock:
            self._waiting -= rows
        for each in submissions:
            if error is None:
                each.done.set_result(None)
            else:
                each.done.set_exception(_not_kept(error))
        if self._pending.rows >= _FLUSH_ROWS:
            self._wake.set()

    def _commit(self, batches: Batches, journaled: Commit | None = None) -> None:
        """Make records durable and counted.

        Args:
            batches: the records.
            journaled: their lines, where the journal holds them already.
        """
        touched = {company_id: _by_conversation(records) for company_id, records in batches.items()}
        thresholds: dict[str, dict[str, float]] = {}
        for company_id, conversations in touched.items():
            known = self._thresholds(company_id)
            mine = {chatbot: self._threshold(known, chatbot) for chatbot, _ in conversations}
            thresholds[company_id] = mine
            self._states.prepare(company_id, conversations, mine)
        again = journaled is not None
        if journaled is None:  # what was, may have facts to mend: it is erased anew instead
            batches, touched = self._without_deleted(batches, touched)
            journaled = self._journaled(batches)
        for company_id, lines in journaled:
            self._pending.add(company_id, lines, len(batches[company_id]))
        for company_id, conversations in touched.items():
            self._count(company_id, conversations, thresholds[company_id], again=again)

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

    def _without_deleted(
        self, batches: Batches, touched: dict[str, _Conversations]
    ) -> tuple[Batches, dict[str, _Conversations]]:
        """Without what comes for conversations that were deleted: not even the journal keeps it."""
        deleted = {
            (company_id, *key)
            for company_id, conversations in touched.items()
            for key in conversations
            if self._states.entry((company_id, *key)).state.deleted
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
                change = self._take_in(key, records, thresholds[chatbot_id], again=again)
                if change is not None:
                    changes.setdefault(chatbot_id, []).append(change)
        finally:
            for chatbot_id, each in changes.items():
                for at in range(0, len(each), _CHANGES_AT_ONCE):
                    self._live.replace((company_id, chatbot_id), each[at : at + _CHANGES_AT_ONCE])

    def _take_in(
        self, key: Key, records: Iterable[Record], threshold: float, *, again: bool
    ) -> Change | None:
        """Change a conversation by its new records; returns how its facts changed, if they did.

        If they are taken in again, the state may have come from raw events that hold them already, while the
        stored facts do not: then these facts are written whether or not they seem new.
        """
        entry = self._states.entry(key)
        for record in records:
            entry.state.apply(record)
        facts = derive(key[1], key[2], entry.state, threshold)
        before = entry.facts
        if before is None:
            self._states.committed(key, entry)
        if not again and facts == before:
            return None
        self._pending.facts[key] = (self._arrival, facts)
        if entry.state.deleted:
            self._pending.erased.add(key)
        if before is not None and before.day != facts.day:
            self._pending.moved[key, before.day] = self._arrival
        entry.facts = facts
        return before, facts

    def _flush_forever(self) -> None:
        while not self._stopping:
            self._wake.wait(_FLUSH_SECONDS)
            self._wake.clear()
            try:
                self.flush(pause=self._let_others_go_first)
                self._store.give_back_memory()
            except BotlensError as error:
                log.warning("flush_failed", error=error.message, pending=self._pending.rows)
                time.sleep(_RETRY_SECONDS)

    def _let_others_go_first(self) -> None:
        """Between the parts of a flush that nobody waits for, unless events come faster than it goes."""
        if self._pending.rows < _FLUSH_ROWS:
            time.sleep(_PAUSE_SECONDS)

    def _recover(self) -> None:
        self._arrival = max(time.time_ns() // 1_000, self._journal.first_arrival())
        commits = rows = 0
        for commit in self._journal.replay():
            batches = {company_id: records_of(lines) for company_id, lines in commit}
            arrivals = (record.arrival for record in chain.from_iterable(batches.values()))
            self._arrival = max(self._arrival, *arrivals)
            self._commit(batches, commit)
            commits += 1
            rows += sum(map(len, batches.values()))
            if self._pending.rows >= _FLUSH_ROWS:
                self._write_recovered()
        if commits:
            log.info("recovered", commits=commits, events=rows)
        self._write_recovered()
        self._journal.delete(self._rotate())

    def _write_recovered(self) -> None:
        self._pending.find_moved(self._store)
        self._pending.insert(self._store)
        self._pending = Pending()

    def _rotate(self) -> list[Path]:
        return self._journal.rotate(self._arrival + 1)

    def _next_arrival(self) -> int:
        self._arrival += 1
        return self._arrival

    @staticmethod
    def _threshold(thresholds: Mapping[str, float], chatbot_id: str) -> float:
        return thresholds.get(chatbot_id, DEFAULT_CONFIDENCE_THRESHOLD)


def _merged(submissions: Sequence[_Submission]) -> Batches:
    """The records by company, each in the order of arrival."""
    batches: dict[str, list[Record]] = {}
    for each in submissions:
        batches.setdefault(each.company_id, []).extend(each.records)
    return batches


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


def _not_kept(error: BaseException) -> BotlensError:
    if isinstance(error, BotlensError) and error.status == OverloadedError.status:
        return error
    return OverloadedError("The events could not be written; nothing of them was kept. Send them again.")
