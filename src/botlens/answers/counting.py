"""Runs the statements of an answer: a plan and a selection become what was counted."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from time import monotonic
from typing import Any

from botlens.metrics.expressions import Need
from botlens.moments import microseconds
from botlens.query.columns import Result
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
from botlens.query.table import Coverage, ResultTable, table_of
from botlens.query.values import Wanted, values_statement
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
        table = self._table(plan, selection)
        return Counted(selection, table, table.coverage or self._coverage(plan, selection))

    def count_beside(self, plan: QueryPlan, selection: Selection) -> Counted:
        """The same of what an answer is compared with: its coverage is needed for open windows alone."""
        table, coverage = self._table(plan, selection), None
        if selection.window.start is None or selection.window.end is None:
            coverage = table.coverage or self._coverage(plan, selection)
        return Counted(selection, table, coverage)

    def wording(self, forms: Sequence[str], selection: Selection) -> dict[str, str]:
        """By normal form, how people wrote a question."""
        return wording_of(self._rows(wording_statement(forms, selection, facts))) if forms else {}

    def values(self, wanted: Wanted, selection: Selection) -> tuple[list[tuple[Any, int]], int]:
        """Values of a field with how many conversations have each, and how many values there are."""
        rows = self._rows(values_statement(wanted, selection, facts))
        return [(value, number) for value, number, _ in rows], rows[0][2] if rows else 0

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
        if Need.REPHRASED not in needs:
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
