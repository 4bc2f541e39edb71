"""Runs the statements of an answer: a plan and a selection become what was counted."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from time import monotonic
from typing import Any

from botlens.errors import InvalidError
from botlens.metrics.expressions import Need
from botlens.moments import microseconds
from botlens.query.columns import Result
from botlens.query.evidence import MOST_SPLIT, EvidencePlans, SideEvidence
from botlens.query.labels import wording_of, wording_statement
from botlens.query.plan import QueryPlan
from botlens.query.repeats import compared_statement, repeated_elsewhere
from botlens.query.rows import Calendar
from botlens.query.selection import Selection
from botlens.query.statement import (
    EARLIEST,
    LATEST,
    Statement,
    coverage_statement,
    extent_statement,
    rows_statement,
)
from botlens.query.table import TOO_MANY_ROWS, Coverage, ResultTable, table_of
from botlens.query.window import Window
from botlens.store.connection import TooSlowError
from botlens.store.reading import CompanyReader, facts

SECONDS = 30.0
"""The longest that one statement of a query may take."""


@dataclass(frozen=True, slots=True)
class Counted:
    """What was counted of a selection; the coverage is read if the rows do not carry it and it is needed."""

    selection: Selection
    table: ResultTable
    coverage: Coverage | None

    @property
    def calendar(self) -> Calendar:
        """The local units of its window."""
        extent = self.coverage.extent if self.coverage else None
        return Calendar(self.selection.zone, self.selection.window, extent)


@dataclass(frozen=True, slots=True)
class QueryCounter:
    """Counts for one answer, in one state of the store."""

    reader: CompanyReader

    def count(self, plan: QueryPlan, selection: Selection) -> Counted:
        """What the rows of a plan come to, and what they cover."""
        selection = self.with_repeats(selection, plan.needs)
        table = self._table(plan, selection)
        return Counted(selection, table, table.coverage or self._coverage(plan, selection))

    def count_beside(self, plan: QueryPlan, selection: Selection) -> Counted:
        """The same of what an answer is compared with: its coverage is needed for open windows alone."""
        selection = self.with_repeats(selection, plan.needs)
        table, coverage = self._table(plan, selection), None
        if selection.window.start is None or selection.window.end is None:
            coverage = table.coverage or self._coverage(plan, selection)
        return Counted(selection, table, coverage)

    def evidence(self, plans: EvidencePlans, counted: Counted) -> SideEvidence:
        """What says how much chance there is in what was counted; nothing of what has too many rows."""
        few = len(counted.table.cells) <= MOST_SPLIT

        def split(plan: QueryPlan | None) -> ResultTable | None:
            if plan is None or not few:
                return None
            try:
                return self._table(plan, counted.selection)
            except InvalidError as error:
                if error.code != TOO_MANY_ROWS:
                    raise
                return None

        now = counted.selection.now
        return SideEvidence(counted.calendar, now, split(plans.by_day), split(plans.by_group))

    def wording(self, forms: Sequence[str], selection: Selection) -> dict[str, str]:
        """By normal form, how people wrote a question."""
        return wording_of(self._rows(wording_statement(forms, selection, facts))) if forms else {}

    def extent(self, chatbots: tuple[str, ...], window: Window, now: datetime) -> tuple[int, int]:
        """The earliest and the latest start whose local day may be asked for."""
        start, end = window.start, window.end
        moment = microseconds(now)
        if start is None or end is None:
            found = self._result(extent_statement(chatbots, window, facts))
            low, high = found[EARLIEST][0], found[LATEST][0]
            start = min(low if low is not None else moment, moment) if start is None else start
            end = max(high if high is not None else moment, moment) if end is None else end
        return start, max(end, moment)

    def with_repeats(self, selection: Selection, needs: frozenset[Need]) -> Selection:
        """The selection with what must be compared outside of the store, if anything must."""
        if Need.REPHRASED not in needs or selection.repeats_elsewhere is not None:
            return selection
        statement = compared_statement(selection, facts)
        blocks = self.reader.blocks(statement.sql, statement.parameters, seconds=SECONDS)
        return replace(selection, repeats_elsewhere=repeated_elsewhere(_in_time(blocks)))

    def _table(self, plan: QueryPlan, selection: Selection) -> ResultTable:
        selection = self.with_repeats(selection, plan.needs)
        return table_of(plan, self._result(rows_statement(plan, selection, facts)))

    def _coverage(self, plan: QueryPlan, selection: Selection) -> Coverage:
        return Coverage.of(plan, self._result(coverage_statement(plan, selection, facts)))

    def _rows(self, statement: Statement) -> Sequence[Sequence[Any]]:
        return self.reader.rows(statement.sql, statement.parameters, seconds=SECONDS)

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
