"""What it costs that several nodes serve the same companies, beside one process on a folder; see `nodes`."""

import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from threading import Event, Thread

from benchmarks import wire
from benchmarks.dataset import Dataset
from benchmarks.figures import Results, percentile
from benchmarks.load import Sent, Stock
from benchmarks.nodes import LEASE_SECONDS, Nodes, Tenant, tenants, until_idle
from benchmarks.routes import timed
from benchmarks.server import Server

STAGE = "cluster"
SINGLE, BATCHES = "single event acknowledged, p50", "batches of 1,000, 4 clients"
PASSED, ASKED = "overview, passed on by another node: p50", "overview, asked of its owner: p50"
TWO, TWO_BY_PROCESSOR = "ingest by two nodes, a core each", "ingest by two nodes, by their processor time"
KILLED, ENDED = "take-over after kill -9", "SIGTERM: answered with 503 for"
_ROUNDS = 3
_BATCH = 1_000
_OVERVIEW = "/analytics/overview"
_ASKED_TIMES = 500
_PAUSE_SECONDS = 0.02
_WATCHED_SECONDS = 3 * LEASE_SECONDS


def measure(results: Results, dataset: Dataset, url: str, folder: Path) -> None:
    """All of it.

    Args:
        results: gets the figures.
        dataset: whose largest chatbot's events are sent.
        url: of an empty PostgreSQL that syncs (see `nodes.SETTINGS`).
        folder: empty.
    """
    with Nodes(url, folder) as nodes:
        _beside_a_folder(results, dataset, nodes, url, folder / "alone")
        companies = tenants(url, dataset.measured[0])
        _two_against_one(results, dataset, nodes, companies)
        nodes.begin("second")
        _passed_on(results, dataset, nodes, companies)
        _taken_over(results, nodes, companies)


def _beside_a_folder(results: Results, dataset: Dataset, nodes: Nodes, url: str, folder: Path) -> None:
    """One node and one process on a folder, in turn; both run all the while."""
    folder.mkdir()
    chatbot, profile = dataset.measured[0], dataset.profile
    (alone,) = tenants(f"sqlite:///{folder}/accounts.db", chatbot, 1)
    node = nodes.begin("first")
    (shared,) = tenants(url, chatbot, 1)
    singles: dict[str, list[float]] = {"folder": [], "node": []}
    rates: dict[str, list[float]] = {"folder": [], "node": []}
    with Server(folder) as server:
        for number in range(_ROUNDS + 1):
            for way, asked, tenant in (("folder", server, alone), ("node", node, shared)):
                prepared = _stock(asked, tenant, dataset, 1, profile.ingest_events[1], 1)
                until_idle()  # what was sent before is still written, and its questions linked
                one = prepared.send(asked)
                prepared = _stock(asked, tenant, dataset, 4, profile.ingest_events[_BATCH], _BATCH)
                until_idle()
                many = prepared.send(asked)
                if number:  # the first round warms both
                    singles[way].append(1_000 * percentile(one.seconds, 0.5))
                    rates[way].append(many.events / many.elapsed)
    for what, found, unit in ((SINGLE, singles, "ms"), (BATCHES, rates, "events/s")):
        for way, values in found.items():
            results.add(STAGE, what, way, values, unit)
        ratios = [node / folder for node, folder in zip(found["node"], found["folder"], strict=True)]
        results.add(STAGE, what, "ratio", ratios, "x")


def _stock(server: Server, tenant: Tenant, dataset: Dataset, clients: int, events: int, batch: int) -> Stock:
    server.headers = tenant.headers
    return Stock.prepare(server, dataset, dataset.measured[0], clients, events, batch)


def _two_against_one(results: Results, dataset: Dataset, nodes: Nodes, companies: Sequence[Tenant]) -> None:
    """The same load on two companies: of one node on a core, and of two on a core each."""
    nodes.end("first")
    by_rate: dict[str, list[float]] = {"one": [], "two": []}
    by_processor: dict[str, list[float]] = {"one": [], "two": []}
    first = nodes.begin("first", core=0)
    for number in range(_ROUNDS + 1):
        for way in ("one", "two"):
            second = nodes.begin("second", core=1) if way == "two" else first
            owners = {"first": first, "second": second}
            of_first = [(first, each) for each in companies[:2]]
            loads = _a_company_each(nodes, companies, owners) if way == "two" else of_first
            asked = list(dict.fromkeys(node for node, _ in loads))
            spent = sum(each.processor_seconds() for each in asked)
            sent = _together(dataset, loads)
            spent = sum(each.processor_seconds() for each in asked) - spent
            if number:  # the first round warms
                by_rate[way].append(sum(each.events / each.elapsed for each in sent))
                by_processor[way].append(len(asked) * sum(each.events for each in sent) / spent)
            if way == "two":
                nodes.end("second")
    for what, found in ((TWO, by_rate), (TWO_BY_PROCESSOR, by_processor)):
        for way, values in found.items():
            results.add(STAGE, what, way, values, "events/s")
        results.add(
            STAGE,
            what,
            "ratio",
            [two / one for one, two in zip(found["one"], found["two"], strict=True)],
            "x",
        )


