"""From rows to an answer as it is sent: ordered, cut, with what they stand on and what they leave out."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from botlens.metrics.catalogue.left_out import TESTS
from botlens.metrics.changes import ValueChange
from botlens.moments import iso
from botlens.query import shapes
from botlens.query.beginnings import Recorded
from botlens.query.comparison import Earlier
from botlens.query.incomplete import incomplete_of
from botlens.query.plan import QueryPlan
from botlens.query.request import MOST_ROWS
from botlens.query.rows import Calendar, Row, Rows
from botlens.query.shapes import (
    Basis,
    ChangeShape,
    Compared,
    ComparedMeta,
    ComparedTotals,
    Edges,
    Incomplete,
    QueryAnswer,
    QueryMeta,
    Totals,
)
from botlens.query.table import Cells, Coverage, RowKey, too_many
from botlens.query.window import Window


@dataclass(frozen=True, slots=True)
class Answer:
    """All that an answer is made of.

    Attributes:
        plan: of the request.
        zone: of the local days.
        window: what the rows are about.
        compared: what they are compared with.
        now: of the answer, microseconds.
        incomplete: see `incomplete_of`.
        coverage: what the rows cover.
        rows: those that are sent, in order.
        rows_total: how many there would be without a limit.
        filled: see `Rows`.
        known: how much of what they are compared with there is anything to count in.
        changes: of each metric that it is wanted of, in each row, if they are compared.
    """

    plan: QueryPlan
    zone: ZoneInfo
    window: Window
    compared: Window | None
    now: int
    incomplete: dict[str, Incomplete]
    coverage: Coverage
    rows: Sequence[Row]
    rows_total: int
    filled: bool
    known: Recorded = Recorded.WHOLE
    changes: Mapping[str, Sequence[ValueChange]] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        plan: QueryPlan,
        calendar: Calendar,
        compared: Window | None,
        now: int,
        coverage: Coverage,
        made: Rows,
        rows_total: int | None,
    ) -> "Answer":
        """Of rows in any order.

        Args:
            plan: of the request.
            calendar: of the window.
            compared: what they are compared with.
            now: of the answer, microseconds.
            coverage: what the rows cover.
            made: all rows, or if the store cut them those that it left.
            rows_total: how many there are, if the store cut them.

        Raises:
            InvalidError: the request wants all of more rows than an answer may have.
        """
        kept = _limited(plan, _ordered(plan, made.rows))
        total = len(made.rows) if rows_total is None else rows_total
        incomplete = incomplete_of(plan, calendar, now)
        return cls(
            plan,
            calendar.zone,
            calendar.window,
            compared,
            now,
            incomplete,
            coverage,
            kept,
            total,
            made.filled,
        )

    @property
    def keys(self) -> list[RowKey]:
        """The keys of the rows that are sent, those of their counterparts too."""
        return [each.key for each in self.rows] + [each.other[0] for each in self.rows if each.other]

    def sent(
        self,
        definition: int,
        totals: Totals | None = None,
        labels: Mapping[str, dict[str, str]] | None = None,
        wording: dict[str, str] | None = None,
        uncounted: Sequence[str] = (),
        recounting: Sequence[str] = (),
    ) -> QueryAnswer:
        """As it is sent.

        Args:
            definition: by which the facts were derived that were counted.
            totals: of the whole.
            labels: by dimension and value, the text that people know it by.
            wording: by normal form, how people wrote it.
            uncounted: the chatbots of which events were loaded that are not counted yet.
            recounting: the chatbots of which some conversations may be counted with an earlier threshold.
        """
        answer: QueryAnswer = {
            "rows": _rows(self.plan, ((each.key, each.cells) for each in self.rows)),
            "meta": self._meta(definition),
        }
        if self.compared is not None:
            answer["compare"] = self._compared(self.compared)
            answer["meta"]["compared"] = self._compared_with(self.compared)
        if totals is not None:
            answer["totals"] = totals
        if labels is not None:
            answer["meta"]["labels"] = dict(labels)
        if wording is not None:
            answer["meta"]["wording"] = wording
        if uncounted:
            answer["meta"]["uncounted"] = list(uncounted)
        if recounting:
            answer["meta"]["recounting"] = list(recounting)
        return answer

    def totals(self) -> Totals:
        """As it is sent beside the rows of another one. It has a single row, that of the whole."""
        (row,) = self.rows
        totals: Totals = {"row": self._whole(row.cells), "n": self._whole_basis(row.cells)}
        if row.other is not None:
            _, cells = row.other
            compared: ComparedTotals = {"row": self._whole(cells), "n": self._whole_basis(cells)}
            if self.plan.judged:
                compared["change"] = {name: _change(only) for name, (only,) in self.changes.items()}
            totals["compare"] = compared
        return totals

    def _whole(self, cells: Cells) -> shapes.RowObject:
        (row,) = _rows(self.plan, [((), cells)])
        return row

    def _whole_basis(self, cells: Cells) -> dict[str, Basis]:
        return {name: basis for name, (basis,) in _bases(self.plan, [cells]).items()}

    def _meta(self, definition: int) -> QueryMeta:
        left_out = zip(self.plan.left_out, self.coverage.left_out, strict=False)
        meta: QueryMeta = {
            "timezone": self.zone.key,
            "as_of": iso(self.now),
            "window": edges(self.window),
            "incomplete": self.incomplete,
            "rows_total": self.rows_total,
            "n": _bases(self.plan, [each.cells for each in self.rows]),
            "excluded": {
                TESTS.name: self.coverage.tests,
                **{each.left_out.name: number for each, number in left_out},
            },
            "definition_version": definition,
            "freshness": iso(self.coverage.newest),
        }
        if not self.filled:
            meta["filled"] = False
        return meta

    def _compared_with(self, window: Window) -> ComparedMeta:
        said = self.plan.request.compare
        return {
            "period": said if isinstance(said, Earlier) else None,
            "align": self.plan.request.align,
            "window": edges(window),
            "known": self.known,
            "later_events": "counted",
        }

    def _compared(self, window: Window) -> Compared:
        counterparts = [each.other for each in self.rows if each.other]
        compared: Compared = {
            "window": edges(window),
            "rows": _rows(self.plan, counterparts),
            "n": _bases(self.plan, [cells for _, cells in counterparts]),
        }
        if self.plan.judged:
            changes = {name: [_change(each) for each in found] for name, found in self.changes.items()}
            compared["change"] = changes
        return compared


def _change(change: ValueChange) -> ChangeShape:
    return {
        "absolute": change.absolute,
        "relative": change.relative,
        "interval": None if change.interval is None else list(change.interval),
        "distinguishable": change.distinguishable,
        "unsaid": change.unsaid,
    }


def edges(window: Window) -> Edges:
    """A window as it is sent."""
    return {"from": iso(window.start), "to": iso(window.end)}


def _ordered(plan: QueryPlan, rows: list[Row]) -> list[Row]:
    """In the order of the request; nulls last either way."""
    places = {each.dimension.name: place for place, each in enumerate(plan.dimensions)}
    metrics = {each.metric.name: (place, each.metric) for place, each in enumerate(plan.metrics)}

    def value(row: Row, name: str) -> Any:
        if name in places:
            place = places[name]
            found = row.key[place]
            return None if found is None else plan.dimensions[place].dimension.rank(found)
        place, metric = metrics[name]
        return row.cells[place].value_for(metric)

    for name, descending in reversed(plan.request.order):
        known = [row for row in rows if value(row, name) is not None]
        unknown = [row for row in rows if value(row, name) is None]
        rows = sorted(known, key=partial(value, name=name), reverse=descending) + unknown
    return rows


def _limited(plan: QueryPlan, rows: list[Row]) -> list[Row]:
    if plan.request.limit is None and len(rows) > MOST_ROWS:
        raise too_many(f"There are {len(rows):,} rows, more than {MOST_ROWS:,}")
    return rows[: plan.request.limit]


def _rows(plan: QueryPlan, keys_and_cells: Iterable[tuple[RowKey, Cells]]) -> list[shapes.RowObject]:
    names = [each.dimension.name for each in plan.dimensions]
    metrics = [each.metric for each in plan.metrics]
    return [
        {
            **dict(zip(names, key, strict=True)),
            **{each.name: cell.value_for(each) for each, cell in zip(metrics, cells, strict=True)},
        }
        for key, cells in keys_and_cells
    ]


def _bases(plan: QueryPlan, rows: Sequence[Cells]) -> dict[str, list[Basis]]:
    """By metric of which it is asked for, what its value stands on in each row; plain counts have none."""
    asked = plan.request.additions.n
    return {
        each.metric.name: [cells[place].basis_for(each.metric) for cells in rows]
        for place, each in enumerate(plan.metrics)
        if each.metric.kind.has_basis and each.metric.name in asked
    }
