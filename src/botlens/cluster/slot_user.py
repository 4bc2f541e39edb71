"""What a node asks of whoever works with the companies of its slots."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from botlens.cluster.holdings import SlotHolding


class SlotUser(Protocol):
    """Whoever works with the companies of the slots that a node has. Called by threads of the node."""

    def can_open(self, shard: int) -> bool:
        """Whether slots of a shard may be taken. Waits for nothing."""
        ...

    def silent(self) -> Mapping[int, float]:
        """The shards that did not answer when they were asked last, and for how many seconds they have not.

        Also those that were added since this node began, which it does not know. Waits for nothing.
        """
        ...

    def open_slots(self, holdings: Sequence[SlotHolding]) -> Iterator[SlotHolding]:
        """Bring in what earlier owners left, and do what they did not finish; gives each that serves by then.

        Raises:
            Exception: the others could not be opened; they are let go, and tried again.
        """
        ...

    def close_slots(self, holdings: Sequence[SlotHolding]) -> None:
        """Forget all that is known of these, which have ended."""
        ...

    def write_out(self, holdings: Sequence[SlotHolding]) -> bool:
        """Have the event store hold all that was committed of these, so that nobody has to read it again.

        Returns:
            Whether it does. It may wait for as long as the store does.
        """
        ...
