"""Reading while events come in: the three routes, idle and during 5,000 events/s into the largest chatbot."""

import time
from collections.abc import Callable

from benchmarks.dataset import Dataset
from benchmarks.figures import Results, percentile
from benchmarks.load import Sent, Stock
from benchmarks.routes import ROUTES, Paths, add_latencies
from benchmarks.server import Server

STAGE = "mixed"
EVENTS_PER_SECOND = 5_000
_BATCH = 100
_PAUSE_SECONDS = 0.005
_VISIBLE = 20


def measure(results: Results, dataset: Dataset, server: Server) -> None:
    profile, paths, largest = dataset.profile, Paths.of(dataset), dataset.measured[0]
    events = EVENTS_PER_SECOND * profile.mixed_seconds
    stock = Stock.prepare(server, dataset, largest, 1, events, _BATCH)
    idle_until = time.monotonic() + profile.mixed_seconds / 2
    idle = _read(server, paths, lambda: time.monotonic() < idle_until)
    before = server.get(paths.detail)["total_messages"]
    with stock.sending(server, rate=EVENTS_PER_SECOND / _BATCH) as sending:
        busy = _read(server, paths, lambda: sending.running)
        sent = sending.wait()
    after = server.get(paths.detail)["total_messages"]
    _report(results, idle, busy, sent)
    results.check(
        "mixed: every acknowledged message is counted",
        after - before == stock.messages,
        f"{stock.messages} sent, {after - before} more counted",
    )
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


def _report(results: Results, idle: dict[str, list[float]], busy: dict[str, list[float]], sent: Sent) -> None:
    for name, times in (("idle", idle), ("while ingesting", busy)):
        for route in ROUTES:
            add_latencies(results, STAGE, f"{route} {name}", [times[route]])
    for route in ROUTES:
        ratio = percentile(busy[route], 0.99) / percentile(idle[route], 0.5)
        results.add(STAGE, f"{route}: p99 while ingesting / idle p50", "ratio", [ratio], "x")
    results.add(STAGE, "events taken meanwhile", "botlens", [sent.events / sent.elapsed], "events/s")
    acknowledged = [second * 1_000 for second in sent.seconds]
    add_latencies(results, STAGE, f"batch of {_BATCH} acknowledged", [acknowledged])
    if sent.refused:
        results.check("mixed: nothing was refused", passed=False, detail=f"{sent.refused} times 429 or 503")


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
