"""What `/metrics` shows to Prometheus. Nothing in it names a company."""

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, Gauge, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from botlens.engine import Engine
from botlens.store.connection import ClickHouse
from botlens.store.sizes import bytes_on_disk


class Exposition:
    """What one app shows: what its engine counted, and what can be looked up when somebody asks."""

    def __init__(self, engine: Engine) -> None:
        self._counted = engine.telemetry.registry
        self._looked_up = CollectorRegistry()
        waiting = Gauge("botlens_events_waiting", "Events not committed yet.", registry=self._looked_up)
        waiting.set_function(lambda: engine.committer.waiting)
        pending = Gauge(
            "botlens_events_pending", "Durable events not in the store yet.", registry=self._looked_up
        )
        pending.set_function(lambda: engine.committer.pending)
        self._looked_up.register(_StoreSizes(engine.store))

    def render(self) -> bytes:
        """The text that Prometheus reads."""
        return generate_latest(self._counted) + generate_latest(self._looked_up)


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
