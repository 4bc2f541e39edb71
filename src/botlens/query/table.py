"""What the store counted, by row: cells with what they stand on, and what the rows cover."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import repeat
from typing import Any, NamedTuple

from botlens.errors import InvalidError
from botlens.metrics.catalogue.declaration import Kind, Metric
from botlens.metrics.intervals import wilson
from botlens.query.columns import Result
from botlens.query.plan import (
    COUNTED,
    COVERED,
    EARLIEST_START,
    LATEST_START,
    NEWEST_EVENT,
    PlannedMetric,
    QueryPlan,
)
from botlens.query.shapes import Basis
from botlens.query.statement import MOST_GROUPS, ROWS_TOTAL

RowKey = tuple[Any, ...]
"""One value a dimension, in the order of the request."""


class Cell(NamedTuple):
    """What a metric came to in a row, and what that stands on."""

    value: Any
    of: Any

    def value_for(self, metric: Metric) -> Any:
        """The value of the answer; null where there is nothing to take a share or a middle of."""
        if metric.kind.divides:
            return self.value / self.of if self.of else None
        return self.value if self.of or not metric.kind.orders else None

    def basis_for(self, metric: Metric) -> Basis:
        """What the value stands on, for metrics whose kind has a basis in answers."""
        if metric.kind.orders:
            return {"n": self.of}
        if metric.kind is Kind.RATIO:
            return {"numerator": self.value, "denominator": self.of}
        interval = wilson(self.value, self.of)
        return {
            "numerator": self.value,
            "denominator": self.of,
            "interval": None if interval is None else list(interval),
        }


NOTHING = Cell(0, 0)

Cells = tuple[Cell, ...]
"""One cell a metric, in the order of the request."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """What rows cover: tests beside them, newest event, earliest and latest start, and what was left out."""

    tests: int = 0
    newest: int | None = None
    extent: tuple[int, int] | None = None
    left_out: tuple[int, ...] = ()

    @classmethod
    def of(cls, plan: QueryPlan, result: Result) -> "Coverage":
        """Of the columns `QueryPlan.coverage`."""
        counted = [bool(each) for each in result[COUNTED]]

        def of_counted(values: Sequence[int]) -> list[int]:
            return [value for value, is_counted in zip(values, counted, strict=True) if is_counted]

        tests = sum(result[COVERED]) - sum(of_counted(result[COVERED]))
        left_out = tuple(sum(of_counted(result[each.column])) for each in plan.left_out)
        if not any(counted):
            return cls(tests, left_out=left_out)
        extent = min(of_counted(result[EARLIEST_START])), max(of_counted(result[LATEST_START]))
        return cls(tests, max(of_counted(result[NEWEST_EVENT])), extent, left_out)


@dataclass(frozen=True, slots=True)
class ResultTable:
    """The rows of one window.

    Attributes:
        cells: by key.
        group_totals: conversations by the key without the dimension that unnests them.
        rows_total: how many rows there are, if the store cut them.
        coverage: what they cover, if they carry it.
    """

    cells: dict[RowKey, Cells]
    group_totals: dict[RowKey, Cells] = field(default_factory=dict)
    rows_total: int | None = None
    coverage: Coverage | None = None


class TooManyRowsError(InvalidError):
    """More than an answer may have, or may be made of."""


def too_many(what: str) -> TooManyRowsError:
    """The error of an answer that is never cut silently."""
    return TooManyRowsError(
        f"{what}: choose a coarser dimension, a shorter period or filters, or say how many with `limit`.",
        code="too_many_rows",
        field="dimensions",
    )


def table_of(plan: QueryPlan, result: Result) -> ResultTable:
    """What a `rows_statement` gave.

    Raises:
        InvalidError: it is more than an answer may have.
    """
    if result.size > MOST_GROUPS:
        raise too_many(f"There are more than {MOST_GROUPS:,} rows")
    keys, rows = _keys(plan, result), _cells(plan, result)
    if plan.group_total is not None:
        return _with_group_totals(plan, keys, rows, result[plan.group_total])
    coverage = Coverage.of(plan, result) if plan.carries_coverage else None
    kept = result[COUNTED] if plan.carries_coverage else repeat(True, result.size)
    cells = {key: row for key, row, is_kept in zip(keys, rows, kept, strict=True) if is_kept}
    total = (result[ROWS_TOTAL][0] if result.size else 0) if plan.store_cuts else None
    return ResultTable(cells, rows_total=total, coverage=coverage)


def _keys(plan: QueryPlan, result: Result) -> list[RowKey]:
    columns = (
        [None if value is None else each.dimension.read(value) for value in result[each.column]]
        for each in plan.dimensions
    )
    return list(zip(*columns, strict=True)) if plan.dimensions else [()] * result.size


def _cells(plan: QueryPlan, result: Result) -> list[Cells]:
    def column(each: PlannedMetric) -> list[Cell]:
        of = [0] * result.size if each.basis is None else result[each.basis]
        return list(map(Cell, result[each.value], of))

    return list(zip(*(column(each) for each in plan.metrics), strict=True))


def _with_group_totals(
    plan: QueryPlan, keys: list[RowKey], rows: list[Cells], of_all: Sequence[Any]
) -> ResultTable:
    """Cells whose denominator may be the group of which they are a part."""
    totals: dict[RowKey, Cells] = {}
    parts: dict[RowKey, Cells] = {}
    for key, row, is_total in zip(keys, rows, of_all, strict=True):
        if is_total:
            totals[group_of(plan, key)] = row
        else:
            parts[key] = row
    return ResultTable(
        {key: of_group(plan, row, totals[group_of(plan, key)]) for key, row in parts.items()}, totals
    )


def group_of(plan: QueryPlan, key: RowKey) -> RowKey:
    """A key without the dimension that unnests conversations."""
    return tuple(
        value for value, each in zip(key, plan.dimensions, strict=True) if each.dimension is not plan.unnested
    )


def of_group(plan: QueryPlan, row: Cells, total: Cells) -> Cells:
    """A row in which what is a share of its group has that group as its basis."""
    return tuple(
        Cell(cell.value, whole.value) if each.of_group else cell
        for each, cell, whole in zip(plan.metrics, row, total, strict=True)
    )
