"""The rows of an answer to be: those that were counted, and those in which nothing happened."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import product
from typing import Any
from zoneinfo import ZoneInfo

from botlens.metrics.calendar import HOUR_SECONDS, hours, stretches
from botlens.metrics.dimension import Dimension
from botlens.metrics.dimensions import COHORT_WEEK, WEEKS_LATER, hour_name
from botlens.moments import SECOND, instant
from botlens.query.plan import Axes, QueryPlan
from botlens.query.request import MOST_ROWS
from botlens.query.statement import MOST_GROUPS
from botlens.query.table import NOTHING, Cell, Cells, ResultTable, RowKey, group_of, of_group, too_many
from botlens.query.window import Window


@dataclass(frozen=True, slots=True)
class Calendar:
    """The local units of a window: what rows there are even where nothing happened."""

    zone: ZoneInfo
    window: Window
    extent: tuple[int, int] | None
    """The earliest and latest start that was counted, for a window that is open on a side."""

    def dates(self, plan: QueryPlan) -> list[RowKey]:
        """The days, weeks or months, in order; several together as they occur together."""
        asked = [plan.dimensions[place].dimension for place in plan.axes.dates]
        if not asked:
            return [()]
        if not (ends := self.ends()):
            return []
        if any(each.hourly for each in asked):
            return [_units(asked, day, hour) for day, hour in self._hours(*ends, most=_most(plan))]
        first, last = (self._day(moment) for moment in ends)
        days = (first + timedelta(days=place) for place in range((last - first).days + 1))
        return list(dict.fromkeys(_units(asked, day) for day in days))

    def _hours(self, first: int, last: int, most: int) -> Iterator[tuple[date, str]]:
        """The hours of the local clock from one moment to another, each with its day.

        Raises:
            InvalidError: they are more than an answer may have: a clock that was wrong makes millions.
        """
        if (last - first) // (HOUR_SECONDS * SECOND) > most:
            raise too_many(f"There are more than {most:,} hours")
        low, high = first // SECOND, last // SECOND
        known = list(hours(stretches(self.zone, low - HOUR_SECONDS, high + 1)))
        begun = sum(start <= low for start, _ in known)
        for start, offset in known[begun - 1 :]:
            local = (start + offset) * SECOND
            yield instant(local).date(), hour_name((local, offset * SECOND))

    def unit(self, dimension: Dimension, moment: int) -> str:
        """What a moment is in, by a dimension of dates."""
        if dimension.unit_of is not None:
            return dimension.unit_of(self._day(moment))
        ((_, hour),) = self._hours(moment, moment, most=1)
        return hour

    def ends(self) -> tuple[int, int] | None:
        """The first and the last moment; None if there is none, or nothing says where an open side ends."""
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
class Row:
    """A row to be: its key, its cells, and what it is compared with."""

    key: RowKey
    cells: Cells
    other: tuple[RowKey, Cells] | None = None


@dataclass(frozen=True, slots=True)
class Rows:
    """All rows to be.

    Attributes:
        rows: in no order that is promised.
        filled: whether those that nothing happened in are there too; they are left out where the answer would
            have more rows than it may, as it has if a clock was wrong by decades.
    """

    rows: list[Row]
    filled: bool = True


def rows_of(
    plan: QueryPlan, table: ResultTable, calendar: Calendar, other: tuple[ResultTable, Calendar] | None
) -> Rows:
    """The rows of an answer, each with its counterpart."""
    dates = calendar.dates(plan)
    # Where clocks were once set back over midnight, a day may lie outside of the window's first and last.
    ranks = [plan.dimensions[place].dimension.rank for place in plan.axes.dates]
    dates = sorted(
        {*dates, *(_pick(key, plan.axes.dates) for key in table.cells)},
        key=lambda units: tuple(rank(unit) for rank, unit in zip(ranks, units, strict=True)),
    )
    others = other[1].dates(plan) if other else []
    pairing = _Pairing(plan, table, other[0] if other else None, dates, others)
    if pairing.size() <= _most(plan):
        return Rows([pairing.row(*each) for each in pairing.all()])
    return Rows([pairing.row(*each) for each in pairing.those_with_something()], filled=False)


def _units(asked: Sequence[Dimension], day: date, hour: str = "") -> RowKey:
    """What a local day, or an hour of it, is called by each dimension."""
    return tuple(hour if each.unit_of is None else each.unit_of(day) for each in asked)


def _most(plan: QueryPlan) -> int:
    """How many rows may be filled up."""
    return MOST_ROWS if plan.request.limit is None else MOST_GROUPS


_Parts = tuple[int, RowKey, RowKey]
"""The place of a row's date among the dates, its values of a clock, and the rest of its values."""


