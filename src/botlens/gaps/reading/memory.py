"""What was read of gaps, kept for as long as reading it again would give the same."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from threading import Lock
from typing import Any, Final, TypeVar, cast

from botlens.gaps.kept.admission import GapAdmissions
from botlens.gaps.life_cycle.values import GapStanding
from botlens.store.reading import CompanyReader

T = TypeVar("T")

MOST_KEPT: Final = 20_000
"""Gaps and questions of all companies together; one with its texts takes 1 to 2 KiB."""


@dataclass(frozen=True, slots=True)
class _Kept:
    """What was found, of which state of what it is made of, and how much room it takes."""

    state: tuple[int, int, GapStanding]
    found: Any
    size: int


class GapMemory:
    """Remembers what was read of gaps. For any thread.

    What is read of gaps is made of three things, of each of which it is known whether it is another one: the
    company's events as the store has them (`CompanyReader.stamp`), what links and people wrote of its gaps
    (`GapAdmissions.writes`), and what people and the proof said (`GapStanding`). While they are the same,
    what was read is; and nothing is remembered any more once one is not.

    Args:
        admissions: know what was written of gaps; what is kept of a company goes as that happens.
        most: so many gaps and questions are kept; what was not asked for longest goes first.
    """

    def __init__(self, admissions: GapAdmissions, most: int = MOST_KEPT) -> None:
        self._admissions = admissions
        self._most = most
        self._kept: OrderedDict[tuple[str, Hashable], _Kept] = OrderedDict()
        self._size = 0
        self._lock = Lock()
        admissions.watch(self._forget)

    def recall(
        self,
        reader: CompanyReader,
        standing: GapStanding,
        what: Hashable,
        find: Callable[[], T],
        size: Callable[[T], int],
    ) -> T:
        """What `find` finds now, or has found before of the same state.

        Args:
            reader: of the company; `find` reads by it.
            standing: what `find` knows of the company's gaps.
            what: is found; together with the state it says all that it depends on.
            find: reads.
            size: how many gaps or questions are in it.
        """
        stamp, writes = reader.stamp, self._admissions.writes(reader.company_id)
        if stamp is None or writes is None:
            return find()
        key, state = (reader.company_id, what), (stamp, writes, standing)
        with self._lock:
            kept = self._kept.get(key)
            if kept is not None and kept.state == state:
                self._kept.move_to_end(key)
                return cast("T", kept.found)
        found = find()
        with self._lock:
            if self._admissions.writes(reader.company_id) == writes:
                self._keep(key, _Kept(state, found, 1 + size(found)))
        return found

    def _keep(self, key: tuple[str, Hashable], kept: _Kept) -> None:
        for each in [
            each for each in self._of(key[0]) if self._kept[each].state != kept.state or each == key
        ]:
            self._drop(each)
        self._kept[key] = kept
        self._size += kept.size
        while self._size > self._most:
            self._drop(next(iter(self._kept)))

    def _forget(self, company_id: str) -> None:
        with self._lock:
            for each in self._of(company_id):
                self._drop(each)

    def _of(self, company_id: str) -> list[tuple[str, Hashable]]:
        return [each for each in self._kept if each[0] == company_id]

    def _drop(self, key: tuple[str, Hashable]) -> None:
        self._size -= self._kept.pop(key).size
