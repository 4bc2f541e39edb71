"""Runs the statements of answers: plans and selections become what was counted."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from math import ceil
from time import monotonic
from typing import Any

from botlens.errors import InvalidError
from botlens.metrics.expressions import Need
from botlens.moments import microseconds
from botlens.query.beginnings import Beginnings
from botlens.query.columns import Result
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
        self._found: dict[tuple[Wanted, Grouping], Result] = {}

    def uncounted(self, selection: Selection) -> list[str]:
        """The chatbots of a selection of which events were loaded that nothing counts yet."""
        return [each for each in selection.chatbots if each in self._reader.uncounted]

    def read_together(self, wanted: Sequence[Wanted]) -> None:
        """Read what can be read together. Whatever is too much together, `count` reads alone."""
        shared: list[tuple[Selection, list[tuple[Wanted, Grouping]]]] = []
        for each, grouping in [(one, grouping) for one in wanted for grouping in one.groupings]:
            if not grouping.few:
                continue
            for selection, members in shared:
                if all(other.goes_with(grouping) for _, other in members) and selection == each.selection:
                    members.append((each, grouping))
                    break
            else:
                shared.append((each.selection, [(each, grouping)]))
        for selection, members in shared:
            if len(members) > 1:
                try:
                    results = self._scan([grouping for _, grouping in members], selection)
                except InvalidError:
                    continue
                self._found.update(zip(members, results, strict=True))

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
        with_repeats = self.with_repeats(selection, plan.needs)
        table = table_of(plan, self._result(rows_statement(plan, with_repeats, facts)))
        return Counted(selection, table, None if found is None else Coverage.of(plan, found))

    def _joined(self, wanted: Wanted) -> Result | None:
        """What the groupings of what is wanted come to; None if it has none."""
        groupings, results = wanted.groupings, []
        for each in groupings:
            found = self._found.pop((wanted, each), None)
            results.append(self._scan([each], wanted.selection)[0] if found is None else found)
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


def _in_time(blocks: Iterator[Sequence[Sequence[Any]]]) -> Iterator[Sequence[Any]]:
    """The rows of some blocks, for somebody whose work with them may take as long as a statement may."""
    end = monotonic() + SECONDS
    for block in blocks:
        for row in block:
            if monotonic() > end:
                raise TooSlowError
            yield row
