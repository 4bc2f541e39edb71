"""Group commit: many small requests become one write to the journal.

One thread commits: it takes whatever requests wait, has all of it committed at once (see `ledger`), and then
acknowledges.
"""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, InvalidStateError
from queue import Empty, SimpleQueue
from threading import Lock

import structlog

from botlens.commit.room.back_pressure import BackPressure
from botlens.commit.room.ledger import Ledger
from botlens.commit.room.parking import Arrived, Parking
from botlens.commit.submission import Refused, Submission, merged, not_kept, refused_places, thresholds_of
from botlens.commit.thresholds import Thresholds
from botlens.errors import OverloadedError
from botlens.events.record import Record
from botlens.jobs.workers import Worker
from botlens.monitoring.health import Check, Health
from botlens.monitoring.telemetry import Telemetry

log = structlog.get_logger(__name__)

_ROWS_PER_COMMIT = 40_000


class Committer:
    """Makes records durable and counted.

    Args:
        ledger: takes them in.
        pressure: shows when too much waits.
        telemetry: counts what happens.
        health: watches the thread.
        refusal: the reason why nothing may be taken, or None; it must be quick, and never wait for anything.
        on_full: called when what is pending should be written soon.
    """

    def __init__(
        self,
        ledger: Ledger,
        pressure: BackPressure,
        telemetry: Telemetry,
        health: Health,
        *,
        refusal: Check,
        on_full: Callable[[], None],
    ) -> None:
        self._ledger = ledger
        self._pressure = pressure
        self._telemetry = telemetry
        self._refusal = refusal
        self._on_full = on_full
        self._queue: SimpleQueue[Submission | Arrived | None] = SimpleQueue()
        self._parking = Parking(ledger.states, self._queue.put)
        self._lock = Lock()
        self._stopping = False
        self._ended = False
        self._worker = Worker("commit", self._commit_some, telemetry=telemetry, health=health)

    def start(self) -> None:
        """Begin to commit."""
        self._worker.start()

    def stop(self) -> None:
        """Take nothing more; what was submitted is still committed."""
        with self._lock:
            self._stopping = True
        self._worker.stop()
        self._queue.put(None)

    def join(self, seconds: float) -> bool:
        """Wait until all is committed; whether it is. What is not is refused."""
        ended = self._worker.join(seconds)
        self._answer(self._parking.close(), OverloadedError("The server is stopping.", code="stopping"))
        return ended

    def submit(self, company_id: str, records: Sequence[Record], thresholds: Thresholds) -> "Future[Refused]":
        """Have records committed, see `Commits.submit`."""
        with self._lock:
            if self._stopping:
                raise OverloadedError("The server is stopping; send it again in a moment.", code="stopping")
            if (reason := self._refusal()) is not None:
                raise OverloadedError(f"Nothing is taken: {reason}.", code="another_writer")
            self._ledger.check(company_id)
            if self._pressure.is_too_much(company_id):
                raise OverloadedError("Too many events are waiting to be written; send them again later.")
            self._pressure.waiting += len(records)
            done: Future[Refused] = Future()
            # In here, so that it is never behind the end of the queue.
            self._queue.put(Submission(company_id, records, done, thresholds))
        return done

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
        submissions = self._those_here(submissions)
        if not submissions:
            return
        error: BaseException | None = None
        begun = time.monotonic()
        beyond: list[Record] = []
        try:
            submissions, beyond = self._committed(submissions)
        except BaseException as caught:  # nobody may wait for ever for an answer
            error = caught
        self._answer(submissions, error, beyond)
        if error is None:
            self._telemetry.committed(time.monotonic() - begun)
        else:
            self._telemetry.failed("commit", error)
            log.error("commit_failed", exc_info=error)
        if self._pressure.wants_a_flush():
            self._on_full()

    def _those_here(self, submissions: list[Submission]) -> list[Submission]:
        """Without those of companies that have gone to another process since, which are refused."""
        away: list[Submission] = []
        for each in submissions:
            try:
                self._ledger.check(each.company_id)
            except OverloadedError as error:
                away.append(each)
                self._answer([each], error)
        return submissions if not away else [each for each in submissions if each not in away]

    def _committed(self, submissions: list[Submission]) -> tuple[list[Submission], list[Record]]:
        """Commit submissions, but for those that must wait; returns the others, and what was not kept.

        Those of companies that go to another process meanwhile are refused, and taken out of the list.
        """
        batches = merged(submissions)
        book, thresholds = self._ledger.thresholds, thresholds_of(submissions)
        while True:
            # Before the lock: what has changed since it was submitted is asked for, perhaps far away.
            thresholds = book.current(thresholds, batches)
            with self._ledger.lock:
                here = self._those_here(submissions)
                if len(here) < len(submissions):
                    submissions[:] = here
                    batches = merged(here)
                    thresholds = {company_id: thresholds[company_id] for company_id in batches}
                if all(book.is_current(*each) for each in thresholds.items()):
                    return self._commit_current(submissions, batches, thresholds)

    def _commit_current(
        self,
        submissions: list[Submission],
        batches: dict[str, list[Record]],
        thresholds: dict[str, Thresholds],
    ) -> tuple[list[Submission], list[Record]]:
        beyond = None if self._parking else self._ledger.commit(batches, thresholds)
        if beyond is None:
            submissions = self._parking.ready(submissions, thresholds)
            beyond = self._ledger.commit(merged(submissions), thresholds)
        if beyond is None:  # it was not committed
            raise RuntimeError("a state is missing that was there a moment ago")
        return submissions, beyond

    def _answer(
        self, submissions: Sequence[Submission], error: BaseException | None, beyond: Sequence[Record] = ()
    ) -> None:
        with self._lock:
            self._pressure.waiting -= sum(len(each.records) for each in submissions)
        for each in submissions:
            try:
                if error is None:
                    each.done.set_result(refused_places(beyond, each.records) if beyond else ())
                else:
                    each.done.set_exception(not_kept(error))
            except InvalidStateError:  # it is done already; to ask first would take its lock twice
                continue
