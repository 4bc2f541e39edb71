"""What is decided of a request before anything is read: once, for all that follows.

The trip of a question: parsed (`request`), planned (here), written as SQL (`statement`), read by the
names that the plan gave (`table`), made into rows (`rows`) and sent (`answer`).
"""

from dataclasses import dataclass

from botlens.metrics.catalogue.declaration import GROUP_TOTAL, LeftOut, Measure, Metric
from botlens.metrics.dimension import Dimension, Order
from botlens.metrics.expressions import NEWEST, STARTED, Need, needs_of
from botlens.query.columns import SelectedColumn
from botlens.query.request import Request

COUNTED = SelectedColumn("counted", "counted")
"""Whether conversations are counted; those that are not are tests."""

COVERED = SelectedColumn("covered", "count()")
NEWEST_EVENT = SelectedColumn("newest_event", f"max({NEWEST})")
EARLIEST_START = SelectedColumn("earliest_start", f"min({STARTED})")
LATEST_START = SelectedColumn("latest_start", f"max({STARTED})")


@dataclass(frozen=True, slots=True)
class PlannedDimension:
    """A dimension and the column that its values come in."""

    dimension: Dimension
    column: SelectedColumn


@dataclass(frozen=True, slots=True)
class PlannedMetric:
    """A metric and the columns that it comes in.

    Attributes:
        metric: which.
        value: the column of its value, before it is divided.
        basis: the column of what it stands on; None if it stands on nothing, or on the group.
        of_group: whether it is a share of the group that the other dimensions form.
    """

    metric: Metric
    value: SelectedColumn
    basis: SelectedColumn | None
    of_group: bool


@dataclass(frozen=True, slots=True)
class PlannedLeftOut:
    """What is left out, and the column of how much that is."""

    left_out: LeftOut
    column: SelectedColumn


@dataclass(frozen=True, slots=True)
class Axes:
    """Which places of a key are dates, which are read from a clock, and which are neither."""

    dates: tuple[int, ...]
    clock: tuple[int, ...]
    rest: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class QueryPlan:
    """How a request is answered.

    Attributes:
        request: what was asked.
        dimensions: in the order of the request, which is that of the values of a key.
        metrics: in the order of the request.
        left_out: what the metrics leave out, each once.
        axes: the places of a key by how its rows are filled up.
        unnested: the dimension that counts parts of conversations, if there is one.
        group_total: the column that is true of rows that count conversations as wholes, if there are such.
        of_cohorts: whether it is about retention.
        store_cuts: whether the store orders and cuts, since few of many values (texts of visitors) are
            wanted, and no empty rows to fill in.
        carries_coverage: whether rows carry their coverage, so that no second statement is needed. They
            cannot where a conversation is in several rows, or not all rows come.
        needs: what rows must know of their session, besides what the filters need.
    """

    request: Request
    dimensions: tuple[PlannedDimension, ...]
    metrics: tuple[PlannedMetric, ...]
    left_out: tuple[PlannedLeftOut, ...]
    axes: Axes
    unnested: Dimension | None
    group_total: SelectedColumn | None
    of_cohorts: bool
    store_cuts: bool
    carries_coverage: bool
    needs: frozenset[Need]

    @property
    def judged(self) -> list[PlannedMetric]:
        """The metrics of which it is wanted how their values have changed."""
        return [each for each in self.metrics if each.metric.name in self.request.additions.change]

    @property
    def coverage(self) -> list[SelectedColumn]:
        """The columns of the coverage; a statement groups them by `COUNTED`."""
        of_rows = [COUNTED, COVERED, NEWEST_EVENT, EARLIEST_START, LATEST_START]
        return [*of_rows, *(each.column for each in self.left_out)]

    @property
    def of_rows(self) -> list[SelectedColumn]:
        """What a statement selects to count: dimensions, then metrics with their basis."""
        columns = [each.column for each in self.dimensions]
        for each in self.metrics:
            columns += [each.value] if each.basis is None else [each.value, each.basis]
        return columns if self.group_total is None else [*columns, self.group_total]

    @classmethod
    def of(cls, request: Request) -> "QueryPlan":
        """The plan of a request that was parsed, and so can be answered."""
        asked = request.dimensions
        unnested = next((each for each in asked if each.unnests), None)
        of_cohorts = any(each.of_cohorts for each in asked)
        group_total = unnested.group_total if unnested else None
        calendar = any(each.order.calendar for each in asked)
        few = request.limit is not None and request.compare is None
        many = any(each.text.may_hold_commas for each in asked)
        store_cuts = few and many and not (of_cohorts or group_total or calendar)
        metrics = _metrics(request)
        left_out = _left_out(request)
        named = [
            *(each.value for each in asked),
            *(column.sql for each in metrics for column in (each.value, each.basis) if column),
            *(each.column.sql for each in left_out),
        ]
        return cls(
            request=request,
            dimensions=tuple(
                PlannedDimension(each, SelectedColumn(f"d{place}", each.value))
                for place, each in enumerate(asked)
            ),
            metrics=metrics,
            left_out=left_out,
            axes=_axes(asked),
            unnested=unnested,
            group_total=None if group_total is None else SelectedColumn("of_all", group_total),
            of_cohorts=of_cohorts,
            store_cuts=store_cuts,
            carries_coverage=unnested is None and not of_cohorts and not store_cuts,
            needs=needs_of(*named),
        )


def _metrics(request: Request) -> tuple[PlannedMetric, ...]:
    return tuple(
        _metric(place, metric, request.measure(metric)) for place, metric in enumerate(request.metrics)
    )


def _metric(place: int, metric: Metric, measure: Measure) -> PlannedMetric:
    of_group = measure.of == GROUP_TOTAL
    basis = None if measure.of is None or of_group else SelectedColumn(f"n{place}", measure.of)
    return PlannedMetric(metric, SelectedColumn(f"m{place}", measure.value), basis, of_group)


def _left_out(request: Request) -> tuple[PlannedLeftOut, ...]:
    each_once = dict.fromkeys(each for metric in request.metrics for each in metric.excluded)
    return tuple(
        PlannedLeftOut(each, SelectedColumn(f"x{place}", f"sum(toInt64({each.value}))"))
        for place, each in enumerate(each_once)
    )


def _axes(dimensions: tuple[Dimension, ...]) -> Axes:
    places: dict[Order, list[int]] = {}
    for place, each in enumerate(dimensions):
        order = each.order if each.order.calendar else Order.VALUES
        places.setdefault(order, []).append(place)
    return Axes(*(tuple(places.get(each, ())) for each in (Order.DATES, Order.CLOCK, Order.VALUES)))
