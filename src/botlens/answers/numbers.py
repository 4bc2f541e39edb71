"""Reads the numbers of chatbots: from memory where they are live, from the store where a window asks for it.

Either way they include everything that was acknowledged before the call.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from threading import Lock
from typing import TypeVar
from zoneinfo import ZoneInfo

from botlens.commit.snapshot import Snapshots
from botlens.live import seed
from botlens.live.numbers import ChatbotNumbers
from botlens.live.registry import Following, LiveNumbers, Registry
from botlens.live.timeline import QUARTER
from botlens.metrics.calendar import is_aligned, stretches
from botlens.query.window import Window
from botlens.store.numbers import load_numbers
from botlens.store.reading import CompanyReader
from botlens.store.saved_numbers import load_live_numbers

T = TypeVar("T")
U = TypeVar("U")
N = TypeVar("N", bound=Following)
Load = Callable[[CompanyReader, list[str]], dict[str, ChatbotNumbers]]
Make = Callable[[list[ChatbotNumbers]], T]
"""Makes an answer of the numbers of the chatbots that were asked for, in their order."""

_ATTEMPTS = 3


class WouldWaitError(Exception):
    """The answer is not in memory, and the caller cannot wait."""


class _NeedsSecondsError(Exception):
    """A zone whose days do not begin on a quarter hour of UTC: its numbers must be counted by the second."""


def bring_to_life(
    snapshots: Snapshots,
    live: Registry[N],
    company_id: str,
    keys: Sequence[tuple[str, str]],
    load: Callable[[CompanyReader, list[str]], dict[str, N]],
) -> None:
    """Load what a registry does not know of some chatbots of a company.

    Args:
        snapshots: read the facts.
        live: the registry.
        company_id: whose.
        keys: of the chatbots.
        load: loads some, by their ids.
    """
    missing = live.missing(keys)
    if not missing:
        return
    ids = [chatbot_id for _, chatbot_id in missing]
    try:
        loaded = snapshots.read(
            company_id, lambda reader: load(reader, ids), divide=lambda: live.start_load(missing)
        )
    except BaseException:
        live.abort_load(missing)
        raise
    live.complete_load({(company_id, chatbot_id): each for chatbot_id, each in loaded.items()})


def check_zone(numbers: Iterable[ChatbotNumbers], zone: ZoneInfo, now: datetime) -> None:
    """For a `Make`, before it puts numbers into the calendar of a zone: ask for finer ones where need be."""
    for each in numbers:
        if each.timeline.step == QUARTER:
            covered = seed.covered_seconds(each.timeline, now)
            if not is_aligned(stretches(zone, *covered), QUARTER):
                raise _NeedsSecondsError


class NumbersReader:
    """Answers from numbers.

    Args:
        snapshots: read the facts.
        live: the numbers in memory.
        load: loads them; without it, from what was saved of them where there is such.
    """

    def __init__(self, snapshots: Snapshots, live: LiveNumbers, load: Load = load_live_numbers) -> None:
        self._snapshots = snapshots
        self._live = live
        self._load = load
        self._loading: defaultdict[str, Lock] = defaultdict(Lock)  # one load of a company at a time

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
        load = self._load
        for _ in range(_ATTEMPTS if wait else 1):
            if wait:
                self._bring_to_life(company_id, keys, load)
            try:
                made = self._live.read(keys, make)
            except seed.StaleHeadError:
                self._live.invalidate(keys)
                load = load_numbers  # the head that was saved is the stale one, perhaps
            except _NeedsSecondsError:
                break
            else:
                if made is not None:
                    return made
        if not wait:
            raise WouldWaitError
        return self._from_store(company_id, chatbot_ids, window, make)

    def read_beside_all(
        self, company_id: str, chatbot_ids: Sequence[str], window: Window, make: Make[T], of_all: Make[U]
    ) -> tuple[T, U]:
        """What `make` makes of the numbers in a window, and `of_all` of those of all times at that moment."""
        keys = [(company_id, chatbot_id) for chatbot_id in chatbot_ids]
        self._bring_to_life(company_id, keys, self._load)

        def live() -> tuple[U, list[tuple[int, ...]]] | None:
            try:
                return self._live.read(keys, lambda numbers: (of_all(numbers), list(map(_sums, numbers))))
            except (seed.StaleHeadError, _NeedsSecondsError):
                return None

        if (before := live()) is not None:
            made = self._from_store(company_id, chatbot_ids, window, make)
            if live() == before:  # nothing came meanwhile, and so nobody was waited for
                return made, before[0]
            found: list[tuple[U, list[tuple[int, ...]]] | None] = []
            made = self._from_store(
                company_id, chatbot_ids, window, make, lambda: found.append(live())
            )  # at the moment that the facts are of
            if found[-1] is not None:
                return made, found[-1][0]
        try:
            return self._both_from_store(company_id, chatbot_ids, window, make, of_all, by_second=False)
        except _NeedsSecondsError:
            return self._both_from_store(company_id, chatbot_ids, window, make, of_all, by_second=True)

    def _both_from_store(
        self,
        company_id: str,
        chatbot_ids: Sequence[str],
        window: Window,
        make: Make[T],
        of_all: Make[U],
        *,
        by_second: bool,
    ) -> tuple[T, U]:
        def ask(reader: CompanyReader) -> list[dict[str, ChatbotNumbers]]:
            both = (window, Window())
            return [load_numbers(reader, chatbot_ids, each, by_second=by_second) for each in both]

        of_window, of_all_times = (
            [loaded[chatbot_id] for chatbot_id in chatbot_ids]
            for loaded in self._snapshots.read(company_id, ask)
        )
        return make(of_window), of_all(of_all_times)

    def live_and_stored(self, company_id: str, chatbot_id: str, make: Make[T]) -> tuple[T, T] | None:
        """What `make` makes of the live numbers of a chatbot, and of the facts at the same moment.

        None if the chatbot has no live numbers, or they know that they must be loaded anew.
        """
        key = (company_id, chatbot_id)
        live: list[T | None] = []

        def keep_live() -> None:  # at the moment that the facts below are of
            try:
                live.append(self._live.read([key], make))
            except seed.StaleHeadError:
                live.append(None)

        stored = self._snapshots.read(
            company_id,
            lambda reader: make([load_numbers(reader, [chatbot_id])[chatbot_id]]),
            divide=keep_live,
        )
        return None if live[-1] is None else (live[-1], stored)

    def _bring_to_life(self, company_id: str, keys: Sequence[tuple[str, str]], load: Load) -> None:
        if self._live.missing(keys):
            with self._loading[company_id]:
                bring_to_life(self._snapshots, self._live, company_id, keys, load)

    def _from_store(
        self,
        company_id: str,
        chatbot_ids: Sequence[str],
        window: Window,
        make: Make[T],
        divide: Callable[[], None] | None = None,
    ) -> T:
        def load(*, by_second: bool) -> list[ChatbotNumbers]:
            def ask(reader: CompanyReader) -> dict[str, ChatbotNumbers]:
                return load_numbers(reader, chatbot_ids, window, by_second=by_second)

            loaded = self._snapshots.read(company_id, ask, divide=divide)
            return [loaded[chatbot_id] for chatbot_id in chatbot_ids]

        try:
            return make(load(by_second=False))
        except _NeedsSecondsError:
            return make(load(by_second=True))


def _sums(numbers: ChatbotNumbers) -> tuple[int, ...]:
    """What changes with nearly every event."""
    return (
        numbers.conversations,
        numbers.messages,
        numbers.unanswered,
        numbers.positive,
        numbers.negative,
        numbers.rating_sum,
    )
