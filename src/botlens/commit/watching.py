"""Who is told when what can be asked of a company has changed.

Thousands of commits a second pass here, and next to nobody looks on: a company that nobody watches costs one
look into a mapping.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from threading import Lock
from types import MappingProxyType

import structlog

log = structlog.get_logger(__name__)

Changed = Callable[[Collection[str] | None], None]
"""Told of the chatbots that changed; None is all of them. Called by the thread that made the change, which
holds locks: it may do no more than note it."""


class Watching:
    """Who watches which company. For any thread."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._watchers: Mapping[str, tuple[Changed, ...]] = MappingProxyType({})

    def watch(self, company_id: str, changed: Changed) -> Callable[[], None]:
        """Have somebody told of the changes of a company, until what this returns is called."""
        with self._lock:
            self._set(company_id, (*self._watchers.get(company_id, ()), changed))
        return lambda: self._leave(company_id, changed)

    def changed(self, company_id: str, chatbots: Collection[str]) -> None:
        """Tell of a change of some chatbots of a company."""
        watchers = self._watchers.get(company_id)
        if watchers is not None:
            _tell(watchers, chatbots)

    def all_changed(self) -> None:
        """Tell of a change of everything."""
        for watchers in self._watchers.values():
            _tell(watchers, None)

    def _leave(self, company_id: str, changed: Changed) -> None:
        with self._lock:
            others = list(self._watchers.get(company_id, ()))
            if changed in others:
                others.remove(changed)
            self._set(company_id, tuple(others))

    def _set(self, company_id: str, watchers: tuple[Changed, ...]) -> None:
        """A new mapping each time: whoever tells reads the old one to its end, without a lock."""
        others = {key: each for key, each in self._watchers.items() if key != company_id}
        self._watchers = MappingProxyType({**others, company_id: watchers} if watchers else others)


def _tell(watchers: Iterable[Changed], chatbots: Collection[str] | None) -> None:
    for each in watchers:
        try:
            each(chatbots)
        except Exception:  # whoever looks on may not keep anybody from working
            log.exception("watcher_failed")
