"""The rows of an answer to be: those that were counted, and those in which nothing happened."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import product
from typing import Any
from zoneinfo import ZoneInfo

from botlens.metrics.catalogue.declaration import WHOLE
from botlens.metrics.dimensions import Order
from botlens.moments import instant
from botlens.query.request import MOST_ROWS, Request
from botlens.query.statement import MOST_GROUPS
from botlens.query.table import NOTHING, Cell, Key, Table
from botlens.query.window import Window

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
        return instant(moment).astimezone(self.zone).date()


@dataclass(frozen=True, slots=True)
class Line:
    """A row to be: its key, its cells, and what it is compared with."""

    key: Key
    cells: list[Cell]
    other: tuple[Key, list[Cell]] | None = None


@dataclass(frozen=True, slots=True)
class Lines:
    """All rows to be.

    Attributes:
        lines: in no order that is promised.
        filled: whether those that nothing happened in are there too; they are left out where the answer would
            have more rows than it may, as it has if a clock was wrong by decades.
    """

    lines: list[Line]
    filled: bool = True


def lines_of(
    request: Request, table: Table, calendar: Calendar, other: tuple[Table, Calendar] | None
) -> Lines:
    """The rows of an answer, each with its counterpart."""
    places = _Places.of(request)
    dates = calendar.dates(places.names(request, places.dates))
    # Where clocks were once set back over midnight, a day may lie outside of the window's first and last.
    dates = sorted({*dates, *(places.pick(key, places.dates) for key in table.cells)})
    others = other[1].dates(places.names(request, places.dates)) if other else []
    pairing = _Pairing(request, places, table, other[0] if other else None, dates, others)
    most = MOST_ROWS if request.limit is None else MOST_GROUPS
    if pairing.size() <= most:
        return Lines([pairing.line(*each) for each in pairing.all()])
    return Lines([pairing.line(*each) for each in pairing.those_with_something()], filled=False)


_Parts = tuple[int, Key, Key]
"""The place of a row's date among the dates, its values of a clock, and the rest of its values."""


class _Pairing:
    """Which rows there are, and what each of them is compared with."""

    def __init__(
        self,
        request: Request,
        places: "_Places",
        table: Table,
        other: Table | None,
        dates: Sequence[Key],
        others: Sequence[Key],
    ) -> None:
        self._request, self._places, self._table, self._other = request, places, table, other
        self._dates, self._others = dates, others
        self._clocks = list(product(*(_CLOCK[name] for name in places.names(request, places.clock))))
        self._rest = self._all_rest()
        self._empty = [NOTHING] * len(request.metrics)

    def _all_rest(self) -> list[Key]:
        if not self._places.rest:
            return [()]
        found = dict.fromkeys(self._places.pick(key, self._places.rest) for key in self._table.cells)
        if self._pairs_both_ways():
            found |= dict.fromkeys(self._places.pick(key, self._places.rest) for key in self._other_cells())
        return list(found)

    def _pairs_both_ways(self) -> bool:
        """Whether what occurs in the other period alone has a row."""
        return self._other is not None and self._request.limit is None

    def _other_cells(self) -> Mapping[Key, list[Cell]]:
        return self._other.cells if self._other else {}

    def size(self) -> int:
        """How many rows there are with those in which nothing happened."""
        return len(self._dates) * len(self._clocks) * len(self._rest)

    def all(self) -> Iterable[_Parts]:
        """Every row."""
        return product(range(len(self._dates)), self._clocks, self._rest)

    def those_with_something(self) -> Iterable[_Parts]:
        """The rows in which something happened, in one period or the other."""
        found = dict.fromkeys(self._parts(self._dates, self._table.cells))
        if self._pairs_both_ways():
            there = self._parts(self._others, self._other_cells())
            found |= dict.fromkeys(parts for parts in there if parts[0] < len(self._dates))
        return found

    def _parts(self, dates: Sequence[Key], keys: Iterable[Key]) -> Iterator[_Parts]:
        place_of = {date: place for place, date in enumerate(dates)}
        pick, places = self._places.pick, self._places
        for key in keys:
            place = place_of.get(pick(key, places.dates))
            if place is not None:
                yield place, pick(key, places.clock), pick(key, places.rest)

    def line(self, place: int, clock: Key, rest: Key) -> Line:
        """A row with its counterpart: the i-th date with the i-th date, everything else by value."""
        date = self._dates[place]
        key = self._places.join(date, clock, rest)
        counterpart: tuple[Key, list[Cell]] | None = None
        if self._other and place < len(self._others):
            there = self._places.join(self._others[place], clock, rest)
            counterpart = (there, self._cells(self._other, there))
        elif self._other:
            counterpart = (self._places.join((None,) * len(date), clock, rest), self._empty)
        return Line(key, self._cells(self._table, key), counterpart)

    def _cells(self, table: Table, key: Key) -> list[Cell]:
        return table.cells.get(key) or _empty(self._request, table, key, self._empty)


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


def cohort_lines(request: Request, table: Table, this_week: date) -> Lines:
    """Every cohort, every week since it up to this one; the sessions of a cohort are those of week 0."""
    weeks = {each.name: place for place, each in enumerate(request.dimensions)}
    counted: dict[tuple[str, int], int] = {}
    for key, cells in table.cells.items():
        counted[key[weeks["cohort_week"]], key[weeks["weeks_later"]]] = cells[0].value
    until = {
        cohort: (this_week - date.fromisoformat(cohort)).days // 7 + 1
        for cohort in {name for name, _ in counted}
    }
    filled = sum(max(0, count) for count in until.values()) <= (
        MOST_ROWS if request.limit is None else MOST_GROUPS
    )
    places = (
        ((cohort, later) for cohort, count in until.items() for later in range(count))
        if filled
        else (place for place in counted if place[1] < until[place[0]])
    )
    lines = []
    for cohort, later in sorted(places):
        key = (cohort, later) if weeks["cohort_week"] == 0 else (later, cohort)
        cell = Cell(counted.get((cohort, later), 0), counted[cohort, 0])
        lines.append(Line(key, [cell] * len(request.metrics)))
    return Lines(lines, filled)
