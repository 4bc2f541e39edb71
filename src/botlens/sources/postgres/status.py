"""How following a source goes: for `/readyz`, `/metrics`, `/v1/jobs` and `botlens sync --status`."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from botlens.sources.postgres.changes import Lag
from botlens.sources.postgres.differences import Differences
from botlens.sources.postgres.state import FollowedState, SetAsideCount

BEHIND_SECONDS: Final = 60.0
"""From so many seconds on, besides the pause between two looks at the source, an operator is warned."""

_PHASES: Final = {
    "": "was not read yet: numbers are not complete",
    "count": "is counted: numbers are not complete",
    "copy": "is copied: numbers are not complete",
    "wait": "waits to follow: numbers are not complete",
    "compare": "is compared: numbers are not complete",
}


_AT: Final = "%Y-%m-%d %H:%M:%S UTC"


def written_at(seen: Mapping[str, Any]) -> datetime | None:
    """When what `SyncStatus.seen` gave was written down; None if it does not say."""
    try:
        return datetime.strptime(str(seen.get("at")), _AT).replace(tzinfo=UTC)
    except ValueError:
        return None


class SyncStatus:
    """What is known of it now. Written by the thread that follows; read by any, without a lock.

    Args:
        now: gives the time, in UTC.

    Attributes:
        now: see there.
        is_ours: whether this process follows it, will, or was the last that failed to; if another one does,
            that knows how it goes.
        meanwhile: why the log is not followed for now, though it could be; empty if that is not so.
    """

    def __init__(self, now: Callable[[], datetime]) -> None:
        self.now = now
        self.is_ours = True
        self.way = ""
        self.why: Sequence[str] = ()
        self.phase = ""
        self.done = 0
        self.of: int | None = None
        self.stopped: Sequence[str] = ()
        self.meanwhile = ""
        self._sentence = ""
        self.lag: Lag | None = None
        self._began = self._reached = self.caught_up_at = time.monotonic()
        self.pause_seconds = 0.0
        self._phase_at = time.monotonic()
        self._state = FollowedState()
        self._events = 0
        self._counts: Sequence[SetAsideCount] = ()
        self._differences: Differences | None = None

    # Written

    def begins(self) -> None:
        """It is not followed: it is to be, or was."""
        self.way, self.why, self.meanwhile = "", (), ""

    def goes(self, way: str, why: Sequence[str] = ()) -> None:
        """It is followed a way; and why no better one, in sentences."""
        self.why, self.way = why, way  # in this order: whoever sees the way sees why

    def at(self, phase: str, done: int, of: int | None) -> None:
        """How far a part of it is."""
        if phase != self.phase:
            self._phase_at = time.monotonic()
        self.phase, self.done, self.of, self._sentence = phase, done, of, ""
        self.reached()

    def says(self, sentence: str) -> None:
        """Something that an operator should read, until something else is said."""
        self._sentence = sentence

    def reached(self) -> None:
        """The source has answered."""
        self._reached = time.monotonic()

    def caught_up(self, at: float, pause: float) -> None:
        """All is here that there was at a moment.

        Args:
            at: that moment, monotonic.
            pause: seconds that pass between two looks at the source.
        """
        self.pause_seconds = pause
        if at > self.caught_up_at:
            self.caught_up_at, self._sentence = at, ""

    def noted(self, lag: Lag, state: FollowedState, events: int, counts: Sequence[SetAsideCount]) -> None:
        """How far it was when it was last written down."""
        self.lag, self._state, self._events, self._counts = lag, state, events, counts

    def compared(self, found: Differences) -> None:
        """What a comparison of keys has mended."""
        self._differences = found

    # Read

    @property
    def behind_seconds(self) -> float:
        """Since when there may be something in the source that is not here."""
        return time.monotonic() - self.caught_up_at

    @property
    def seconds_remaining(self) -> float | None:
        """How long the copy will take still; None if nobody can tell."""
        took = time.monotonic() - self._phase_at
        if self.phase != "copy" or not self.of or not self.done or took < 1:
            return None
        return took * (self.of - self.done) / self.done

    @property
    def set_aside(self) -> int:
        """How many rows are set aside."""
        return sum(each.rows for each in self._counts)

    def warning(self) -> str | None:
        """What an operator should know; see `Health.watch_warning`."""
        if not self.is_ours:
            return None
        found = list(self.stopped)
        found += [
            f"{gone:,} of {of:,} rows of {table} are gone from the source at once: nothing of it is deleted. "
            "If they are to go: `botlens sync --confirm`"
            for table, (gone, of) in self._state.held.items()
        ]
        if self.meanwhile:
            found.append(self.meanwhile)
        if doing := self._now_doing():
            found.append(doing)
        if self.phase not in _PHASES and self.behind_seconds - self.pause_seconds >= BEHIND_SECONDS:
            found.append(f"behind {self.behind_seconds:.0f} s")
        return "; ".join(found) or None

    def _now_doing(self) -> str:
        """What it does instead of following, and what was said last; empty while all goes as it should."""
        found = [self._sentence] if self._sentence else []
        if self.phase in _PHASES:
            remaining = self.seconds_remaining
            more = "" if remaining is None else f" for some {remaining:.0f} s more"
            found.append(f"the source {_PHASES[self.phase]}{more}")
        return "; ".join(found)

    def sentence(self) -> str:
        """The same, or that all is well, in a line: what `GET /v1/jobs` says."""
        if not self.is_ours:
            return "another node follows it, or will within a minute or so"
        lag = "" if self.lag is None else f", {self.lag.behind:,} bytes behind"
        aside = f", {self.set_aside:,} rows set aside" if self.set_aside else ""
        said = f"{self.way or self.phase or 'begins'}{lag}{aside}"
        why = " ".join(each for each in self.why if each != self.meanwhile)  # which is a warning, too
        parts = [said, *([f"no better way: {why}"] if why else [])]
        warning = self.warning()
        return "; ".join(parts if warning is None else [*parts, warning])

    def seen(self) -> dict[str, Any]:
        """What is kept for others to read."""
        lag = self.lag
        return {
            "at": f"{self.now():{_AT}}",
            "way": self.way,
            "why": list(self.why),
            "phase": self.phase,
            "says": self._now_doing(),
            "behind_bytes": None if lag is None else lag.behind,
            "room_bytes": None if lag is None else lag.room,
            "slot": None if lag is None else lag.status,
            "behind_seconds": round(self.behind_seconds, 1),
            "events": self._events,
            "stopped": list(self.stopped),
        }


class SyncMetrics(Collector):
    """The gauges and counters of following a source."""

    def __init__(self, status: SyncStatus, registry: CollectorRegistry) -> None:
        self._status = status
        registry.register(self)

    def describe(self) -> Iterable[Metric]:
        """What it would say."""
        return self.collect()

    def collect(self) -> Iterator[Metric]:
        """What it says now."""
        families = list(self._said())
        if not self._status.is_ours:  # absent: whoever follows has them
            for each in families:
                each.samples.clear()
        yield from families

    def _said(self) -> Iterator[Metric]:
        status, lag = self._status, self._status.lag
        yield GaugeMetricFamily(
            "botlens_sync_behind_seconds",
            "Seconds since all that the source had was here.",
            value=status.behind_seconds,
        )
        yield GaugeMetricFamily(
            "botlens_sync_behind_bytes",
            "Bytes of the source's log that are not taken in yet.",
            value=float("nan") if lag is None else lag.behind,
        )
        yield GaugeMetricFamily(
            "botlens_sync_room_bytes",
            "Bytes that the source may still write before our slot is lost.",
            value=float("nan") if lag is None or lag.room is None else lag.room,
        )
        yield GaugeMetricFamily(
            "botlens_sync_set_aside_rows",
            "Rows of the source that say nothing that can be taken.",
            value=status.set_aside,
        )
        yield CounterMetricFamily(
            "botlens_sync_events", "Events that rows of the source became.", value=status.seen()["events"]
        )
