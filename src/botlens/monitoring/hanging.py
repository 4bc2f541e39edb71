"""Calls to the store that never came back, and what becomes of a process that has too many of them."""

from collections.abc import Callable
from threading import Lock

import structlog

from botlens.monitoring.health import Health
from botlens.monitoring.telemetry import Telemetry

log = structlog.get_logger(__name__)

MOST_HANGING = 4
"""With so many the store is not worth waiting for: each holds memory, a thread, perhaps a lock."""

GiveUp = Callable[[], None]
"""Ends the process for a restart. Called once, from any thread; it returns at once."""


class HangingCalls:
    """Counts the calls of one store that hang, and says when the process had better be started anew.

    Args:
        telemetry: counts each.
        health: says that the process is not ready while there are too many.
        give_up: called when there are too many for the first time. None: the store is a server, whose calls
            end by themselves, and where a new process helps nobody. It is only warned of.
    """

    def __init__(self, telemetry: Telemetry, health: Health, give_up: GiveUp | None) -> None:
        self._telemetry = telemetry
        self._health = health
        self._of_server = give_up is None
        self._give_up = give_up
        self._lock = Lock()
        self._known = 0
        if self._of_server:
            health.watch_warning("store", self._warning)

    def __call__(self, hanging: int) -> None:
        """Take note of how many calls hang now: see `botlens.store.pool.Watch`."""
        with self._lock:
            more, self._known = hanging > self._known, hanging
            broken = hanging >= MOST_HANGING
            give_up = self._give_up if broken else None
            if broken:
                self._give_up = None
        if more:
            self._telemetry.failures.labels("store_call", "StuckError").inc()
            log.error("store_call_given_up", hanging=hanging)
        if self._of_server:
            return
        if broken:
            self._health.fail("store", f"{hanging} calls to the event store never came back: start it anew.")
        else:
            self._health.recover("store")
        if give_up is not None:
            give_up()

    def _warning(self) -> str | None:
        hanging = self._known
        return f"{hanging} calls to the event store do not come back" if hanging >= MOST_HANGING else None
