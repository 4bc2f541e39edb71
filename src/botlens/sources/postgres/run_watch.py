"""How far a run has come, while it does: for the status, the job, and whoever asks for `--status`."""

import math
import time

from botlens.jobs.job import Progress
from botlens.sources.postgres.state import StateStore
from botlens.sources.postgres.status import SyncStatus


class RunWatch:
    """Tells the status and the job how far a bridge is, and whoever asks for `--status`.

    Args:
        status: is told.
        progress: of the job; says when to end.
        store: where it is written down.
        every: seconds.
    """

    def __init__(self, status: SyncStatus, progress: Progress, store: StateStore, every: float) -> None:
        self._status = status
        self._progress = progress
        self._store = store
        self._every = every
        self._noted = -math.inf

    def at(self, phase: str, done: int, of: int | None) -> None:
        """See `BridgeWatch`."""
        self._status.at(phase, done, of)
        self._progress.at(done, of)
        self._note()

    def pause(self, seconds: float) -> None:
        """See `BridgeWatch`."""
        self._progress.pause(seconds)
        self._note()

    def _note(self) -> None:
        if time.monotonic() - self._noted >= self._every:
            self._store.note_seen(self._status.seen())
            self._noted = time.monotonic()
