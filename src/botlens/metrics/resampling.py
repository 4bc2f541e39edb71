"""The bootstrap over conversations: what chance alone would make of means and quantiles, by random groups.

A fixed hash puts each conversation into one of `GROUPS` groups, and groups are drawn in the place of
conversations, always the same ones.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from math import isnan, sqrt
from typing import Final

import numpy as np
from numpy.typing import NDArray

from botlens.metrics.intervals import Z_95, Interval, student

GROUPS: Final = 64
"""Random groups of conversations."""

_REPLICATES = 1_999
_OF_QUANTILES = 399
"""Each of them costs as much as the values are many."""

_TAIL = 0.0125
"""Of drawn differences beyond each end. With 0.025 the simulation finds 7.5 % where nothing has changed: few
and skewed values beside many have wider intervals than what is drawn of them."""

_SEED = 20_260_318

Floats = NDArray[np.float64]


def drawn_means(groups: Sequence[tuple[float, float]], side: int) -> Floats:
    """A ratio of sums, (numerator, denominator) by group, drawn again and again; `side` as above."""
    sums = _weights(side)[:, : len(groups)] @ np.asarray(groups, float)
    with np.errstate(divide="ignore", invalid="ignore"):
        found: Floats = sums[:, 0] / sums[:, 1]
    return found


def drawn_quantiles(
    groups: Sequence[Mapping[float, int]], level: float, side: int, *, middle: bool
) -> Floats:
    """A quantile, drawn again and again.

    Args:
        groups: by group, how often it has which value.
        level: at which place of the values in order.
        side: 0 or 1: two sides are drawn apart.
        middle: whether the mean of two in the middle is taken.
    """
    weights = _weights(side)[:_OF_QUANTILES]
    values = sorted({value for group in groups for value in group})
    place = {value: at for at, value in enumerate(values)}
    counts = np.zeros((GROUPS, len(values)))
    for number, group in enumerate(groups):
        for value, count in group.items():
            counts[number, place[value]] = count
    upto = np.cumsum(counts, axis=1)
    n = (weights * upto[:, -1]).sum(axis=1)
    known = np.asarray(values, float)

    def at(places: Floats) -> Floats:
        found: Floats = known[_first_beyond(weights, upto, places)]
        return found

    if middle:
        return (at(np.floor((n - 1) / 2)) + at(np.floor(n / 2))) / 2
    return at(np.floor(level * n))


def _first_beyond(weights: Floats, upto: Floats, places: Floats) -> NDArray[np.intp]:
    """By replicate, the first value up to which there are more than so many: by halving.

    Args:
        weights: how often each group is drawn, by replicate.
        upto: how many values there are up to each, by group.
        places: by replicate.
    """
    low = np.zeros(len(weights), np.intp)
    high = np.full(len(weights), upto.shape[1] - 1, np.intp)
    while (low < high).any():
        half = (low + high) // 2
        beyond = (weights * upto[:, half].T).sum(axis=1) > places
        high = np.where(beyond, half, high)
        low = np.where(beyond, low, np.minimum(half + 1, high))
    return low


def ends_of(drawn: Floats, difference: float, groups: int) -> Interval | None:
    """The percentile interval of drawn differences, wider by what so many groups are too much alike."""
    low, high = (float(each) for each in np.nanquantile(drawn, (_TAIL, 1 - _TAIL)))
    if isnan(low) or isnan(high):
        return None
    wider = student(groups - 1) / Z_95 * sqrt(groups / (groups - 1))
    return min(difference, difference - (difference - low) * wider), max(
        difference, difference + (high - difference) * wider
    )


@lru_cache(maxsize=2)
def _weights(side: int) -> Floats:
    """How often each group is drawn, by replicate; the same at each call and on each machine."""
    drawn = np.random.RandomState(_SEED + side).randint(0, GROUPS, size=(_REPLICATES, GROUPS))
    found: Floats = (drawn[:, :, None] == np.arange(GROUPS)).sum(axis=1).astype(float)
    return found
