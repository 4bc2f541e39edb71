"""Saves the numbers of large chatbots that somebody looks at, so that the next start need not count them."""

import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from threading import Event
from typing import Protocol

import structlog

from botlens.commit.rewriting import Versions
from botlens.commit.snapshot import Snapshots
from botlens.errors import OverloadedError
from botlens.jobs.workers import Worker
from botlens.live.numbers import ChatbotNumbers
from botlens.live.registry import ChatbotKey, LiveNumbers
from botlens.moments import DAY, SECOND
from botlens.monitoring.health import Health
from botlens.monitoring.telemetry import Telemetry
from botlens.store.connection import ClickHouse
from botlens.store.failures import StoreError
from botlens.store.reading import CompanyReader
from botlens.store.replaced_facts import bases_of, facts_since
from botlens.store.saved_bases import SavedBase
from botlens.store.saved_numbers import NumbersToSave, day_to_save, read_to_save
from botlens.store.saved_rows import remove_older
from botlens.store.saved_tables import SAVED_NUMBERS

log = structlog.get_logger(__name__)

_ROUND_SECONDS = 30.0
_LARGE = 50_000
"""So many conversations take some tenths of a second to count."""

_LATE = 32
"""Numbers are saved anew when an n-th of the conversations lies on days that are not saved."""

_ATTEMPTS = 3
_PAUSE_SECONDS = 600.0
_SHARE = 50  # of its time, saving one chatbot takes that part at most


class Beside(Protocol):
    """Writes what is committed, and holds up whoever writes: see `Flusher`."""

    def current(self, company_id: str, divide: Callable[[], None] | None = None) -> int:
        """Have the store hold all that was committed of a company before this call: see `Currency`."""
        ...

    def beside(self, company_id: str) -> AbstractContextManager[None]:
        """Write what no reader of the company's facts reads; other writes wait, commits do not."""
        ...


class NotNowError(Exception):
    """The facts of a chatbot are being made anew."""


class Saving:
    """Saves numbers, chatbot by chatbot.

    Args:
        store: takes them.
        versions: of the commits.
        writes: to the store.
        snapshots: read one state of it.
        live: the numbers in memory, which show what is worth it.
        telemetry: counts what fails.
        health: watches the thread.
    """

    def __init__(
        self,
        store: ClickHouse,
        versions: Versions,
        writes: Beside,
        snapshots: Snapshots,
        live: LiveNumbers,
        telemetry: Telemetry,
        health: Health,
    ) -> None:
        self._store = store
        self._versions = versions
        self._writes = writes
        self._snapshots = snapshots
        self._live = live
        self._not_before: dict[ChatbotKey, float] = {}
        self._wake = Event()
        self._stopping = False
        self._worker = Worker("saving", self._round, telemetry=telemetry, health=health)
        self._telemetry = telemetry

    def start(self) -> None:
        """Begin."""
        self._worker.start()

    def stop(self) -> None:
        """Have no round begin any more, and save no further chatbot."""
        self._stopping = True
        self._worker.stop()
        self._wake.set()

    def join(self, seconds: float) -> bool:
        """Wait for the end of the last round; whether it has come."""
        return self._worker.join(seconds)

    def _round(self) -> bool:
        self._wake.wait(_ROUND_SECONDS)
        for key in self._live.large(_LARGE):
            if self._stopping:
                return False
            begun = time.monotonic()
            if begun < self._not_before.get(key, 0.0) or not self._is_due(key):
                continue
            try:
                self.save(*key)
            except Exception as error:  # of one chatbot, which the next start reads whole
                # Else it is stopping, another process has the company by now, or others ask too much.
                if isinstance(error, StoreError) or not isinstance(error, OverloadedError):
                    self._telemetry.failed("saving", error)
                    log.exception("numbers_not_saved", company_id=key[0], chatbot_id=key[1])
            took = time.monotonic() - begun
            self._not_before[key] = begun + took + max(_PAUSE_SECONDS, _SHARE * took)
        return not self._stopping

    def _is_due(self, key: ChatbotKey) -> bool:
        bases = bases_of(self._store, key[0]).get(key[1], ())
        if not bases:
            return True
        first = bases[-1].day * DAY // SECOND

        def lies_late(each: list[ChatbotNumbers]) -> bool:
            (numbers,) = each
            _, end = numbers.timeline.span() or (0, 0)
            return numbers.timeline.count(first, max(first, end)) * _LATE > numbers.conversations

        return self._live.read([key], lies_late) or False

    def save(self, company_id: str, chatbot_id: str, day: int | None = None) -> bool:
        """Save the numbers of a chatbot; returns whether they are saved now.

        Args:
            company_id: whose.
            chatbot_id: which.
            day: those of facts before this day, in days since 1970; None is the best.

        Raises:
            BotlensError: the store does not answer.
        """
        kept = bases_of(self._store, company_id).get(chatbot_id, ())
        until = self._best_day(company_id, chatbot_id) if day is None else day
        if until is None:
            return False
        try:
            found = self._read(company_id, chatbot_id, until, kept)
            if found is not None and self._write(company_id, chatbot_id, found):
                kept = (found.base,)
                remove_older(self._store, company_id, chatbot_id, found.base)
                return True
        except NotNowError:
            pass
        finally:
            self._end(company_id, chatbot_id, kept)
        return False

    def _best_day(self, company_id: str, chatbot_id: str) -> int | None:
        return self._snapshots.read(company_id, lambda reader: day_to_save(reader, chatbot_id))

    def _read(
        self, company_id: str, chatbot_id: str, day: int, kept: Sequence[SavedBase]
    ) -> NumbersToSave | None:
        """What is to be saved, and from when on what is replaced is written down for it.

        It takes seconds, and holds nobody up: facts of new days are written meanwhile. Where older ones are,
        it is begun again; None if they are each time.
        """
        saved = self._store.saved
        reader = CompanyReader(self._store, company_id)
        for _ in range(_ATTEMPTS):
            bases: list[SavedBase] = []

            def begin(bases: list[SavedBase] = bases) -> None:  # divides what is read from what comes later
                if self._live.is_suspended((company_id, chatbot_id)):
                    # What is made anew was read before, and is written later: by an older version than ours.
                    raise NotNowError
                bases.append(SavedBase(self._versions.next_arrival(company_id), day))
                saved.keep(company_id, chatbot_id, (*kept, bases[-1]))

            self._writes.current(company_id, begin)
            (base,) = bases
            found = read_to_save(reader, chatbot_id, base)
            if self._stopping or found is None:
                return None
            if not facts_since(reader, chatbot_id, base, 1):  # nor was any while it was read
                return found
        return None

    def _write(self, company_id: str, chatbot_id: str, found: NumbersToSave) -> bool:
        """Write it part by part; the last makes it count. Returns whether nobody forgot it meanwhile."""
        for part in (*found.parts, found.last):
            with self._writes.beside(company_id):
                if self._stopping or not self._store.saved.holds(company_id, chatbot_id, found.base):
                    return False
                self._store.insert(SAVED_NUMBERS, [part])
        return True

    def _end(self, company_id: str, chatbot_id: str, kept: Sequence[SavedBase]) -> None:
        """Let a chatbot have the bases that it has, unless they were forgotten."""
        saved = self._store.saved
        there = [each for each in kept if saved.holds(company_id, chatbot_id, each)]
        saved.keep(company_id, chatbot_id, there)
