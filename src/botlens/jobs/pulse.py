"""Asks, every two seconds, whether accounts and events answer: so that `/readyz` knows without asking."""

import time
from collections.abc import Callable, Mapping
from threading import Event
from types import MappingProxyType

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
        self._answered = time.monotonic()
        self._asked = ""
        self._worker = Worker("pulse", self._beat, telemetry=telemetry, health=health)
        health.watch("silence", self._silence)
        for name in questions:
            self._watch(name, stands_in.get(name, lambda: False))

    def start(self) -> None:
        """Begin."""
        self._answered = time.monotonic()
        self._worker.start()

    def stop(self, seconds: float = 1.0) -> None:
        """End; an answer that does not come is not waited for."""
        self._worker.stop()
        self._stopped.set()
        self._worker.join(seconds)

    def _beat(self) -> bool:
        if self._stopped.wait(_SECONDS):
            return False
        for name, ask in self._questions.items():
            self._asked = name
            try:
                ask()
            except Exception as error:  # whatever it is, it is what an operator must know
                self._telemetry.failed(name, error)
                self._failing[name] = f"{name} do not answer ({type(error).__name__})"
            else:
                self._failing.pop(name, None)
        self._answered = time.monotonic()
        return True

    def _watch(self, name: str, stands_in: Callable[[], bool]) -> None:
        def warning() -> str | None:
            failing = self._failing.get(name)
            return f"{failing}: {_STANDS_IN}" if failing and stands_in() else None

        self._health.watch(name, lambda: None if stands_in() else self._failing.get(name))
        self._health.watch_warning(name, warning)

    def _silence(self) -> str | None:
        silent = time.monotonic() - self._answered
        if silent < _SILENT_SECONDS or self._stopped.is_set():
            return None
        return f"{self._asked} do not answer for {silent:.0f} s"
