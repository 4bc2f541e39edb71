"""Numbers of arrival within an epoch: whatever an earlier owner of a slot writes late has lower ones."""

from botlens.cluster.holdings import ShardHoldings
from botlens.commit.numbering import Numbering
from botlens.errors import NotHereError


class SlotNumbering(Numbering):
    """Hands out numbers of the slots that this process has at a shard.

    Args:
        holdings: which they are.
    """

    def __init__(self, holdings: ShardHoldings) -> None:
        self._holdings = holdings

    def take(self, company_id: str, count: int = 1) -> int:
        """See `Numbering`."""
        holding = self._holdings.of(company_id)
        first = holding.number + 1
        holding.number += count
        return first

    def last(self, company_id: str) -> int:
        """See `Numbering`."""
        return self._holdings.of(company_id).number

    def rise(self, number: int) -> None:
        """An epoch is where numbers begin; nothing else moves them."""

    @property
    def highest(self) -> int:
        """See `Numbering`."""
        return max((each.number for each in self._holdings.all()), default=0)

    def opening(self, company_id: str) -> int:
        """See `Numbering`: the epoch."""
        return self._holdings.of(company_id).epoch

    def check(self, company_id: str) -> None:
        """See `Numbering`."""
        self._holdings.of(company_id)

    def check_still(self, company_id: str) -> None:
        """See `Numbering`: by the lease."""
        if not self._holdings.of(company_id).lasts:
            raise NotHereError
