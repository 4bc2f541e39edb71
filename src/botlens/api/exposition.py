"""What `/metrics` shows to Prometheus. Nothing in it names a company."""

import asyncio
import math
import os
import platform
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor

from prometheus_client import CollectorRegistry, Info, ProcessCollector, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from botlens import __version__
from botlens.api.desk import Desk
from botlens.engine import Engine
from botlens.jobs.runner import Runner
from botlens.store.connection import ClickHouse
from botlens.store.sizes import bytes_on_disk

_PATIENCE = 0.25
"""Seconds that somebody who asks waits for the store to tell its sizes."""


class Exposition:
    """What one app shows: what its engine counted, and what can be looked up when somebody asks.

    Args:
        engine: whose numbers.
        desk: whose turns.
    """

    def __init__(self, engine: Engine, desk: Desk) -> None:
        self._counted = engine.telemetry.registry
        self._looked_up = CollectorRegistry()
        self._sizes = _StoreSizes(engine.store)
        ProcessCollector(registry=self._looked_up)  # memory, descriptors and their limit, CPU, start
        build = Info("botlens_build", "What runs here.", registry=self._looked_up)
        build.info({"version": __version__, "python": platform.python_version()})
        self._looked_up.register(_Gauges(engine, desk))
        self._looked_up.register(self._sizes)
        self._looked_up.register(_Jobs(engine.jobs))

    async def render(self) -> bytes:
        """The text that Prometheus reads. It waits for nobody, and for the store a moment."""
        await self._sizes.refresh()
        return generate_latest(self._counted) + generate_latest(self._looked_up)


class _Gauges(Collector):
    """What is so at the moment."""

    def __init__(self, engine: Engine, desk: Desk) -> None:
        self._engine = engine
        self._desk = desk

    def describe(self) -> Iterator[GaugeMetricFamily]:
        """The same, since it costs nothing."""
        return self.collect()

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """One gauge each."""
        commits, turns = self._engine.commits, self._desk.turns
        for name, what, value in (
            ("botlens_events_waiting", "Events not committed yet.", commits.waiting),
            ("botlens_events_pending", "Durable events not in the store yet.", commits.pending),
            ("botlens_journal_bytes", "Bytes of the journal, of all nodes.", commits.journal_bytes()),
            ("botlens_recounts_waiting", "Chatbots still to be counted anew.", commits.stale_chatbots),
            ("botlens_questions_running", "Questions that have a turn.", turns.running),
            ("botlens_questions_waiting", "Questions that wait for a turn.", turns.waiting),
            ("botlens_threads", "Threads of the process.", _threads()),
        ):
            yield GaugeMetricFamily(name, what, value=value)
        if (cluster := self._engine.cluster) is not None:
            yield from _of_cluster(
                cluster.slots, math.nan if cluster.frames is None else cluster.frames.oldest
            )


def _of_cluster(slots: int, oldest: float) -> Iterator[GaugeMetricFamily]:
    what = "Slots whose companies this node has."
    yield GaugeMetricFamily("botlens_slots_owned", what, value=slots)
    what = "Age of the oldest commit of any node that the store may not have; 0 without any."
    yield GaugeMetricFamily("botlens_journal_age_seconds", what, value=oldest)


class _Jobs(Collector):
    """How the jobs of this process stand."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner

    def describe(self) -> Iterator[GaugeMetricFamily]:
        """The same, since it costs nothing."""
        return self.collect()

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Three gauges with a value for each job; one that this process never did has no age."""
        running = GaugeMetricFamily("botlens_job_running", "Whether a job runs here now.", labels=["job"])
        failing = GaugeMetricFamily("botlens_job_failing", "Failures of a job in a row.", labels=["job"])
        ages = GaugeMetricFamily(
            "botlens_job_success_age_seconds", "Seconds since a job was last done here.", labels=["job"]
        )
        for state in self._runner.states():
            running.add_metric([state.job.name], state.running)
            failing.add_metric([state.job.name], state.failures)
            if state.seconds_ago is not None:
                ages.add_metric([state.job.name], state.seconds_ago)
        yield from (running, failing, ages)


def _threads() -> int:
    """Threads of the process, those of the embedded engine too where the system tells."""
    try:
        return len(os.listdir("/proc/self/task"))  # noqa: PTH208 - counted, not walked
    except OSError:
        return threading.active_count()


class _StoreSizes(Collector):
    """Asks the store when somebody asks for it, in a thread of its own, and remembers what it said last."""

    def __init__(self, store: ClickHouse) -> None:
        self._store = store
        self._thread = ThreadPoolExecutor(1, "botlens-sizes")
        self._asked: Future[None] | None = None
        self._said: Mapping[str, int] = {}

    async def refresh(self) -> None:
        """Have the store asked; wait for it a moment, unless it has not answered the last time either."""
        if self._asked is not None and not self._asked.done():
            return
        self._asked = self._thread.submit(self._ask)
        await asyncio.wait((asyncio.wrap_future(self._asked),), timeout=_PATIENCE)

    def _ask(self) -> None:
        self._said = bytes_on_disk(self._store)

    def describe(self) -> Iterator[GaugeMetricFamily]:
        """What it would say, without asking."""
        yield GaugeMetricFamily("botlens_store_bytes", "Bytes of the store on disk.", labels=["table"])

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """One gauge with a value for each table."""
        for sizes in self.describe():
            for table, size in self._said.items():
                sizes.add_metric([table], size)
            yield sizes
