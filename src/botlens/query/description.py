"""The catalogue as plain values: what `/v1/metrics` answers and the reference is generated from."""

from botlens.metrics.catalogue import GROUPS, LEFT_OUT
from botlens.metrics.catalogue.declaration import HOW_IT_ADDS_UP, Metric
from botlens.metrics.dimension import Dimension
from botlens.metrics.dimensions import COHORT, DIMENSIONS
from botlens.metrics.facts import DEFINITION_VERSION
from botlens.metrics.fields import FIELDS, Field
from botlens.query.comparison import Earlier
from botlens.query.period import PERIOD_NAMES
from botlens.query.shapes import CatalogueShape, DimensionShape, DrillShape, FieldShape, MetricShape


def allowed_dimensions(metric: Metric) -> list[str]:
    """The dimensions that a metric can be split by."""
    found = []
    if metric.measure is not None:
        found = [each.name for each in DIMENSIONS.values() if each.partitions]
    for name in metric.by:
        found += COHORT if name in COHORT else [name]
    return found


def description() -> CatalogueShape:
    """Metrics, dimensions, fields of filters, what is left out, periods, and what they are compared with."""
    return {
        "definition_version": DEFINITION_VERSION,
        "metrics": [_metric(each, group) for group, metrics in GROUPS.items() for each in metrics],
        "dimensions": [_dimension(each) for each in DIMENSIONS.values()],
        "filters": [_field(each) for each in FIELDS.values()],
        "left_out": [
            {"name": each.name, "one": each.one, "many": each.many, "definition": each.definition}
            for each in LEFT_OUT.values()
        ],
        "periods": list(PERIOD_NAMES),
        "comparisons": [each.value for each in Earlier],
    }


def _metric(metric: Metric, group: str) -> MetricShape:
    return {
        "name": metric.name,
        "label": metric.label,
        "short": metric.short,
        "group": group,
        "definition": metric.definition,
        "unit": metric.unit,
        "type": metric.type,
        "better": metric.better,
        "kind": metric.kind,
        "adds_up": HOW_IT_ADDS_UP[metric.kind],
        "dimensions": allowed_dimensions(metric),
        "excluded": [each.name for each in metric.excluded],
        "when_null": metric.when_null,
        "drill": _drill(metric),
    }


def _drill(metric: Metric) -> DrillShape:
    """How a figure opens into conversations: see the shape."""
    return {
        "total": metric.total,
        "fields": {name: measure.field for name, measure in metric.by.items() if measure.field},
    }


def _dimension(dimension: Dimension) -> DimensionShape:
    return {
        "name": dimension.name,
        "label": dimension.label,
        "short": dimension.short,
        "definition": dimension.definition,
        "type": dimension.type,
        "operators": list(dimension.operators),
        "nullable": dimension.nullable,
        "labelled": dimension.text.is_labelled,
        "partitions": dimension.partitions,
        "order": dimension.order,
    }


def _field(field: Field) -> FieldShape:
    return {
        "name": field.name,
        "label": field.label,
        "definition": field.definition,
        "type": field.type,
        "operators": list(field.operators),
        "nullable": field.nullable,
        "labelled": field.text.is_labelled,
        "of_cohorts": field.of_cohorts,
    }
