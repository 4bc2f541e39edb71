"""`python -m benchmarks.changes`: how often a change is called one where nothing has changed.

Two sides are drawn from one truth, thousands of times, and judged by `metrics.changes`. The last column is
the same with a true change of that size: how often it is found.
"""

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from math import sqrt

import numpy as np

from botlens.metrics.changes import change_of
from botlens.metrics.evidence import Evidence, Mean, Quantile, Share, Total
from botlens.metrics.resampling import GROUPS

Draw = Callable[[np.random.Generator, float], Evidence]
"""Draws a side; of a truth that is changed by a factor."""

WEEK = np.array([1.2, 1.2, 1.1, 1.1, 1.0, 0.5, 0.4])
ALLOWED = 0.05


@dataclass(frozen=True)
class Situation:
    """What is compared: how a side is drawn, the true change to be found, and whether days are paired.

    Attributes:
        name: of it.
        draw: draws the later side, and the earlier one if nothing else does.
        factor: the true change.
        paired: whether days are.
        beside: draws the earlier side, where that is another size of the same truth.
    """

    name: str
    draw: Draw
    factor: float
    paired: bool = False
    beside: Draw | None = None


def totals(pace: float, days: int, dispersion: float, begin: int = 0, partial: bool = True) -> Draw:
    """Conversations by day: a mean with weekdays, more dispersed than Poisson; the last day is cut at 0.4."""

    def draw(chance: np.random.Generator, factor: float) -> Total:
        means = pace * factor * WEEK[(begin + np.arange(days)) % 7]
        found = _overdispersed(chance, means, dispersion)
        if not partial:
            return Total(float(found.sum()), days, list(found))
        rest = float(_overdispersed(chance, means[-1:] * 0.4, dispersion)[0])
        return Total(float(found[:-1].sum()) + rest, days - 0.6, list(found[:-1]))

    return draw


def _overdispersed(chance: np.random.Generator, means: np.ndarray, dispersion: float) -> np.ndarray:
    if dispersion == 1:
        return chance.poisson(means).astype(float)
    return chance.poisson(chance.gamma(means / (dispersion - 1), dispersion - 1)).astype(float)


def money(pace: float, days: int) -> Draw:
    """Values of few sales, most of them small."""

    def draw(chance: np.random.Generator, factor: float) -> Total:
        sales = chance.poisson(pace, days)
        found = [float(chance.lognormal(3, 1, each).sum()) * factor for each in sales]
        return Total(sum(found), days, found, counts=False)

    return draw


def shares(whole: int, share: float) -> Draw:
    """Of conversations that count once each."""
    return lambda chance, factor: Share(int(chance.binomial(whole, min(1.0, share * factor))), whole)


def clustered(conversations: int, share: float) -> Draw:
    """Of answers, several to a conversation, which goes well or badly as a whole."""

    def draw(chance: np.random.Generator, factor: float) -> Share:
        wholes = 1 + chance.poisson(2, conversations)
        mean = share * factor
        parts = chance.binomial(wholes, chance.beta(mean * 2, (1 - mean) * 2, conversations))
        groups = _grouped(chance, parts, wholes)
        return Share(float(parts.sum()), float(wholes.sum()), groups)

    return draw


def messages(conversations: int) -> Draw:
    """Messages per conversation, a few of them long."""

    def draw(chance: np.random.Generator, factor: float) -> Mean:
        values = np.ceil(chance.lognormal(1.2, 0.8, conversations) * factor)
        return Mean(float(values.sum()), conversations, _grouped(chance, values, np.ones(conversations)))

    return draw


def ratings(conversations: int) -> Draw:
    """Stars, given by one of five."""

    def draw(chance: np.random.Generator, factor: float) -> Mean:
        good = min(0.95, 0.5 * factor)
        rated = chance.random(conversations) < 0.2
        rest = (1 - good) / 4
        stars = chance.choice(np.arange(1, 6), conversations, p=[rest, rest, rest, rest, good]) * rated
        return Mean(float(stars.sum()), float(rated.sum()), _grouped(chance, stars, rated))

    return draw


def latencies(conversations: int, level: float) -> Draw:
    """Log-normal, slow conversations being slow as a whole; rounded to two hundredths, as the store does."""

    def draw(chance: np.random.Generator, factor: float) -> Quantile:
        owner = np.repeat(np.arange(conversations), 1 + chance.poisson(2, conversations))
        slow = chance.normal(0, 0.4, conversations)[owner]
        exact = np.exp(7 + slow + chance.normal(0, 0.6, len(owner))) * factor
        rounded = np.exp(np.round(np.log(exact) * 50) / 50)
        return _quantile(chance, exact, rounded, owner, level)

    return draw


def lengths(conversations: int) -> Draw:
    """The median number of messages: few different values."""

    def draw(chance: np.random.Generator, factor: float) -> Quantile:
        values = np.ceil(chance.lognormal(1.5, 0.6, conversations) * factor)
        return _quantile(chance, values, values, np.arange(conversations), 0.5, middle=True)

    return draw


