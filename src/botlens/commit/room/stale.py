"""Chatbots whose facts must be made anew: events were loaded or not counted, or a recount failed."""

from collections import Counter
from collections.abc import Callable, Iterable

from botlens.live.registry import ChatbotKey


class StaleFacts:
    """Which chatbots they are. For those who hold the lock of the ledger, but for `all`, `found`, `count`,
    `due`.

    While a chatbot is not written down on disk (see `rebuilds`), the journal must be kept: after a crash
    nothing else would show that it is stale.
    """

    def __init__(self) -> None:
        self._found: dict[ChatbotKey, int] = {}
        self._noted: set[ChatbotKey] = set()
        self._held: Counter[ChatbotKey] = Counter()
        self._resting: dict[ChatbotKey, float] = {}
        self._loaded: set[ChatbotKey] = set()
        self._mixed: set[ChatbotKey] = set()

    def add_loaded(self, keys: Iterable[ChatbotKey]) -> None:
        """Events of these chatbots were loaded that must be counted."""
        keys = list(keys)
        self.add(keys)
        self._loaded.update(keys)

    def loaded(self) -> frozenset[ChatbotKey]:
        """The chatbots of which events were loaded that are not counted yet."""
        return frozenset(self._loaded)

    def hold(self, keys: Iterable[ChatbotKey]) -> None:
        """Events of these are being loaded: until `release` no recount settles them."""
        keys = list(keys)
        self.add_loaded(keys)
        self._held.update(keys)

    def release(self, keys: Iterable[ChatbotKey], until: float) -> None:
        """They are loaded; more may be, so nothing is `due` of them before `until` (monotonic, seconds)."""
        keys = list(keys)
        self.add(keys)
        self._held -= Counter(keys)
        self._resting.update(dict.fromkeys(keys, until))

    def due(self, now: float) -> list[ChatbotKey]:
        """Those whose facts should be made anew now (monotonic, seconds)."""
        return [key for key in self.all() if self._resting.get(key, 0) <= now and not self._held[key]]

    def suspect(self, key: ChatbotKey) -> None:
        """A recount of this chatbot failed: some of its facts may heed another threshold than others."""
        self.add([key])
        self._mixed.add(key)

    def mixed(self) -> frozenset[ChatbotKey]:
        """Those of which some facts may heed another threshold than others."""
        return frozenset(self._mixed)

    def add(self, keys: Iterable[ChatbotKey]) -> None:
        """The facts of these chatbots must be made anew."""
        for key in keys:
            self._found[key] = self._found.get(key, 0) + 1

    def all(self) -> list[ChatbotKey]:
        """All of them."""
        return list(self._found)

    def found(self, key: ChatbotKey) -> int:
        """How often that was found of a chatbot since its facts were last made anew."""
        return self._found.get(key, 0)

    @property
    def count(self) -> int:
        """How many chatbots there are."""
        return len(self._found)

    def note(self, key: ChatbotKey) -> None:
        """A chatbot is written down on disk by now, and stays so as long as it is stale."""
        if key in self._found:
            self._noted.add(key)

    def is_noted(self, key: ChatbotKey) -> bool:
        """Whether a chatbot is written down on disk."""
        return key in self._noted

    def drop(self, belongs: Callable[[str], bool]) -> None:
        """Forget those of some companies, which another process has by now."""
        for key in [key for key in self._found if belongs(key[0])]:
            del self._found[key]
            self._resting.pop(key, None)
            self._loaded.discard(key)
            self._mixed.discard(key)
            self._noted.discard(key)

    @property
    def keep_the_journal(self) -> bool:
        """Whether some are not written down on disk yet."""
        return not self._noted.issuperset(self._found)

    def settle(self, key: ChatbotKey, found: int) -> bool:
        """The facts of a chatbot were made anew, after it was `found` so often.

        Returns:
            Whether it is not stale any more. It is if that was found again meanwhile, or it is held.
        """
        if self.found(key) != found or self._held[key]:
            return False
        self._resting.pop(key, None)
        self._loaded.discard(key)
        self._mixed.discard(key)
        self._found.pop(key, None)
        self._noted.discard(key)
        return True
