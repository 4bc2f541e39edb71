"""The confidence thresholds that facts are derived with, and whether what was asked of them still holds.

They live in the accounts, which may be a network away. So whoever submits events asks for them beforehand, in
a thread that may wait; the commit looks only whether any has changed since.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock

from botlens.metrics.facts import DEFAULT_CONFIDENCE_THRESHOLD

AskThresholds = Callable[[str], Mapping[str, float]]
"""The confidence thresholds of a company's chatbots, by chatbot id: also the list of those it has."""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """The thresholds of a company's chatbots by id, as they were at the edition `edition`."""

    edition: int
    by_chatbot: Mapping[str, float]

    def of(self, chatbot_id: str) -> float:
        """The threshold of one chatbot."""
        return self.by_chatbot.get(chatbot_id, DEFAULT_CONFIDENCE_THRESHOLD)

    def joined(self, later: "Thresholds") -> "Thresholds":
        """These and later ones, which win: a chatbot may have been made between the two."""
        if later is self:
            return self
        # Of two editions the older one counts, so that whoever commits finds that it is not current.
        return Thresholds(min(self.edition, later.edition), {**self.by_chatbot, **later.by_chatbot})


class ThresholdBook:
    """Asks for thresholds, and knows whether they may have changed since. For any thread.

    Args:
        ask: the accounts; may wait for them.
        first_edition: editions begin there; another for each store between which companies are moved.
    """

    def __init__(self, ask: AskThresholds, first_edition: int = 0) -> None:
        self._ask = ask
        self._editions: Counter[str] = Counter()
        self._changes_of_all = first_edition
        self._latest: dict[str, Thresholds] = {}
        self._changing: Counter[tuple[str, str]] = Counter()
        self._heeded: dict[str, dict[str, float]] = {}
        self._lock = Lock()

    def of(self, company_id: str) -> Thresholds:
        """The thresholds that facts of a company's chatbots heed now. May wait for the accounts."""
        edition = self._edition(company_id)  # before the question: what changes meanwhile shows later
        asked = self._ask(company_id)
        heeded = self._heeded.get(company_id, {})  # never changed, but another one
        found = Thresholds(edition, {**asked, **{each: heeded[each] for each in heeded if each in asked}})
        before = self._latest.get(company_id)
        if found == before:  # one object for all who find the same: they are compared by whoever commits
            return before
        self._latest[company_id] = found
        return found

    def asked_for(self, company_id: str, chatbot_id: str) -> float:
        """The threshold that the accounts have of a chatbot, though its facts may not heed it yet."""
        return Thresholds(0, self._ask(company_id)).of(chatbot_id)

    @contextmanager
    def changing(self, company_id: str, chatbot_id: str) -> Iterator[None]:
        """The accounts may get another threshold of a chatbot meanwhile: its facts heed it from `heed` on.

        Else what is committed after the change would heed it beside facts that are not counted anew yet.
        """
        key = (company_id, chatbot_id)
        while not self._begins(key, self.of(company_id)):
            pass  # another one began or ended meanwhile
        try:
            yield
        finally:
            with self._lock:
                self._changing[key] -= 1
                if not self._changing[key]:
                    del self._changing[key]
                    heeded = self._heeded.get(company_id, {})
                    self._put(company_id, {each: heeded[each] for each in heeded if each != chatbot_id})

    def _begins(self, key: tuple[str, str], found: Thresholds) -> bool:
        company_id, chatbot_id = key
        with self._lock:
            known = self._heeded.get(company_id, {})
            if chatbot_id not in known:  # nobody else changes it, or the company was elsewhere meanwhile
                if not self.is_current(company_id, found):
                    return False
                self._put(company_id, {**known, chatbot_id: found.of(chatbot_id)})
            self._changing[key] += 1
            return True

    def is_changing(self, company_id: str, chatbot_id: str) -> bool:
        """Whether the accounts may get another threshold of a chatbot now. Waits for nothing."""
        return (company_id, chatbot_id) in self._changing

    def heed(self, company_id: str, chatbot_id: str, threshold: float) -> None:
        """From now on the facts of a chatbot heed this one, as those do that are counted anew."""
        with self._lock:
            known = self._heeded.get(company_id, {})
            self._put(company_id, {**known, chatbot_id: threshold} if chatbot_id in known else known)

    def _put(self, company_id: str, heeded: dict[str, float]) -> None:
        if heeded:
            self._heeded[company_id] = heeded
        else:
            self._heeded.pop(company_id, None)
        self._editions[company_id] += 1

    def is_current(self, company_id: str, thresholds: Thresholds) -> bool:
        """Whether no change was announced since these were asked for. Waits for nothing."""
        return thresholds.edition == self._edition(company_id)

    def changed(self, company_id: str) -> None:
        """A threshold of a company is another one by now: what was asked for before holds no more."""
        with self._lock:
            self._editions[company_id] += 1

    def drop(self, belongs: Callable[[str], bool]) -> None:
        """Another process has some companies by now, and may change all of theirs."""
        with self._lock:
            for company_id in [each for each in self._heeded if belongs(each)]:
                del self._heeded[company_id]
            self._changes_of_all += 1

    def _edition(self, company_id: str) -> int:
        return self._editions[company_id] + self._changes_of_all

    def current(self, asked: Mapping[str, Thresholds], companies: Iterable[str]) -> dict[str, Thresholds]:
        """Those of some companies: what was asked for where it holds, else asked for now (and waited for)."""
        found: dict[str, Thresholds] = {}
        for company_id in companies:
            known = asked.get(company_id)
            held = known is not None and self.is_current(company_id, known)
            found[company_id] = known if known is not None and held else self.of(company_id)
        return found
