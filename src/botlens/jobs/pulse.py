"""Asks, every two seconds, whether accounts and events answer: so that `/readyz` knows without asking.

Each is asked by a thread of its own: one that says nothing delays no look at the other.
"""

import time
from collections.abc import Callable, Mapping
from functools import partial
from operator import itemgetter
from threading import Event
from types import MappingProxyType

from botlens.errors import BotlensError
from botlens.jobs.workers import Worker
from botlens.monitoring.health import Health
from botlens.monitoring.telemetry import Telemetry

_SECONDS = 2.0
_SILENT_SECONDS = 30.0
_STANDS_IN = "whom it remembers it answers, for a minute at most; others get 503"


class Pulse:
    """Looks after things that others answer for.

    Args:
        questions: by the name of what is asked; each raises if there is no good answer.
        telemetry: counts what failed.
        health: gets what does not answer, and what does again.
        stands_in: by such a name, whether something stands in for it now: then that is only warned of.
    """

    def __init__(
        self,
        questions: dict[str, Callable[[], object]],
        telemetry: Telemetry,
        health: Health,
        stands_in: Mapping[str, Callable[[], bool]] = MappingProxyType({}),
    ) -> None:
        self._questions = questions
        self._failing: dict[str, str] = {}
        self._telemetry = telemetry
        self._health = health
        self._stopped = Event()
        self._answered = dict.fromkeys(questions, time.monotonic())
        self._workers = [
            Worker(f"pulse-{name}", partial(self._beat, name), telemetry=telemetry, health=health)
            for name in questions
        ]
        health.watch("silence", self._silence)
        for name in questions:
            self._watch(name, stands_in.get(name, lambda: False))

    def start(self) -> None:
        """Begin."""
        self._answered = dict.fromkeys(self._questions, time.monotonic())
        for each in self._workers:
            each.start()

    def stop(self, seconds: float = 1.0) -> None:
        """End; an answer that does not come is not waited for."""
        until = time.monotonic() + seconds
        self._stopped.set()
        for each in self._workers:
            each.stop()
        for each in self._workers:
            each.join(max(0.0, until - time.monotonic()))

    def _beat(self, name: str) -> bool:
        if self._stopped.wait(_SECONDS):
            return False
        try:
            self._questions[name]()
        except Exception as error:  # whatever it is, it is what an operator must know
            self._telemetry.failed(name, error)
            said = error.message if isinstance(error, BotlensError) else type(error).__name__
            self._failing[name] = f"{name} do not answer: {said}"
        else:
            self._failing.pop(name, None)
        self._answered[name] = time.monotonic()
        return True

    def _watch(self, name: str, stands_in: Callable[[], bool]) -> None:
        def warning() -> str | None:
            failing = self._failing.get(name)
            return f"{failing}: {_STANDS_IN}" if failing and stands_in() else None

        self._health.watch(name, lambda: None if stands_in() else self._failing.get(name))
        self._health.watch_warning(name, warning)

    def _silence(self) -> str | None:
        name, answered = min(self._answered.items(), key=itemgetter(1))
        silent = time.monotonic() - answered
        if silent < _SILENT_SECONDS or self._stopped.is_set():
            return None
        return f"{name} do not answer for {silent:.0f} s"
