"""Asks, every two seconds, whether accounts and events answer: so that `/readyz` knows without asking."""

import time
from collections.abc import Callable
from threading import Event

from botlens.jobs.workers import Worker
from botlens.monitoring.health import Health
from botlens.monitoring.telemetry import Telemetry

_SECONDS = 2.0
_SILENT_SECONDS = 30.0


class Pulse:
    """Looks after things that others answer for.

    Args:
        questions: by the name of what is asked; each raises if there is no good answer.
        telemetry: counts what failed.
        health: gets what does not answer, and what does again.
    """

    def __init__(
        self, questions: dict[str, Callable[[], object]], telemetry: Telemetry, health: Health
    ) -> None:
        self._questions = questions
        self._telemetry = telemetry
        self._health = health
        self._stopped = Event()
        self._answered = time.monotonic()
        self._asked = ""
        self._worker = Worker("pulse", self._beat, telemetry=telemetry, health=health)
        health.watch("silence", self._silence)

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
                self._health.fail(name, f"{name} do not answer ({type(error).__name__})")
            else:
                self._health.recover(name)
        self._answered = time.monotonic()
        return True

    def _silence(self) -> str | None:
        silent = time.monotonic() - self._answered
        if silent < _SILENT_SECONDS or self._stopped.is_set():
            return None
        return f"{self._asked} do not answer for {silent:.0f} s"
