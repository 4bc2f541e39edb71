"""Reading while events come in: the three routes, idle and during 5,000 events/s into the largest chatbot."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.dataset import Dataset
from benchmarks.figures import Results, percentile
from benchmarks.load import Sent, Stock
from benchmarks.routes import ROUTES, Paths, add_latencies
from benchmarks.server import Server

STAGE = "mixed"
EVENTS_PER_SECOND = 5_000
_BATCH = 100
_PAUSE_SECONDS = 0.005
_KEPT_UP = 0.95
_VISIBLE = 20


@dataclass(frozen=True, slots=True)
class _Round:
    """Milliseconds by route, idle and while events come in, and what became of the events."""

    idle: dict[str, list[float]]
    busy: dict[str, list[float]]
    sent: Sent


def measure(results: Results, dataset: Dataset, server: Server) -> None:
    """Some times over: first idle, then the same reading while events come in."""
    profile, paths = dataset.profile, Paths.of(dataset)
    rounds = []
    for _ in range(profile.rounds):
        stock = Stock.prepare(
            server, dataset, dataset.measured[0], 1, EVENTS_PER_SECOND * profile.mixed_seconds, _BATCH
        )
        before = server.get(paths.detail)["total_messages"]
        until = time.monotonic() + profile.mixed_seconds
        idle = _read(server, paths, lambda until=until: time.monotonic() < until)
        with stock.sending(server, rate=EVENTS_PER_SECOND / _BATCH) as sending:
            busy = _read(server, paths, lambda sending=sending: sending.running)
            rounds.append(_Round(idle, busy, sending.wait()))
        after = server.get(paths.detail)["total_messages"]
        results.check(
            "mixed: every acknowledged message is counted",
            after - before == stock.messages,
            f"{stock.messages} sent, {after - before} more counted",
        )
    _report(results, rounds)
    _check_visible(results, dataset, server, paths)


def _read(server: Server, paths: Paths, more: Callable[[], bool]) -> dict[str, list[float]]:
    """Milliseconds by route, one request after the other, with pauses, while there is more."""
    prepared, connection = {route: server.prepared(paths[route]) for route in ROUTES}, server.connect()
    times: dict[str, list[float]] = {route: [] for route in ROUTES}
    while more() or not times[ROUTES[-1]]:
        for route in ROUTES:
            began = time.perf_counter()
            answer = connection.ask(prepared[route])
            times[route].append((time.perf_counter() - began) * 1_000)
            if answer.status != 200:
                answer.json()
            time.sleep(_PAUSE_SECONDS)
    connection.close()
    return times


def _report(results: Results, rounds: list[_Round]) -> None:
    for route in ROUTES:
        add_latencies(results, STAGE, f"{route} idle", [each.idle[route] for each in rounds])
        add_latencies(results, STAGE, f"{route} while ingesting", [each.busy[route] for each in rounds])
        ratios = [percentile(each.busy[route], 0.99) / percentile(each.idle[route], 0.5) for each in rounds]
        results.add(STAGE, f"{route}: p99 while ingesting / idle p50", "ratio", ratios, "x")
    taken = [each.sent.events / each.sent.elapsed for each in rounds]
    results.add(STAGE, "events taken meanwhile", "botlens", taken, "events/s")
    waits = [[second * 1_000 for second in each.sent.seconds] for each in rounds]
    add_latencies(results, STAGE, f"batch of {_BATCH} acknowledged", waits)
    refused = sum(each.sent.refused for each in rounds)
    results.check("mixed: nothing was refused", not refused, f"{refused} times 429 or 503")
    kept_up = min(taken) >= _KEPT_UP * EVENTS_PER_SECOND
    results.check(f"mixed: {EVENTS_PER_SECOND:,} events/s were taken", kept_up, f"{min(taken):,.0f} were")


def _check_visible(results: Results, dataset: Dataset, server: Server, paths: Paths) -> None:
    """An event that is acknowledged shows at the very next request."""
    stock = Stock.prepare(server, dataset, dataset.measured[0], 1, _VISIBLE, 1)
    connection = server.connect()
    late, messages = 0, server.get(paths.overview)["total_messages"]
    for request in stock.clients[0]:
        connection.ask(request).json()
        messages += b'{"type":"message"' in request
        late += server.get(paths.overview)["total_messages"] != messages
    results.check(
        "mixed: acknowledged events show at the next request", not late, f"{late} of {_VISIBLE} late"
    )
