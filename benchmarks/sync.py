"""Following the tables of a PostgreSQL: the first copy, each way under traffic, a restart, `--verify`."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread

from benchmarks.dataset import Dataset
from benchmarks.figures import Results, percentile
from benchmarks.load import Stock
from benchmarks.routes import Paths
from benchmarks.server import Server
from benchmarks.sizes import MEBIBYTE
from benchmarks.source import fill_source, messages_of, watched_source, write

STAGE = "sync"
WAYS = ("stream", "slot", "sweep")
STORED, COMPLETE = "copy until stored", "copy until complete"
MEMORY = "copy, memory above the idle server"
BRIDGE = "bridge after a restart"
VERIFY, VERIFY_SOURCE = "--verify", "--verify, CPU of the source"
RATE = 1_000
_POLL_SECONDS = 0.02
_WAIT_SECONDS = 1_200
_COMMAND = "from botlens.cli.main import app; app()"


def lag(way: str, share: str) -> str:
    return f"{way}: lag at {RATE:,} messages/s, {share}"


def cost(way: str) -> str:
    return f"{way}: CPU of the source meanwhile"


def measure(results: Results, dataset: Dataset, url: str, folder: Path) -> None:
    """All of it, one after the other, on a new data folder."""
    messages = fill_source(url, dataset)
    results.facts["synced_messages"] = messages
    with Server(folder) as server:
        idle = server.memory()[0]
    _copy(results, url, folder, messages, idle)
    for way in WAYS:
        _follow(results, dataset, url, folder, way)
    _restart(results, url, folder)
    _verify(results, url, folder)
    _beside(results, dataset, url, folder)


def _server(folder: Path, url: str, way: str = "stream") -> Server:
    return Server(folder, BOTLENS_SYNC_URL=url, BOTLENS_SYNC_WAY=way)


def _copy(results: Results, url: str, folder: Path, messages: int, idle: int) -> None:
    began = time.monotonic()
    with watched_source(url) as source, _server(folder, url) as server:
        stored = _until(server, ("count", "wait", "compare", *WAYS)) - began
        complete = _until(server, WAYS) - began
        highest = server.memory()[1]
        counted = server.get("/analytics/overview")["total_messages"]
    results.add(STAGE, STORED, "botlens", [messages / stored], "messages/s")
    results.add(STAGE, COMPLETE, "botlens", [messages / complete], "messages/s")
    results.add(STAGE, MEMORY, "botlens", [(highest - idle) / MEBIBYTE], "MiB")
    results.add(STAGE, "copy, CPU of the source", "botlens", [source.seconds], "s")
    results.check(
        "sync: every message is copied and counted", counted == messages, f"{counted} of {messages}"
    )


def _follow(results: Results, dataset: Dataset, url: str, folder: Path, way: str) -> None:
    seconds = dataset.profile.synced_seconds
    with _server(folder, url, way) as server:
        _until(server, WAYS)
        before = messages_of(url)
        server.get(Paths.of(dataset).overview)  # the very first is of the stage `restarts`
        with _totals(server, Paths.of(dataset).overview) as seen, watched_source(url) as source:
            began = time.monotonic()
            with ThreadPoolExecutor(1) as writer:
                written = writer.submit(write, url, dataset.measured[0].id, RATE, seconds)
                committed = written.result()
            took, spent = time.monotonic() - began, source.seconds
            seen.wait(before + committed[-1][1])
        lags = [1_000 * each for each in seen.lags(committed, before)]
    results.add(STAGE, lag(way, "p50"), "botlens", [percentile(lags, 0.5)], "ms")
    results.add(STAGE, lag(way, "p99"), "botlens", [percentile(lags, 0.99)], "ms")
    results.add(STAGE, cost(way), "botlens", [100 * spent / took], "% of a core")
    here = seen.last
    results.check(f"sync: {way} counts every message", here == messages_of(url), f"{here} counted")


def _restart(results: Results, url: str, folder: Path) -> None:
    began = time.monotonic()
    with watched_source(url) as source, _server(folder, url) as server:
        took = _until(server, WAYS) - began
    results.add(STAGE, BRIDGE, "botlens", [took], "s")
    results.add(STAGE, f"{BRIDGE}, CPU of the source", "botlens", [source.seconds], "s")


def _verify(results: Results, url: str, folder: Path) -> None:
    began = time.monotonic()
    with watched_source(url) as source:
        done = subprocess.run(
            [sys.executable, "-c", _COMMAND, "sync", url, "--verify", "--json", "--data-dir", folder],
            stdout=subprocess.PIPE,
            check=True,
        )
        took = time.monotonic() - began
    said = json.loads(done.stdout)
    results.add(STAGE, VERIFY, "botlens", [took], "s")
    results.add(STAGE, VERIFY_SOURCE, "botlens", [source.seconds], "s")
    differ = {name: said[name] for name in ("gone", "missing", "different")}
    results.check("sync: --verify finds nothing that differs", not any(differ.values()), str(differ))


def _beside(results: Results, dataset: Dataset, url: str, folder: Path) -> None:
    """What teams do without it: messages of the same kind, posted by four clients in batches of 1,000."""
    events = max(dataset.profile.ingest_events.values())
    with Server(folder) as server:
        server.get(Paths.of(dataset).detail)
        stock = Stock.prepare(server, dataset, dataset.measured[0], 4, events, 1_000)
        sent = stock.send(server)
    results.add(STAGE, COMPLETE, "POST /v1/events", [stock.messages / sent.elapsed], "messages/s")


def _until(server: Server, phases: tuple[str, ...]) -> float:
    """Wait until following has come to one of these; when that was."""
    until, said = time.monotonic() + _WAIT_SECONDS, ""
    while time.monotonic() < until:
        answer = server.ask("/v1/jobs")
        # The company is not there before the source was read for the first time.
        jobs = answer.json()["jobs"] if answer.status == 200 else []
        job = next((each for each in jobs if each["name"] == STAGE), {})
        said = job.get("said") or ""
        if job.get("error"):
            raise RuntimeError(f"the tables are not followed: {job['error']}")
        if said.split(",")[0].split(";")[0] in phases:
            return time.monotonic()
        time.sleep(_POLL_SECONDS)
    raise RuntimeError(f"it did not come to {phases}: {said}")


@dataclass
class Totals:
    """How many messages counted at which moments."""

    seen: list[tuple[float, int]] = field(default_factory=list)

    @property
    def last(self) -> int:
        return self.seen[-1][1] if self.seen else 0

    def wait(self, total: int) -> None:
        """Until so many count."""
        until = time.monotonic() + _WAIT_SECONDS
        while self.last < total:
            if time.monotonic() > until:
                raise RuntimeError(f"{self.last} of {total} messages count")
            time.sleep(_POLL_SECONDS)

    def lags(self, committed: list[tuple[float, int]], before: int) -> Iterator[float]:
        """Seconds from each commit until the first look at which all of it counted."""
        looks = iter(self.seen)
        at, total = next(looks)
        for when, messages in committed:
            while total < before + messages:
                at, total = next(looks)
            yield max(0.0, at - when)


@contextmanager
def _totals(server: Server, path: str) -> Iterator[Totals]:
    """Look at the overview all the time, as long as the block lasts."""
    found, ended = Totals(), Event()
    connection, request = server.connect(), server.prepared(path)

    def look() -> None:
        while not ended.is_set():
            total = connection.ask(request).json()["total_messages"]
            found.seen.append((time.monotonic(), total))
            ended.wait(_POLL_SECONDS)

    thread = Thread(target=look, daemon=True)
    thread.start()
    try:
        yield found
    finally:
        ended.set()
        thread.join()
        connection.close()
