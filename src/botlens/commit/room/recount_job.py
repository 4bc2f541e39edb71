"""The thread that makes facts anew that nobody waits for: events were loaded, or counting failed before."""

from threading import Event

from botlens.commit.room.recounts import Recounts
from botlens.jobs.workers import Worker
from botlens.monitoring.health import Health
from botlens.monitoring.telemetry import Telemetry

_SECONDS = 1.0


class RecountJob:
    """Has recounts tried again when it is time to.

    Args:
        recounts: knows what is to be made anew.
        telemetry: counts failures.
        health: watches the thread.
    """

    def __init__(self, recounts: Recounts, telemetry: Telemetry, health: Health) -> None:
        self._recounts = recounts
        self._stopping = Event()
        self._worker = Worker("recount", self._round, telemetry=telemetry, health=health)

    def start(self) -> None:
        """Begin."""
        self._worker.start()

    def stop(self) -> None:
        """Leave off soon; what is left is written down."""
        self._worker.stop()
        self._stopping.set()

    def join(self, seconds: float) -> bool:
        """Wait for the end; whether it has come."""
        return self._worker.join(seconds)

    def _round(self) -> bool:
        if self._stopping.wait(_SECONDS):
            return False
        self._recounts.retry(self._stopping.is_set)
        return True
