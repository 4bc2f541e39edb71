"""The shapes of answers: for the code that makes them, and for OpenAPI (and so the types of the web page)."""

from typing import Literal, NotRequired

from typing_extensions import TypedDict

from botlens.metrics.catalogue.declaration import Better, CountedAs, Kind
from botlens.metrics.changes import Unsaid
from botlens.metrics.dimension import Order
from botlens.metrics.values import Align, Type
from botlens.query.beginnings import Recorded
from botlens.query.comparison import Earlier

Value = str | int | float | None
"""What is in a cell. The catalogue says the type of each dimension and metric."""

RowObject = dict[str, Value]
"""Each dimension, then each metric, by its name."""

Edges = TypedDict("Edges", {"from": str | None, "to": str | None})
"""A window: instants, the first included, the second not; null is open."""


class RateBasis(TypedDict):
    """What a rate stands on, and the interval that the true rate lies in 95 times of 100."""

    numerator: int
    denominator: int
    interval: list[float] | None


class RatioBasis(TypedDict):
    """What a ratio stands on."""

    numerator: int | float
    denominator: int


class OrderBasis(TypedDict):
    """Of how many values a median or percentile is one."""

    n: int


Basis = RateBasis | RatioBasis | OrderBasis


class Incomplete(TypedDict):
    """The units of a dimension of dates that are not known whole; null: there is none."""

    first: str | None
    last: str | None


class ComparedMeta(TypedDict):
    """What the rows are compared with, and how that was chosen.

    `period` is null of a window of its own. `known`: how much of the window is not before the first
    conversation of the chatbots that are asked for: `whole`, `part`, `nothing`. What happened later in the
    conversations of the earlier period (messages, ratings, returns) is counted: up to `as_of`, as in those of
    the period itself.
    """

    period: Earlier | None
    align: Align | None
    window: Edges
    known: Recorded
    later_events: Literal["counted"]


class QueryMeta(TypedDict):
    """What the rows are about, and what they leave out.

    `uncounted`, where there are any: the chatbots of which events were loaded that no row counts yet.
    `recounting`, where there are any: the chatbots that get another threshold, of which some conversations
    may be counted with the one of before.
    """

    timezone: str
    as_of: str
    window: Edges
    incomplete: dict[str, Incomplete]
    compared: NotRequired[ComparedMeta]
    rows_total: int
    n: dict[str, list[Basis]]
    excluded: dict[str, int]
    definition_version: int
    freshness: str | None
    labels: NotRequired[dict[str, dict[str, str]]]
    wording: NotRequired[dict[str, str]]
    filled: NotRequired[bool]
    uncounted: NotRequired[list[str]]
    recounting: NotRequired[list[str]]


class ChangeShape(TypedDict):
    """From the value of the other period to that of this one.

    `relative` is null of rates, and where there was nothing. `interval` is that of the absolute change.
    `distinguishable`: whether chance alone seldom makes such a change; null if that cannot be said. `unsaid`
    says why something is not said.
    """

    absolute: float | None
    relative: float | None
    interval: list[float] | None
    distinguishable: bool | None
    unsaid: Unsaid | None


class Compared(TypedDict):
    """The other period: its i-th row is the counterpart of the i-th row of the answer.

    `change` is of the metrics that are asked for it, and absent if none are.
    """

    window: Edges
    rows: list[RowObject]
    n: dict[str, list[Basis]]
    change: NotRequired[dict[str, list[ChangeShape]]]


class ComparedTotals(TypedDict):
    """The whole of the other period, and how the whole has changed since."""

    row: RowObject
    n: dict[str, Basis]
    change: NotRequired[dict[str, ChangeShape]]


class Totals(TypedDict):
    """Each metric of the whole: of all conversations of the answer at once, never added up from its rows."""

    row: RowObject
    n: dict[str, Basis]
    compare: NotRequired[ComparedTotals]


class QueryAnswer(TypedDict):
    """Rows with named columns, and what they stand on."""

    rows: list[RowObject]
    totals: NotRequired[Totals]
    compare: NotRequired[Compared]
    meta: QueryMeta


class DrillShape(TypedDict):
    """How a figure opens into the conversations behind it: `GET /v1/conversations` with `metric`.

    Each value of its row becomes a filter, by the field that is called like the dimension, or by the one
    that `fields` names for it. `total` says which number of the figure that of the list is: its `value`, or
    what it stands on; null where the figure counts something else than conversations.
    """

    total: CountedAs | None
    fields: dict[str, str]


class FieldValue(TypedDict):
    """A value that some conversations have, what people know it by, and how many conversations they are."""

    value: str | int | bool | None
    label: str | None
    conversations: int


class WindowMeta(TypedDict):
    """Which conversations an answer is about."""

    timezone: str
    window: Edges


class FieldValues(TypedDict):
    """The most frequent values of a field, and how many there are in all."""

    values: list[FieldValue]
    total: int
    meta: WindowMeta


class MetricShape(TypedDict):
    """One metric of the catalogue."""

    name: str
    label: str
    short: str
    group: str
    definition: str
    unit: str
    type: Type
    better: Better
    kind: Kind
    adds_up: str
    dimensions: list[str]
    excluded: list[str]
    when_null: str | None
    drill: DrillShape


class DimensionShape(TypedDict):
    """One dimension of the catalogue."""

    name: str
    label: str
    short: str
    definition: str
    type: Type
    operators: list[str]
    nullable: bool
    labelled: bool
    partitions: bool
    order: Order


class FieldShape(TypedDict):
    """One field that conversations can be filtered by; `of_cohorts`: only behind a metric of cohorts."""

    name: str
    label: str
    definition: str
    type: Type
    operators: list[str]
    nullable: bool
    labelled: bool
    of_cohorts: bool


class LeftOutShape(TypedDict):
    """Something that answers leave out: its name, and the words for one and for many of it."""

    name: str
    one: str
    many: str
    definition: str


class CatalogueShape(TypedDict):
    """All that can be asked."""

    definition_version: int
    metrics: list[MetricShape]
    dimensions: list[DimensionShape]
    filters: list[FieldShape]
    left_out: list[LeftOutShape]
    periods: list[str]
    comparisons: list[str]
