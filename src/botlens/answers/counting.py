"""Counts what answers are made of, in one state of the store: plans and selections become tables."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

from botlens.answers.beforehand import Beforehand
from botlens.answers.statements import Statements
from botlens.answers.wanted import Counted, Wanted
from botlens.errors import InvalidError
from botlens.metrics.expressions import Need
from botlens.moments import microseconds
from botlens.query.beginnings import Beginnings
from botlens.query.columns import Result
from botlens.query.evidence import SideEvidence
from botlens.query.filters import Condition
from botlens.query.labels import wording_of, wording_statement
from botlens.query.plan import QueryPlan
from botlens.query.scan import joined_results
from botlens.query.selection import Selection
from botlens.query.statement import (
    EARLIEST,
    LATEST,
    Statement,
    extent_statement,
    first_starts_among_statement,
    first_starts_statement,
)
from botlens.query.table import Coverage, ResultTable, TooManyRowsError, table_of
from botlens.query.values import WantedValues, values_statement
from botlens.query.window import Window
from botlens.store.reading import CompanyReader, facts


class QueryCounter:
    """Counts for one answer, or several, in one state of the store. What they have in common is read once.

    Args:
        reader: of that state.
    """

    def __init__(self, reader: CompanyReader) -> None:
        self._reader = reader
        self._statements = Statements(reader)
        self._beforehand = Beforehand(self._statements)
        self._extents: dict[tuple[tuple[str, ...], Window], tuple[int, int]] = {}
        self._first_starts: dict[tuple[str, ...], dict[str, int]] = {}
        self._wording: list[tuple[Selection, dict[str, str | None]]] = []

    def uncounted(self, selection: Selection) -> list[str]:
        """The chatbots of a selection of which events were loaded that nothing counts yet."""
        return [each for each in selection.chatbots if each in self._reader.uncounted]

    def recounting(self, selection: Selection) -> list[str]:
        """The chatbots of a selection of which what was read may heed two thresholds: ask after reading."""
        found = self._reader.recounted_only_in_part()
        return [each for each in selection.chatbots if each in found]

    def read_together(self, wanted: Sequence[Wanted], *, begun: Sequence[Selection] = ()) -> None:
        """Read what is wanted before it is counted.

        Args:
            wanted: what will be counted.
            begun: of which selections `beginnings` will be asked.
        """
        distinct = {selection.chatbots: selection for selection in begun}.values()
        self._beforehand.read(wanted, [partial(self._begin, each) for each in distinct])

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
        table = table_of(plan, self._beforehand.rows(wanted))
        return Counted(selection, table, None if found is None else Coverage.of(plan, found))

    def _joined(self, wanted: Wanted) -> Result | None:
        """What the groupings of what is wanted come to; None if it has none."""
        groupings = wanted.groupings
        results = [self._beforehand.grouped(wanted, each) for each in groupings]
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
            rows = self._statements.rows(self._first_starts_of(selection)) if chatbots else []
            self._first_starts[chatbots] = {row[0]: row[1] for row in rows}
        return Beginnings(selection.zone, self._first_starts[chatbots])

    def _begin(self, selection: Selection) -> None:
        with suppress(InvalidError):  # whoever asks for it is told
            self.beginnings(selection)

    def _first_starts_of(self, selection: Selection) -> Statement:
        if selection.reach == Condition():
            return first_starts_statement(selection.chatbots, facts)
        extent = self._extent(selection.chatbots, Window(), selection.now)
        reached = replace(selection.within_reach, extent=extent)
        return first_starts_among_statement(
            self._statements.with_repeats(reached, reached.condition.needs), facts
        )

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
            known |= wording_of(self._statements.rows(wording_statement(missing, selection, facts)))
        return {form: text for form in forms if (text := known[form]) is not None}

    def with_repeats(self, selection: Selection, needs: frozenset[Need]) -> Selection:
        """The selection with what must be compared outside of the store, if anything must."""
        return self._statements.with_repeats(selection, needs)

    def values(self, wanted: WantedValues, selection: Selection) -> tuple[list[tuple[Any, int]], int]:
        """Values of a field with how many conversations have each, and how many values there are."""
        rows = self._statements.rows(values_statement(wanted, selection, facts))
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
            found = self._statements.result(extent_statement(chatbots, window, facts))
            low, high = found[EARLIEST][0], found[LATEST][0]
            start = min(low if low is not None else moment, moment) if start is None else start
            end = max(high if high is not None else moment, moment) if end is None else end
        return start, max(end, moment)
