"""What was rejected lately, by company: for those who look for what is wrong with their sender.

It is kept in memory and bounded, since it is of use for minutes and may come at the rate of events: a table
would have the sender of nonsense write as much as the sender of events. A restart forgets it.
"""

from collections import OrderedDict, deque
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from threading import Lock

OF_ONE = 100
IN_ALL = 20_000
_LONGEST = 500  # characters of a message


@dataclass(frozen=True, slots=True)
class RejectedLately:
    """An event, or a request without an index, that was not taken.

    `by` is who sent it; `field` names a field of the event where it is about one.
    """

    at: datetime
    by: str
    code: str
    message: str
    field: str | None = None


class Rejections:
    """The last ones of each company. For any thread.

    Args:
        of_one: how many of a company.
        in_all: how many of all; beyond, those of the company that had none for longest go.
    """

    def __init__(self, of_one: int = OF_ONE, in_all: int = IN_ALL) -> None:
        self._of_one = of_one
        self._in_all = in_all
        self._lock = Lock()
        self._count = 0
        self._by_company: OrderedDict[str, deque[RejectedLately]] = OrderedDict()

    def note(self, company_id: str, rejected: Iterable[RejectedLately]) -> None:
        """Something of a company was rejected, the latest last."""
        with self._lock:
            mine = self._by_company.pop(company_id, None)
            if mine is None:
                mine = deque(maxlen=self._of_one)
            self._count -= len(mine)
            mine.extend(rejected)
            self._count += len(mine)
            self._by_company[company_id] = mine
            while self._count > self._in_all:
                _, gone = self._by_company.popitem(last=False)
                self._count -= len(gone)

    def of(self, company_id: str) -> list[RejectedLately]:
        """Those of a company, the latest first."""
        with self._lock:
            return list(reversed(self._by_company.get(company_id, ())))

    def forget(self, company_id: str) -> None:
        """The company does not exist any more."""
        with self._lock:
            self._count -= len(self._by_company.pop(company_id, ()))


def short(message: str) -> str:
    """As much of a message as is kept."""
    return message[:_LONGEST]
