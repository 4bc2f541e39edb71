"""The catalogue as plain values: what `/v1/metrics` answers and the reference is generated from."""

from typing import Any

from botlens.metrics.catalogue import GROUPS
from botlens.metrics.catalogue.declaration import HOW_IT_ADDS_UP, Metric
from botlens.metrics.dimensions import COHORT, DIMENSIONS
from botlens.metrics.facts import DEFINITION_VERSION
from botlens.metrics.fields import FIELDS

PERIODS = ("today", "7d", "30d", "90d", "week", "month", "12mo", "all")


def allowed_dimensions(metric: Metric) -> list[str]:
    """The dimensions that a metric can be split by."""
    found = []
    if metric.measure is not None:
        found = [each.name for each in DIMENSIONS.values() if each.partitions]
    for name in metric.by:
        found += COHORT if name in COHORT else [name]
    return found


def description() -> dict[str, Any]:
    """Metrics, dimensions, fields of filters and periods."""
    return {
        "definition_version": DEFINITION_VERSION,
        "metrics": [
            {
                "name": metric.name,
                "label": metric.label,
                "group": group,
                "definition": metric.definition,
                "unit": metric.unit,
                "kind": metric.kind.value,
                "adds_up": HOW_IT_ADDS_UP[metric.kind],
                "dimensions": allowed_dimensions(metric),
                "excluded": list(metric.excluded),
            }
            for group, metrics in GROUPS.items()
            for metric in metrics
        ],
        "dimensions": [
            {
                "name": each.name,
                "label": each.label,
                "definition": each.definition,
                "partitions": each.partitions,
                "order": each.order.value,
            }
            for each in DIMENSIONS.values()
        ],
        "filters": [
            {
                "name": each.name,
                "definition": each.definition,
                "type": each.type.value,
                "operators": list(each.operators),
                "nullable": each.nullable,
            }
            for each in FIELDS.values()
        ],
        "periods": list(PERIODS),
    }
