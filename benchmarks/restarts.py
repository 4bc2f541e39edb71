"""A server that has just started: how long until it is ready, and the first request of each route."""

import subprocess
import sys
from pathlib import Path

from benchmarks.dataset import Dataset
from benchmarks.figures import Results
from benchmarks.routes import ROUTES, Paths, timed
from benchmarks.server import Server
from benchmarks.sizes import MEBIBYTE

STAGE = "restarts"
_ROOT = Path(__file__).parent.parent


def measure(results: Results, dataset: Dataset, folder: Path, stage: str = STAGE) -> None:
    """Each route is the very first request of a process of its own; the disk's cache stays warm.

    First as after an import, when no numbers were saved yet; then as after a server that ran for a while.
    """
    _run_saving(folder, "--forget")
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
    if int(_run_saving(folder).splitlines()[-1]) == 0:
        results.skip(f"{stage}: numbers saved before", "no chatbot is so large that its numbers are saved")
        return
    times = []
    for _ in range(dataset.profile.restarts):
        with Server(folder) as server:
            path = Paths.of(dataset).overview
            times.append(timed(lambda server=server, path=path: server.get(path)))
    results.add(stage, "overview, first request, numbers saved before", "botlens", times, "ms")


def _run_saving(folder: Path, *words: str) -> bytes:
    command = [sys.executable, "-m", "benchmarks.store_saving", folder, *words]
    return subprocess.run(command, cwd=_ROOT, stdout=subprocess.PIPE, check=True).stdout
