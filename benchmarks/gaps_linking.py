"""What grouping costs: linking from vectors, attaching, embedding; each in a process of its own."""

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable

import numpy as np

from benchmarks.figures import Results
from benchmarks.gaps_beside import measure_beside
from benchmarks.gaps_page import measure_pages
from benchmarks.gaps_sets import clinc, twins
from benchmarks.skipping import SkippedError
from botlens.gaps.grouping.linking import join, link, means_of, within_reach
from botlens.gaps.grouping.space import background_questions
from botlens.gaps.meaning import Vectors, model_of
from botlens.gaps.meaning.model import of_length_one

STAGE = "gaps_linking"
MANY = {"full": 100_000, "small": 20_000, "tiny": 2_000}
FEW = 5_500
NEW = 1_000
EMBEDDED = 3_000
RATE = "embedding in the plain install"
ATTACHED = f"comparing {NEW:,} new questions with what there is, and joining"
WHOLE = f"{NEW:,} new questions joined, the whole look with embedding"
_ROUNDS = 3


def linking(count: int) -> str:
    """The figure of linking so many."""
    return f"linking {count:,} distinct questions from vectors"


def memory(count: int) -> str:
    """The figure of the memory that takes."""
    return f"{linking(count)}: highest resident memory"


def drawn(count: int, seed: int = 1) -> Vectors:
    """Points about centres of unequal weight, as near each other as wordings of questions are."""
    chance = np.random.default_rng(seed)
    centres = of_length_one(chance.normal(size=(max(2, count // 60), 128)))
    weight = 1 / np.arange(1, len(centres) + 1) ** 0.7
    at = chance.choice(len(centres), count, p=weight / weight.sum())
    return of_length_one(centres[at] + chance.normal(0, 0.9 / np.sqrt(128), (count, 128)).astype(np.float32))


def measure(results: Results, size: str) -> None:
    """The best, median and worst of three; of the largest once, where it takes a minute."""
    for count in (FEW, MANY[size]):
        found = [_asked(f"link:{count}") for _ in range(1 if count > 50_000 else _ROUNDS)]
        results.add(STAGE, linking(count), "botlens", [each["seconds"] for each in found], "s")
        results.add(STAGE, f"{linking(count)}: processor", "botlens", [each["cpu"] for each in found], "s")
        results.add(STAGE, memory(count), "botlens", [each["mib"] for each in found], "MiB")
    found = [_asked(f"attach:{MANY[size]}") for _ in range(_ROUNDS)]
    results.add(STAGE, ATTACHED, "botlens", [each["seconds"] for each in found], "s")
    if model_of().model is None:
        results.skip(f"{STAGE}: {RATE}", model_of().missing or "")
        return
    _whole_looks(results, MANY[size])
    measure_pages(results)
    measure_beside(results)
    found = [_asked("embed:0") for _ in range(_ROUNDS)]
    results.add(STAGE, RATE, "botlens", [each["count"] / each["seconds"] for each in found], "questions/s")
    rates = [each["count"] / each["cpu"] for each in found]
    results.add(STAGE, f"{RATE}: by processor time", "botlens", rates, "questions/s")


def _whole_looks(results: Results, count: int) -> None:
    """In the product: the first look starts the process that embeds, the others have it."""
    ended = subprocess.run(
        [sys.executable, "-m", "benchmarks.gaps_attaching", str(count), str(NEW), "4"],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    first, *others = json.loads(ended.stdout.splitlines()[-1])["looks"]
    for way, looks in (("process started", [first]), ("process there", others)):
        results.add(STAGE, WHOLE, way, [each["seconds"] for each in looks], "s")
        results.add(STAGE, f"{WHOLE}: processor of the server", way, [each["cpu"] for each in looks], "s")


def _asked(what: str) -> dict[str, float]:
    """What a process of its own measured, with one thread of BLAS, as the child of a server has it."""
    one = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"), "1")
    found = subprocess.run(
        [sys.executable, "-m", "benchmarks.gaps_linking", what],
        env={**os.environ, **one},
        capture_output=True,
        text=True,
        check=True,
    )
    answer: dict[str, float] = json.loads(found.stdout)
    return answer


def _timed(work: Callable[[], object]) -> dict[str, float]:
    began, cpu = time.monotonic(), time.process_time()
    work()
    return {
        "seconds": time.monotonic() - began,
        "cpu": time.process_time() - cpu,
        "mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def _embedding() -> dict[str, float]:
    model = model_of().model
    if model is None:
        raise SystemExit("there is no model")
    try:
        texts = clinc("val").texts[:EMBEDDED]
    except SkippedError:
        texts = sorted({*background_questions(), *(text for each in twins().values() for text in each)})
    model.embed(texts[:1])  # loads it
    return {**_timed(lambda: model.embed(texts)), "count": len(texts)}


def main(what: str) -> dict[str, float]:
    """Measure one thing, in this process."""
    name, _, number = what.partition(":")
    if name == "embed":
        return _embedding()
    points = drawn(int(number))
    if name == "link":
        return _timed(lambda: link(points, 0.46))
    at = np.arange(len(points))
    alone = len(points) // 5  # the last of them; the others are four a gap
    labels = np.where(at < len(at) - alone, at // 4, at).astype(np.int32)
    _, numbered = np.unique(labels, return_inverse=True)
    means = means_of(points, numbered.astype(np.int32))
    new = drawn(NEW, seed=2)

    def joined() -> None:
        near = within_reach(new, means, 0.46)
        sizes = np.bincount(numbered)[near].tolist()
        join(new, means[near], sizes, int((near < len(means) - alone).sum()), 0.46)

    return _timed(joined)


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1])))
