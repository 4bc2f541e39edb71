"""Runs the statements of one answer, or of several asked together, within the time that they have."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from math import ceil
from threading import Lock
from time import monotonic
from typing import Any

from botlens.answers.wanted import Wanted
from botlens.metrics.expressions import Need
from botlens.query.cohorts import cohorts_statement
from botlens.query.columns import Result
from botlens.query.cuts import Cuts
from botlens.query.repeats import compared_statement, repeated_elsewhere
from botlens.query.scan import Grouping, Scan
from botlens.query.selection import RepeatsElsewhere, Selection
from botlens.query.statement import Statement, rows_statement
from botlens.query.window import Window
from botlens.store.failures import TooSlowError
from botlens.store.reading import CompanyReader, facts

SECONDS = 30.0
"""The longest that one statement of a query may take."""

SECONDS_TOGETHER = 60.0
"""The longest that all statements of an answer may take, or of the answers to several questions together."""


class Statements:
    """The statements of one state of the store. They may be run at the same time.

    Args:
        reader: of that state.
    """

    def __init__(self, reader: CompanyReader) -> None:
        self._reader = reader
        self._end = monotonic() + SECONDS_TOGETHER
        self._repeats: dict[tuple[tuple[str, ...], Window], RepeatsElsewhere] = {}
        self._comparing = Lock()

    def has_room(self) -> bool:
        """Whether another one would be run at once."""
        return self._reader.store.has_room()

    def rows(self, statement: Statement) -> Sequence[Sequence[Any]]:
        """The rows of a statement.

        Raises:
            TooSlowError: it takes longer than it may.
        """
        return self._reader.rows(statement.sql, statement.parameters, seconds=self._seconds())

    def result(self, statement: Statement) -> Result:
        """The columns of a statement."""
        return Result.of(statement.names, self.rows(statement))

    def rows_of(self, wanted: Wanted) -> Result:
        """The rows of a plan that are no grouping."""
        selection = self.with_repeats(wanted.selection, wanted.plan.needs)
        statement_of = cohorts_statement if wanted.plan.of_cohorts else rows_statement
        return self.result(statement_of(wanted.plan, selection, facts))

    def cut_rows_of(self, wanted: Sequence[Wanted]) -> list[Result]:
        """The rows of plans that are cut alike, of the same conversations, in one statement."""
        cuts, selection = Cuts([each.plan for each in wanted]), wanted[0].selection
        with_repeats = self.with_repeats(selection, wanted[0].plan.needs)
        return cuts.results(self.result(cuts.statement(with_repeats, facts)))

    def scan(self, groupings: Sequence[Grouping], selection: Selection) -> list[Result]:
        """What some groupings of the same conversations come to, in one statement."""
        needs = frozenset[Need]().union(*(each.needs for each in groupings))
        scan = Scan(groupings)
        return scan.results(self.result(scan.statement(self.with_repeats(selection, needs), facts)))

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

    def _seconds(self) -> float:
        """How long the next statement may take."""
        remaining = self._end - monotonic()
        if remaining <= 0:
            raise TooSlowError
        return float(min(SECONDS, ceil(remaining)))


def _in_time(blocks: Iterator[Sequence[Sequence[Any]]]) -> Iterator[Sequence[Any]]:
    """The rows of some blocks, for somebody whose work with them may take as long as a statement may."""
    end = monotonic() + SECONDS
    for block in blocks:
        for row in block:
            if monotonic() > end:
                raise TooSlowError
            yield row
