"""What a node asks of whoever works with the companies of its slots."""

from collections.abc import Sequence
from typing import Protocol

from botlens.cluster.holdings import SlotHolding


class SlotUser(Protocol):
    """Whoever works with the companies of the slots that a node has. Called by threads of the node."""

    def can_open(self, shard: int) -> bool:
        """Whether slots of a shard may be taken. Waits for nothing."""
        ...

    def answers(self, shard: int) -> bool:
        """Whether a shard answered when it was asked last. Waits for nothing."""
        ...

    def open_slots(self, holdings: Sequence[SlotHolding]) -> list[SlotHolding]:
        """Bring in what earlier owners left, and do what they did not finish; returns those that serve now.

        Raises:
            Exception: none of them could be opened; they are let go, and tried again.
        """
        ...

    def close_slots(self, holdings: Sequence[SlotHolding]) -> None:
        """Forget all that is known of these, which have ended."""
        ...

    def write_out(self, holdings: Sequence[SlotHolding]) -> None:
        """Have the event store hold all that was committed of these, so that nobody has to read it again."""
        ...
