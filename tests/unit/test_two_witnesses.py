"""Every number has a second witness: what the catalogue declares, the oracle computes, and nothing else.

A metric, a dimension or a field of filters that only one of the two knows is compared by no property.
"""

import pytest

from botlens.metrics.catalogue import METRICS
from botlens.metrics.catalogue.declaration import Kind
from botlens.metrics.dimensions import DIMENSIONS
from botlens.metrics.facts import DEFINITION_VERSION
from botlens.metrics.fields import FIELDS
from tests.oracle import answers, cohorts, dimensions, filter_strategies, filters, metrics, query_strategies


def computed() -> set[str]:
    """Every metric that the oracle computes."""
    named = (metrics.COUNTS, metrics.SUMS, metrics.OTHER_NUMBERS, metrics.RATIOS, metrics.RATES)
    return {
        name for names in (*named, metrics.MEDIANS, metrics.PERCENTILES, cohorts.METRICS) for name in names
    }


def test_metrics() -> None:
    """Each is computed twice, and asked for by the property that looks at each metric."""
    assert computed() == set(METRICS)
    assert sorted(query_strategies.EVERY_METRIC) == sorted(METRICS)


def test_dimensions() -> None:
    """Each is computed twice."""
    assert {*dimensions.PARTITIONS, *dimensions.SPECIAL, *dimensions.COHORTS} == set(DIMENSIONS)


def test_filters() -> None:
    """Each field is computed twice, and the properties filter by it with every operator that it takes."""
    assert {name for name, field in FIELDS.items() if field.of_cohorts} == filters.OF_COHORTS
    assert set(FIELDS) == filters.FIELDS | filters.OF_COHORTS
    declared = {name: set(field.operators) for name, field in FIELDS.items() if not field.of_cohorts}
    assert filter_strategies.operators() == declared


@pytest.mark.parametrize("kind", [Kind.COUNT, Kind.SUM, Kind.RATE, Kind.MEDIAN, Kind.PERCENTILE])
def test_how_metrics_add_up(kind: Kind) -> None:
    """What the oracle adds up over parts, and what it never does, is what the declarations say."""
    known = {
        Kind.COUNT: {*metrics.COUNTS, "reached"},
        Kind.SUM: metrics.SUMS,
        Kind.RATE: {*metrics.RATES, "retention_rate"},
        Kind.MEDIAN: metrics.MEDIANS,
        Kind.PERCENTILE: metrics.PERCENTILES,
    }
    assert {name for name, each in METRICS.items() if each.kind is kind} == set(known[kind])


def test_what_is_left_out() -> None:
    """Each name that an answer may carry in `meta.excluded` is counted twice."""
    declared = {
        name: {part.name for part in each.excluded} for name, each in METRICS.items() if each.excluded
    }
    assert declared == {name: set(counted) for name, counted in metrics.EXCLUDED.items()}


def test_definition_version() -> None:
    """Both speak of the same definitions."""
    assert answers.DEFINITION_VERSION == DEFINITION_VERSION
