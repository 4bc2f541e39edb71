"""What one engine counts of itself: any room may count into it, `api` shows it. It names no company."""

import time

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

_REQUEST_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_WORK_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)


class Telemetry:
    """Instruments of one engine, in a registry of its own, so that engines can live side by side.

    Attributes:
        registry: what `/metrics` renders.
        accepted: events that were taken.
        rejected: events that were not, by `code`.
        failures: of work that is tried again, by `where` and `cause` (the name of the exception).
        refused: requests that were too much, too large or too slow, by `code` of the error.
        lost_leases: slots that a renewal found to be another's or nobody's, in a cluster.
        fenced: commits that were refused since another node had taken the slot.
        passed_on: requests that another node had to answer, by `outcome`.
        requests: seconds that requests took, by `route` (its template), `method` and `status`.
    """

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.accepted = Counter("botlens_events_accepted", "Events accepted.", registry=self.registry)
        self.rejected = Counter(
            "botlens_events_rejected", "Events rejected, by reason.", ["code"], registry=self.registry
        )
        self.failures = Counter(
            "botlens_failures",
            "Failures of work that is tried again, by where they happened and why.",
            ["where", "cause"],
            registry=self.registry,
        )
        self.passed_on = Counter(
            "botlens_requests_passed_on",
            "Requests that another node of the cluster had to answer, by what became of them.",
            ["outcome"],
            registry=self.registry,
        )
        self.refused = Counter(
            "botlens_requests_refused",
            "Requests that were too much, too large or too slow, by reason.",
            ["code"],
            registry=self.registry,
        )
        self.requests = Histogram(
            "botlens_request_seconds",
            "Seconds from a request's head to the last byte of its answer.",
            ["route", "method", "status"],
            buckets=_REQUEST_SECONDS,
            registry=self.registry,
        )
        self.lost_leases = Counter(
            "botlens_leases_lost",
            "Slots that a renewal found to be another's or nobody's.",
            registry=self.registry,
        )
        self.fenced = Counter(
            "botlens_appends_fenced",
            "Commits that were refused since another node had taken the slot.",
            registry=self.registry,
        )
        self._commits = _Work("commit", "Commits: journal, facts and live numbers", self.registry)
        self._flushes = _Work("flush", "Flushes of what is pending into the store", self.registry)

    def failed(self, where: str, error: BaseException) -> None:
        """Count a failure."""
        self.failures.labels(where, type(error).__name__).inc()

    def committed(self, seconds: float) -> None:
        """Count a commit that succeeded, and how long it took."""
        self._commits.succeeded(seconds)

    def flushed(self, seconds: float) -> None:
        """Count a flush that succeeded (also one that had nothing to do), and how long it took."""
        self._flushes.succeeded(seconds)


class _Work:
    """Work that is done again and again: how long it took, and how long ago it last succeeded."""

    def __init__(self, name: str, what: str, registry: CollectorRegistry) -> None:
        self._took = Histogram(
            f"botlens_{name}_seconds",
            f"{what}: seconds each.",
            buckets=_WORK_SECONDS,
            registry=registry,
        )
        self._last = time.monotonic()
        age = Gauge(
            f"botlens_{name}_age_seconds",
            f"{what}: seconds since the last one that succeeded, or since the start.",
            registry=registry,
        )
        age.set_function(lambda: time.monotonic() - self._last)

    def succeeded(self, seconds: float) -> None:
        self._took.observe(seconds)
        self._last = time.monotonic()
