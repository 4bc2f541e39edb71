"""A request is checked: every name known, every pairing possible; errors teach."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from botlens.errors import InvalidError
from botlens.metrics.catalogue import METRICS
from botlens.metrics.catalogue.declaration import Measure, Metric
from botlens.metrics.dimension import Dimension
from botlens.metrics.dimensions import COHORT, DIMENSIONS
from botlens.metrics.values import Text
from botlens.query import period
from botlens.query.filters import Condition, condition_of, suggestion
from botlens.query.period import Span

MOST_METRICS = 20
MOST_DIMENSIONS = 4
MOST_ROWS = 10_000
RESOLUTION_HOURS = 72
_LONGEST_RESOLUTION = 8_760

SELECTING = ("chatbots", "period", "timezone", "filters", "resolution_hours")
_KEYS = ("metrics", "dimensions", *SELECTING, "compare", "order_by", "limit", "labels", "wording")


@dataclass(frozen=True, slots=True)
class Choice:
    """Which conversations a request is about."""

    chatbots: tuple[str, ...] | None
    period: Span
    timezone: str | None
    condition: Condition
    resolution_hours: int

    @classmethod
    def parse(cls, body: Mapping[str, Any]) -> "Choice":
        """From a request; its other keys are not looked at.

        Raises:
            InvalidError: something is not known or not of its type.
        """
        chatbots = body.get("chatbots")
        return cls(
            None if chatbots is None else tuple(_names(chatbots, "chatbots")),
            _span(body.get("period")),
            _text(body.get("timezone"), "timezone"),
            condition_of(body.get("filters")),
            _whole(body.get("resolution_hours"), "resolution_hours", _LONGEST_RESOLUTION) or RESOLUTION_HOURS,
        )


@dataclass(frozen=True, slots=True)
class Request:
    """A checked request."""

    metrics: tuple[Metric, ...]
    dimensions: tuple[Dimension, ...]
    choice: Choice
    compare: Span | None
    order: tuple[tuple[str, bool], ...]
    """(metric or dimension, whether descending); complete, so that rows have one order."""

    limit: int | None
    labels: bool = False
    """Whether the answer has the labels of the values in its rows."""

    wording: bool = False
    """Whether the answer has the texts of the questions in its rows: `labels` by its old name."""

    def measure(self, metric: Metric) -> Measure:
        """How a metric is measured under these dimensions."""
        found = _measure(metric, self.dimensions)
        assert found is not None, "checked when it was parsed"  # noqa: S101
        return found

    @classmethod
    def parse(cls, body: Mapping[str, Any]) -> "Request":
        """From the JSON of a request.

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
        metrics = tuple(metric_named(name) for name in _names(body.get("metrics"), "metrics", MOST_METRICS))
        if not metrics:
            raise InvalidError(
                "Say which `metrics`; GET /v1/metrics lists them.", code="no_metrics", field="metrics"
            )
        named = _names(body.get("dimensions") or [], "dimensions", MOST_DIMENSIONS)
        dimensions = tuple(_dimension_named(name) for name in named)
        _check_pairing(metrics, dimensions)
        compare = body.get("compare")
        if compare is not None and any(each.of_cohorts for each in dimensions):
            raise InvalidError("Cohorts cannot be compared: their weeks say when they were.", field="compare")
        return cls(
            metrics,
            dimensions,
            Choice.parse(body),
            None if compare is None else _span(compare, "compare"),
            _order(body.get("order_by"), metrics, dimensions),
            _whole(body.get("limit"), "limit", MOST_ROWS),
            _flag(body.get("labels"), "labels"),
            _wording(body.get("wording"), dimensions),
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
    terms = [] if given is None else _names([given] if isinstance(given, str) else given, "order_by")
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


def _names(given: Any, field: str, most: int = MOST_ROWS) -> list[str]:
    if isinstance(given, str):
        given = [given]
    if given is None:
        given = []
    if not isinstance(given, Sequence) or not all(isinstance(each, str) and each for each in given):
        raise InvalidError(f"`{field}` is a list of names.", field=field)
    if len(set(given)) != len(given):
        raise InvalidError(f"`{field}` names something twice.", field=field)
    if len(given) > most:
        raise InvalidError(f"`{field}` may name {most:,} at most.", field=field)
    return list(given)


def _text(given: Any, field: str) -> str | None:
    if given is None or isinstance(given, str):
        return given or None
    raise InvalidError(f"`{field}` is a text.", field=field)


def _flag(given: Any, field: str) -> bool:
    if given is None or isinstance(given, bool):
        return bool(given)
    raise InvalidError(f"`{field}` is true or false.", field=field)


def _wording(given: Any, dimensions: Sequence[Dimension]) -> bool:
    if not _flag(given, "wording"):
        return False
    if not any(each.text is Text.QUESTION for each in dimensions):
        worded = [each.name for each in DIMENSIONS.values() if each.text is Text.QUESTION]
        needed = " or ".join(f"`{name}`" for name in worded)
        raise InvalidError(
            f"`wording` goes with the dimension {needed}.", code="impossible_pairing", field="wording"
        )
    return True


def _whole(given: Any, field: str, most: int) -> int | None:
    if given is None:
        return None
    if not isinstance(given, int) or isinstance(given, bool) or not 1 <= given <= most:
        raise InvalidError(f"`{field}` is a whole number from 1 to {most:,}.", field=field)
    return given
