"""Numbers of arrivals, and versions of facts: of one company they only grow."""

from typing import Protocol


class Numbering(Protocol):
    """Hands out numbers. For those who hold the lock of the ledger, but for `check`."""

    def take(self, company_id: str, count: int = 1) -> int:
        """Numbers higher than all before of a company; returns the first of so many.

        Raises:
            OverloadedError: the company is at another node.
        """
        ...

    def last(self, company_id: str) -> int:
        """The highest number that was handed out of a company."""
        ...

    def rise(self, number: int) -> None:
        """Have the next numbers be higher than this one."""
        ...

    @property
    def highest(self) -> int:
        """The highest number of all."""
        ...

    def opening(self, company_id: str) -> int:
        """Another number each time that this process gets the company; it stays as long as it has it.

        Raises:
            OverloadedError: the company is at another node.
        """
        ...

    def check(self, company_id: str) -> None:
        """Pass if numbers of the company can be handed out here. For any thread; it waits for nothing.

        Raises:
            OverloadedError: the company is at another node.
        """
        ...

    def check_still(self, company_id: str) -> None:
        """Pass if nobody else can have had the company since this process got it. As `check`, by the clock.

        Raises:
            OverloadedError: somebody may have it.
        """
        ...


class SingleNumbering:
    """One row of numbers for all companies: this process has all of them."""

    def __init__(self) -> None:
        self._last = 0

    def take(self, company_id: str, count: int = 1) -> int:
        """See `Numbering`."""
        first = self._last + 1
        self._last += count
        return first

    def last(self, company_id: str) -> int:
        """See `Numbering`."""
        return self._last

    def rise(self, number: int) -> None:
        """See `Numbering`."""
        self._last = max(self._last, number)

    @property
    def highest(self) -> int:
        """See `Numbering`."""
        return self._last

    def opening(self, company_id: str) -> int:
        """All are here from the beginning."""
        return 0

    def check(self, company_id: str) -> None:
        """All are here."""

    def check_still(self, company_id: str) -> None:
        """Nobody else has any."""
