"""Changes of what is said of gaps go one by one in a company, and none while somebody has it stand still."""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Any

from botlens.database.database import Repository


class GapStillness(Repository):
    """The part of `GapLifeCycle` that every change passes."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self._locks: defaultdict[str, Lock] = defaultdict(Lock)

    @contextmanager
    def still(self, company_id: str) -> Iterator[None]:
        """Nothing is said of a company's gaps by anybody else within this, and no other link comes to count.

        Each change is made within it, and so is a read that was overtaken again and again. A company has one
        process that changes it, so this one knows of all who do.
        """
        with self._locks[company_id]:
            yield
