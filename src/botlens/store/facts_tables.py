"""Which tables of facts there are, and which of them answers: beside each other, one a definition.

What a table is, its comment says: all derived by one definition; begun by it and continued by another
version, which wrote what came since; being derived; or behind, since another took its place. At most one is
complete. An older botlens knows no comment but its own, and derives anew where it finds another.

In a cluster each slot has its facts by one of several definitions, whose tables stand beside each other: then
comments say no more than that, and what is whole stands with the slots (`cluster.slot_facts`).
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from botlens.metrics.facts import DEFINITION_VERSION
from botlens.store.schema import FACTS

_COMMENT = re.compile(r"botlens: derived facts, definition ([0-9]+)(.*)")


class Status(StrEnum):
    """What a table of facts holds; the end of its comment."""

    COMPLETE = ""
    CONTINUED = ", continued by another"
    BEING_DERIVED = ", being derived"
    BEHIND = ", behind another"
    BY_SLOTS = ", as far as slots say"


def comment_of(definition: int, status: Status) -> str:
    """The comment of such a table."""
    return f"botlens: derived facts, definition {definition}{status.value}"


def read_comment(comment: str) -> tuple[int, Status] | None:
    """(definition, status) of a table, from its comment; None if that has neither."""
    found = _COMMENT.fullmatch(comment)
    if found is None or found[2] not in set(Status):
        return None
    return int(found[1]), Status(found[2])


@dataclass(slots=True)
class FactsTables:
    """The tables of facts of one store.

    Attributes:
        serving: the one that questions are answered from.
        definition: what its rows were derived by, but for conversations that were touched since.
        continued: whether its comment says that there may be such.
        building: the one that is being derived and will serve, if there is one. What is written to the one
            that serves is written to it, too.
        others: those that are left from other versions.
        beside: those of other definitions from which other nodes of a cluster serve.
        come_and_go: whether other nodes make and drop tables while this process runs.
        unsure: whether there may be other ones beside than this process knows.
    """

    serving: str = FACTS
    definition: int = DEFINITION_VERSION
    continued: bool = True
    building: str | None = None
    others: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()
    come_and_go: bool = False
    unsure: bool = False

    @property
    def written(self) -> tuple[str, ...]:
        """Those that facts are written to."""
        if self.building in (None, self.serving):
            return (self.serving,)
        return (self.serving, self.building)

    @property
    def all(self) -> tuple[str, ...]:
        """All of them."""
        return (*self.written, *self.others)
