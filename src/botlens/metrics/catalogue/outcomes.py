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
        definition="The sum of the values of outcomes; one without a value adds nothing.",
        unit="value",
        better=Better.UP,
        kind=Kind.SUM,
        measure=Measure("sum(arraySum(outcome_values))"),
        by={"outcome": Measure("sum(item.4)", field="valued_outcome")},
        contributing="arrayExists(v -> v != 0, outcome_values)",
    ),
)
