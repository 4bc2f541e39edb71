"""Which gaps are rising: a flag beside the order, no weight in it.

Of the sessions that failed on a gap in 28 days, half would be of the last 14 if nothing had changed: the
exact test asks how seldom chance alone gives as many. Of a hundred gaps five would be found so by chance; the
procedure of Benjamini and Hochberg keeps the mistakes among those that are called rising to 5 %.

Source: Y. Benjamini, Y. Hochberg, "Controlling the false discovery rate", Journal of the Royal Statistical
Society B 57 (1995).
"""

from collections.abc import Mapping
from typing import Final

from botlens.gaps.proof.beta import share_below

DAYS_A_SIDE: Final = 14
FALSE_AT_MOST: Final = 0.05


def rising_gaps(counts: Mapping[str, tuple[int, int]]) -> frozenset[str]:
    """The gaps that are rising.

    Args:
        counts: of each gap, distinct sessions that failed on it in the 14 days before, and in the last 14.
    """
    chances = sorted((chance_of(before, last), gap) for gap, (before, last) in counts.items())
    found = 0
    for rank, (chance, _) in enumerate(chances, 1):
        if chance <= FALSE_AT_MOST * rank / len(chances):
            found = rank
    return frozenset(gap for _, gap in chances[:found])


def chance_of(before: int, last: int) -> float:
    """How seldom so many of both, or more, are of the last half if each session is as likely of either."""
    if last == 0:
        return 1.0
    return share_below(0.5, last, before + 1)  # the upper tail of the binomial distribution, in closed form
