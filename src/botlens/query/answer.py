"""From the rows of an answer to how it is sent: ordered, cut, with what they stand on."""

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from botlens.metrics.catalogue.declaration import Kind
from botlens.moments import iso
from botlens.query.lines import Line
from botlens.query.request import MOST_ROWS, Request
from botlens.query.table import Cell, Key, too_many
from botlens.query.window import Window


def ordered(request: Request, lines: list[Line]) -> list[Line]:
    """In the order of the request; nulls last either way."""
    places = {each.name: place for place, each in enumerate(request.dimensions)}
    metrics = {each.name: (place, each) for place, each in enumerate(request.metrics)}

    def value(line: Line, name: str) -> Any:
        if name in places:
            return line.key[places[name]]
        place, metric = metrics[name]
        return line.cells[place].shown(metric)

    for name, descending in reversed(request.order):
        known = [line for line in lines if value(line, name) is not None]
        unknown = [line for line in lines if value(line, name) is None]
        lines = sorted(known, key=partial(value, name=name), reverse=descending) + unknown
    return lines


def limited(request: Request, lines: list[Line]) -> list[Line]:
    """The rows that the request wants.

    Raises:
        InvalidError: it wants all of more than an answer may have.
    """
    if request.limit is None and len(lines) > MOST_ROWS:
        raise too_many(f"There are {len(lines):,} rows, more than {MOST_ROWS:,}")
    return lines[: request.limit]


def rows_of(request: Request, keys_and_cells: Iterable[tuple[Key, list[Cell]]]) -> list[dict[str, Any]]:
    """Rows as they are sent."""
    return [
        {
            **{each.name: value for each, value in zip(request.dimensions, key, strict=True)},
            **{each.name: cell.shown(each) for each, cell in zip(request.metrics, cells, strict=True)},
        }
        for key, cells in keys_and_cells
    ]


def stands_on(request: Request, rows: Sequence[list[Cell]]) -> dict[str, list[dict[str, Any]]]:
    """By metric, what its value stands on in each row; metrics that are plain counts have none."""
    found = {}
    for place, metric in enumerate(request.metrics):
        if metric.kind in (Kind.RATE, Kind.RATIO, Kind.MEDIAN, Kind.PERCENTILE):
            found[metric.name] = [row[place].stands_on(metric) or {} for row in rows]
    return found


def told_window(window: Window) -> Mapping[str, str | None]:
    """A window as it is sent."""
    return {"from": iso(window.start), "to": iso(window.end)}
