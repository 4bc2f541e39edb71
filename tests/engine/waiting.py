"""Waiting until something is so."""

import time
from collections.abc import Callable

PATIENCE = 60.0
"""So many seconds at most: what is right is so at once, and the machine may be busy."""


def soon(true: Callable[[], bool]) -> bool:
    """Whether it is so in time."""
    until = time.monotonic() + PATIENCE
    while not true():
        if time.monotonic() > until:
            return False
        time.sleep(0.05)
    return True
