"""From what the store counted to the rows of an answer: filled in, ordered, with what they stand on."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial
from itertools import product
from typing import Any
from zoneinfo import ZoneInfo

from botlens.metrics.catalogue.declaration import WHOLE, Kind
from botlens.metrics.dimensions import Order
from botlens.query.request import MOST_ROWS, Request
from botlens.query.statement import MOST_GROUPS
from botlens.query.table import NOTHING, Cell, Key, Table, too_many
from botlens.query.window import Window

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_CLOCK = {"hour": range(24), "weekday": range(1, 8)}
_DATES: dict[str, Callable[[date], str]] = {
    "day": lambda day: day.isoformat(),
    "week": lambda day: (day - timedelta(days=day.weekday())).isoformat(),
    "month": lambda day: f"{day.year:04d}-{day.month:02d}",
}


@dataclass(frozen=True, slots=True)
class Calendar:
    """The local units of a window: what rows there are even where nothing happened."""

    zone: ZoneInfo
    window: Window
    extent: tuple[int, int] | None
    """The earliest and latest start that was counted, for a window that is open on a side."""

    def dates(self, names: Sequence[str]) -> list[Key]:
        """The days, weeks or months, in order; several together as they occur together."""
        if not names:
            return [()]
        if not (ends := self._ends()):
            return []
        first, last = (self._day(moment) for moment in ends)
        days = (first + timedelta(days=place) for place in range((last - first).days + 1))
        return list(dict.fromkeys(tuple(_DATES[name](day) for name in names) for day in days))

    def _ends(self) -> tuple[int, int] | None:
        start, end = self.window.start, self.window.end
        if start is None or end is None:
            if self.extent is None:
                return None
            start = self.extent[0] if start is None else start
            end = self.extent[1] + 1 if end is None else end
        return (start, end - 1) if start < end else None

    def _day(self, moment: int) -> date:
        return (_EPOCH + timedelta(microseconds=moment)).astimezone(self.zone).date()


@dataclass(frozen=True, slots=True)
class Line:
    """A row to be: its key, its cells, and what it is compared with."""

    key: Key
    cells: list[Cell]
    other: tuple[Key, list[Cell]] | None = None


def lines_of(
    request: Request, table: Table, calendar: Calendar, other: tuple[Table, Calendar] | None
) -> list[Line]:
    """All rows, those that nothing happened in too, each with its counterpart.

    Raises:
        InvalidError: they are more than an answer may have.
    """
    places = _Places.of(request)
    dates = calendar.dates(places.names(request, places.dates))
    clocks = list(product(*(_CLOCK[name] for name in places.names(request, places.clock))))
    # Where clocks were once set back over midnight, a day may lie outside of the window's first and last.
    dates = sorted({*dates, *(places.pick(key, places.dates) for key in table.cells)})
    rest = list(dict.fromkeys(places.pick(key, places.rest) for key in table.cells)) if places.rest else [()]
    if other and places.rest and request.limit is None:
        more = (places.pick(key, places.rest) for key in other[0].cells)
        rest = list(dict.fromkeys([*rest, *more]))
    if len(dates) * len(clocks) * len(rest) > MOST_GROUPS:
        raise too_many(f"There are more than {MOST_GROUPS:,} rows")
    empty = [NOTHING] * len(request.metrics)
    others = other[1].dates(places.names(request, places.dates)) if other else []
    lines = []
    for (number, day), clock, each in product(enumerate(dates), clocks, rest):
        key = places.join(day, clock, each)
        counterpart: tuple[Key, list[Cell]] | None = None
        if other and number < len(others):
            there = places.join(others[number], clock, each)
            counterpart = (there, other[0].cells.get(there) or _empty(request, other[0], there, empty))
        elif other:
            counterpart = (places.join((None,) * len(day), clock, each), empty)
        lines.append(Line(key, table.cells.get(key) or _empty(request, table, key, empty), counterpart))
    return lines


def _empty(request: Request, table: Table, key: Key, empty: list[Cell]) -> list[Cell]:
    """A row of nothing; what is a share of a whole is a share of that whole nevertheless."""
    if not table.wholes or request.is_of_cohorts:
        return empty
    without = tuple(
        value for value, each in zip(key, request.dimensions, strict=True) if each is not request.takes_apart
    )
    whole = table.wholes.get(without)
    if whole is None:
        return empty
    return [
        Cell(0, whole[place].value) if request.measure(each).of == WHOLE else NOTHING
        for place, each in enumerate(request.metrics)
    ]


@dataclass(frozen=True, slots=True)
class _Places:
    """Which dimensions of a request are dates, which are read from a clock, and which are neither."""

    dates: list[int]
    clock: list[int]
    rest: list[int]

    @classmethod
    def of(cls, request: Request) -> "_Places":
        found = cls([], [], [])
        for place, each in enumerate(request.dimensions):
            kinds = {Order.DATES: found.dates, Order.CLOCK: found.clock}
            kinds.get(each.order, found.rest).append(place)
        return found

    @staticmethod
    def names(request: Request, places: Iterable[int]) -> list[str]:
        return [request.dimensions[place].name for place in places]

    @staticmethod
    def pick(key: Key, places: Iterable[int]) -> Key:
        return tuple(key[place] for place in places)

    def join(self, dates: Key, clock: Key, rest: Key) -> Key:
        key: list[Any] = [None] * (len(self.dates) + len(self.clock) + len(self.rest))
        for places, values in ((self.dates, dates), (self.clock, clock), (self.rest, rest)):
            for place, value in zip(places, values, strict=True):
                key[place] = value
        return tuple(key)


def cohort_lines(request: Request, table: Table, this_week: date) -> list[Line]:
    """Every cohort, every week since it up to this one; the sessions of a cohort are those of week 0."""
    weeks = {each.name: place for place, each in enumerate(request.dimensions)}
    counted: dict[tuple[str, int], int] = {}
    for key, cells in table.cells.items():
        counted[key[weeks["cohort_week"]], key[weeks["weeks_later"]]] = cells[0].value
    lines = []
    for cohort in sorted({cohort for cohort, _ in counted}):
        for later in range((this_week - date.fromisoformat(cohort)).days // 7 + 1):
            key = (cohort, later) if weeks["cohort_week"] == 0 else (later, cohort)
            cell = Cell(counted.get((cohort, later), 0), counted[cohort, 0])
            lines.append(Line(key, [cell] * len(request.metrics)))
    return lines


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


def told(moment: int | None) -> str | None:
    """A time as it is sent: ISO 8601, UTC."""
    if moment is None:
        return None
    return (_EPOCH + timedelta(microseconds=moment)).isoformat().replace("+00:00", "Z")


def told_window(window: Window) -> Mapping[str, str | None]:
    """A window as it is sent."""
    return {"from": told(window.start), "to": told(window.end)}
