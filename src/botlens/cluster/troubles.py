"""What goes wrong at a node several times a second: said once with its cause, then now and then."""

import re
import time
from threading import Lock

import structlog

from botlens.errors import cause_of
from botlens.monitoring.telemetry import Telemetry

log = structlog.get_logger(__name__)

_AGAIN_SECONDS = 60.0


class Troubles:
    """Says what fails, and when all is well again. For any thread.

    Args:
        telemetry: counts each failure, whether it is said or not.
    """

    def __init__(self, telemetry: Telemetry) -> None:
        self._telemetry = telemetry
        self._lock = Lock()
        self._failing: dict[str, float] = {}  # rounds that fail, since when
        self._said: dict[str, float] = {}  # causes, and when each was said
        self._failures = 0

    def failed(self, where: str, error: Exception, *, comes_again: bool = False) -> None:
        """Note a failure of something that is tried again.

        Args:
            where: what failed.
            error: of it.
            comes_again: whether it is a round, of which `works` tells when it is well again.
        """
        self._telemetry.failed(where, error)
        cause, now = cause_of(error), time.monotonic()
        with self._lock:
            self._failures += 1
            if comes_again:
                self._failing.setdefault(where, now)
            alike = re.sub(r"\d+", "", cause)  # a port or a number of a process is another each time
            self._said = {each: at for each, at in self._said.items() if now - at < _AGAIN_SECONDS}
            if alike in self._said:
                return
            self._said[alike] = now
        log.warning(
            "cluster_failed",
            where=where,
            error=f"{type(error).__name__}: {error}",
            cause=cause,
            said_again_after=_AGAIN_SECONDS,
        )

    def works(self, where: str) -> None:
        """A round has gone well."""
        if where not in self._failing:
            return
        with self._lock:
            since = min(self._failing.values())
            del self._failing[where]
            if self._failing:
                self._failing = dict.fromkeys(self._failing, since)
                return
            failures, self._failures, self._said = self._failures, 0, {}
        seconds = round(time.monotonic() - since, 1)
        log.warning("cluster_well_again", seconds=seconds, failures=failures)
