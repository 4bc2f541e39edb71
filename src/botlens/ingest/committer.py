"""Group commit: many small requests become one write to the journal, and later one insert into the store.

One thread commits: it takes whatever requests wait, has all of it committed at once (see `ledger`), and then
acknowledges. Another thread flushes what is pending to the store every few seconds, or at once for a reader
who needs the store to be current.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from threading import Event, Lock, RLock, Thread

import structlog

from botlens.errors import BotlensError, OverloadedError
from botlens.events.record import Record
from botlens.ingest.derivation import differences, rebuild_facts
from botlens.ingest.journal import Journal
from botlens.ingest.ledger import Batches, Ledger, Thresholds
from botlens.live.numbers import LiveNumbers
from botlens.metrics.facts import DEFAULT_CONFIDENCE_THRESHOLD
from botlens.store.connection import ClickHouse
from botlens.store.pacing import Pause, at_once

log = structlog.get_logger(__name__)

_FLUSH_SECONDS = 5.0  # seldom, in large parts: fewer merges, and readers are seldom slowed by a flush
_RETRY_SECONDS = 1.0
_FLUSH_ROWS = 50_000
_FLUSH_BYTES = 32 << 20
_MANY_ROWS = 10_000
_PAUSE_SECONDS = 0.004
_ROWS_PER_COMMIT = 40_000
_ROWS_WAITING = 200_000
_ROWS_PENDING = 600_000
_BYTES_PENDING = 256 << 20


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
        thresholds: see `ledger.Thresholds`.
    """

    def __init__(
        self, store: ClickHouse, journal: Journal, live: LiveNumbers, thresholds: Thresholds
    ) -> None:
        self._store = store
        self._thresholds = thresholds
        self._ledger = Ledger(store, journal, live, thresholds)
        self._queue: SimpleQueue[_Submission | None] = SimpleQueue()
        self._waiting = 0
        self.flush_lock = RLock()  # held while the store changes: hold it to read one state of it
        self.changes = 0  # of the store that have begun: reads between which it stays are of one state
        self._count_lock = Lock()
        self._wake = Event()
        self._stopping = False
        self._threads: list[Thread] = []

    def start(self) -> None:
        """Bring in what an earlier process left in the journal, then take submissions."""
        self._ledger.recover()
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
        self._ledger.close()

    def submit(self, company_id: str, records: Sequence[Record]) -> "Future[None]":
        """Have records committed; the future is done when they are durable and counted.

        Raises:
            OverloadedError: too much is waiting already; nothing of this was taken.
        """
        with self._count_lock:
            if self._stopping:
                raise OverloadedError("The server is stopping; send it again in a moment.", code="stopping")
            if self._waiting > _ROWS_WAITING or self._is_full(_ROWS_PENDING, _BYTES_PENDING):
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
            with self._ledger.lock:
                pending, sealed = self._ledger.take()
                if prepare:
                    prepare()
            if not pending.rows:
                return
            self.changes += 1
            try:
                pending.insert(self._store, pause)
            except BaseException:
                with self._ledger.lock:
                    self._ledger.give_back(pending)
                raise
            self._ledger.written(sealed)
            self._ledger.trim()
        if pending.rows >= _MANY_ROWS:
            self._store.give_back_memory()

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Everything that was committed is in the store, and nothing is committed meanwhile."""
        with self.flush_lock, self._ledger.lock:
            self.flush()
            yield

    def rebuild(self, company_id: str, chatbot_id: str) -> int:
        """Derive all facts of a chatbot anew from its raw events; returns how many conversations it has.

        Commits wait meanwhile. Needed when what facts depend on has changed: the threshold, the definition.
        """
        with self.frozen():
            threshold = self._threshold(company_id, chatbot_id)
            version = self._ledger.next_arrival()
            self.changes += 1
            count = rebuild_facts(self._store, company_id, chatbot_id, threshold, version)
            self._ledger.forget(company_id, chatbot_id)
            return count

    def compare(self, company_id: str, chatbot_id: str) -> Iterator[str | None]:
        """Compare a chatbot's facts with its raw events, both as of now: see `derivation.differences`."""
        with self.frozen():
            threshold = self._threshold(company_id, chatbot_id)
            yield from differences(self._store, company_id, chatbot_id, threshold)

    @property
    def waiting(self) -> int:
        """Records that were submitted and are not committed yet."""
        return self._waiting

    @property
    def pending(self) -> int:
        """Records that are committed and not in the store yet."""
        return self._ledger.pending.rows

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
            with self._ledger.lock:
                self._ledger.commit(_merged(submissions))
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
        if self._is_full(_FLUSH_ROWS, _FLUSH_BYTES):
            self._wake.set()

    def _flush_forever(self) -> None:
        while not self._stopping:
            self._wake.wait(_FLUSH_SECONDS)
            self._wake.clear()
            try:
                self.flush(pause=self._let_others_go_first)
                self._store.give_back_memory()
            except BotlensError as error:
                log.warning("flush_failed", error=error.message, pending=self._ledger.pending.rows)
                time.sleep(_RETRY_SECONDS)

    def _let_others_go_first(self) -> None:
        """Between the parts of a flush that nobody waits for, unless events come faster than it goes."""
        if not self._is_full(_FLUSH_ROWS, _FLUSH_BYTES):
            time.sleep(_PAUSE_SECONDS)

    def _is_full(self, rows: int, size: int) -> bool:
        pending = self._ledger.pending
        return pending.rows >= rows or pending.size >= size

    def _threshold(self, company_id: str, chatbot_id: str) -> float:
        return self._thresholds(company_id).get(chatbot_id, DEFAULT_CONFIDENCE_THRESHOLD)


def _merged(submissions: Sequence[_Submission]) -> Batches:
    """The records by company, each in the order of arrival."""
    batches: dict[str, list[Record]] = {}
    for each in submissions:
        batches.setdefault(each.company_id, []).extend(each.records)
    return batches


def _not_kept(error: BaseException) -> BotlensError:
    if isinstance(error, BotlensError) and error.status == OverloadedError.status:
        return error
    return OverloadedError("The events could not be written; nothing of them was kept. Send them again.")
