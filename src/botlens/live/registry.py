"""The live numbers of chatbots, and since when they have any.

What is known of a chatbot is loaded when somebody first asks for them. While the load runs, changes that are
committed meanwhile wait in a list and are applied after it; from then on each change is applied as it comes.
"""

from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from threading import RLock
from typing import Generic, Protocol, TypeVar

from botlens.live.numbers import ChatbotNumbers
from botlens.live.span import ChatbotSpan
from botlens.metrics.differences import Change, is_countable

ChatbotKey = tuple[str, str]
"""(company id, chatbot id)."""

T = TypeVar("T")
N = TypeVar("N", bound="Following")

_CHATBOTS = 5_000


class Following(Protocol):
    """What is known of one chatbot and follows its conversations."""

    def replace(self, changes: Iterable[Change], /) -> None:
        """Let the new facts of conversations take the place of their old ones."""
        ...


class Registry(Generic[N]):
    """What is known by company and chatbot. Every method may be called from any thread."""

    def __init__(self, *, capacity: int = _CHATBOTS) -> None:
        self._numbers: OrderedDict[ChatbotKey, N] = OrderedDict()
        self._loading: dict[ChatbotKey, list[Change]] = {}
        self._suspended: Counter[ChatbotKey] = Counter()
        self._all_suspended = False
        self._dropped: list[N] = []
        self._capacity = capacity
        self.lock = RLock()
        """Held by whoever changes or reads numbers; short, never during I/O."""

    def replace(self, key: ChatbotKey, changes: Sequence[Change]) -> None:
        """Let the new facts of a chatbot's conversations take the place of the old ones, if it is live.

        If they change too much to be counted now, it is no longer live, and loaded when it is next asked for.
        """
        with self.lock:
            numbers = self._numbers.get(key)
            if not all(map(is_countable, changes)):
                self._loading.pop(key, None)
                if numbers is not None:  # taken apart by whoever loads: that takes its time
                    self._dropped.append(self._numbers.pop(key))
            elif numbers is not None:
                numbers.replace(changes)
            elif key in self._loading:
                self._loading[key] += changes

    def missing(self, keys: Iterable[ChatbotKey]) -> list[ChatbotKey]:
        """Those that must, and can, be loaded before they can be read."""
        with self.lock:
            return [key for key in keys if key not in self._numbers and not self.is_suspended(key)]

    def suspend_all(self) -> None:
        """No chatbot has live numbers until `resume_all`: the facts are of two definitions meanwhile."""
        with self.lock:
            self._all_suspended = True
            self._numbers.clear()
            self._loading.clear()

    def resume_all(self) -> None:
        """Chatbots may have live numbers again."""
        with self.lock:
            self._all_suspended = False

    def is_suspended(self, key: ChatbotKey) -> bool:
        """Whether a chatbot may have no live numbers now: its facts are being made anew, perhaps."""
        with self.lock:
            return self._all_suspended or self._suspended[key] > 0

    @contextmanager
    def suspended(self, key: ChatbotKey) -> Iterator[None]:
        """A chatbot has no live numbers meanwhile."""
        with self.lock:
            self._suspended[key] += 1
            self._numbers.pop(key, None)
            self._loading.pop(key, None)
        try:
            yield
        finally:
            with self.lock:
                self._suspended -= Counter([key])

    def start_load(self, keys: Iterable[ChatbotKey]) -> None:
        """Collect changes of these from now on: their load is about to read what was committed before.

        Not of those that were suspended since they were missing: what is read of them is of two rules.
        """
        with self.lock:
            self._dropped.clear()
            for key in keys:
                if not self.is_suspended(key):
                    self._loading[key] = []

    def complete_load(self, loaded: dict[ChatbotKey, N]) -> None:
        """Apply what was collected to what was loaded, and go live."""
        with self.lock:
            for key, numbers in loaded.items():
                changes = self._loading.pop(key, None)
                if changes is None:  # it was suspended, or changed too much, while it was read
                    continue
                numbers.replace(changes)
                self._numbers[key] = numbers
                self._numbers.move_to_end(key)
            while len(self._numbers) > max(self._capacity, len(loaded)):
                self._numbers.popitem(last=False)

    def abort_load(self, keys: Iterable[ChatbotKey]) -> None:
        """Drop a load that failed."""
        with self.lock:
            for key in keys:
                self._loading.pop(key, None)

    def drop(self, belongs: Callable[[str], bool]) -> None:
        """Forget the numbers of some companies, also those that are being loaded."""
        with self.lock:
            for key in [key for key in self._numbers if belongs(key[0])]:
                del self._numbers[key]
            for key in [key for key in self._loading if belongs(key[0])]:
                del self._loading[key]

    def read(self, keys: Sequence[ChatbotKey], make: Callable[[list[N]], T]) -> T | None:
        """What `make` makes of the numbers, at one moment; None if some of them are not live."""
        with self.lock:
            if any(key not in self._numbers for key in keys):
                return None
            for key in keys:
                self._numbers.move_to_end(key)
            return make([self._numbers[key] for key in keys])

    def invalidate(self, keys: Iterable[ChatbotKey]) -> None:
        """Have these loaded anew when they are next asked for."""
        with self.lock:
            for key in keys:
                self._numbers.pop(key, None)


class LiveNumbers(Registry[ChatbotNumbers]):
    """The live numbers.

    Attributes:
        spans: beside them, and loaded by themselves: they are small, and asked for by every page.
    """

    def __init__(self, *, capacity: int = _CHATBOTS) -> None:
        super().__init__(capacity=capacity)
        self.spans: Registry[ChatbotSpan] = Registry(capacity=capacity)

    def large(self, least: int) -> list[ChatbotKey]:
        """The chatbots that have numbers now, of so many conversations at least."""
        with self.lock:
            return [key for key, each in self._numbers.items() if each.conversations >= least]

    def replace(self, key: ChatbotKey, changes: Sequence[Change]) -> None:
        """See `Registry`; for the spans, too."""
        self.spans.replace(key, changes)
        super().replace(key, changes)

    def suspend_all(self) -> None:
        """See `Registry`; for the spans, too."""
        self.spans.suspend_all()
        super().suspend_all()

    def resume_all(self) -> None:
        """See `Registry`; for the spans, too."""
        self.spans.resume_all()
        super().resume_all()

    @contextmanager
    def suspended(self, key: ChatbotKey) -> Iterator[None]:
        """See `Registry`; for the spans, too."""
        with self.spans.suspended(key), super().suspended(key):
            yield

    def drop(self, belongs: Callable[[str], bool]) -> None:
        """See `Registry`; for the spans, too."""
        self.spans.drop(belongs)
        super().drop(belongs)

    def invalidate(self, keys: Iterable[ChatbotKey]) -> None:
        """See `Registry`; for the spans, too."""
        keys = list(keys)
        self.spans.invalidate(keys)
        super().invalidate(keys)
