"""A server that has just started: how long until it is ready, and the first request of each route."""

from pathlib import Path

from benchmarks.dataset import Dataset
from benchmarks.figures import Results
from benchmarks.routes import ROUTES, Paths, timed
from benchmarks.server import Server
from benchmarks.sizes import MEBIBYTE

STAGE = "restarts"


def measure(results: Results, dataset: Dataset, folder: Path, stage: str = STAGE) -> None:
    """Each route is the very first request of a process of its own; the disk's cache stays warm."""
    ready, memory, first = [], [], {route: [] for route in ROUTES}
    for _ in range(dataset.profile.restarts):
        for route in ROUTES:
            with Server(folder) as server:
                ready.append(server.ready_seconds)
                memory.append(server.memory()[0] / MEBIBYTE)
                path = Paths.of(dataset)[route]
                first[route].append(timed(lambda server=server, path=path: server.get(path)))
    results.add(stage, "start until ready", "botlens", ready, "s")
    results.add(stage, "resident memory when ready", "botlens", memory, "MiB")
    for route in ROUTES:
        results.add(stage, f"{route} cold, first request", "botlens", first[route], "ms")
