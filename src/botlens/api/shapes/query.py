"""The shapes of queries and their answers, for OpenAPI (and so for the types of the web page)."""

from typing import Any, NotRequired

from typing_extensions import TypedDict

Span = TypedDict("Span", {"from": str | None, "to": str | None}, total=False)
"""Local dates (`to` included) or times with an offset (`to` excluded); null is open."""


class QueryBody(TypedDict):
    """What is asked: metrics by dimensions, of which conversations."""

    metrics: list[str]
    dimensions: NotRequired[list[str]]
    chatbots: NotRequired[list[str]]
    period: NotRequired[str | dict[str, str | None]]
    timezone: NotRequired[str]
    filters: NotRequired[dict[str, Any] | list[dict[str, Any]]]
    compare: NotRequired[str | dict[str, str | None]]
    order_by: NotRequired[str | list[str]]
    limit: NotRequired[int]
    resolution_hours: NotRequired[int]
    wording: NotRequired[bool]


class StandsOn(TypedDict, total=False):
    """What a value stands on: a rate and a ratio have both terms, a middle has how many values."""

    numerator: float
    denominator: int
    interval: list[float] | None
    n: int


class QueryMeta(TypedDict):
    """What the rows are about, and what they leave out."""

    timezone: str
    window: Span
    rows_total: int
    n: dict[str, list[StandsOn]]
    excluded: dict[str, int]
    definition_version: int
    freshness: str | None
    wording: NotRequired[dict[str, str]]
    filled: NotRequired[bool]


class Compared(TypedDict):
    """The other period: its i-th row is the counterpart of the i-th row of the answer."""

    window: Span
    rows: list[dict[str, Any]]
    n: dict[str, list[StandsOn]]


class QueryAnswer(TypedDict):
    """Rows with named columns, and what they stand on."""

    rows: list[dict[str, Any]]
    compare: NotRequired[Compared]
    meta: QueryMeta


class MetricShape(TypedDict):
    """One metric of the catalogue."""

    name: str
    label: str
    group: str
    definition: str
    unit: str
    kind: str
    adds_up: str
    dimensions: list[str]
    excluded: list[str]


class DimensionShape(TypedDict):
    """One dimension of the catalogue."""

    name: str
    label: str
    definition: str
    partitions: bool
    order: str


class FieldShape(TypedDict):
    """One field that conversations can be filtered by."""

    name: str
    definition: str
    type: str
    operators: list[str]
    nullable: bool


class CatalogueShape(TypedDict):
    """All that can be asked."""

    definition_version: int
    metrics: list[MetricShape]
    dimensions: list[DimensionShape]
    filters: list[FieldShape]
    periods: list[str]
