"""The catalogue: what can be measured. One declaration each; API, docs and tests follow it."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from botlens.metrics.catalogue.behaviour import BEHAVIOUR
from botlens.metrics.catalogue.declaration import LeftOut, Metric
from botlens.metrics.catalogue.left_out import TESTS
from botlens.metrics.catalogue.outcomes import OUTCOMES
from botlens.metrics.catalogue.quality import QUALITY
from botlens.metrics.catalogue.satisfaction import SATISFACTION
from botlens.metrics.catalogue.speed import SPEED
from botlens.metrics.catalogue.volume import VOLUME

GROUPS: Final[Mapping[str, tuple[Metric, ...]]] = MappingProxyType(
    {
        "Volume": VOLUME,
        "Quality": QUALITY,
        "Satisfaction": SATISFACTION,
        "Speed": SPEED,
        "Outcomes": OUTCOMES,
        "Behaviour": BEHAVIOUR,
    }
)

METRICS: Final[Mapping[str, Metric]] = MappingProxyType(
    {metric.name: metric for group in GROUPS.values() for metric in group}
)

LEFT_OUT: Final[Mapping[str, LeftOut]] = MappingProxyType(
    {each.name: each for each in (TESTS, *(each for metric in METRICS.values() for each in metric.excluded))}
)
"""All that answers may say was left out."""
