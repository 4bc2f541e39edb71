"""Evidence that may be looked at any day: betting against "no better than the limit", and against "no worse".

Somebody bets, session by session, that the share of failing ones is some q below the limit L, against whoever
says that it is L or more: what was staked is multiplied by (q/L) with each failing session, and by
(1-q)/(1-L) with each other one. If the other side is right, nobody can expect to win, whatever q is and
whenever one stops: the chance that the capital ever reaches 1/a is a at most (Ville's inequality). So it may
be looked at each day, which no interval of fixed size may. Nobody knows q, so the capital is spread over all
below L, by the density of Beta(1/2,1/2) cut off at L; the sum of all of these is an incomplete beta function.
The mirror image bets on all q above L.

Sources: J. Ville, "Étude critique de la notion de collectif" (1939); A. Ramdas, P. Grünwald, V. Vovk, G.
    Shafer, "Game-theoretic statistics and safe anytime-valid inference", Statistical Science 38 (2023).
"""

from functools import lru_cache
from math import log, log1p

from botlens.gaps.proof.beta import log_parts

_HALF = 0.5


def log_evidence(failing: int | float, answered: int | float, limit: float) -> tuple[float, float]:
    """The logarithms of what became of a capital of 1 that bet on less, and of one that bet on more.

    Args:
        failing: sessions that failed; not only whole ones, for forecasts.
        answered: sessions that did not.
        limit: the share of failing sessions in question, between 0 and 1, neither of them.

    Returns:
        That the share is below the limit, that it is above.
    """
    below, above = log_parts(limit, failing + _HALF, answered + _HALF)
    prior_below, prior_above = _prior(limit)
    at_limit = failing * log(limit) + answered * log1p(-limit)
    return below - prior_below - at_limit, above - prior_above - at_limit


@lru_cache(maxsize=64)
def _prior(limit: float) -> tuple[float, float]:
    return log_parts(limit, _HALF, _HALF)
