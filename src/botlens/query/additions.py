"""What a request wants in its answer beside the rows themselves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from botlens.errors import InvalidError
from botlens.metrics.catalogue.declaration import Metric
from botlens.metrics.dimension import Dimension
from botlens.metrics.dimensions import DIMENSIONS
from botlens.metrics.values import Text
from botlens.query.filters import suggestion
from botlens.query.given import flag, names

ADDITIONS = ("totals", "n", "change", "labels", "wording")
"""Their keys in a request."""


@dataclass(frozen=True, slots=True)
class Additions:
    """What an answer has beside its rows.

    Attributes:
        totals: the values of the whole.
        n: what values stand on, of these metrics.
        change: how values have changed, of these metrics, if they are compared.
        labels: what people know the values of dimensions by.
        wording: how people wrote the questions of the rows: `labels` by its old name.
    """

    totals: bool
    n: frozenset[str]
    change: frozenset[str]
    labels: bool
    wording: bool

    @classmethod
    def parse(
        cls,
        body: Mapping[str, Any],
        metrics: Sequence[Metric],
        dimensions: Sequence[Dimension],
        *,
        has_n: bool,
    ) -> "Additions":
        """From a request; its other keys are not looked at.

        Args:
            body: the JSON of the request.
            metrics: that it asks for.
            dimensions: that it asks for.
            has_n: whether `n` is true where the request has none.

        Raises:
            InvalidError: something is not of its type, or does not go with what is asked for.
        """
        asked = [each.name for each in metrics]
        return cls(
            _totals(body.get("totals"), metrics),
            _some(body.get("n"), "n", asked, unsaid=has_n),
            _some(body.get("change"), "change", asked, unsaid=True),
            flag(body.get("labels"), "labels"),
            _wording(body.get("wording"), dimensions),
        )


def _totals(given: Any, metrics: Sequence[Metric]) -> bool:
    if not flag(given, "totals"):
        return False
    for metric in metrics:
        if metric.measure is None:
            (needed,) = metric.by
            raise InvalidError(
                f"`{metric.name}` has no total: it is only there by `{needed}`. Leave `totals` out, or ask "
                "for it alone.",
                code="impossible_pairing",
                field="totals",
            )
    return True


def _some(given: Any, field: str, asked: Sequence[str], *, unsaid: bool) -> frozenset[str]:
    """All, none or some of the metrics that are asked for."""
    given = unsaid if given is None else given
    if isinstance(given, bool):
        return frozenset(asked if given else ())
    named = names(given, field, len(asked))
    for name in named:
        if name not in asked:
            raise InvalidError(
                f"`{field}` is true, false, or some of the metrics that are asked for; `{name[:50]}` is none "
                f"of them: {suggestion(name, asked)}",
                code="unknown_metric",
                field=field,
            )
    return frozenset(named)


def _wording(given: Any, dimensions: Sequence[Dimension]) -> bool:
    if not flag(given, "wording"):
        return False
    if not any(each.text is Text.QUESTION for each in dimensions):
        worded = [each.name for each in DIMENSIONS.values() if each.text is Text.QUESTION]
        needed = " or ".join(f"`{name}`" for name in worded)
        raise InvalidError(
            f"`wording` goes with the dimension {needed}.", code="impossible_pairing", field="wording"
        )
    return True
