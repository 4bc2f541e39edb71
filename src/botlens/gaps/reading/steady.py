"""Reads of gaps while links end and people change things: of one state of all that they are made of."""

from collections.abc import Callable
from typing import Final, TypeVar

from botlens.commit.snapshot import Snapshots
from botlens.errors import NotFoundError, OverloadedError
from botlens.gaps.life_cycle.life_cycle import GapLifeCycle
from botlens.gaps.life_cycle.values import GapStanding
from botlens.store.reading import CompanyReader

T = TypeVar("T")

_ATTEMPTS: Final = 4


class SteadyReads:
    """Reads what was said of gaps together with what is in the store of them.

    Which link counts is in the accounts, what it found is in the store, and what earlier ones found is
    removed once another counts: who reads by the number of before may find nothing any more. So it is read
    again if something else was said when all is read. One that is overtaken again and again has all who say
    something of the company's gaps, links too, wait for as long as it reads.

    Args:
        snapshots: of the store.
        cycle: knows what was said, and which link counts.
    """

    def __init__(self, snapshots: Snapshots, cycle: GapLifeCycle) -> None:
        self._snapshots = snapshots
        self._cycle = cycle

    def read(self, company_id: str, ask: Callable[[CompanyReader, GapStanding], T]) -> T:
        """What `ask` makes of one state; it may be asked more than once.

        Args:
            company_id: whose.
            ask: reads of the store, knowing what was said; must have taken what it wants when it returns.

        Raises:
            OverloadedError: another process has changed it again and again.
            BotlensError: the store does not answer, or whatever `ask` raises.
        """
        for _ in range(_ATTEMPTS - 1):
            standing = self._cycle.standing(company_id)
            try:
                found = self._snapshots.read(company_id, lambda reader: ask(reader, standing))  # noqa: B023
            except NotFoundError:  # perhaps it was removed since
                if self._cycle.standing(company_id) == standing:
                    raise
                continue
            if self._cycle.standing(company_id) == standing:
                return found
        with self._cycle.still(company_id):
            last = self._cycle.standing(company_id)
            found = self._snapshots.read(company_id, lambda reader: ask(reader, last))
            if self._cycle.standing(company_id) != last:
                # Not by this process: the company is being handed over to another, or was.
                raise OverloadedError("The gaps of this company change all the time just now; ask again.")
            return found
