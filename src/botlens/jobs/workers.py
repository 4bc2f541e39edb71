"""Threads that end only when they are asked to."""

import time
from collections.abc import Callable
from threading import Event, Thread

import structlog

from botlens.monitoring.health import Health
from botlens.monitoring.telemetry import Telemetry

log = structlog.get_logger(__name__)

_FIRST_PAUSE = 0.1
_LONGEST_PAUSE = 5.0


class Worker:
    """A thread that does the same thing again and again.

    Whatever goes wrong is logged with its cause, counted, and tried again after a pause that grows. While the
    thread is dead although nobody stopped it, `health` says so.

    Args:
        name: of the thread, and what failures are counted under.
        work: one round. It returns whether there should be another.
        telemetry: counts failures.
        health: watches the thread.
    """

    def __init__(self, name: str, work: Callable[[], bool], *, telemetry: Telemetry, health: Health) -> None:
        self.name = name
        self._work = work
        self._telemetry = telemetry
        self._stopped = Event()
        self._pause = _FIRST_PAUSE
        self._thread = Thread(target=self._run, name=f"botlens-{name}", daemon=True)
        health.watch(f"thread {name}", self._problem)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    @property
    def started(self) -> bool:
        """Whether it has begun."""
        return self._thread.ident is not None

    def stop(self) -> None:
        """Have no round begin any more."""
        self._stopped.set()

    def join(self, seconds: float) -> bool:
        """Wait for the end of the last round; whether it has come."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def _problem(self) -> str | None:
        if self._thread.is_alive() or self._stopped.is_set() or self._thread.ident is None:
            return None
        return f"the thread `{self.name}` has died"

    def _run(self) -> None:
        while True:
            try:
                if not self._work():
                    return
                self._pause = _FIRST_PAUSE
            except BaseException as error:  # an end of this thread would be an outage that nobody sees
                self._failed(error)

    def _failed(self, error: BaseException) -> None:
        try:
            self._telemetry.failed(self.name, error)
            log.error("worker_failed", worker=self.name, exc_info=error, again_in=self._pause)
            if not self._stopped.wait(self._pause):
                self._pause = min(2 * self._pause, _LONGEST_PAUSE)
        except BaseException:  # no memory even for that
            time.sleep(_LONGEST_PAUSE)
