"""What is read before it is asked for: in common statements, and some of them at the same time."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import IntEnum
from functools import partial

from botlens.answers.statements import Statements
from botlens.answers.together import run_together
from botlens.answers.wanted import Wanted
from botlens.errors import InvalidError
from botlens.query.columns import Result
from botlens.query.cuts import cut_alike
from botlens.query.scan import Grouping
from botlens.query.selection import Selection

_Key = tuple[Wanted, Grouping | None]
"""A grouping of what is wanted, or its rows if they are none."""


class _Weight(IntEnum):
    """How long a statement takes, about: those that take long are begun first."""

    OTHER = 0
    PARTS = 1
    SESSIONS = 2
    COHORTS = 3


@dataclass(frozen=True, slots=True)
class _Task:
    weight: _Weight
    run: Callable[[], None]


@dataclass(frozen=True, slots=True)
class _Scanned:
    """Groupings of the same conversations that go together, each with what it is wanted for."""

    selection: Selection
    members: list[tuple[Wanted, Grouping]]

    @property
    def groupings(self) -> list[Grouping]:
        return [grouping for _, grouping in self.members]

    def takes(self, selection: Selection, grouping: Grouping) -> bool:
        return all(each.goes_with(grouping) for each in self.groupings) and selection == self.selection

    @property
    def weight(self) -> _Weight:
        return _Weight.SESSIONS if self.groupings[0].needs else _Weight.OTHER


class Beforehand:
    """Results that were read together, each taken once; whatever was not is read when it is asked for.

    Args:
        statements: of one answer, or of several that are asked together.
    """

    def __init__(self, statements: Statements) -> None:
        self._statements = statements
        self._found: dict[_Key, Result | InvalidError] = {}

    def read(self, wanted: Sequence[Wanted], others: Iterable[Callable[[], None]] = ()) -> None:
        """Read what is wanted. Whatever is too much together is read alone, later.

        Args:
            wanted: what will be asked for.
            others: what else reads, at the same time.
        """
        tasks = [*self._of_rows(wanted), *self._of_scans(wanted)]
        tasks += [_Task(_Weight.OTHER, each) for each in others]
        tasks.sort(key=lambda each: each.weight, reverse=True)
        run_together([each.run for each in tasks], self._statements.has_room)

    def rows(self, wanted: Wanted) -> Result:
        """The rows of a plan that are no grouping.

        Raises:
            InvalidError: it takes longer than it may.
        """
        return self._taken((wanted, None), lambda: self._statements.rows_of(wanted))

    def grouped(self, wanted: Wanted, grouping: Grouping) -> Result:
        """A grouping of what is wanted.

        Raises:
            InvalidError: it takes longer than it may.
        """
        return self._taken((wanted, grouping), lambda: self._statements.scan([grouping], wanted.selection)[0])

    def _taken(self, key: _Key, read: Callable[[], Result]) -> Result:
        found = self._found.pop(key, None)
        if isinstance(found, InvalidError):
            raise found
        return read() if found is None else found

    def _of_rows(self, wanted: Sequence[Wanted]) -> Iterator[_Task]:
        cut: list[list[Wanted]] = []
        for each in wanted:
            if each.plan.carries_coverage:
                continue
            alike = next((some for some in cut if _are_cut_alike(some[0], each)), None)
            if alike is not None:
                alike.append(each)
            elif each.plan.store_cuts:
                cut.append([each])
            else:
                weight = _Weight.COHORTS if each.plan.of_cohorts else _Weight.PARTS
                yield _Task(weight, partial(self._find_rows, each))
        for some in cut:
            yield _Task(_Weight.PARTS, partial(self._find_cut, some))

    def _of_scans(self, wanted: Sequence[Wanted]) -> Iterator[_Task]:
        for each in _scanned_together(wanted):
            yield _Task(each.weight, partial(self._find_all, each))

    def _find(self, key: _Key, read: Callable[[], Result]) -> None:
        try:
            self._found[key] = read()
        except InvalidError as error:
            self._found[key] = error

    def _find_rows(self, wanted: Wanted) -> None:
        self._find((wanted, None), lambda: self._statements.rows_of(wanted))

    def _find_cut(self, wanted: Sequence[Wanted]) -> None:
        if len(wanted) == 1:
            self._find_rows(wanted[0])
            return
        with suppress(InvalidError):
            results = self._statements.cut_rows_of(wanted)
            self._found.update(zip([(each, None) for each in wanted], results, strict=True))

    def _find_all(self, scanned: _Scanned) -> None:
        groupings, members = scanned.groupings, scanned.members
        if len(members) == 1:
            self._find(members[0], lambda: self._statements.scan(groupings, scanned.selection)[0])
            return
        with suppress(InvalidError):
            results = self._statements.scan(groupings, scanned.selection)
            self._found.update(zip(members, results, strict=True))


def _scanned_together(wanted: Sequence[Wanted]) -> list[_Scanned]:
    """The groupings, those that go together in one statement."""
    together: list[_Scanned] = []
    for each, grouping in [(one, grouping) for one in wanted for grouping in one.groupings]:
        for scanned in together:
            if scanned.takes(each.selection, grouping):
                scanned.members.append((each, grouping))
                break
        else:
            together.append(_Scanned(each.selection, [(each, grouping)]))
    return together


def _are_cut_alike(one: Wanted, other: Wanted) -> bool:
    return cut_alike(one.plan, other.plan) and one.selection == other.selection
