"""Which numbers of chatbots are saved: whoever replaces facts must know what to write down first."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from threading import Lock


@dataclass(frozen=True, slots=True)
class SavedBase:
    """What saved numbers stand on.

    Attributes:
        version: they hold all facts of this version and lower, and nothing later.
        day: they hold facts on days before this one, in days since 1970.
    """

    version: int
    day: int


class SavedBases:
    """The bases of chatbots. It may know less than the store has: then facts do not prove those numbers.

    Every method may be called from any thread.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._learnt = False
        self._known: dict[str, dict[str, tuple[SavedBase, ...]]] = {}

    def known(self, company_id: str) -> Mapping[str, tuple[SavedBase, ...]] | None:
        """The bases by chatbot: those that are saved, and those that are being saved. None: ask the store."""
        return self._known.get(company_id, {}) if self._learnt else None

    def learn(self, stored: Mapping[str, Mapping[str, SavedBase]]) -> None:
        """Take in what the store has, by company and chatbot, unless that is known by now."""
        with self._lock:
            if not self._learnt:
                self._known = {
                    company_id: {each: (base,) for each, base in bases.items()}
                    for company_id, bases in stored.items()
                }
                self._learnt = True

    def holds(self, company_id: str, chatbot_id: str, base: SavedBase) -> bool:
        """Whether nobody has forgotten the base since it was begun."""
        return base in self._known.get(company_id, {}).get(chatbot_id, ())

    def keep(self, company_id: str, chatbot_id: str, bases: Iterable[SavedBase]) -> None:
        """Let a chatbot have these alone. Where the store is to be asked, it stays so."""
        with self._lock:
            if self._learnt:  # else all others would be known to have none
                self._known[company_id] = {**self._known.get(company_id, {}), chatbot_id: tuple(bases)}

    def forget(self, company_id: str, chatbot_ids: Iterable[str] | None = None) -> None:
        """Numbers of chatbots of a company are not to be used any more; None is all of them."""
        with self._lock:
            gone = self._known.get(company_id, {}).keys() if chatbot_ids is None else set(chatbot_ids)
            if company_id in self._known:
                own = self._known[company_id].items()
                self._known[company_id] = {each: bases for each, bases in own if each not in gone}

    def clear(self) -> None:
        """Ask the store anew: companies have come from another process."""
        with self._lock:
            self._learnt, self._known = False, {}
