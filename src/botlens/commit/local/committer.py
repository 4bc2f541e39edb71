"""Group commit: many small requests become one write to the journal, and later one insert into the store.

One thread commits: it takes whatever requests wait, has all of it committed at once (see `ledger`), and then
acknowledges. Another thread flushes what is pending to the store every few seconds, or at once for a reader
who needs the store to be current.
"""

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from queue import Empty, SimpleQueue
from threading import Event, Lock

import structlog

from botlens.commit.derivation import Derivation
from botlens.commit.local.flusher import Flusher
from botlens.commit.local.journal import Journal
from botlens.commit.local.ledger import Ledger, Thresholds
from botlens.commit.local.parking import Arrived, Parking
from botlens.commit.snapshot import Snapshots
from botlens.commit.submission import Refused, Submission, merged, not_kept, places
from botlens.errors import BotlensError, OverloadedError
from botlens.events.record import Record
from botlens.jobs.workers import Worker
from botlens.live.registry import LiveNumbers
from botlens.monitoring.health import Check, Health
from botlens.monitoring.telemetry import Telemetry
from botlens.store.connection import ClickHouse

log = structlog.get_logger(__name__)

_FLUSH_SECONDS = 5.0  # seldom, in large parts: fewer merges, and readers are seldom slowed by a flush
_FAILING_SECONDS = 30.0
_HANGING_SECONDS = 60.0  # a large flush on a slow disk takes its time, too
_STOP_SECONDS = 20.0
_FLUSH_ROWS = 50_000
_FLUSH_BYTES = 32 << 20
_PAUSE_SECONDS = 0.004
_ROWS_PER_COMMIT = 40_000
_ROWS_WAITING = 200_000
_ROWS_PENDING = 600_000  # of all companies; half of it of one, so that one alone stops no other
_BYTES_PENDING = 256 << 20


