"""What `/metrics` shows to Prometheus. Nothing in it names a company."""

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, Counter, Gauge, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from botlens.engine import Engine
from botlens.ingest.pipeline import Parcel
from botlens.store.connection import ClickHouse
from botlens.store.sizes import bytes_on_disk


class Telemetry:
    """Counters of one app, in a registry of its own, so that apps can live side by side."""

    def __init__(self, engine: Engine) -> None:
        self._registry = CollectorRegistry()
        self._accepted = Counter("botlens_events_accepted", "Events accepted.", registry=self._registry)
        self._rejected = Counter(
            "botlens_events_rejected", "Events rejected, by reason.", ["code"], registry=self._registry
        )
        waiting = Gauge("botlens_events_waiting", "Events not committed yet.", registry=self._registry)
        waiting.set_function(lambda: engine.committer.waiting)
        pending = Gauge(
            "botlens_events_pending", "Durable events not in the store yet.", registry=self._registry
        )
        pending.set_function(lambda: engine.committer.pending)
        self._registry.register(_StoreSizes(engine.store))

    def count(self, taken: Parcel) -> None:
        """Count what became of a body."""
        self._accepted.inc(len(taken.records))
        for each in taken.rejected:
            self._rejected.labels(each.code).inc()

    def render(self) -> bytes:
        """The text that Prometheus reads."""
        return generate_latest(self._registry)


class _StoreSizes(Collector):
    """Asks the store when somebody asks for it."""

    def __init__(self, store: ClickHouse) -> None:
        self._store = store

    def describe(self) -> Iterator[GaugeMetricFamily]:
        """What it would say, without asking."""
        yield GaugeMetricFamily("botlens_store_bytes", "Bytes of the store on disk.", labels=["table"])

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """One gauge with a value for each table."""
        for sizes in self.describe():
            for table, size in bytes_on_disk(self._store).items():
                sizes.add_metric([table], size)
            yield sizes
