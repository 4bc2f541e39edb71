"""What a sender is told whose events were taken all the same: counted, and the first of each kind in words.

A whole table of somebody's own columns may come as unknown fields. To say so of each field of each event
would cost more than the events.
"""

import difflib
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from msgspec import Struct

LISTED_OF_A_KIND = 10
LISTED = 100


class Rejection(Struct, frozen=True, omit_defaults=True):
    """What is wrong with the event at `index` (its place in the body, from 0), and in which field of it."""

    index: int
    code: str
    message: str
    field: str | None = None


@dataclass(slots=True)
class Warnings:
    """The warnings of one body.

    Attributes:
        listed: the first of each kind (a code, a type of event and a field), and at most `LISTED` of them.
        counts: how many there are, by code.
    """

    listed: list[Rejection] = field(default_factory=list)
    # Every body has these, and a `Counter` takes more than twice as long to make.
    counts: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))
    _kinds: defaultdict[tuple[str, str], int] = field(default_factory=lambda: defaultdict(int))

    def unknown_fields(self, index: int, names: Iterable[str], kind: str, known: Iterable[str]) -> None:
        """The event has fields that its type does not know."""
        for name in names:
            self.counts["unknown_field"] += 1
            if len(self.listed) < LISTED and self._kinds[kind, name] < LISTED_OF_A_KIND:
                self._kinds[kind, name] += 1
                self.listed.append(Rejection(index, "unknown_field", _unknown_field(name, kind, known)))

    def time_ahead(self, index: int, created_at: datetime, kind: str) -> None:
        """The event tells a time that is still to come."""
        self.counts["time_ahead"] += 1
        if len(self.listed) < LISTED and self._kinds[kind, "created_at"] < LISTED_OF_A_KIND:
            self._kinds[kind, "created_at"] += 1
            message = (
                f"`created_at` is {created_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC, which is to come: the "
                "event was taken, and counts on that day. Look at the clock of what sends it."
            )
            self.listed.append(Rejection(index, "time_ahead", message, "created_at"))


def _unknown_field(name: str, kind: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(name[:100], known, n=1)
    hint = f"did you mean `{near[0]}`?" if near else "own data belongs in `metadata`."
    return f"`{name[:100]}` is not a field of a {kind} and was left out; {hint}"
