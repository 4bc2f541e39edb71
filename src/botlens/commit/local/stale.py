"""Chatbots whose facts must be made anew: an event could not be counted, or a recount failed."""

from collections.abc import Iterable

from botlens.live.registry import ChatbotKey


class StaleFacts:
    """Which chatbots they are. For those who hold the lock of the ledger, but for `all`, `found`, `count`.

    While a chatbot is not written down on disk (see `rebuilds`), the journal must be kept: after a crash
    nothing else would show that it is stale.
    """

    def __init__(self) -> None:
        self._found: dict[ChatbotKey, int] = {}
        self._noted: set[ChatbotKey] = set()

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

    @property
    def keep_the_journal(self) -> bool:
        """Whether some are not written down on disk yet."""
        return not self._noted.issuperset(self._found)

    def settle(self, key: ChatbotKey, found: int) -> bool:
        """The facts of a chatbot were made anew, after it was `found` so often.

        Returns:
            Whether it is not stale any more. It is if that was found again meanwhile.
        """
        if self.found(key) != found:
            return False
        self._found.pop(key, None)
        self._noted.discard(key)
        return True
