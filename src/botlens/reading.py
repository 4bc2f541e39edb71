"""Reads the numbers of chatbots: from memory where they are live, from the store where a window asks for it.

Either way they include everything that was acknowledged before the call.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import TypeVar
from zoneinfo import ZoneInfo

from botlens.ingest.committer import Committer
from botlens.live.numbers import LiveNumbers
from botlens.metrics import seed
from botlens.metrics.calendar import is_aligned, stretches
from botlens.metrics.numbers import ChatbotNumbers
from botlens.metrics.timeline import QUARTER
from botlens.query.window import Window
from botlens.store.connection import ClickHouse
from botlens.store.numbers import load_numbers

T = TypeVar("T")
Make = Callable[[list[ChatbotNumbers]], T]
"""Makes an answer of the numbers of the chatbots that were asked for, in their order."""

_ATTEMPTS = 3


class WouldWaitError(Exception):
    """The answer is not in memory, and the caller said that it cannot wait."""


class _NeedsSecondsError(Exception):
    """A zone whose days do not begin on a quarter hour of UTC: its numbers must be counted by the second."""


def check_zone(numbers: Iterable[ChatbotNumbers], zone: ZoneInfo, now: datetime) -> None:
    """For a `Make`: say that numbers will be put into the calendar of this zone."""
    for each in numbers:
        if each.timeline.step == QUARTER:
            covered = seed.around(each.timeline, now)
            if not is_aligned(stretches(zone, *covered), QUARTER):
                raise _NeedsSecondsError


class NumbersReader:
    """Answers from numbers.

    Args:
        store: where the facts are.
        committer: flushed before the store is read, and still while it is.
        live: the numbers in memory.
    """

    def __init__(self, store: ClickHouse, committer: Committer, live: LiveNumbers) -> None:
        self._store = store
        self._committer = committer
        self._live = live

    def read(
        self,
        company_id: str,
        chatbot_ids: Sequence[str],
        window: Window,
        make: Make[T],
        *,
        wait: bool = True,
    ) -> T:
        """What `make` makes of the numbers.

        Args:
            company_id: whose.
            chatbot_ids: which.
            window: which conversations count.
            make: called with the numbers, perhaps more than once; must not change or keep them.
            wait: whether the store may be asked.

        Raises:
            WouldWaitError: the store would have to be asked.
        """
        if not window.is_open():
            if not wait:
                raise WouldWaitError
            return self._from_store(company_id, chatbot_ids, window, make)
        keys = [(company_id, chatbot_id) for chatbot_id in chatbot_ids]
        for _ in range(_ATTEMPTS if wait else 1):
            if wait:
                self._bring_to_life(company_id, keys)
            try:
                made = self._live.read(keys, make)
            except seed.UnsureError:
                self._live.forget(keys)
            except _NeedsSecondsError:
                break
            else:
                if made is not None:
                    return made
        if not wait:
            raise WouldWaitError
        return self._from_store(company_id, chatbot_ids, window, make)

    def live_and_stored(self, company_id: str, chatbot_id: str, make: Make[T]) -> tuple[T, T] | None:
        """What `make` makes of the live numbers of a chatbot, and of the facts at the same moment.

        None if the chatbot has no live numbers, or they know that they must be loaded anew.
        """
        with self._committer.frozen():
            try:
                live = self._live.read([(company_id, chatbot_id)], make)
            except seed.UnsureError:
                return None
            if live is None:
                return None
            return live, make([load_numbers(self._store, company_id, [chatbot_id])[chatbot_id]])

    def _bring_to_life(self, company_id: str, keys: Sequence[tuple[str, str]]) -> None:
        if not self._live.missing(keys):
            return
        with self._committer.flush_lock:
            missing = self._live.missing(keys)
            self._committer.flush(prepare=lambda: self._live.begin(missing))
            try:
                loaded = load_numbers(self._store, company_id, [chatbot_id for _, chatbot_id in missing])
            except BaseException:
                self._live.cancel(missing)
                raise
            self._live.finish({(company_id, chatbot_id): each for chatbot_id, each in loaded.items()})

    def _from_store(self, company_id: str, chatbot_ids: Sequence[str], window: Window, make: Make[T]) -> T:
        def load(*, by_second: bool) -> list[ChatbotNumbers]:
            with self._committer.flush_lock:
                self._committer.flush()
                loaded = load_numbers(self._store, company_id, chatbot_ids, window, by_second=by_second)
            return [loaded[chatbot_id] for chatbot_id in chatbot_ids]

        try:
            return make(load(by_second=False))
        except _NeedsSecondsError:
            return make(load(by_second=True))
