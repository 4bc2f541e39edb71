"""Reads of one state, at the shard where the company is."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from botlens.commit.snapshot import Snapshots
from botlens.store.reading import CompanyReader

T = TypeVar("T")


class RoutedSnapshots(Snapshots):
    """Snapshots of several stores.

    Args:
        of: those that have a company; raises `NotHereError` if none has.
        any_of_them: what is the same in all.
    """

    def __init__(self, of: Callable[[str], Snapshots], any_of_them: Snapshots) -> None:
        self._of = of
        self._any = any_of_them

    @property
    def definition_version(self) -> int:
        """See `Snapshots`."""
        return self._any.definition_version

    def read(
        self, company_id: str, ask: Callable[[CompanyReader], T], *, divide: Callable[[], None] | None = None
    ) -> T:
        """See `Snapshots`."""
        return self._of(company_id).read(company_id, ask, divide=divide)

    @contextmanager
    def held(self, company_id: str, divide: Callable[[], None] | None = None) -> Iterator[CompanyReader]:
        """See `Snapshots`."""
        with self._of(company_id).held(company_id, divide) as reader:
            yield reader
