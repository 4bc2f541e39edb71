"""The slots that this process has, as all of its threads see them."""

import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from threading import Lock

from botlens.cluster.slots import slot_of
from botlens.errors import NotHereError

NUMBER_BITS = 40
"""So many bits of a number count within an epoch: a million million of them."""


@dataclass(slots=True, eq=False)
class SlotHolding:
    """A slot that is owned, or was: another one for each epoch.

    Attributes:
        valid_until: by the monotonic clock. Nobody takes the slot before. PostgreSQL would let them: what
            keeps them back is that each waits until it has seen its row unchanged for as long as
            a lease lasts.
        since: when it was got, by the monotonic clock.
        number: the highest number of arrival that was handed out.
        seq: of the last frame that was appended.
        opened: whether what an earlier owner left in the journal has been brought in.
        serving: whether requests are answered: what it left unfinished is done, too.
        ended: whether it is not owned any more, or cannot be known to be.
        leaving: whether it is being let go, by a thread that sees to all of that.
    """

    slot: int
    shard: int
    epoch: int
    valid_until: float
    since: float = field(default_factory=time.monotonic)
    number: int = 0
    seq: int = 0
    opened: bool = False
    serving: bool = False
    ended: bool = False
    leaving: bool = False

    def __post_init__(self) -> None:
        self.number = max(self.number, self.epoch << NUMBER_BITS)

    @property
    def works(self) -> bool:
        """Whether commits and reads of it are taken."""
        return self.opened and not self.ended

    @property
    def lasts(self) -> bool:
        """Whether nobody else can have had it since it was got: by the clock of this process."""
        return not self.ended and time.monotonic() < self.valid_until


class Holdings:
    """Which they are. For any thread: each look is one look into a mapping."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._held: dict[int, SlotHolding] = {}

    def of_slot(self, slot: int) -> SlotHolding | None:
        """The holding of a slot, whatever its state."""
        return self._held.get(slot)

    def of(self, company_id: str) -> SlotHolding:
        """The holding that has a company, and works.

        Raises:
            NotHereError: there is none.
        """
        found = self._held.get(slot_of(company_id))
        if found is None or not found.works:
            raise NotHereError
        return found

    def all(self) -> list[SlotHolding]:
        """All of them, also those that begin or have ended."""
        with self._lock:
            return list(self._held.values())

    def add(self, holding: SlotHolding) -> None:
        """Have one that was claimed, in the place of an earlier one of its slot, which has ended."""
        with self._lock:
            before = self._held.get(holding.slot)
            if before is not None:
                before.ended = True
            self._held[holding.slot] = holding

    def remove(self, holding: SlotHolding) -> None:
        """Have it no more."""
        with self._lock:
            holding.ended = True
            if self._held.get(holding.slot) is holding:
                del self._held[holding.slot]

    def at(self, shard: int) -> "ShardHoldings":
        """Those at one shard."""
        return ShardHoldings(self, shard)

    @staticmethod
    def end(holdings: Iterable[SlotHolding]) -> None:
        """From this moment on nothing is taken of these; whoever opened them closes them soon."""
        for each in holdings:
            each.ended = True


class ShardHoldings:
    """The slots that this process has at one shard: one that has moved to another is none of them.

    Args:
        all_of_them: wherever they are.
        shard: which.
    """

    def __init__(self, all_of_them: Holdings, shard: int) -> None:
        self._holdings = all_of_them
        self._shard = shard

    def of(self, company_id: str) -> SlotHolding:
        """See `Holdings`.

        Raises:
            NotHereError: there is none that works, or it is at another shard.
        """
        found = self._holdings.of(company_id)
        if found.shard != self._shard:
            raise NotHereError
        return found

    def all(self) -> list[SlotHolding]:
        """See `Holdings`."""
        return [each for each in self._holdings.all() if each.shard == self._shard]

    @staticmethod
    def end(holdings: Iterable[SlotHolding]) -> None:
        """See `Holdings`."""
        Holdings.end(holdings)
