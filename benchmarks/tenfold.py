"""Ten times the history beside the data set itself: how the cost of botlens grows, both measured in turn."""

from collections import defaultdict
from pathlib import Path
from statistics import median

from benchmarks import restarts
from benchmarks.dataset import Dataset
from benchmarks.figures import Results
from benchmarks.routes import ROUTES, Paths, add_latencies, warm
from benchmarks.server import Server
from benchmarks.sizes import add_memory

STAGE = "tenfold"
TIMES = 10


def measure(results: Results, dataset: Dataset, folder: Path, tenfold: Path) -> None:
    restarts.measure(results, dataset, tenfold, STAGE)
    profile, paths = dataset.profile, Paths.of(dataset)
    once: dict[str, list[list[float]]] = defaultdict(list)
    ten: dict[str, list[list[float]]] = defaultdict(list)
    with Server(folder) as small, Server(tenfold) as large:
        counts = [server.get(paths.overview)["total_messages"] for server in (small, large)]
        results.check("tenfold: ten times the messages", counts[1] == TIMES * counts[0], f"{counts}")
        for _ in range(profile.rounds):
            for route in ROUTES:
                once[route].append(warm(small, paths[route], profile.requests_per_round))
                ten[route].append(warm(large, paths[route], profile.requests_per_round))
        add_memory(results, large, "at 10x, warm")
    for route in ROUTES:
        add_latencies(results, STAGE, f"{route} at 1x", once[route])
        add_latencies(results, STAGE, f"{route} at 10x", ten[route])
        growth = [median(big) / median(one) for big, one in zip(ten[route], once[route], strict=True)]
        results.add(STAGE, f"{route}: 10x history slower by", "ratio", growth, "x")
