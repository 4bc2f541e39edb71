"""Reads of a store to which nobody writes: before it is taken over, or while it is looked at from outside."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from botlens.commit.snapshot import Snapshots
from botlens.store.connection import ClickHouse


class _Still:
    """A `Currency` where there is nothing to bring up to date."""

    def current(self, company_id: str, divide: Callable[[], None] | None = None) -> int:
        if divide is not None:
            divide()
        return 0

    def stamp(self, company_id: str) -> int:
        return 0

    def rewrites(self, company_id: str) -> int:
        return 0

    def uncounted(self, company_id: str) -> frozenset[str]:
        return frozenset()

    def swaps(self, company_id: str) -> int:
        return 0

    def recounted_only_in_part(self, company_id: str) -> frozenset[str]:
        return frozenset()

    @contextmanager
    def pinned(self, company_id: str, divide: Callable[[], None] | None = None) -> Iterator[None]:
        self.current(company_id, divide)
        yield


def still_snapshots(store: ClickHouse) -> Snapshots:
    """Reads of one state; whoever calls sees to it that there is only one."""
    return Snapshots(store, _Still())
