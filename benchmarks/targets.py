"""Where botlens must get, and what it aims at: judged on a run."""

from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks import (
    browser,
    cluster,
    gaps_linking,
    gaps_page,
    gaps_quality,
    gaps_truth,
    ingest,
    mixed,
    questions,
    restarts,
    routes,
    sizes,
    sync,
    tenfold,
)
from benchmarks.figures import Results
from benchmarks.nodes import LEASE_SECONDS
from botlens.gaps.proof.verdicts import Decision


@dataclass(frozen=True, slots=True)
class Target:
    """`way` and `stage` and `figure` name what is judged; more is better if `must` is below `aim`."""

    stage: str
    figure: str
    must: float
    aim: float
    way: str = "botlens"

    def reached(self, value: float, goal: float) -> bool:
        return value >= goal if self.must < self.aim else value <= goal


def _targets() -> Iterator[Target]:
    for route in ("overview", "detail"):
        yield Target(routes.STAGE, f"{route}: botlens faster than origin", 300, 1_000, "ratio")
        yield Target(routes.STAGE, f"{route}: botlens faster than sql", 30, 100, "ratio")
        yield Target(tenfold.STAGE, f"{route}: 10x history slower by", 2, 1.2, "ratio")
    yield Target(routes.STAGE, "gaps p50", 30, 10)
    yield Target(questions.STAGE, questions.SLOWEST_CARD, 50, 25)
    yield Target(questions.STAGE, questions.SLOWEST_WIDGET, 50, 25)
    yield Target(questions.STAGE, questions.SLOWEST_YEAR, 250, 100)
    for route in routes.ROUTES:
        yield Target(mixed.STAGE, f"{route}: p99 while ingesting / idle p50", 4, 2, "ratio")
    rate = f"{ingest.label(1_000, 4)}, messages alone"
    yield Target(ingest.STAGE, rate, 60_000, 150_000)
    yield Target(ingest.STAGE, ingest.label(1, ingest.MANY_CLIENTS), 1_500, 5_000)
    yield Target(sizes.STAGE, f"resident memory {sizes.AFTER_THE_RUN}", 1_024, 500)
    yield Target(restarts.STAGE, "start until ready", 3, 1)
    for figure, must, aim in (
        (browser.SCRIPTS, 150, 110),
        (browser.STYLES, 12, 6),
        (browser.COLD, 1_000, 600),
        (browser.WARM, 700, 350),
        (browser.CHANGE_P50, 300, 150),
        (browser.CHANGE_P95, 600, 300),
        (browser.BATCH_30D, 200, 80),
        (browser.BATCH_YEAR, 400, 200),
        (browser.EVENT, 2_000, 1_000),
        (browser.SHIFT, 0.02, 0),
    ):
        yield Target(browser.STAGE, figure, must, aim)
    for figure, must, aim in (
        (sync.STORED, 60_000, 100_000),
        (sync.COMPLETE, 40_000, 80_000),
        (sync.MEMORY, 500, 250),
        (sync.lag("stream", "p99"), 1_000, 300),
        (sync.lag("slot", "p99"), 2_000, 1_000),
        (sync.lag("sweep", "p99"), 15_000, 10_000),
        *((sync.cost(way), 5, 2) for way in sync.WAYS),
        (sync.BRIDGE, 10, 5),
        (sync.VERIFY, 20, 10),
        (sync.VERIFY_SOURCE, 3, 3),
    ):
        yield Target(sync.STAGE, figure, must, aim)
    yield Target(browser.STAGE, browser.SLOWER, 10, 3, "ratio")
    yield from _cluster()
    yield from _gaps_truth()
    yield from _gaps_quality()
    yield from _gaps_linking()