class _Pairing:
    """Which rows there are, and what each of them is compared with."""

    def __init__(
        self,
        plan: QueryPlan,
        table: ResultTable,
        other: ResultTable | None,
        dates: Sequence[RowKey],
        others: Sequence[RowKey],
    ) -> None:
        self._plan, self._table, self._other = plan, table, other
        self._dates, self._others = dates, others
        units = [plan.dimensions[place].dimension.units for place in plan.axes.clock]
        self._clocks = list(product(*(each for each in units if each)))
        self._rest = self._all_rest()
        self._empty = (NOTHING,) * len(plan.metrics)

    def _all_rest(self) -> list[RowKey]:
        places = self._plan.axes.rest
        if not places:
            return [()]
        found = dict.fromkeys(_pick(key, places) for key in self._table.cells)
        if self._pairs_both_ways():
            found |= dict.fromkeys(_pick(key, places) for key in self._other_cells())
        return list(found)

    def _pairs_both_ways(self) -> bool:
        """Whether what occurs in the other period alone has a row."""
        return self._other is not None and self._plan.request.limit is None

    def _other_cells(self) -> Mapping[RowKey, Cells]:
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

    def _parts(self, dates: Sequence[RowKey], keys: Iterable[RowKey]) -> Iterator[_Parts]:
        place_of = {date: place for place, date in enumerate(dates)}
        axes = self._plan.axes
        for key in keys:
            place = place_of.get(_pick(key, axes.dates))
            if place is not None:
                yield place, _pick(key, axes.clock), _pick(key, axes.rest)

    def row(self, place: int, clock: RowKey, rest: RowKey) -> Row:
        """A row with its counterpart: the i-th date with the i-th date, everything else by value."""
        date, axes = self._dates[place], self._plan.axes
        key = _join(axes, date, clock, rest)
        counterpart: tuple[RowKey, Cells] | None = None
        if self._other and place < len(self._others):
            there = _join(axes, self._others[place], clock, rest)
            counterpart = (there, self._cells(self._other, there))
        elif self._other:
            counterpart = (_join(axes, (None,) * len(date), clock, rest), self._empty)
        return Row(key, self._cells(self._table, key), counterpart)

    def _cells(self, table: ResultTable, key: RowKey) -> Cells:
        """A row that was counted, or one of nothing; a share of its group is one of that group even then."""
        if found := table.cells.get(key):
            return found
        total = table.group_totals.get(group_of(self._plan, key)) if table.group_totals else None
        return self._empty if total is None else of_group(self._plan, self._empty, total)


def _pick(key: RowKey, places: Iterable[int]) -> RowKey:
    return tuple(key[place] for place in places)


def _join(axes: Axes, dates: RowKey, clock: RowKey, rest: RowKey) -> RowKey:
    key: list[Any] = [None] * (len(axes.dates) + len(axes.clock) + len(axes.rest))
    for places, values in ((axes.dates, dates), (axes.clock, clock), (axes.rest, rest)):
        for place, value in zip(places, values, strict=True):
            key[place] = value
    return tuple(key)


def cohort_rows(plan: QueryPlan, table: ResultTable, this_week: date) -> Rows:
    """Every cohort, every week since it up to this one; the sessions of a cohort are those of week 0."""
    place = {each.dimension: place for place, each in enumerate(plan.dimensions)}
    week, later = place[COHORT_WEEK], place[WEEKS_LATER]
    counted = {(key[week], key[later]): cells for key, cells in table.cells.items()}
    until = {
        cohort: (this_week - date.fromisoformat(cohort)).days // 7 + 1
        for cohort in {name for name, _ in counted}
    }
    filled = sum(max(0, count) for count in until.values()) <= _most(plan)
    pairs = (
        ((cohort, weeks) for cohort, count in until.items() for weeks in range(count))
        if filled
        else (pair for pair in counted if pair[1] < until[pair[0]])
    )
    nothing = (NOTHING,) * len(plan.metrics)
    rows = []
    for cohort, weeks in sorted(pairs):
        key = (cohort, weeks) if week < later else (weeks, cohort)
        cells = zip(counted.get((cohort, weeks), nothing), counted[cohort, 0], strict=True)
        rows.append(Row(key, tuple(Cell(cell.value, whole.value) for cell, whole in cells)))
    return Rows(rows, filled)
