"""A request is checked: every name known, every pairing possible; errors teach."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from botlens.errors import InvalidError
from botlens.metrics.catalogue import METRICS
from botlens.metrics.catalogue.declaration import Measure, Metric
from botlens.metrics.dimension import Dimension
from botlens.metrics.dimensions import COHORT, DIMENSIONS
from botlens.metrics.values import WEEKDAY, Align, Text
from botlens.query import period
from botlens.query.additions import ADDITIONS, Additions
from botlens.query.comparison import earlier_named
from botlens.query.filters import Condition, condition_of, conditions_of_visits, suggestion
from botlens.query.given import names, text, whole
from botlens.query.period import Span

MOST_METRICS = 20
MOST_DIMENSIONS = 4
MOST_ROWS = 10_000
RESOLUTION_HOURS = 72
_LONGEST_RESOLUTION = 8_760

SELECTING = ("chatbots", "period", "timezone", "filters", "resolution_hours")
_KEYS = ("metrics", "dimensions", *SELECTING, "compare", "align", "order_by", "limit", *ADDITIONS)


@dataclass(frozen=True, slots=True)
class Choice:
    """Which conversations a request is about."""

    chatbots: tuple[str, ...] | None
    period: Span
    timezone: str | None
    condition: Condition
    resolution_hours: int
    metric: Metric | None = None
    """Only the conversations behind it."""

    visits: Condition | None = None
    """Of a metric of cohorts: which of the conversations of the sessions that came first here."""

    @property
    def asks(self) -> frozenset[Text]:
        """About which kinds of texts its filters ask."""
        return self.condition.asks if self.visits is None else self.condition.asks | self.visits.asks

    @classmethod
    def parse(cls, body: Mapping[str, Any], metric: Any = None) -> "Choice":
        """From a request; its other keys are not looked at.

        Args:
            body: the request.
            metric: the name of one, if it is about the conversations behind a metric.

        Raises:
            InvalidError: something is not known or not of its type.
        """
        chatbots = body.get("chatbots")
        behind = None if metric is None else metric_named(metric, "metric")
        visits: Condition | None = None
        if behind is not None and any(name in COHORT for name in behind.by):
            condition, visits = conditions_of_visits(body.get("filters"))
        else:
            condition = condition_of(body.get("filters"))
        return cls(
            None if chatbots is None else tuple(names(chatbots, "chatbots", MOST_ROWS)),
            _span(body.get("period")),
            text(body.get("timezone"), "timezone"),
            condition,
            whole(body.get("resolution_hours"), "resolution_hours", _LONGEST_RESOLUTION) or RESOLUTION_HOURS,
            behind,
            visits,
        )


@dataclass(frozen=True, slots=True)
class Request:
    """A checked request."""

    metrics: tuple[Metric, ...]
    dimensions: tuple[Dimension, ...]
    choice: Choice
    compare: Span | None
    """One of `comparison.Earlier`, or a window of its own."""

    order: tuple[tuple[str, bool], ...]
    """(metric or dimension, whether descending); complete, so that rows have one order."""

    limit: int | None
    additions: Additions
    align: Align | None = None
    """`WEEKDAY`: what is compared begins on the same weekday."""

    @property
    def overall(self) -> "Request":
        """The same of all conversations at once: one row, whose values are those of the whole."""
        return replace(self, dimensions=(), order=(), limit=None)

    def measure(self, metric: Metric) -> Measure:
        """How a metric is measured under these dimensions."""
        found = _measure(metric, self.dimensions)
        assert found is not None, "checked when it was parsed"  # noqa: S101
        return found

    @classmethod
    def parse(cls, body: Mapping[str, Any], *, has_n: bool = True) -> "Request":
        """From the JSON of a request.

        Args:
            body: the JSON.
            has_n: see `Additions.parse`.

        Raises:
            InvalidError: something is not known, not of its type, or does not go together.
        """
        for key in body:
            if key not in _KEYS:
                raise InvalidError(
                    f"A query has no `{str(key)[:50]}`: {suggestion(str(key), _KEYS)}",
                    code="unknown_parameter",
                    field=str(key)[:50],
                )
        metrics = tuple(metric_named(name) for name in names(body.get("metrics"), "metrics", MOST_METRICS))
        if not metrics:
            raise InvalidError(
                "Say which `metrics`; GET /v1/metrics lists them.", code="no_metrics", field="metrics"
            )
        named = names(body.get("dimensions") or [], "dimensions", MOST_DIMENSIONS)
        dimensions = tuple(_dimension_named(name) for name in named)
        _check_pairing(metrics, dimensions)
        compare = body.get("compare")
        if compare is not None and any(each.of_cohorts for each in dimensions):
            raise InvalidError("Cohorts cannot be compared: their weeks say when they were.", field="compare")
        return cls(
            metrics,
            dimensions,
            Choice.parse(body),
            _compare(compare),
            _order(body.get("order_by"), metrics, dimensions),
            whole(body.get("limit"), "limit", MOST_ROWS),
            Additions.parse(body, metrics, dimensions, has_n=has_n),
            _align(body.get("align"), compare),
        )


def metric_named(name: str, field: str = "metrics") -> Metric:
    """The metric of a name.

    Raises:
        InvalidError: there is none.
    """
    if name not in METRICS:
        raise InvalidError(
            f"There is no metric `{name[:50]}`: {suggestion(name, list(METRICS))}",
            code="unknown_metric",
            field=field,
        )
    return METRICS[name]


def _dimension_named(name: str) -> Dimension:
    if name not in DIMENSIONS:
        raise InvalidError(
            f"There is no dimension `{name[:50]}`: {suggestion(name, list(DIMENSIONS))}",
            code="unknown_dimension",
            field="dimensions",
        )
    return DIMENSIONS[name]


def _measure(metric: Metric, dimensions: Sequence[Dimension]) -> Measure | None:
    special = [each.name for each in dimensions if not each.partitions]
    if not special:
        return metric.measure
    return next((metric.by[name] for name in special if name in metric.by), None)


def _check_pairing(metrics: Sequence[Metric], dimensions: Sequence[Dimension]) -> None:
    names = [each.name for each in dimensions]
    if any(each.of_cohorts for each in dimensions) and sorted(names) != sorted(COHORT):
        raise _unpaired(
            f"`{COHORT[0]}` and `{COHORT[1]}` are asked for together, and with no other dimension."
        )
    apart = [each.name for each in dimensions if each.unnests]
    if len(apart) > 1:
        raise _unpaired(f"`{apart[0]}` and `{apart[1]}` both take conversations apart: ask for one of them.")
    for metric in metrics:
        if _measure(metric, dimensions) is not None:
            continue
        if metric.measure is None:
            (needed,) = metric.by
            also = f" and `{COHORT[1]}`" if needed == COHORT[0] else ""
            raise _unpaired(f"`{metric.name}` goes with the dimension `{needed}`{also}.")
        special = next(name for name in names if not DIMENSIONS[name].partitions)
        able = [each.name for each in METRICS.values() if special in each.by]
        raise _unpaired(f"`{metric.name}` cannot be split by `{special}`; these can: {', '.join(able)}.")


def _unpaired(what: str) -> InvalidError:
    return InvalidError(what, code="impossible_pairing", field="dimensions")


def _order(
    given: Any, metrics: Sequence[Metric], dimensions: Sequence[Dimension]
) -> tuple[tuple[str, bool], ...]:
    terms = [] if given is None else names(given, "order_by", MOST_ROWS)
    order = [(term.removeprefix("-"), term.startswith("-")) for term in terms]
    known = [*(each.name for each in metrics), *(each.name for each in dimensions)]
    for name, _ in order:
        if name not in known:
            raise InvalidError(
                f"`{name[:50]}` is not among what is asked for, so it cannot order the rows: "
                f"{suggestion(name, known)}",
                code="unknown_order",
                field="order_by",
            )
    if not order and not all(each.order.ascending for each in dimensions):
        order = [(metrics[0].name, True)]
    order += [(each.name, False) for each in dimensions]
    return tuple(order)


def _span(given: Any, field: str = "period") -> Span:
    if given is None:
        return period.DEFAULT
    if isinstance(given, str) and given:
        return given
    if isinstance(given, Mapping):
        return dict(given)
    raise period.invalid_period(f"`{field}` is a text, or an object with `from` and `to`", field)


def _compare(given: Any) -> Span | None:
    if given is None:
        return None
    span = _span(given, "compare")
    return earlier_named(span) if isinstance(span, str) else span


def _align(given: Any, compare: Any) -> Align | None:
    if given is None or given == "":
        return None
    if given != WEEKDAY:
        raise InvalidError(f"`align` is `{WEEKDAY}`.", field="align")
    if not isinstance(compare, str):
        raise InvalidError(
            "`align` moves an earlier period: say which by its name in `compare`.",
            code="impossible_pairing",
            field="align",
        )
    return WEEKDAY
