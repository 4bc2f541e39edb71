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

ADDITIONS = ("totals", "n", "labels", "wording")
"""Their keys in a request."""


@dataclass(frozen=True, slots=True)
class Additions:
    """What an answer has beside its rows.

    Attributes:
        totals: the values of the whole.
        n: what values stand on, of these metrics.
        labels: what people know the values of dimensions by.
        wording: how people wrote the questions of the rows: `labels` by its old name.
    """

    totals: bool
    n: frozenset[str]
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
        return cls(
            _totals(body.get("totals"), metrics),
            _n(body.get("n"), [each.name for each in metrics], has_n=has_n),
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


def _n(given: Any, asked: Sequence[str], *, has_n: bool) -> frozenset[str]:
    given = has_n if given is None else given
    if isinstance(given, bool):
        return frozenset(asked if given else ())
    named = names(given, "n", len(asked))
    for name in named:
        if name not in asked:
            raise InvalidError(
                f"`n` is true, false, or some of the metrics that are asked for; `{name[:50]}` is none of "
                f"them: {suggestion(name, asked)}",
                code="unknown_metric",
                field="n",
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
