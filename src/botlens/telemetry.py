"""What one engine counts of itself: any room may count into it, `api` shows it. It names no company."""

from prometheus_client import CollectorRegistry, Counter


class Telemetry:
    """Counters of one engine, in a registry of its own, so that engines can live side by side.

    Attributes:
        registry: what `/metrics` renders.
        accepted: events that were taken.
        rejected: events that were not, by `code`.
        failures: of work that is tried again, by `where` and `cause` (the name of the exception).
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

    def failed(self, where: str, error: BaseException) -> None:
        """Count a failure."""
        self.failures.labels(where, type(error).__name__).inc()
