"""`python -m benchmarks`: see `benchmarks/README.md`."""

import argparse
import sys
import time
import traceback
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from benchmarks import (
    browser,
    cluster,
    gaps_linking,
    gaps_quality,
    gaps_truth,
    ingest,
    mixed,
    nodes,
    postgres,
    questions,
    report,
    restarts,
    routes,
    source,
    sync,
    tenfold,
)
from benchmarks.dataset import Dataset
from benchmarks.figures import Results
from benchmarks.machine import machine
from benchmarks.profiles import PROFILES
from benchmarks.server import Server
from benchmarks.sizes import AFTER_THE_RUN, add_disk, add_memory, fill
from benchmarks.skipping import SkippedError
from benchmarks.work import Work, work_folder

_BEGAN = time.monotonic()
STAGES = (
    routes.STAGE,
    questions.STAGE,
    restarts.STAGE,
    browser.STAGE,
    mixed.STAGE,
    ingest.STAGE,
    sync.STAGE,
    cluster.STAGE,
    gaps_truth.STAGE,
    gaps_quality.STAGE,
    gaps_linking.STAGE,
)


class Run:
    """The stages of one run, on one folder."""

    def __init__(self, work: Work, stages: list[str]) -> None:
        self.results = Results()
        self._work = work
        self._stages = stages
        self._dataset = Dataset(PROFILES[work.size], work.anchor)
        self._loaded: dict[int, dict[str, Any]] = {}
        self.results.facts = {
            "machine": machine(),
            "size": work.size,
            "dataset_ends": work.anchor.isoformat(),
            "loaded": self._loaded,
        }

    def go(self, *, with_tenfold: bool) -> None:
        for asked, what, stage in (
            ({routes.STAGE}, "routes", self._routes),
            ({questions.STAGE}, "questions", self._questions),
            ({restarts.STAGE}, "restarts", self._restarts),
            ({browser.STAGE}, "browser", self._browser),
            ({mixed.STAGE, ingest.STAGE}, "reading under load, ingest", self._writing),
            ({sync.STAGE}, sync.STAGE, self._sync),
            ({cluster.STAGE}, cluster.STAGE, self._cluster),
            ({gaps_truth.STAGE}, "truth of the proof of a fix", self._gaps_truth),
            ({gaps_quality.STAGE}, "quality of gaps", self._gaps_quality),
            ({gaps_linking.STAGE}, "linking of gaps", self._gaps_linking),
        ):
            if asked & set(self._stages):
                self._try(what, stage)
        if with_tenfold:
            self._try("10x history", self._tenfold)
        for name in STAGES:
            if name not in self._stages:
                self.results.skip(name, "not asked for (--only)")
        if not with_tenfold:
            self.results.skip(tenfold.STAGE, "not asked for (--scale10)")

    def _try(self, what: str, stage: Callable[[], None]) -> None:
        try:
            stage()
        except SkippedError as skipped:
            self.results.skip(what, str(skipped))
        except Exception as error:  # what was measured before it must not be lost
            traceback.print_exc()
            self.results.check(f"{what}: ran to the end", passed=False, detail=repr(error))

    def _routes(self) -> None:
        if find_spec("psycopg") is None:
            raise SkippedError("psycopg is not installed (it is in the extra `postgres`)")
        _say("PostgreSQL: load")
        with postgres.postgres(self._work.postgres) as url:
            seconds = postgres.load(url, self._dataset)
            self.results.facts["postgres"] = {**postgres.facts_of(url), "load_seconds": seconds}
            try:
                self._three_ways(url)
            except SkippedError as skipped:
                self.results.skip("routes of botlens", str(skipped))
                routes.measure(self.results, self._dataset, url, None)

    def _three_ways(self, url: str) -> None:
        with Server(self._botlens()) as server:
            _say("routes: origin, sql, botlens in turn")
            routes.measure(self.results, self._dataset, url, server)
            add_memory(self.results, server, "after routes")

    def _questions(self) -> None:
        folder = self._botlens()
        _say("questions")
        with Server(folder) as server:
            questions.measure(self.results, self._dataset, server)

    def _restarts(self) -> None:
        folder = self._botlens()
        _say("restarts")
        restarts.measure(self.results, self._dataset, folder)

    def _browser(self) -> None:
        """On a copy: it sends events."""
        with self._work.a_copy(self._botlens()) as folder, Server(folder) as server:
            _say("browser")
            browser.measure(self.results, self._dataset, server)

    def _writing(self) -> None:
        """On a copy, so that what was loaded stays; one server goes through all that a server does."""
        with self._work.a_copy(self._botlens()) as folder:
            with Server(folder) as server:
                paths = routes.Paths.of(self._dataset)
                before = server.get(paths.overview)["total_messages"]
                for stage, measure in ((mixed.STAGE, mixed.measure), (ingest.STAGE, ingest.measure)):
                    if stage in self._stages:
                        _say(stage)
                        measure(self.results, self._dataset, server)
                new = server.get(paths.overview)["total_messages"] - before
                add_memory(self.results, server, AFTER_THE_RUN)
            disk = fill(folder, self._work.size, self._work.anchor, "--disk")["disk"]
        add_disk(self.results, disk, self._loaded[1]["messages"] + new, AFTER_THE_RUN)

    def _sync(self) -> None:
        """On a PostgreSQL and a data folder of its own, both new."""
        if find_spec("psycopg") is None:
            raise SkippedError("psycopg is not installed (it is in the extra `postgres`)")
        _say("sync")
        with (
            self._work.new("synced") as folder,
            postgres.postgres(folder / "postgres", *source.SETTINGS) as url,
        ):
            sync.measure(self.results, self._dataset, url, folder / "botlens")

    def _cluster(self) -> None:
        """On a PostgreSQL and shards of its own, all new."""
        if find_spec("psycopg") is None:
            raise SkippedError("psycopg is not installed (it is in the extra `postgres`)")
        _say(cluster.STAGE)
        with (
            self._work.new("nodes") as folder,
            postgres.postgres(folder / "postgres", *nodes.SETTINGS) as url,
        ):
            cluster.measure(self.results, self._dataset, url, folder)

    def _gaps_truth(self) -> None:
        """A simulation: it needs no store."""
        _say(gaps_truth.STAGE)
        gaps_truth.measure(self.results, self._work.size)

    def _gaps_quality(self) -> None:
        """On questions whose meanings are known: it needs no store."""
        _say(gaps_quality.STAGE)
        gaps_quality.measure(self.results, self._work.size)

    def _gaps_linking(self) -> None:
        """From vectors: it needs no store."""
        _say(gaps_linking.STAGE)
        gaps_linking.measure(self.results, self._work.size)

    def _tenfold(self) -> None:
        once, ten = self._botlens(), self._botlens(tenfold.TIMES)
        _say("10x history")
        tenfold.measure(self.results, self._dataset, once, ten)

    def _botlens(self, times: int = 1) -> Path:
        """The data folder of botlens with so many years; filled when it is first asked for."""
        if find_spec("botlens.cli") is None or find_spec("botlens.opening") is None:
            raise SkippedError("botlens has no command line yet (src/botlens/cli)")
        if times not in self._loaded:
            _say(f"botlens: load {times}x")
        folder, said = self._work.botlens(times)
        if times not in self._loaded:
            self._loaded[times] = said
            for name in ("load", "derive") if times == 1 else ():
                rate = said["messages"] / said[f"{name}_seconds"]
                self.results.add("loading", f"{name} {times}x", "botlens", [rate], "messages/s")
            add_disk(self.results, said["disk"], said["messages"], f"after loading {times}x")
        return folder


def _say(text: str) -> None:
    sys.stderr.write(f"{time.monotonic() - _BEGAN:6.0f} s  {text}\n")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="What is fast, side by side.")
    parser.add_argument("--size", choices=PROFILES, default="full")
    parser.add_argument("--only", nargs="+", choices=STAGES, metavar="NAME", help=", ".join(STAGES))
    parser.add_argument("--scale10", action="store_true", help="also ten times the history, botlens alone")
    parser.add_argument("--work", type=Path, help="keep what is loaded in this folder, and use it again")
    return parser.parse_args()


def main() -> None:
    given = _arguments()
    with work_folder(given.size, given.work) as work:
        run = Run(work, given.only or list(STAGES))
        run.go(with_tenfold=given.scale10)
    report.show(run.results, given.size)
    print(f"written: {report.write(run.results, given.size)}")
    sys.exit(0 if all(passed for _, passed, _ in run.results.checks) else 1)


if __name__ == "__main__":
    main()
