"""What is counted to say whether compared values have changed: the plan of a request, split once more."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from botlens.metrics.catalogue.declaration import Kind, Measure, Metric
from botlens.metrics.dimension import Dimension
from botlens.metrics.dimensions import BY_DAY, BY_GROUP
from botlens.query.plan import QueryPlan

MOST_SPLIT = 500
"""Rows of one window; of more, only shares of conversations are judged: the parts would be too many."""

MOST_DRAWN = 12
"""Rows of one window whose medians and percentiles are drawn again and again: some milliseconds each."""

TOTALS = (Kind.COUNT, Kind.SUM, Kind.DISTINCT)
"""The kinds of metrics that are counted over time."""


@dataclass(frozen=True, slots=True)
class EvidencePlans:
    """The plans that count evidence; None if nothing needs them.

    Attributes:
        own: the plan of the rows themselves.
        by_day: counts and sums by day, and by whatever is no date; it may be that of the rows.
        by_group: the rest by random group, medians and percentiles as histograms.
        is_large: whether there are too many rows for either.
    """

    own: QueryPlan
    by_day: QueryPlan | None
    by_group: QueryPlan | None
    is_large: bool = False

    @classmethod
    def of(cls, plan: QueryPlan, rows: int) -> "EvidencePlans":
        """The plans for the rows of another, of which each window has so many at most."""
        if rows > MOST_SPLIT:
            return cls(plan, None, None, is_large=True)
        asked = [each.dimension for each in plan.dimensions]
        metrics = [each.metric for each in plan.judged]
        totals = [each for each in metrics if each.kind in TOTALS]
        grouped = [
            _as_histogram(each)
            for each in metrics
            if not (each.kind in TOTALS or each.of_conversations)
            and (each.histogram is None or rows <= MOST_DRAWN)
        ]
        hourly = any(each.hourly for each in asked)
        undated = [each for each in asked if each.unit_of is None]
        days = [*undated, BY_DAY]
        by_day = plan if asked == days else None
        if totals and not hourly and by_day is None:
            by_day = _split(plan, totals, days)
        return cls(plan, by_day, _split(plan, grouped, [*asked, BY_GROUP]) if grouped else None)


def _as_histogram(metric: Metric) -> Metric:
    if metric.histogram is None or metric.measure is None:
        return metric
    return replace(metric, measure=Measure(metric.histogram.counted, metric.measure.of))


def _split(plan: QueryPlan, metrics: Sequence[Metric], dimensions: Sequence[Dimension]) -> QueryPlan:
    request = replace(
        plan.request, metrics=tuple(metrics), dimensions=tuple(dimensions), order=(), compare=None, limit=None
    )
    return QueryPlan.of(request)
