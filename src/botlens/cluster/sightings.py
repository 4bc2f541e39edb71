"""Since when something was seen unchanged, by the monotonic clock of this process: no other clock matters."""

import math
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class _Sighting:
    value: Hashable
    since: float
    has_changed: bool


class Sightings:
    """What was seen of some things, by name. Not for several threads at once."""

    def __init__(self) -> None:
        self._seen: dict[Hashable, _Sighting] = {}

    def see(self, found: Mapping[Any, Hashable], at: float) -> None:
        """See all of them anew; what is not among them is forgotten.

        Args:
            found: something of each that is another whenever it has changed.
            at: when that was known; it may have been so before.
        """
        self._seen = {name: self._now(name, value, at) for name, value in found.items()}

    def _now(self, name: Hashable, value: Hashable, at: float) -> _Sighting:
        before = self._seen.get(name)
        if before is None:
            return _Sighting(value, at, has_changed=False)
        return before if before.value == value else _Sighting(value, at, has_changed=True)

    def since(self, name: Hashable) -> float:
        """Since when it was seen as it is; infinity if it never was."""
        found = self._seen.get(name)
        return math.inf if found is None else found.since

    def has_changed(self, name: Hashable) -> bool:
        """Whether it was ever seen as something else before."""
        found = self._seen.get(name)
        return found is not None and found.has_changed
