"""All parts that make records durable and counted over one store, put together; whatever the journal is."""

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TypeVar

import structlog

from botlens.commit.columns import EventColumns, LoadedRows
from botlens.commit.derivation import Derivation, RebuildProgress, Stop, never
from botlens.commit.intentions import Intentions
from botlens.commit.journaling import Journal
from botlens.commit.numbering import Numbering
from botlens.commit.port import Commits, Wait
from botlens.commit.room.back_pressure import BackPressure
from botlens.commit.room.committer import Committer
from botlens.commit.room.eraser import Eraser
from botlens.commit.room.flush_job import FlushJob
from botlens.commit.room.flusher import Flusher
from botlens.commit.room.ledger import Ledger
from botlens.commit.room.loader import Loader
from botlens.commit.room.recount_job import RecountJob
from botlens.commit.room.recounts import Recounts
from botlens.commit.room.saving import Saving
from botlens.commit.room.upgrade import Upgrade
from botlens.commit.snapshot import Snapshots
from botlens.commit.submission import Refused
from botlens.commit.thresholds import AskThresholds, ThresholdBook, Thresholds
from botlens.commit.watching import Changed
from botlens.errors import BotlensError
from botlens.events.record import Record
from botlens.live.registry import LiveNumbers
from botlens.monitoring.health import Check, Health
from botlens.monitoring.telemetry import Telemetry
from botlens.store.connection import ClickHouse

T = TypeVar("T")

log = structlog.get_logger(__name__)

_STOP_SECONDS = 20.0
_JOIN_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Keeping:
    """Where what was promised is kept until the store has it.

    Attributes:
        journal: commits.
        rebuilds: chatbots whose facts must be made anew.
        loads: chatbots of which events were loaded that are not counted.
        numbering: of arrivals and versions.
    """

    journal: Journal
    rebuilds: Intentions
    loads: Intentions
    numbering: Numbering