def _quantile(
    chance: np.random.Generator,
    exact: np.ndarray,
    rounded: np.ndarray,
    owner: np.ndarray,
    level: float,
    middle: bool = False,
) -> Quantile:
    group = chance.integers(0, GROUPS, int(owner.max()) + 1)[owner]
    histograms: list[dict[float, int]] = [{} for _ in range(GROUPS)]
    for number, value in zip(group, rounded, strict=True):
        histograms[number][float(value)] = histograms[number].get(float(value), 0) + 1
    ordered = np.sort(exact)
    value = float(np.median(exact)) if middle else float(ordered[int(level * len(ordered))])
    return Quantile(value, len(exact), level, histograms, middle)


def _grouped(chance: np.random.Generator, parts: np.ndarray, wholes: np.ndarray) -> list[tuple[float, float]]:
    group = chance.integers(0, GROUPS, len(parts))
    sums = [np.bincount(group, weights=each.astype(float), minlength=GROUPS) for each in (parts, wholes)]
    return [(float(part), float(whole)) for part, whole in zip(*sums, strict=True)]


SITUATIONS = (
    Situation("counts, 7 days, 100 a day, Poisson", totals(100, 7, 1), 1.3, paired=True),
    Situation("counts, 7 days, 100 a day, dispersion 4", totals(100, 7, 4), 1.3, paired=True),
    Situation("counts, 7 days, 2 a day, dispersion 1.5", totals(2, 7, 1.5), 2.0, paired=True),
    Situation("counts, 28 days, 100 a day, dispersion 4", totals(100, 28, 4), 1.3, paired=True),
    Situation("counts, 30 days, 100 a day, dispersion 4, weekdays apart", totals(100, 30, 4), 1.3),
    Situation("counts, 30 days, 0.3 a day, Poisson", totals(0.3, 30, 1), 3.0),
    Situation("sums of money, 28 days, 1 sale a day", money(1, 28), 3.0, paired=True),
    Situation("shares, n 30, 30 %", shares(30, 0.3), 2.0),
    Situation("shares, n 30 before n 1,000, 12 %", shares(1_000, 0.12), 3.0, beside=shares(30, 0.12)),
    Situation("shares, n 40 before n 1,000, 50 %", shares(1_000, 0.5), 1.6, beside=shares(40, 0.5)),
    Situation("shares, n 55, 80 %", shares(55, 0.8), 0.7),
    Situation("shares, n 1,000, 2 %", shares(1_000, 0.02), 2.0),
    Situation("shares of answers, 60 conversations, 15 %", clustered(60, 0.15), 2.0),
    Situation("shares of answers, 1,000 conversations, 15 %", clustered(1_000, 0.15), 1.3),
    Situation("means of messages, 60 conversations", messages(60), 1.5),
    Situation("means of messages, 2,000 conversations", messages(2_000), 1.1),
    Situation("means of messages, 30 before 2,000 conversations", messages(2_000), 2.0, beside=messages(30)),
    Situation("mean ratings, 300 conversations, 60 rated", ratings(300), 1.5),
    Situation("median messages, 100 conversations", lengths(100), 1.5),
    Situation("median latency, 60 conversations", latencies(60, 0.5), 1.5),
    Situation(
        "median latency, 30 before 1,000 conversations",
        latencies(1_000, 0.5),
        2.0,
        beside=latencies(30, 0.5),
    ),
    Situation("95th percentile of latency, 100 conversations", latencies(100, 0.95), 2.0),
    Situation("95th percentile of latency, 1,000 conversations", latencies(1_000, 0.95), 1.3),
)


def found(situation: Situation, factor: float, rounds: int, seed: int) -> tuple[float, float]:
    """The share of rounds in which a change is found, and of those in which nothing can be said."""
    chance = np.random.default_rng(seed)
    beside = situation.beside or situation.draw
    changes = [
        change_of(beside(chance, 1.0), situation.draw(chance, factor), paired=situation.paired)
        for _ in range(rounds)
    ]
    said = [each.distinguishable for each in changes]
    return said.count(True) / rounds, said.count(None) / rounds


def main() -> int:
    """Print the table; 1 if there are more false findings than are allowed, beyond what chance explains."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rounds", type=int, default=4_000)
    arguments.add_argument("--seed", type=int, default=1)
    said = arguments.parse_args()
    bound = ALLOWED + 2 * sqrt(ALLOWED * (1 - ALLOWED) / said.rounds)
    worst = 0.0
    print("| what | false findings | cannot be said | true change | found |\n|---|---|---|---|---|")
    for each in SITUATIONS:
        false, unsaid = found(each, 1.0, said.rounds, said.seed)
        power, _ = found(each, each.factor, max(100, said.rounds // 10), said.seed + 1)
        worst = max(worst, false)
        print(f"| {each.name} | {false:.1%} | {unsaid:.1%} | x {each.factor} | {power:.0%} |", flush=True)
    print(f"\nworst {worst:.1%}; {said.rounds:,} rounds, bound {bound:.1%}")
    return int(worst > bound)


if __name__ == "__main__":
    raise SystemExit(main())
