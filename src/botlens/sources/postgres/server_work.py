"""What a source's server does for us: by that it is paced how often it is asked."""

import math
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


class ServerWork:
    """How long the server worked for us: how long it was waited for, without the way there and back.

    What is done here with what came is none of it.
    """

    def __init__(self) -> None:
        self._trip = math.inf
        self.begins()

    def begins(self) -> None:
        """Count from here on."""
        self._waited = 0.0
        self._statements = 0

    @property
    def seconds(self) -> float:
        """Since then. For each statement the shortest way that was ever seen is taken off."""
        return max(0.0, self._waited - self._statements * self._trip) if self._statements else 0.0

    def of(self, ask: Callable[[], T], *, statements: int = 1) -> T:
        """What is asked of the server, which is waited for; it may be the rest of what was asked before."""
        began = time.monotonic()
        try:
            return ask()
        finally:
            self._waited += time.monotonic() - began
            self._statements += statements

    def trip(self, ask: Callable[[], T]) -> T:
        """The same, with next to nothing to do: that is the way there and back."""
        began = time.monotonic()
        found = ask()
        self._trip = min(self._trip, time.monotonic() - began)
        return found
