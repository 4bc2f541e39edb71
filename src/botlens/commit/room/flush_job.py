"""The thread that writes what is pending to the store, and has the journal go on that failed before."""

import time
from threading import Event

from botlens.commit.room.back_pressure import BackPressure
from botlens.commit.room.flusher import Flusher
from botlens.commit.room.ledger import Ledger
from botlens.commit.room.recounts import Recounts
from botlens.commit.room.renewal import renew_filter
from botlens.errors import BotlensError
from botlens.jobs.workers import Worker
from botlens.monitoring.health import Health
from botlens.monitoring.telemetry import Telemetry
from botlens.store.connection import ClickHouse
from botlens.store.erasing_again import erase_again
from botlens.store.upgrades import look_for_others

_FLUSH_SECONDS = 5.0  # seldom, in large parts: fewer merges, and readers are seldom slowed by a flush
_FAILING_SECONDS = 30.0
_HANGING_SECONDS = 60.0  # a large flush on a slow disk takes its time, too
_PAUSE_SECONDS = 0.004


class FlushJob:
    """Flushes, and looks after what must be written down before.

    Args:
        flusher: writes.
        ledger: has a journal that may have failed.
        recounts: may have failed, which is to be noted.
        pressure: shows when there is no time for pauses.
        store: is asked to give memory back.
        telemetry: counts flushes.
        health: gets what does not work.
    """

    def __init__(
        self,
        flusher: Flusher,
        ledger: Ledger,
        recounts: Recounts,
        pressure: BackPressure,
        store: ClickHouse,
        telemetry: Telemetry,
        health: Health,
    ) -> None:
        self._flusher = flusher
        self._ledger = ledger
        self._recounts = recounts
        self._pressure = pressure
        self._store = store
        self._telemetry = telemetry
        self._wake = Event()
        self._stopping = False
        self._failing: tuple[float, str] | None = None
        self._flushing_since: float | None = None
        self._worker = Worker("flush", self._round, telemetry=telemetry, health=health)

    def start(self) -> None:
        """Begin."""
        self._worker.start()

    def wake(self) -> None:
        """Have the next round begin now."""
        self._wake.set()

    def stop(self) -> None:
        """Have no round begin any more."""
        self._stopping = True
        self._worker.stop()
        self._wake.set()

    def join(self, seconds: float) -> bool:
        """Wait for the end of the last round; whether it has come."""
        return self._worker.join(seconds)

    def problem(self) -> str | None:
        """What is wrong with the flushes. Waits for nothing."""
        now, failing, since = time.monotonic(), self._failing, self._flushing_since
        if failing is not None and now - failing[0] >= _FAILING_SECONDS:
            return f"events cannot be written to the store for {now - failing[0]:.0f} s ({failing[1]})"
        if since is not None and now - since >= _HANGING_SECONDS:
            return f"a write to the store has not come back for {now - since:.0f} s"
        return None

    def _round(self) -> bool:
        self._wake.wait(_FLUSH_SECONDS)
        self._wake.clear()
        if self._stopping:
            return False
        begun = time.monotonic()
        try:
            self._flush_and_heal()
        except BaseException as error:
            since = self._failing[0] if self._failing else begun
            self._failing = since, type(error).__name__
            self._wake.set()  # the next round begins after the worker's pause
            raise
        self._failing = None
        return True

    def _flush_and_heal(self) -> None:
        """Write all to the store, and have the journal go on if it has failed before.

        Errors of the journal are raised last: writing to the store may be what makes room for it.
        """
        try:
            self._ledger.heal()
        finally:
            self._recounts.note()  # else the flush keeps the journal for their sake
            self._flushing_since = time.monotonic()
            try:
                if self._failing is not None and self._store.facts.beside:
                    look_for_others(self._store)  # somebody may have dropped what no version uses any more
                self._flusher.flush(self._let_others_go_first)
                self._telemetry.flushed(time.monotonic() - self._flushing_since)
                self._erase_again()
                renew_filter(self._ledger)  # as long as it takes: commits go on, and nothing is due
            finally:
                self._flushing_since = None
            self._store.give_back_memory()

    def _erase_again(self) -> None:
        """What was erased beside an insert that may have been done since; it is tried again."""
        try:
            erase_again(self._store, waits=False)
        except BotlensError as error:  # all is written: no flush has failed
            self._telemetry.failed("erasure", error)

    def _let_others_go_first(self) -> None:
        """Between the parts of a flush that nobody waits for, unless events come faster than it goes."""
        if not self._pressure.wants_a_flush():
            time.sleep(_PAUSE_SECONDS)
