"""Runs the statements of answers: plans and selections become what was counted."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from enum import IntEnum
from functools import partial
from math import ceil
from threading import Lock
from time import monotonic
from typing import Any

from botlens.answers.together import run_together
from botlens.errors import InvalidError
from botlens.metrics.expressions import Need
from botlens.moments import microseconds
from botlens.query.beginnings import Beginnings
from botlens.query.cohorts import cohorts_statement
from botlens.query.columns import Result
from botlens.query.cuts import Cuts, cut_alike
from botlens.query.evidence import SideEvidence
from botlens.query.filters import Condition
from botlens.query.labels import wording_of, wording_statement
from botlens.query.plan import QueryPlan
from botlens.query.repeats import compared_statement, repeated_elsewhere
from botlens.query.rows import Calendar
from botlens.query.scan import Grouping, Scan, joined_results
from botlens.query.selection import RepeatsElsewhere, Selection
from botlens.query.statement import (
    EARLIEST,
    LATEST,
    Statement,
    extent_statement,
    first_starts_among_statement,
    first_starts_statement,
    rows_statement,
)
from botlens.query.table import Coverage, ResultTable, TooManyRowsError, table_of
from botlens.query.values import WantedValues, values_statement
from botlens.query.window import Window
from botlens.store.connection import TooSlowError
from botlens.store.reading import CompanyReader, facts

SECONDS = 30.0
"""The longest that one statement of a query may take."""

SECONDS_TOGETHER = 60.0
"""The longest that all statements of an answer may take, or of the answers to several questions together."""


@dataclass(frozen=True, slots=True, eq=False)
class Wanted:
    """What is to be counted.

    Attributes:
        plan: how.
        selection: of what.
        covered: whether it must be known what the rows cover.
    """

    plan: QueryPlan
    selection: Selection
    covered: bool = True

    @property
    def groupings(self) -> list[Grouping]:
        """What can be read together with others: the rows, or what they cover. One result when joined."""
        if self.plan.carries_coverage:
            return Grouping.of_rows(self.plan)
        return [Grouping.of_coverage(self.plan)] if self.covered else []


@dataclass(frozen=True, slots=True)
class Counted:
    """What was counted of a selection, and what that covers where it is needed."""

    selection: Selection
    table: ResultTable
    coverage: Coverage | None

    @property
    def calendar(self) -> Calendar:
        """The local units of its window."""
        extent = self.coverage.extent if self.coverage else None
        return Calendar(self.selection.zone, self.selection.window, extent)


_Found = tuple[Wanted, Grouping | None]
"""What may be found beforehand: a grouping of what is wanted, or its rows if they are none."""


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


class QueryCounter:
    """Counts for one answer, or several, in one state of the store. What they have in common is read once.

    Args:
        reader: of that state.
    """

    def __init__(self, reader: CompanyReader) -> None:
        self._reader = reader
        self._end = monotonic() + SECONDS_TOGETHER
        self._extents: dict[tuple[tuple[str, ...], Window], tuple[int, int]] = {}
        self._first_starts: dict[tuple[str, ...], dict[str, int]] = {}
        self._wording: list[tuple[Selection, dict[str, str | None]]] = []
        self._repeats: dict[tuple[tuple[str, ...], Window], RepeatsElsewhere] = {}
        self._comparing = Lock()
        self._found: dict[tuple[Wanted, Grouping | None], Result | InvalidError] = {}

    def uncounted(self, selection: Selection) -> list[str]:
        """The chatbots of a selection of which events were loaded that nothing counts yet."""
        return [each for each in selection.chatbots if each in self._reader.uncounted]

    def read_together(self, wanted: Sequence[Wanted], *, begun: Sequence[Selection] = ()) -> None:
        """Read what is wanted: what can be in common statements, and some statements at the same time.

        Whatever is too much together, `count` reads alone.

        Args:
            wanted: what will be counted.
            begun: of which selections `beginnings` will be asked.
        """
        tasks = [*self._of_rows(wanted), *self._of_scans(wanted), *self._of_beginnings(begun)]
        tasks.sort(key=lambda each: each.weight, reverse=True)
        run_together([each.run for each in tasks], self._reader.store.has_room)

    def _of_rows(self, wanted: Sequence[Wanted]) -> Iterator[_Task]:
        """The rows that are no groupings."""
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
                yield _Task(weight, partial(self._find, (each, None), partial(self._read_rows, each)))
        for some in cut:
            yield _Task(_Weight.PARTS, partial(self._find_cut, some))

    def _find_cut(self, wanted: Sequence[Wanted]) -> None:
        if len(wanted) == 1:
            self._find((wanted[0], None), partial(self._read_rows, wanted[0]))
            return
        with suppress(InvalidError):
            cuts, selection = Cuts([each.plan for each in wanted]), wanted[0].selection
            with_repeats = self.with_repeats(selection, wanted[0].plan.needs)
            results = cuts.results(self._result(cuts.statement(with_repeats, facts)))
            self._found.update(zip([(each, None) for each in wanted], results, strict=True))

    def _of_scans(self, wanted: Sequence[Wanted]) -> Iterator[_Task]:
        """The groupings, those that go together in one statement."""
        shared: list[tuple[Selection, list[tuple[Wanted, Grouping]]]] = []
        for each, grouping in [(one, grouping) for one in wanted for grouping in one.groupings]:
            for selection, members in shared:
                if all(other.goes_with(grouping) for _, other in members) and selection == each.selection:
                    members.append((each, grouping))
                    break
            else:
                shared.append((each.selection, [(each, grouping)]))
        for selection, members in shared:
            weight = _Weight.SESSIONS if members[0][1].needs else _Weight.OTHER
            yield _Task(weight, partial(self._find_all, members, selection))

    def _of_beginnings(self, begun: Sequence[Selection]) -> Iterator[_Task]:
        for each in {selection.chatbots: selection for selection in begun}.values():
            yield _Task(_Weight.OTHER, partial(self._begin, each))

    def _begin(self, selection: Selection) -> None:
        with suppress(InvalidError):  # whoever asks for it is told
            self.beginnings(selection)

    def _find(self, what: _Found, read: Callable[[], Result]) -> None:
        try:
            self._found[what] = read()
        except InvalidError as error:
            self._found[what] = error

    def _find_all(self, members: Sequence[tuple[Wanted, Grouping]], selection: Selection) -> None:
        groupings = [grouping for _, grouping in members]
        if len(members) == 1:
            self._find(members[0], lambda: self._scan(groupings, selection)[0])
            return
        with suppress(InvalidError):
            self._found.update(zip(members, self._scan(groupings, selection), strict=True))

    def _taken(self, what: _Found, read: Callable[[], Result]) -> Result:
        """What was found, or is read now."""
        found = self._found.pop(what, None)
        if isinstance(found, InvalidError):
            raise found
        return read() if found is None else found

    def _grouped(self, wanted: Wanted, grouping: Grouping) -> Result:
        return self._taken((wanted, grouping), lambda: self._scan([grouping], wanted.selection)[0])

    def _read_rows(self, wanted: Wanted) -> Result:
        selection = self.with_repeats(wanted.selection, wanted.plan.needs)
        statement_of = cohorts_statement if wanted.plan.of_cohorts else rows_statement
        return self._result(statement_of(wanted.plan, selection, facts))

    def count(self, wanted: Wanted) -> Counted:
        """What the rows of a plan come to, and what they cover.

        Raises:
            InvalidError: it is more than an answer may have, or takes longer than it may.
        """
        plan, selection = wanted.plan, wanted.selection
        found = self._joined(wanted)
        if plan.carries_coverage:
            assert found is not None  # noqa: S101 - rows are a grouping
            table = table_of(plan, found)
            return Counted(selection, table, table.coverage)
        table = table_of(plan, self._taken((wanted, None), partial(self._read_rows, wanted)))
        return Counted(selection, table, None if found is None else Coverage.of(plan, found))

    def _joined(self, wanted: Wanted) -> Result | None:
        """What the groupings of what is wanted come to; None if it has none."""
        groupings = wanted.groupings
        results = [self._grouped(wanted, each) for each in groupings]
        return joined_results(groupings, results) if results else None

    def evidence(
        self, own: QueryPlan, by_day: Wanted | None, by_group: Wanted | None, counted: Counted
    ) -> SideEvidence:
        """What says how much chance there is in what was counted; nothing of what has too many parts.

        Args:
            own: the plan by which that was counted, which may be that of its days.
            by_day: what is wanted of its days, if anything.
            by_group: what is wanted of its random groups, if anything.
            counted: of the same selection.
        """

        def split(wanted: Wanted | None) -> ResultTable | None:
            if wanted is None:
                return None
            if wanted.plan is own:
                return counted.table
            try:
                return self.count(wanted).table
            except TooManyRowsError:
                return None

        selection = counted.selection
        beginnings = self.beginnings(selection)
        return SideEvidence(counted.calendar, selection.now, beginnings, split(by_day), split(by_group))

    def beginnings(self, selection: Selection) -> Beginnings:
        """When the first conversations of the chatbots of a selection started, whatever else it asks for.

        Of those of which nothing may be told, that is not told either.
        """
        chatbots = selection.chatbots
        if chatbots not in self._first_starts:
            rows = self._rows(self._first_starts_of(selection)) if chatbots else []
            self._first_starts[chatbots] = {row[0]: row[1] for row in rows}
        return Beginnings(selection.zone, self._first_starts[chatbots])

    def _first_starts_of(self, selection: Selection) -> Statement:
        if selection.reach == Condition():
            return first_starts_statement(selection.chatbots, facts)
        extent = self._extent(selection.chatbots, Window(), selection.now)
        reached = replace(selection.within_reach, extent=extent)
        return first_starts_among_statement(self.with_repeats(reached, reached.condition.needs), facts)

    def read_wording(self, wanted: Sequence[tuple[Sequence[str], Selection]]) -> None:
        """Read together how people wrote questions (normal forms) of the same conversations."""
        together: list[tuple[Selection, list[str]]] = []
        for forms, selection in wanted:
            for known, asked in together:
                if known == selection:
                    asked.extend(forms)
                    break
            else:
                together.append((selection, list(forms)))
        for selection, asked in together:
            self.wording(list(dict.fromkeys(asked)), selection)

    def wording(self, forms: Sequence[str], selection: Selection) -> dict[str, str]:
        """By normal form, how people wrote a question."""
        known = next((each for of, each in self._wording if of == selection), None)
        if known is None:
            known = {}
            self._wording.append((selection, known))
        if missing := [form for form in forms if form not in known]:
            known |= dict.fromkeys(missing)
            known |= wording_of(self._rows(wording_statement(missing, selection, facts)))
        return {form: text for form in forms if (text := known[form]) is not None}

    def values(self, wanted: WantedValues, selection: Selection) -> tuple[list[tuple[Any, int]], int]:
        """Values of a field with how many conversations have each, and how many values there are."""
        rows = self._rows(values_statement(wanted, selection, facts))
        return [(value, number) for value, number, _ in rows], rows[0][2] if rows else 0

    def extent(self, chatbots: tuple[str, ...], window: Window, now: datetime) -> tuple[int, int]:
        """The earliest and the latest start whose local day may be asked for."""
        known = self._extents.get((chatbots, window))
        if known is None:
            known = self._extents[chatbots, window] = self._extent(chatbots, window, microseconds(now))
        return known

    def _extent(self, chatbots: tuple[str, ...], window: Window, moment: int) -> tuple[int, int]:
        start, end = window.start, window.end
        if start is None or end is None:
            found = self._result(extent_statement(chatbots, window, facts))
            low, high = found[EARLIEST][0], found[LATEST][0]
            start = min(low if low is not None else moment, moment) if start is None else start
            end = max(high if high is not None else moment, moment) if end is None else end
        return start, max(end, moment)

    def with_repeats(self, selection: Selection, needs: frozenset[Need]) -> Selection:
        """The selection with what must be compared outside of the store, if anything must."""
        if Need.REPHRASED not in needs:
            return selection
        which = selection.chatbots, selection.window
        with self._comparing:  # once, whoever needs it first
            if which not in self._repeats:
                statement = compared_statement(selection, facts)
                blocks = self._reader.blocks(statement.sql, statement.parameters, seconds=self._seconds())
                self._repeats[which] = repeated_elsewhere(_in_time(blocks))
        return replace(selection, repeats_elsewhere=self._repeats[which])

    def _scan(self, groupings: Sequence[Grouping], selection: Selection) -> list[Result]:
        needs = frozenset[Need]().union(*(each.needs for each in groupings))
        scan = Scan(groupings)
        return scan.results(self._result(scan.statement(self.with_repeats(selection, needs), facts)))

    def _rows(self, statement: Statement) -> Sequence[Sequence[Any]]:
        return self._reader.rows(statement.sql, statement.parameters, seconds=self._seconds())

    def _seconds(self) -> float:
        """How long the next statement may take."""
        remaining = self._end - monotonic()
        if remaining <= 0:
            raise TooSlowError
        return float(min(SECONDS, ceil(remaining)))

    def _result(self, statement: Statement) -> Result:
        return Result.of(statement.names, self._rows(statement))


def _are_cut_alike(one: Wanted, other: Wanted) -> bool:
    return cut_alike(one.plan, other.plan) and one.selection == other.selection


def _in_time(blocks: Iterator[Sequence[Sequence[Any]]]) -> Iterator[Sequence[Any]]:
    """The rows of some blocks, for somebody whose work with them may take as long as a statement may."""
    end = monotonic() + SECONDS
    for block in blocks:
        for row in block:
            if monotonic() > end:
                raise TooSlowError
            yield row