def _a_company_each(
    nodes: Nodes, companies: Sequence[Tenant], servers: dict[str, Server]
) -> list[tuple[Server, Tenant]]:
    owned = {nodes.owner(each): each for each in companies}
    return [(server, owned[name]) for name, server in servers.items()]


def _together(dataset: Dataset, loads: Sequence[tuple[Server, Tenant]]) -> list[Sent]:
    """Send at the same time."""
    events = dataset.profile.ingest_events[_BATCH] // 2
    stocks = [_stock(server, tenant, dataset, 2, events, _BATCH) for server, tenant in loads]
    until_idle()
    with ThreadPoolExecutor(len(loads)) as threads:
        sending = [
            threads.submit(stock.send, server) for stock, (server, _) in zip(stocks, loads, strict=True)
        ]
        return [each.result() for each in sending]


def _passed_on(results: Results, dataset: Dataset, nodes: Nodes, companies: Sequence[Tenant]) -> None:
    """The same overview asked in turn: of the node that has the company, and of the other one."""
    servers = nodes.running
    (owner, tenant), (other, _) = _a_company_each(nodes, companies, servers)
    _stock(owner, tenant, dataset, 2, _BATCH, _BATCH).send(owner)
    passed, asked = [], []
    for _ in range(_ROUNDS):
        until_idle()
        with _asking(owner, tenant) as ask_owner, _asking(other, tenant) as ask_other:
            times = [(timed(ask_owner), timed(ask_other)) for _ in range(_ASKED_TIMES)]
        asked.append(statistics.median(each for each, _ in times))
        passed.append(statistics.median(each for _, each in times))
    results.add(STAGE, ASKED, "botlens", asked, "ms")
    results.add(STAGE, PASSED, "botlens", passed, "ms")


@contextmanager
def _asking(server: Server, tenant: Tenant) -> Iterator[Callable[[], object]]:
    connection = wire.Connection(server.url)
    request = wire.request("GET", _OVERVIEW, tenant.headers)
    try:
        yield lambda: connection.ask(request).json()
    finally:
        connection.close()


@dataclass
class Watch:
    """What a node answers for a company, asked again and again; a state of 0 is no answer."""

    server: Server
    tenant: Tenant
    seen: list[tuple[float, int]] = field(default_factory=list)

    @contextmanager
    def running(self) -> Iterator[None]:
        stop = Event()
        thread = Thread(target=self._ask, args=(stop,))
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()

    def _ask(self, stop: Event) -> None:
        request = wire.request("GET", _OVERVIEW, self.tenant.headers)
        while not stop.is_set():
            connection = wire.Connection(self.server.url)
            with suppress(OSError), closing(connection):
                while not stop.is_set():
                    answer = connection.ask(request)
                    self.seen.append((time.monotonic(), answer.status))
                    time.sleep(_PAUSE_SECONDS)

    def longest_wait(self) -> float:
        """The most seconds between two good answers."""
        good = [at for at, status in self.seen if status == 200]
        return max(after - before for before, after in pairwise(good))

    def without(self) -> float:
        """Seconds from the first answer that is no good to the first behind the last such; 0 without any."""
        bad = [number for number, (_, status) in enumerate(self.seen) if status != 200]
        if not bad:
            return 0.0
        return self.seen[min(bad[-1] + 1, len(self.seen) - 1)][0] - self.seen[bad[0]][0]


def _taken_over(results: Results, nodes: Nodes, companies: Sequence[Tenant]) -> None:
    """The second node ends, and the first one is asked for a company of the second."""
    killed, ended = [], []
    for _ in range(_ROUNDS):
        for end in (nodes.kill, nodes.end):
            tenant = next(each for each in companies if nodes.owner(each) == "second")
            watch = Watch(nodes.running["first"], tenant)
            with watch.running():
                time.sleep(1)
                end("second")
                time.sleep(_WATCHED_SECONDS)
            if end == nodes.kill:
                killed.append(watch.longest_wait())
            else:
                ended.append(watch.without())
            nodes.begin("second")
    results.add(STAGE, KILLED, "botlens", killed, "s")
    results.add(STAGE, ENDED, "botlens", ended, "s")
