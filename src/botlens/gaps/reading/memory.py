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


_State = tuple[Any, ...]
"""What something was read of."""

_Key = tuple[str, str, Hashable]
"""The company; `events`, where these are part of the state, or `written`; and what was read."""


@dataclass(frozen=True, slots=True)
class _Kept:
    """What was found, of which state of what it is made of, and how much room it takes."""

    state: _State
    found: Any
    size: int


class GapMemory:
    """Remembers what was read of gaps. For any thread.

    What is read of gaps is made of three things, of each of which it is known whether it is another one: the
    company's events as the store has them (`CompanyReader.stamp`), what links and people wrote of its gaps
    (`GapAdmissions.writes`), and what people and the proof said (`GapStanding`). While those that it is made
    of are the same, what was read is; and nothing is remembered any more once one is not.

    Args:
        admissions: know what was written of gaps; what is kept of a company goes as that happens.
        most: so many gaps and questions are kept; what was not asked for longest goes first.
    """

    def __init__(self, admissions: GapAdmissions, most: int = MOST_KEPT) -> None:
        self._admissions = admissions
        self._most = most
        self._kept: OrderedDict[_Key, _Kept] = OrderedDict()
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
        made_of = None if reader.stamp is None else (reader.stamp, standing)
        return self._recall(reader, made_of, ("events", what), find, size)

    def recall_written(
        self,
        reader: CompanyReader,
        what: Hashable,
        find: Callable[[], T],
        size: Callable[[T], int],
        still: Callable[[T], T | None] = lambda found: found,
    ) -> T:
        """The same of what holds whatever events came since, or some of them.

        Args:
            reader: of the company; `find` reads by it.
            what: is found, and of which links and fixes: it says all that it depends on besides events.
            find: reads.
            size: how many gaps or questions are in it.
            still: what was found before, as it is by now; None if events have made it another. That what was
                written of gaps is the same, and that all came by commits, is known by then.
        """
        made_of = None if reader.rewrites is None else (reader.rewrites,)
        return self._recall(reader, made_of, ("written", what), find, size, still)

    def _recall(
        self,
        reader: CompanyReader,
        made_of: _State | None,
        what: tuple[str, Hashable],
        find: Callable[[], T],
        size: Callable[[T], int],
        still: Callable[[T], T | None] = lambda found: found,
    ) -> T:
        writes = self._admissions.writes(reader.company_id)
        if made_of is None or writes is None:
            return find()
        key, state = (reader.company_id, *what), (writes, *made_of)
        with self._lock:
            kept = self._kept.get(key)
            if kept is not None and kept.state == state:
                self._kept.move_to_end(key)
        before = cast("T", kept.found) if kept is not None and kept.state == state else None
        found = None if before is None else still(before)
        if found is None:
            found = find()
        else:
            reader.has_recalled = True
            if found is before:
                return found
        with self._lock:
            if self._admissions.writes(reader.company_id) == writes:
                self._keep(key, _Kept(state, found, 1 + size(found)))
        return found

    def _keep(self, key: _Key, kept: _Kept) -> None:
        for each in self._of(key[0]):
            if each == key or (each[1] == key[1] and self._kept[each].state != kept.state):
                self._drop(each)
        if kept.size > self._most:  # all that others have would go for it, and then it, too
            return
        self._kept[key] = kept
        self._size += kept.size
        while self._size > self._most:
            self._drop(next(iter(self._kept)))

    def _forget(self, company_id: str) -> None:
        with self._lock:
            for each in self._of(company_id):
                self._drop(each)

    def _of(self, company_id: str) -> list[_Key]:
        return [each for each in self._kept if each[0] == company_id]

    def _drop(self, key: _Key) -> None:
        self._size -= self._kept.pop(key).size