def _cluster() -> Iterator[Target]:
    yield Target(cluster.STAGE, cluster.SINGLE, 1.5, 1.2, "ratio")
    yield Target(cluster.STAGE, cluster.BATCHES, 0.9, 1, "ratio")
    yield Target(cluster.STAGE, cluster.TWO, 1.7, 2, "ratio")
    yield Target(cluster.STAGE, cluster.PASSED, 3, 2)
    yield Target(cluster.STAGE, cluster.KILLED, LEASE_SECONDS + 3, LEASE_SECONDS + 1)
    yield Target(cluster.STAGE, cluster.ENDED, 0, 0)


def _gaps_truth() -> Iterator[Target]:
    for pace in gaps_truth.AT_LIMIT_PACES:
        for decision in Decision:
            yield Target(gaps_truth.STAGE, gaps_truth.false(decision, pace), 5, 3.1)
    for decision, share, aim in ((Decision.VERIFIED, 0.02, 19), (Decision.REOPENED, 0.5, 16)):
        yield Target(gaps_truth.STAGE, gaps_truth.found(decision, share), 95, 99)
        yield Target(gaps_truth.STAGE, gaps_truth.day_of(decision, share), 25, aim)
    yield Target(gaps_truth.STAGE, gaps_truth.RELAPSE, 15, 8)
    yield Target(gaps_truth.STAGE, gaps_truth.FALSE_ALARMS, 5, 0)


def _gaps_quality() -> Iterator[Target]:
    stage, plain, onnx = gaps_quality.STAGE, gaps_quality.PLAIN, gaps_quality.ONNX
    for way, what, must, aim in (
        (plain, gaps_quality.NMI, 0.86, 0.89),
        (plain, gaps_quality.ARI, 0.55, 0.63),
        (onnx, gaps_quality.NMI, 0.88, 0.91),
        (onnx, gaps_quality.ARI, 0.62, 0.70),
        (plain, gaps_quality.LOST, 15, 8),
        (onnx, gaps_quality.LOST, 12, 6),
        (plain, gaps_quality.SMALL, 0.60, 0.75),
        (plain, gaps_quality.SMALL_PRECISION, 0.90, 0.95),
        (plain, gaps_quality.KEPT, 93, 98),
        (plain, gaps_quality.TITLE, 90, 95),
        ("lowest", gaps_quality.LOWEST_PRECISION, 0.3, 0.6),
        ("lowest", gaps_quality.LOWEST_RECALL, 0.15, 0.3),
    ):
        yield Target(stage, what, must, aim, way)
    for language in gaps_quality.LANGUAGES.values():
        yield Target(stage, gaps_quality.near(language), 75, 90, plain)


def _gaps_linking() -> Iterator[Target]:
    many = gaps_linking.MANY["full"]
    yield Target(gaps_linking.STAGE, gaps_linking.linking(many), 120, 60)
    yield Target(gaps_linking.STAGE, gaps_linking.memory(many), 1_024, 600)
    yield Target(gaps_linking.STAGE, gaps_linking.ATTACHED, 0.2, 0.2)
    yield Target(gaps_linking.STAGE, gaps_linking.WHOLE, 6, 2, way="process started")
    yield Target(gaps_linking.STAGE, gaps_linking.RATE, 800, 1_500)
    yield Target(gaps_page.STAGE, gaps_page.KEPT, 50, 50)
    yield Target(gaps_page.STAGE, gaps_page.ANEW, 50, 50)


def verdicts(results: Results) -> Iterator[tuple[str, str, str, str, str]]:
    """(what, measured, must, aim, verdict) of each target; one that was not measured says so."""
    for target in _targets():
        figure = results.find(target.stage, target.figure, target.way)
        name, goals = f"{target.stage}: {target.figure}", (f"{target.must:g}", f"{target.aim:g}")
        if figure is None:
            yield (name, "", *goals, "not measured")
            continue
        verdict = "missed"
        if target.reached(figure.value, target.must):
            verdict = "aim" if target.reached(figure.value, target.aim) else "must"
        yield (name, f"{figure.value:.4g} {figure.unit}", *goals, verdict)
