"""What says whether a compared value has changed: its days and random groups of conversations, by row.

They are counted by plans of their own, that of the request split once more; `metrics.changes` judges.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from botlens.metrics.calendar import start_of_day
from botlens.metrics.catalogue.declaration import Histogram, Kind, Metric
from botlens.metrics.changes import NO_VALUE, NOTHING_BEFORE, Unsaid, ValueChange, change_of
from botlens.metrics.dimensions import BY_DAY
from botlens.metrics.evidence import Evidence, Mean, Quantile, Share, Total
from botlens.metrics.resampling import GROUPS
from botlens.metrics.values import Text, Type
from botlens.moments import instant, microseconds
from botlens.query.beginnings import Beginnings, Recorded
from botlens.query.evidence_plans import TOTALS, EvidencePlans
from botlens.query.plan import QueryPlan
from botlens.query.rows import Calendar, Row
from botlens.query.table import NOTHING, Cell, Cells, ResultTable, RowKey

MOST_DAYS = 1_500
"""Days of a window; of more, nothing is said of counts."""


@dataclass(frozen=True, slots=True)
class SideEvidence:
    """What is known of one window.

    Attributes:
        calendar: of the window.
        now: microseconds: what comes after it has not elapsed.
        beginnings: since when there is anything to count.
        by_day: what `EvidencePlans.by_day` gave; None if it was not asked.
        by_group: the same of `EvidencePlans.by_group`.
    """

    calendar: Calendar
    now: int
    beginnings: Beginnings
    by_day: ResultTable | None
    by_group: ResultTable | None

    def elapsed(self) -> list[tuple[date, float]]:
        """The local days that have elapsed of the window, in order, and how much of each; [] if unknown."""
        start, end = self.calendar.window.start, self.calendar.window.end
        end = self.now if end is None else min(end, self.now)
        if start is None or start >= end:
            return []
        zone = self.calendar.zone
        first, last = (instant(each).astimezone(zone).date() for each in (start, end - 1))
        if (last - first).days >= MOST_DAYS:
            return []

        def part(day: date) -> float:
            low, high = (microseconds(start_of_day(zone, each)) for each in (day, day + timedelta(days=1)))
            return max(0, min(high, end) - max(low, start)) / (high - low) if high > low else 0.0

        days = [first + timedelta(days=place) for place in range((last - first).days + 1)]
        return [(day, part(day) if day in (first, last) else 1.0) for day in days]


class _Side:
    """One window, looked up row by row."""

    def __init__(self, plans: EvidencePlans, evidence: SideEvidence) -> None:
        dimensions = [each.dimension for each in plans.own.dimensions]
        self.days = evidence.elapsed()
        self._plans, self._by_day = plans, evidence.by_day
        self._window, self._beginnings = evidence.calendar.window, evidence.beginnings
        self._dated = [place for place, each in enumerate(dimensions) if each.unit_of is not None]
        self._undated = [place for place, each in enumerate(dimensions) if each.unit_of is None]
        self._of_day = [place for place, each in enumerate(dimensions) if each.of_day is not None]
        self._hourly = [place for place, each in enumerate(dimensions) if each.hourly]
        self._chatbot = [place for place, each in enumerate(dimensions) if each.text is Text.CHATBOT]
        self._units = [unit for each in dimensions if (unit := each.unit_of) is not None]
        self._clocks = [clock for each in dimensions if (clock := each.of_day) is not None]
        self._lengths: dict[date | None, dict[tuple[RowKey, RowKey], tuple[float, float]]] = {}
        self._placed: dict[tuple[str, RowKey], dict[int, float]] = {}
        self._groups: dict[RowKey, list[Cells | None]] | None = None
        if evidence.by_group is not None:
            self._groups = {}
            for key, cells in evidence.by_group.cells.items():
                self._groups.setdefault(key[:-1], [None] * GROUPS)[key[-1]] = cells

    def known(self, key: RowKey) -> Recorded:
        """How much of the stretch of a row there is anything to count in."""
        chatbot = self._chatbot_of(key)
        first = self._beginnings.first_day(chatbot)
        if first is None:
            return Recorded.NOTHING
        if self._hourly:
            hour = datetime.fromisoformat(key[self._hourly[0]])
            return Recorded.NOTHING if hour.date() < first else Recorded.WHOLE
        if not self.days:
            return self._beginnings.known(self._window, chatbot)
        elapsed, counted = self._length(key)
        if counted == elapsed:
            return Recorded.WHOLE
        return Recorded.PART if counted else Recorded.NOTHING

    def _chatbot_of(self, key: RowKey) -> str | None:
        return key[self._chatbot[0]] if self._chatbot else None

    def _length(self, key: RowKey) -> tuple[float, float]:
        """How many days of a row have elapsed, and how many of them there is anything to count in."""
        first = self._beginnings.first_day(self._chatbot_of(key))
        if first not in self._lengths:
            found = self._lengths[first] = {}
            for day, part in self.days:
                at = (tuple(unit(day) for unit in self._units), self._clock(day))
                elapsed, counted = found.get(at, (0.0, 0.0))
                found[at] = elapsed + part, counted + (part if first is not None and day >= first else 0.0)
        at = (_pick(key, self._dated), _pick(key, self._of_day))
        return self._lengths[first].get(at, (0.0, 0.0))

    def _clock(self, day: date) -> RowKey:
        """What a day is by the dimensions of a clock that whole days have a value of."""
        return tuple(clock(day) for clock in self._clocks)

    def of(self, metric: Metric, key: RowKey, cell: Cell) -> Evidence | None:
        """What is known of a value; None if nothing is."""
        if metric.kind in TOTALS:
            days = list(self.placed_days(metric, key).values())
            counts, whole = metric.type is Type.NUMBER, self.known(key) is Recorded.WHOLE
            return Total(cell.value_for(metric), self._length(key)[1], days, counts=counts, whole=whole)
        if metric.of_conversations:
            return Share(cell.value, cell.of)
        plan = self._plans.by_group
        if self._groups is None or plan is None or metric.name not in _names(plan):
            return None
        place = _names(plan).index(metric.name)
        found = self._groups.get(key) or [None] * GROUPS
        groups = [NOTHING if each is None else each[place] for each in found]
        if metric.histogram is not None:
            return _quantile(metric.histogram, cell.value_for(metric), cell.of, groups)
        sums = [(each.value, each.of) for each in groups]
        return (Share if metric.kind is Kind.RATE else Mean)(cell.value, cell.of, sums)

    def placed_days(self, metric: Metric, key: RowKey) -> dict[int, float]:
        """By its place in the window, what each whole day came to in a row of all dates."""
        undated = _pick(key, self._undated)
        if (metric.name, undated) not in self._placed:
            self._placed[metric.name, undated] = dict(self._whole_days(metric, key))
        return self._placed[metric.name, undated]

    def _whole_days(self, metric: Metric, key: RowKey) -> Iterator[tuple[int, float]]:
        plan, table, unit = self._plans.by_day, self._by_day, BY_DAY.unit_of
        first = self._beginnings.first_day(self._chatbot_of(key))
        if plan is None or table is None or unit is None or first is None:
            return
        place = _names(plan).index(metric.name)
        undated, clock = _pick(key, self._undated), _pick(key, self._of_day)
        for at, (day, part) in enumerate(self.days):
            if part == 1.0 and day >= first and self._clock(day) == clock:
                cells = table.cells.get((*undated, unit(day)))
                yield at, float(cells[place].value if cells else 0)


def _pick(key: RowKey, places: Sequence[int]) -> RowKey:
    return tuple(key[place] for place in places)


def _names(plan: QueryPlan) -> list[str]:
    return [each.metric.name for each in plan.metrics]


def _quantile(histogram: Histogram, value: float | None, n: int, groups: Sequence[Cell]) -> Quantile:
    histograms: list[Mapping[float, int]] = [
        {histogram.read(key): count for key, count in each.value.items()} if each.of else {}
        for each in groups
    ]
    return Quantile(value, n, histogram.level, histograms, histogram.middle)


def changes_of(
    rows: Sequence[Row], plans: EvidencePlans, here: SideEvidence, there: SideEvidence
) -> dict[str, list[ValueChange]]:
    """By metric that is judged, how its value in each row has changed, from the other period to this one."""
    sides = _Side(plans, there), _Side(plans, here)
    paired = _stand_whole_weeks_apart(*sides)
    places = {each.metric.name: place for place, each in enumerate(plans.own.metrics)}
    return {
        each.metric.name: [
            _change(plans, each.metric, places[each.metric.name], row, sides, paired) for row in rows
        ]
        for each in plans.own.judged
    }


def _change(
    plans: EvidencePlans, metric: Metric, place: int, row: Row, sides: tuple[_Side, _Side], paired: bool
) -> ValueChange:
    if row.other is None or _has_no_counterpart(row):
        return NO_VALUE
    keys = row.other[0], row.key
    if Recorded.NOTHING in (side.known(key) for side, key in zip(sides, keys, strict=True)):
        return NOTHING_BEFORE
    cells = row.other[1][place], row.cells[place]
    before, after = (side.of(metric, key, cell) for side, key, cell in zip(sides, keys, cells, strict=True))
    if before is None or after is None:
        return _without_judgement(metric, *cells)
    if paired and isinstance(before, Total) and isinstance(after, Total):
        there, here = (side.placed_days(metric, key) for side, key in zip(sides, keys, strict=True))
        both = sorted(there.keys() & here.keys())
        before = replace(before, days=[there[at] for at in both])
        after = replace(after, days=[here[at] for at in both])
    found = change_of(before, after, paired=paired)
    if found.unsaid is Unsaid.TOO_FEW_DAYS and plans.by_day is None and plans.is_large:
        return replace(found, unsaid=Unsaid.TOO_MANY_ROWS)
    return found


def _has_no_counterpart(row: Row) -> bool:
    """The other period has fewer dates: what would be set beside is nothing, not zero."""
    return row.other is not None and any(
        there is None and here is not None for there, here in zip(row.other[0], row.key, strict=True)
    )


def _without_judgement(metric: Metric, before: Cell, after: Cell) -> ValueChange:
    """How far a value has changed, where nothing says whether by chance."""
    values = [each.value_for(metric) for each in (before, after)]
    if None in values:
        return NO_VALUE
    absolute = float(values[1] - values[0])
    divides = metric.kind is not Kind.RATE and values[0] != 0
    relative = absolute / abs(values[0]) if divides else None
    return ValueChange(absolute, relative, unsaid=Unsaid.TOO_MANY_ROWS)


def _stand_whole_weeks_apart(before: _Side, after: _Side) -> bool:
    """Whether days of two windows can be paired by their place, weekday by weekday."""
    if not before.days or not after.days:
        return False
    return (after.days[0][0] - before.days[0][0]).days % 7 == 0 and abs(
        len(after.days) - len(before.days)
    ) <= 1
