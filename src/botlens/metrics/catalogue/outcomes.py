"""Outcomes: what conversations lead to."""

from botlens.metrics.catalogue.declaration import (
    ALL,
    GROUP_TOTAL,
    Better,
    Kind,
    Measure,
    Metric,
    count,
    rate,
    total,
)

_PARTS = "1e9"
"""Into so many parts a value of one falls; less than half of one is not added."""


def _exact_sum(value: str) -> str:
    """SQL, a sum of fractions that is the same in whatever order rows are read.

    Sums of floats are not, in their last digits. Whole parts are added as floats, which is exact below 2^53;
    what is behind the point is added as whole numbers of billionths.
    """
    behind = f"toInt64(round(({value} - trunc({value})) * {_PARTS}))"
    return f"sum(trunc({value})) + sum({behind}) / {_PARTS}"


OUTCOMES: tuple[Metric, ...] = (
    count(
        "conversions",
        "Conversions",
        "Conversations with an outcome, each counted once; by outcome: with that outcome.",
        "notEmpty(outcome_names)",
        better=Better.UP,
        by={"outcome": Measure(ALL)},
    ),
    rate(
        "conversion_rate",
        "Conversion rate",
        "Conversations with an outcome (by outcome: with that outcome), of all conversations.",
        "notEmpty(outcome_names)",
        better=Better.UP,
        by={"outcome": Measure(ALL, GROUP_TOTAL)},
    ),
    total(
        "outcomes",
        "Outcomes",
        "Outcomes; a conversation may have several, of one name too.",
        "outcomes",
        "length(outcome_names)",
        better=Better.UP,
        by={"outcome": Measure("sum(item.3)")},
    ),
    Metric(
        name="outcome_value",
        label="Outcome value",
        short="Value",
        definition="The sum of the values of outcomes, to nine decimals; one without a value adds nothing.",
        unit="value",
        better=Better.UP,
        kind=Kind.SUM,
        measure=Measure(_exact_sum("arraySum(outcome_values)")),
        by={"outcome": Measure(_exact_sum("item.4"), field="valued_outcome")},
        contributing="arrayExists(v -> v != 0, outcome_values)",
    ),
)
