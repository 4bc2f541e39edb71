"""Where a company is: at this node, at another, or nowhere for now. For whoever answers requests.

A request of a company is answered by the node that owns its slot. The answer may leave only if it still did
when the answer was made: ask `place_of` before, and `still_here` after. Both look into memory and wait for
nothing, so the event loop may ask them.
"""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Here:
    """This node owns the company's slot.

    Attributes:
        slot: which.
        epoch: of the ownership: each time anybody takes a slot, it is a higher one.
    """

    slot: int
    epoch: int


@dataclass(frozen=True, slots=True)
class There:
    """Another node owns it, as far as this one knows: what it read of the slots is a second old at most.

    Attributes:
        url: where the other one takes requests, without a slash at the end.
        node: its name.
    """

    url: str
    node: str


@dataclass(frozen=True, slots=True)
class Nowhere:
    """Nobody can answer now: a node has died or begins, or PostgreSQL does not answer.

    Attributes:
        retry_after: after so many seconds somebody may; for `Retry-After`, so 1 at least.
        reason: a sentence for whoever asks; it names no host.
        is_soon: whether somebody can in a moment, for which it is worth waiting: it is being handed over.
    """

    retry_after: int
    reason: str
    is_soon: bool = False


Whereabouts = Here | There | Nowhere


class Ownership(Protocol):
    """Knows where companies are. For any thread, and for the event loop."""

    def place_of(self, company_id: str) -> Whereabouts:
        """Where a company is now. Waits for nothing; a company that does not exist has a place, too."""
        ...

    def still_here(self, place: Here) -> bool:
        """Whether this node owned the slot all the time since `place_of` said so. Waits for nothing.

        If not, what was made meanwhile must not be sent: another node may have acknowledged more by now.
        """
        ...