class Committer:
    """Makes records durable and counted.

    Args:
        store: where raw events and facts end up.
        journal: where commits are made durable.
        live: the numbers that follow each commit.
        thresholds: see `ledger.Thresholds`.
        telemetry: counts what happens.
        health: says what does not work.
        refusal: says why nothing may be taken, if so; it must be quick, and may not wait for anything.
    """

    def __init__(
        self,
        store: ClickHouse,
        journal: Journal,
        live: LiveNumbers,
        thresholds: Thresholds,
        telemetry: Telemetry,
        health: Health,
        refusal: Check = lambda: None,
    ) -> None:
        self._store = store
        self._telemetry = telemetry
        self._health = health
        self._journal = journal
        self._ledger = Ledger(store.reserved, journal, live, thresholds)  # no reader is in its way
        self._flusher = Flusher(store, self._ledger)
        self.snapshots = Snapshots(store, self._flusher)
        """For everybody who reads the store."""
        self._derivation = Derivation(store, self._ledger, self._flusher, self.snapshots, live)
        self._refusal = refusal
        self._queue: SimpleQueue[Submission | Arrived | None] = SimpleQueue()
        self._parking = Parking(self._ledger, self._queue.put)
        self._waiting = 0
        self._count_lock = Lock()
        self._wake = Event()
        self._stopping = False
        self._ended = False
        self._flush_failing: tuple[float, str] | None = None
        self._flushing_since: float | None = None
        self._workers = [
            Worker(name, work, telemetry=telemetry, health=health)
            for name, work in (("commit", self._commit_some), ("flush", self._flush_once))
        ]
        for name, check in (
            ("flush", self._flush_problem),
            ("journal", self._journal_problem),
            ("overload", self._overload_problem),
        ):
            health.watch(name, check)

    def start(self) -> None:
        """Bring in what an earlier process left in the journal, then take submissions."""
        self._ledger.recover()
        if damaged := self._journal.damaged:
            names = ", ".join(path.name for path in damaged)
            self._health.warn("journal", f"parts of the journal were damaged and are kept: {names}")
        for worker in self._workers:
            worker.start()

    def stop(self, seconds: float = _STOP_SECONDS) -> None:
        """Finish what was submitted and write it to the store.

        Args:
            seconds: how long to wait for that; what is not written by then stays in the journal.
        """
        until = time.monotonic() + seconds
        with self._count_lock:
            self._stopping = True
        for worker in self._workers:
            worker.stop()
        self._queue.put(None)
        self._wake.set()
        ended = [worker.join(max(0.0, until - time.monotonic())) for worker in self._workers]
        self._answer(self._parking.close(), OverloadedError("The server is stopping.", code="stopping"))
        if not all(ended):
            log.error("not_stopped_in_time", kept="in the journal")
            return
        try:
            self.flush()
        except (BotlensError, OSError) as error:
            log.warning("flush_failed_at_stop", error=str(error), kept="in the journal")
        self._ledger.close()

    def submit(self, company_id: str, records: Sequence[Record]) -> "Future[Refused]":
        """Have records committed; the future is done when they are durable and counted.

        It tells which of them were not kept, since their conversation would be too long.

        Raises:
            OverloadedError: too much is waiting already, or another process writes to the store; nothing of
                this was taken.
        """
        with self._count_lock:
            if self._stopping:
                raise OverloadedError("The server is stopping; send it again in a moment.", code="stopping")
            if (reason := self._refusal()) is not None:
                raise OverloadedError(f"Nothing is taken: {reason}.", code="another_writer")
            if self._overload_problem() or self._ledger.backlog.rows_of(company_id) > _ROWS_PENDING // 2:
                raise OverloadedError("Too many events are waiting to be written; send them again later.")
            self._waiting += len(records)
            done: Future[Refused] = Future()
            self._queue.put(Submission(company_id, records, done))  # never behind the end of the queue
        return done

    def flush(self) -> None:
        """Write everything that was committed before this call to the store.

        Raises:
            StoreError: the store does not take it. It stays pending (and in the journal).
            OSError: the journal keeps what is in the store by now, too.
        """
        self._flusher.flush()

    def version(self, company_id: str) -> int:
        """A number that is another one after each commit of a company, and after each recount."""
        return self._ledger.commits(company_id)

    def rebuild(self, company_id: str, chatbot_id: str) -> int:
        """Derive all facts of a chatbot anew from its raw events; returns how many conversations it has.

        Needed when what facts depend on has changed: the threshold, the definition. Part by part, so that
        commits go on and other companies' questions wait for moments only. Meanwhile the chatbot has no live
        numbers: what was counted by the old rule and what by the new would be mixed.

        Where that fails, it is tried again with every flush.
        """
        found = self._ledger.broken.get((company_id, chatbot_id), 0)
        try:
            count = self._derivation.rebuild(company_id, chatbot_id)
        except BaseException:
            self._ledger.distrust(company_id, chatbot_id)
            raise
        self._ledger.trust(company_id, chatbot_id, found)
        return count

    def compare(self, company_id: str, chatbot_id: str) -> Iterator[str | None]:
        """Compare a chatbot's facts with its raw events: see `Derivation.differences`."""
        return self._derivation.differences(company_id, chatbot_id)

    @property
    def waiting(self) -> int:
        """Records that were submitted and are not committed yet."""
        return self._waiting

    @property
    def pending(self) -> int:
        """Records that are committed and not in the store yet."""
        return self._ledger.backlog.rows

    def _commit_some(self) -> bool:
        """Commit what waits, as long as there is anything; returns whether more may come."""
        item = self._queue.get()
        submissions: list[Submission] = []
        rows = 0
        while item is not None:
            if isinstance(item, Arrived):
                self._commit_all(submissions)
                self._commit_arrived(item)
                return not (self._ended and not self._parking)
            submissions.append(item)
            rows += len(item.records)
            if rows >= _ROWS_PER_COMMIT:
                break
            try:
                item = self._queue.get_nowait()
            except Empty:
                break
        else:
            self._ended = True  # nothing comes behind the end but what is being read
        self._commit_all(submissions)
        return not (self._ended and not self._parking)

    def _commit_arrived(self, arrived: Arrived) -> None:
        """Commit what has waited for something that was read."""
        with self._ledger.lock:
            waited = self._parking.leave(arrived.company_id)
            error = self._adopted(arrived)
        if error is None:
            self._commit_all(waited)
        else:
            self._answer(waited, error)
            self._telemetry.failed("load", error)
            log.error("load_failed", exc_info=error)

    def _adopted(self, arrived: Arrived) -> BaseException | None:
        """Take over what was read; returns why that cannot be done."""
        if isinstance(arrived.loaded, BaseException):
            return arrived.loaded
        try:
            self._ledger.states.adopt(arrived.loaded)
        except BaseException as error:  # nobody may wait for ever for an answer
            return error
        return None

    def _commit_all(self, submissions: list[Submission]) -> None:
        if not submissions:
            return
        error: BaseException | None = None
        begun = time.monotonic()
        beyond: list[Record] = []
        try:
            with self._ledger.lock:
                kept_out = None if self._parking else self._ledger.commit(merged(submissions))
                if kept_out is None:
                    submissions = self._parking.ready(submissions)
                    kept_out = self._commit_ready(submissions)
                beyond = kept_out
        except BaseException as caught:  # nobody may wait for ever for an answer
            error = caught
        self._answer(submissions, error, beyond)
        if error is None:
            self._telemetry.committed(time.monotonic() - begun)
        else:
            self._telemetry.failed("commit", error)
            log.error("commit_failed", exc_info=error)
        if self._is_full(_FLUSH_ROWS, _FLUSH_BYTES):
            self._wake.set()

    def _commit_ready(self, submissions: Sequence[Submission]) -> list[Record]:
        kept_out = self._ledger.commit(merged(submissions))
        if kept_out is None:  # nobody may be told that it was committed
            raise RuntimeError("a state is missing that was there a moment ago")
        return kept_out

    def _answer(
        self, submissions: Sequence[Submission], error: BaseException | None, beyond: Sequence[Record] = ()
    ) -> None:
        with self._count_lock:
            self._waiting -= sum(len(each.records) for each in submissions)
        for each in submissions:
            if each.done.done():
                continue
            if error is None:
                each.done.set_result(places(beyond, each.records) if beyond else ())
            else:
                each.done.set_exception(not_kept(error))

    def _flush_once(self) -> bool:
        self._wake.wait(_FLUSH_SECONDS)
        self._wake.clear()
        if self._stopping:
            return False
        begun = time.monotonic()
        try:
            self._flush_and_mend()
        except BaseException as error:
            since = self._flush_failing[0] if self._flush_failing else begun
            self._flush_failing = since, type(error).__name__
            self._wake.set()  # the next round begins after the worker's pause
            raise
        self._flush_failing = None
        return True

    def _flush_and_mend(self) -> None:
        """Write all to the store, and have everything go on that has failed before.

        What the journal says to that comes last: writing to the store may be what makes room for it.
        """
        try:
            with self._ledger.lock:
                self._ledger.mend()
        finally:
            self._flushing_since = time.monotonic()
            try:
                self._flusher.flush(self._let_others_go_first)
                self._telemetry.flushed(time.monotonic() - self._flushing_since)
            finally:
                self._flushing_since = None
            self._store.give_back_memory()
            self._rebuild_broken()

    def _rebuild_broken(self) -> None:
        """Make facts anew where an event could not be counted; what cannot be done now is tried again."""
        for key in list(self._ledger.broken):
            try:
                self.rebuild(*key)
            except Exception as error:  # it is of one chatbot: flushes go on
                self._telemetry.failed("rebuild", error)
                log.exception("rebuild_failed", company_id=key[0], chatbot_id=key[1])

    def _let_others_go_first(self) -> None:
        """Between the parts of a flush that nobody waits for, unless events come faster than it goes."""
        if not self._is_full(_FLUSH_ROWS, _FLUSH_BYTES):
            time.sleep(_PAUSE_SECONDS)

    def _is_full(self, rows: int, size: int) -> bool:
        backlog = self._ledger.backlog
        return backlog.rows >= rows or backlog.size >= size

    def _flush_problem(self) -> str | None:
        now, failing, since = time.monotonic(), self._flush_failing, self._flushing_since
        if failing is not None and now - failing[0] >= _FAILING_SECONDS:
            return f"events cannot be written to the store for {now - failing[0]:.0f} s ({failing[1]})"
        if since is not None and now - since >= _HANGING_SECONDS:
            return f"a write to the store has not come back for {now - since:.0f} s"
        return None

    def _journal_problem(self) -> str | None:
        return None if self._ledger.journal_works else "the journal cannot be written; events are refused"

    def _overload_problem(self) -> str | None:
        if self._waiting > _ROWS_WAITING or self._is_full(_ROWS_PENDING, _BYTES_PENDING):
            return "too many events wait to be written; events are refused"
        return None
