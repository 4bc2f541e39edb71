"""What the store counted, by row: cells with what they stand on, and what is around the rows."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from botlens.errors import InvalidError
from botlens.metrics.catalogue.declaration import WHOLE, Kind, Metric
from botlens.metrics.intervals import wilson
from botlens.query.request import Request
from botlens.query.statement import MOST_GROUPS, cuts_in_store, excluded_of, tells_around

Key = tuple[Any, ...]
"""One value a dimension, in the order of the request."""


@dataclass(frozen=True, slots=True)
class Cell:
    """What a metric came to in a row."""

    value: Any
    of: Any

    def shown(self, metric: Metric) -> Any:
        """The value of the answer; null where there is nothing to take a share or a middle of."""
        if metric.kind in (Kind.RATIO, Kind.RATE):
            return self.value / self.of if self.of else None
        if metric.kind in (Kind.MEDIAN, Kind.PERCENTILE):
            return self.value if self.of else None
        return self.value

    def stands_on(self, metric: Metric) -> dict[str, Any] | None:
        """How much the value stands on."""
        if metric.kind is Kind.RATE:
            interval = wilson(self.value, self.of)
            return {
                "numerator": self.value,
                "denominator": self.of,
                "interval": None if interval is None else list(interval),
            }
        if metric.kind is Kind.RATIO:
            return {"numerator": self.value, "denominator": self.of}
        if metric.kind in (Kind.MEDIAN, Kind.PERCENTILE):
            return {"n": self.of}
        return None


NOTHING = Cell(0, 0)


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of one window.

    Attributes:
        cells: by key, one cell a metric.
        wholes: conversations by the key without the dimension that takes them apart.
        total: how many rows there are, if the store cut them.
    """

    cells: dict[Key, list[Cell]]
    wholes: dict[Key, list[Cell]] = field(default_factory=dict)
    total: int | None = None
    around: "Around | None" = None


@dataclass(slots=True)
class Around:
    """What is around the rows of a window: tests, the newest event, the extent, and what rates left out."""

    tests: int = 0
    newest: int | None = None
    extent: tuple[int, int] | None = None
    left_out: list[int] = field(default_factory=list)

    @classmethod
    def of(cls, rows: Iterable[Sequence[Any]], names: int) -> "Around":
        """Of rows that end with: counted, how many, newest, earliest, latest, then `names` numbers."""
        found = cls(left_out=[0] * names)
        for row in rows:
            counted, count, newest, low, high, *left_out = row[len(row) - 5 - names :]
            if not counted:
                found.tests += count
                continue
            found.newest = newest if found.newest is None else max(found.newest, newest)
            before = found.extent or (low, high)
            found.extent = min(before[0], low), max(before[1], high)
            found.left_out = [one + more for one, more in zip(found.left_out, left_out, strict=True)]
        return found


def too_many(what: str) -> InvalidError:
    """The error of an answer that is never cut silently."""
    return InvalidError(
        f"{what}: choose a coarser dimension, a shorter period or filters, or say how many with `limit`.",
        code="too_many_rows",
        field="dimensions",
    )


def table_of(request: Request, rows: Sequence[Sequence[Any]]) -> Table:
    """What a `rows_statement` gave.

    Raises:
        InvalidError: it is more than an answer may have.
    """
    if len(rows) > MOST_GROUPS:
        raise too_many(f"There are more than {MOST_GROUPS:,} rows")
    readers = [each.read for each in request.dimensions]
    count, apart = len(readers), request.takes_apart
    without = [place for place, each in enumerate(request.dimensions) if each is not apart]
    table: dict[Key, list[Cell]] = {}
    wholes: dict[Key, list[Cell]] = {}
    tells = tells_around(request)
    counted = count + 2 * len(request.metrics) + 1
    for row in rows:
        if tells and not row[counted]:
            continue
        key = tuple(
            None if value is None else read(value) for read, value in zip(readers, row[:count], strict=True)
        )
        cells = [
            Cell(row[count + 2 * place], row[count + 2 * place + 1]) for place in range(len(request.metrics))
        ]
        if row[count + 2 * len(request.metrics)]:
            wholes[tuple(key[place] for place in without)] = cells
        else:
            table[key] = cells
    total = (rows[0][-1] if rows else 0) if cuts_in_store(request) else None
    around = Around.of(rows, len(excluded_of(request))) if tells else None
    return Table(_with_wholes(request, table, wholes, without), wholes, total, around)


def _with_wholes(
    request: Request, table: dict[Key, list[Cell]], wholes: dict[Key, list[Cell]], without: Sequence[int]
) -> dict[Key, list[Cell]]:
    """Cells whose denominator is the whole of which they are a part."""
    of_wholes = [place for place, each in enumerate(request.metrics) if request.measure(each).of == WHOLE]
    if not of_wholes or request.is_of_cohorts:
        return table
    for key, cells in table.items():
        whole = wholes[tuple(key[place] for place in without)]
        for place in of_wholes:
            cells[place] = Cell(cells[place].value, whole[place].value)
    return table