class Room(Commits):
    """Commits over one store: see `Commits`. How it begins is for those who know the journal.

    Args:
        store: where raw events and facts end up.
        keeping: see there.
        live: the numbers that follow each commit.
        thresholds: of a company's chatbots; may wait.
        telemetry: counts what happens.
        health: gets what does not work.
        refusal: the reason why nothing may be taken, or None; it must be quick, and never wait for anything.
        share: of what one process may have waiting.
        first_stamp: see `Flusher`; editions of thresholds begin there, too.
        of_several: whether others of this process are over other stores. What this one cannot do is only
            warned of then: who sends no requests to the process takes the others away, too.
    """

    def __init__(
        self,
        store: ClickHouse,
        keeping: Keeping,
        live: LiveNumbers,
        thresholds: AskThresholds,
        telemetry: Telemetry,
        health: Health,
        *,
        refusal: Check = lambda: None,
        share: float = 1.0,
        first_stamp: int = 0,
        of_several: bool = False,
    ) -> None:
        self._store = store.reserved  # no reader is in its way
        self._live = live
        self._book = ThresholdBook(thresholds, first_stamp)
        self._ledger = Ledger(self._store, keeping.journal, live, self._book, keeping.numbering)
        self._flusher = Flusher(store, self._ledger, first_stamp)
        self._snapshots = Snapshots(store, self._flusher)
        self._derivation = Derivation(store, self._ledger, self._flusher, self._snapshots, live)
        self._recounts = Recounts(
            self._derivation, self._ledger, keeping.rebuilds, keeping.loads, telemetry, health
        )
        self._recounting = RecountJob(self._recounts, telemetry, health)
        self._upgrade = Upgrade(store, self._ledger, self._flusher, self._derivation, live, telemetry, health)
        self._eraser = Eraser(store, self._ledger, self._flusher, self._derivation, self._recounts)
        self._saving = Saving(store, self._ledger, self._flusher, self._snapshots, live, telemetry, health)
        self._pressure = BackPressure(self._ledger.backlog, share)
        self._flushes = FlushJob(
            self._flusher, self._ledger, self._recounts, self._pressure, store, telemetry, health
        )
        self._committer = Committer(
            self._ledger, self._pressure, telemetry, health, refusal=refusal, on_full=self._flushes.wake
        )
        self._loader = Loader(self._store, self._ledger, self._flusher, self._recounts, refusal)
        watch = health.watch_warning if of_several else health.watch
        watch("flush", self._flushes.problem)
        watch("overload", self._pressure.problem)

    @property
    def snapshots(self) -> Snapshots:
        """For everybody who reads the store."""
        return self._snapshots

    def _begin(self, resume: Callable[[], None] = lambda: None) -> None:
        """Take submissions, write them to the store, resume what was not finished, and try it again."""
        self._committer.start()
        self._flushes.start()
        resume()
        self._recounting.start()
        self._saving.start()

    def derive_all(self, patience: float) -> None:
        """Have all facts derived by the definitions of this version, if they are by others."""
        self._upgrade.begin(patience)

    def wait_for_facts(self) -> None:
        """Wait until all facts are by the definitions of this version."""
        self._upgrade.wait()

    def stop(self, seconds: float = _STOP_SECONDS) -> None:
        """Finish what was submitted and write it to the store; what is not by then stays in the journal."""
        until = time.monotonic() + seconds
        self._upgrade.stop()
        self._loader.stop()
        self._saving.stop()
        parts = self._committer, self._flushes, self._recounting
        for part in parts:
            part.stop()
        ended = [part.join(max(0.0, until - time.monotonic())) for part in parts]
        if not all(ended):
            log.error("not_stopped_in_time", kept="in the journal")
            return
        try:
            self.flush()
        except (BotlensError, OSError) as error:
            log.warning("flush_failed_at_stop", error=str(error), kept="in the journal")
        self._ledger.close()
        self._saving.join(min(_JOIN_SECONDS, max(0.0, until - time.monotonic())))  # cut off, it saves nothing

    def thresholds(self, company_id: str) -> Thresholds:
        """The thresholds of a company's chatbots, and thereby which it has. May wait for the accounts."""
        return self._book.of(company_id)

    def submit(
        self, company_id: str, records: Sequence[Record], thresholds: Thresholds | None = None
    ) -> "Future[Refused]":
        """Have records committed; the future is done when they are durable and counted."""
        known = self._book.of(company_id) if thresholds is None else thresholds
        return self._committer.submit(company_id, records, known)

    def load(self, company_id: str, events: EventColumns) -> LoadedRows:
        """Have many events in the store at once; they are durable when this returns, and not counted yet."""
        return self._loader.load(company_id, events)

    def count_loaded(self, company_id: str, stop: Stop = never) -> int:
        """Derive the facts of all chatbots that events were loaded for, chatbot by chatbot."""
        return self._loader.count(company_id, stop)

    def uncounted(self, company_id: str) -> frozenset[str]:
        """The chatbots whose numbers lack some of what was loaded."""
        return self._flusher.uncounted(company_id)

    def flush(self) -> None:
        """Write everything that was committed before this call to the store."""
        self._flusher.flush()

    def unwritten(self) -> AbstractContextManager[None]:
        """Bring the store up to date, and let nobody write to it as long as the block lasts."""
        return self._flusher.unwritten()

    def version(self, company_id: str, chatbot_id: str | None = None) -> int:
        """A number that is higher after each commit of a company, or of a chatbot, and after each recount."""
        return self._ledger.commits(company_id, chatbot_id)

    def watch(self, company_id: str, changed: Changed) -> Callable[[], None]:
        """Have somebody told of the changes of a company, until what this returns is called."""
        return self._ledger.watching.watch(company_id, changed)

    def rebuild(self, company_id: str, chatbot_id: str) -> int:
        """Derive all facts of a chatbot anew from its raw events; returns how many conversations it has."""
        return self._recounts.rebuild(company_id, chatbot_id)

    def recounted(self, company_id: str, chatbot_id: str, change: Callable[[], T]) -> T:
        """Make a change that the facts of a chatbot depend on, and derive them anew."""
        return self._recounts.after(company_id, chatbot_id, change)

    def is_stale(self, company_id: str, chatbot_id: str) -> bool:
        """Whether facts of a chatbot are still to be made anew."""
        key = (company_id, chatbot_id)
        return self._ledger.stale.found(key) > 0 or self._book.is_changing(*key)

    def rebuilding(self, company_id: str) -> list[RebuildProgress]:
        """How far the recounts of the company's chatbots are that run now."""
        return self._derivation.progress(company_id)

    def erase(self, company_id: str, chatbot_id: str | None, wait: Wait) -> None:
        """Erase a chatbot, or a company, that does not exist any more."""
        self._eraser.erase(company_id, chatbot_id, wait)

    def compare(self, company_id: str, chatbot_id: str) -> Iterator[str | None]:
        """Compare a chatbot's facts with its raw events."""
        return self._derivation.differences(company_id, chatbot_id)

    @property
    def waiting(self) -> int:
        """Records that were submitted and are not committed yet."""
        return self._pressure.waiting

    @property
    def pending(self) -> int:
        """Records that are committed and not in the store yet."""
        return self._ledger.backlog.rows

    @property
    def stale_chatbots(self) -> int:
        """Chatbots whose facts are still to be made anew."""
        return self._ledger.stale.count
