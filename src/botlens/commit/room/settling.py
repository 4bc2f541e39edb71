"""Comparing the questions of long conversations, before their facts are written."""

from collections.abc import Iterable
from math import inf
from time import monotonic

from botlens.errors import OverloadedError
from botlens.metrics.unwritten import UnwrittenFacts

_STEPS = 100  # of comparisons, between which others may have the interpreter


def settle(unwritten: Iterable[UnwrittenFacts], seconds: float = inf) -> bool:
    """Have the questions of long conversations compared; returns whether that was done in time."""
    until = monotonic() + seconds
    for each in unwritten:
        while not each.settle(_STEPS):
            if monotonic() > until:
                return False
    return True


def check_settled(unwritten: Iterable[UnwrittenFacts], seconds: float) -> None:
    """Make sure that what is written does not hold up others; nearly always, this was done before.

    Raises:
        OverloadedError: it would.
    """
    if not settle(unwritten, seconds):
        raise OverloadedError("A long conversation has changed too much just now; ask again later.")
