"""The three ways side by side: overview of the company, detail and gaps of its largest chatbot."""

import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import median
from typing import Any

import psycopg

from benchmarks.dataset import MEASURED_COMPANY, ZONE, Dataset
from benchmarks.figures import Results, percentile
from benchmarks.origin_way import OriginWay
from benchmarks.server import Server
from benchmarks.sql_way import SqlWay

STAGE = "routes"
ROUTES = ("overview", "detail", "gaps")
_SHOWN_DIFFERENCES = 5

_Ask = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Paths:
    """Where a server has the three routes for what is measured."""

    overview: str
    detail: str
    gaps: str

    @classmethod
    def of(cls, dataset: Dataset) -> "Paths":
        detail = f"/analytics/chatbot/{dataset.measured[0].id}"
        return cls("/analytics/overview", detail, f"{detail}/gaps")

    def __getitem__(self, route: str) -> str:
        path: str = getattr(self, route)
        return path


def measure(results: Results, dataset: Dataset, url: str, server: Server | None) -> None:
    """Time the ways in turn, round by round, after a check that they agree (which warms them all)."""
    with psycopg.connect(url, autocommit=True) as connection:
        now = datetime.now(UTC)
        ways = [OriginWay(connection, now, ZONE), SqlWay(connection, now, ZONE)]
        targets = dict(zip(ROUTES, (MEASURED_COMPANY, *[dataset.measured[0].id] * 2), strict=True))
        _agree(results, ways, targets, server, Paths.of(dataset))
        asks: dict[str, dict[str, _Ask]] = {
            route: {
                way.name: lambda way=way, route=route: getattr(way, route)(targets[route]) for way in ways
            }
            for route in ROUTES
        }
        times: dict[tuple[str, str], list[list[float]]] = defaultdict(list)
        for _ in range(dataset.profile.rounds):
            for route in ROUTES:
                for way, ask in asks[route].items():
                    times[route, way].append([timed(ask)])
                if server is not None:
                    path = Paths.of(dataset)[route]
                    times[route, "botlens"].append(warm(server, path, dataset.profile.requests_per_round))
    _report(results, times)


def warm(server: Server, path: str, requests: int) -> list[float]:
    """Milliseconds of requests one after the other, from the first byte sent to the last one received."""
    prepared, connection = server.prepared(path), server.connect()
    ask = connection.ask
    ask(prepared).json()
    found = []
    for _ in range(requests):
        began = time.perf_counter()
        answer = ask(prepared)
        found.append((time.perf_counter() - began) * 1_000)
        if answer.status != 200:
            answer.json()
    connection.close()
    return found


def timed(ask: _Ask) -> float:
    began = time.perf_counter()
    ask()
    return (time.perf_counter() - began) * 1_000


def add_latencies(results: Results, stage: str, what: str, rounds: list[list[float]]) -> None:
    """p50 and p99 of each round, as the median of the rounds with their spread."""
    for name, share in (("p50", 0.5), ("p99", 0.99)):
        results.add(stage, f"{what} {name}", "botlens", [percentile(each, share) for each in rounds], "ms")


def _report(results: Results, times: dict[tuple[str, str], list[list[float]]]) -> None:
    for route in ROUTES:
        for way in ("origin", "sql"):
            results.add(STAGE, f"{route} p50", way, [each[0] for each in times[route, way]], "ms")
        ours = times.get((route, "botlens"))
        if ours is None:
            continue
        add_latencies(results, STAGE, route, ours)
        for way in ("origin", "sql"):
            ratios = [theirs[0] / median(own) for theirs, own in zip(times[route, way], ours, strict=True)]
            results.add(STAGE, f"{route}: botlens faster than {way}", "ratio", ratios, "x")


def _agree(
    results: Results, ways: list[Any], targets: dict[str, str], server: Server | None, paths: Paths
) -> None:
    for route, target in targets.items():
        origin, sql = (getattr(way, route)(target) for way in ways)
        answers = {"sql": sql}
        if server is not None:
            answers["botlens"] = server.get(paths[route])
        for name, answer in answers.items():
            found = differences(origin, answer, route)
            results.check(
                f"{route}: {name} agrees with origin", not found, "; ".join(found[:_SHOWN_DIFFERENCES])
            )


def differences(expected: Any, given: Any, where: str) -> list[str]:
    """What differs, of everything that `expected` has."""
    if isinstance(expected, dict) and isinstance(given, dict):
        return [
            line
            for key, value in expected.items()
            for line in differences(value, given.get(key, "nothing"), f"{where}.{key}")
        ]
    if isinstance(expected, list) and isinstance(given, list) and len(expected) == len(given):
        return [
            line
            for place, value in enumerate(expected)
            for line in differences(value, given[place], f"{where}[{place}]")
        ]
    return [] if expected == given else [f"{where}: {expected!r} there, {given!r} here"]
