"""Facts of whole chatbots that are made anew, now or, where that fails, until it succeeds."""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence, Sized
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from threading import Lock
from typing import TypeVar

import structlog

from botlens.commit.derivation import Derivation, Stop, never
from botlens.commit.intentions import Intentions
from botlens.commit.room.ledger import Ledger
from botlens.errors import BotlensError, OverloadedError
from botlens.live.registry import ChatbotKey
from botlens.monitoring.health import Health
from botlens.monitoring.telemetry import Telemetry

T = TypeVar("T")

log = structlog.get_logger(__name__)

_FIRST_PAUSE = 1.0
_LONGEST_PAUSE = 20.0
_SHARE = 10  # of its time, a recount that fails again and again takes a tenth at most
_ABANDONED_SECONDS = 60.0
_LATER = "The change is made; its recount did not succeed yet and is done as soon as possible."


@dataclass(slots=True)
class _Failure:
    """A recount that has failed: since when, when it is tried again, and what was wrong."""

    since: float
    due: float
    pause: float
    cause: str


class Recounts:
    """Makes facts anew. What failed, or what an earlier process did not finish, is tried again.

    Args:
        derivation: makes them.
        ledger: knows which are stale.
        rebuilds: what is written down on disk.
        loads: the chatbots, written down on disk, of which events were loaded.
        telemetry: counts failures.
        health: gets what fails.
    """

    def __init__(
        self,
        derivation: Derivation,
        ledger: Ledger,
        rebuilds: Intentions,
        loads: Intentions,
        telemetry: Telemetry,
        health: Health,
    ) -> None:
        self._derivation = derivation
        self._ledger = ledger
        self._rebuilds = rebuilds
        self._loads = loads
        self._without_numbers: dict[ChatbotKey, ExitStack] = {}
        self._telemetry = telemetry
        self._failures: dict[ChatbotKey, _Failure] = {}
        self._lock = Lock()  # so that what is written down is what is stale
        health.watch_warning("recounts", self._warning)
        health.watch_warning("loads", self._loads_warning)

    def rebuild(self, company_id: str, chatbot_id: str, stop: Stop = never) -> int:
        """Derive all facts of a chatbot anew, see `Commits.rebuild`; if it is left off, it stays stale."""
        key = (company_id, chatbot_id)
        begun = time.monotonic()
        found = self._ledger.stale.found(key)
        try:
            count = self._derivation.rebuild(company_id, chatbot_id, stop)
        except BaseException as error:
            self._ledger.suspect(*key)
            self._failed(key, begun, error)
            raise
        if count is None:
            return 0
        self._succeeded(key, found)
        return count

    @contextmanager
    def loading(self, company_id: str, chatbots: Iterable[str]) -> Iterator[None]:
        """Raw events of chatbots are written meanwhile that no facts know of.

        They are counted by `rebuild`: by somebody who asks for it, or by `retry` a minute after the last of
        them, also in a process after this one.

        Raises:
            OverloadedError: it cannot be written down; the block was not begun.
        """
        keys = [(company_id, chatbot_id) for chatbot_id in chatbots]
        with self._ledger.lock:
            self._ledger.stale.hold(keys)
        try:
            self._expect(keys)
            yield
        finally:
            with self._ledger.lock:
                self._ledger.stale.release(keys, time.monotonic() + _ABANDONED_SECONDS)
                if self._ledger.opening(company_id) is None:  # another process counts them
                    self._ledger.stale.drop(company_id.__eq__)

    def _expect(self, keys: Iterable[ChatbotKey]) -> None:
        """Write down that events of stale chatbots are to be counted; they have no live numbers till then."""
        with self._lock:
            for key in keys:
                self._ledger.check(key[0])
                if key not in self._without_numbers:
                    self._without_numbers[key] = stack = ExitStack()
                    stack.enter_context(self._derivation.without_numbers(*key))
                self._loads.note(*key)
                with self._ledger.lock:
                    self._ledger.stale.note(key)

    def after(self, company_id: str, chatbot_id: str, change: Callable[[], T]) -> T:
        """Make a change that a chatbot's facts depend on, and derive them anew: see `Commits.recounted`."""
        thresholds = self._ledger.thresholds
        with thresholds.changing(company_id, chatbot_id), self._rebuilds.intended(company_id, chatbot_id):
            try:
                changed = change()
            except BotlensError as error:
                if error.status >= OverloadedError.status:  # it may be made all the same
                    self._ledger.suspect(company_id, chatbot_id)
                raise
            except BaseException:
                self._ledger.suspect(company_id, chatbot_id)
                raise
            try:
                self.rebuild(company_id, chatbot_id)
            except Exception as error:
                if isinstance(error, BotlensError) and error.status == OverloadedError.status:
                    raise
                log.exception("recount_failed")
                raise OverloadedError(_LATER) from error
        return changed

    def resume(self) -> None:
        """Make anew what an earlier process intended and did not finish; what fails is tried again later."""
        for key in self._rebuilds.unfinished():
            self._retry(key, never)
        self.expect_loaded(self._loads.unfinished())

    def expect_loaded(self, loads: Sequence[ChatbotKey]) -> None:
        """Count soon what was loaded before: these may be long, and are counted while others are served."""
        with self._ledger.lock:
            self._ledger.stale.add_loaded(key for key in loads if self._is_here(key))
        with suppress(OverloadedError):  # what could not be written again is there from before
            self._expect(loads)

    def drop(self, belongs: Callable[[str], bool]) -> None:
        """Another process makes good what failed of these companies. Takes the lock of the ledger itself."""
        with self._lock:
            for key in [key for key in self._without_numbers if belongs(key[0])]:
                self._without_numbers.pop(key).close()
            for key in [key for key in self._failures if belongs(key[0])]:
                self._failures.pop(key, None)
            with self._ledger.lock:
                self._ledger.stale.drop(belongs)

    def note(self) -> None:
        """Write down on disk what is stale, so that the journal need not be kept for it."""
        for key in self._ledger.stale.all():
            with self._lock:
                if self._ledger.stale.is_noted(key):
                    continue
                try:
                    self._rebuilds.note(*key)
                except OverloadedError as error:  # the journal is kept meanwhile
                    self._telemetry.failed("recount", error)
                    continue
                with self._ledger.lock:
                    self._ledger.stale.note(key)

    def forget(self, company_id: str, chatbot_id: str) -> None:
        """Nothing is to be made anew of a chatbot that was deleted. Takes the lock of the ledger itself."""
        key = (company_id, chatbot_id)
        self._succeeded(key, self._ledger.stale.found(key))

    def count(self, company_id: str, chatbot_id: str, stop: Stop) -> int:
        """Derive all facts of a chatbot anew, unless somebody else does, who is waited for."""
        return self.rebuild(company_id, chatbot_id, self._also_once_settled((company_id, chatbot_id), stop))

    def _also_once_settled(self, key: ChatbotKey, stop: Stop) -> Stop:
        return lambda: stop() or not self._ledger.stale.found(key)

    def retry(self, stop: Stop = never) -> None:
        """Make anew what is stale, as far as it is time to try again."""
        now = time.monotonic()
        for key in self._ledger.stale.due(now):
            failure = self._failures.get(key)
            if (failure is None or failure.due <= now) and not stop():
                self._retry(key, self._also_once_settled(key, stop))

    def _retry(self, key: ChatbotKey, stop: Stop) -> None:
        try:
            self.rebuild(*key, stop)
        except Exception as error:  # it is of one chatbot: flushes go on
            self._telemetry.failed("rebuild", error)
            log.exception("rebuild_failed", company_id=key[0], chatbot_id=key[1])

    def _is_here(self, key: ChatbotKey) -> bool:
        """Whether this process has the company still: what is noted after `drop` nobody could make good."""
        return self._ledger.opening(key[0]) is not None

    def _succeeded(self, key: ChatbotKey, found: int) -> None:
        with self._lock:
            with self._ledger.lock:
                was_mixed = key in self._ledger.stale.mixed()
                settled = self._ledger.stale.settle(key, found)
            if settled:
                if was_mixed:  # answers that say so are of before
                    self._ledger.changed(*key)
                self._failures.pop(key, None)
                self._rebuilds.done(*key)
                if (stack := self._without_numbers.pop(key, None)) is not None:
                    stack.close()
                    self._loads.done(*key)

    def _failed(self, key: ChatbotKey, begun: float, error: BaseException) -> None:
        now = time.monotonic()
        with self._lock:
            if not self._is_here(key):
                return
            before = self._failures.get(key)
            pause = _FIRST_PAUSE if before is None else min(2 * before.pause, _LONGEST_PAUSE)
            self._failures[key] = _Failure(
                begun if before is None else before.since,
                now + max(pause, _SHARE * (now - begun)),
                pause,
                type(error).__name__,
            )

    def _loads_warning(self) -> str | None:
        loaded = self._ledger.stale.loaded()
        return f"the numbers of {_chatbots(loaded)} lack events that were loaded lately" if loaded else None

    def _warning(self) -> str | None:
        failures = list(self._failures.values())
        if not failures:
            return None
        since, cause = min((each.since, each.cause) for each in failures)
        seconds = time.monotonic() - since
        return (
            f"the numbers of {_chatbots(failures)} cannot be counted anew for {seconds:.0f} s ({cause}); "
            "the log says which"
        )


def _chatbots(some: Sized) -> str:
    return "one chatbot" if len(some) == 1 else f"{len(some)} chatbots"
