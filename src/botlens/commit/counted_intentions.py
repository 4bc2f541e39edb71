"""Intentions that are written down once, however many want them, and erased when nobody does any more."""

from abc import abstractmethod
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock

from botlens.commit.intentions import Intentions
from botlens.errors import BotlensError, OverloadedError

IntentionKey = tuple[str, str]
"""(company id, chatbot id)."""


class CountedIntentions(Intentions):
    """Counts who wants what; where it is written is for those who derive from this."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._intended: Counter[IntentionKey] = Counter()
        self._noted: set[IntentionKey] = set()

    @contextmanager
    def intended(self, company_id: str, chatbot_id: str) -> Iterator[None]:
        """See `Intentions`."""
        key = (company_id, chatbot_id)
        with self._lock:
            self._write_down(key)
            self._intended[key] += 1
        ended_well = False
        try:
            yield
            ended_well = True
        except BotlensError as error:
            ended_well = error.status < OverloadedError.status
            raise
        finally:
            with self._lock:
                self._intended[key] -= 1
                if ended_well:
                    self._forget(key)

    def note(self, company_id: str, chatbot_id: str) -> None:
        """See `Intentions`."""
        key = (company_id, chatbot_id)
        with self._lock:
            if key not in self._noted:
                self._write_down(key)
                self._noted.add(key)

    def done(self, company_id: str, chatbot_id: str) -> None:
        """See `Intentions`."""
        key = (company_id, chatbot_id)
        with self._lock:
            self._noted.discard(key)
            self._forget(key)

    def drop(self, belongs: Callable[[str], bool]) -> None:
        """Another process has these companies, and what is written of them."""
        with self._lock:
            self._noted = {key for key in self._noted if not belongs(key[0])}

    def _forget(self, key: IntentionKey) -> None:
        """Erase what nobody wants to be remembered any more."""
        if self._intended[key] or key in self._noted:
            return
        del self._intended[key]
        self._erase(key)

    @abstractmethod
    def _write_down(self, key: IntentionKey) -> None:
        """Have it be durable; it may be there already.

        Raises:
            OverloadedError: it cannot be written down.
        """

    @abstractmethod
    def _erase(self, key: IntentionKey) -> None:
        """Have it be gone, if that can be done; one that stays makes work, and nothing wrong."""
