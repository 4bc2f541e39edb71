"""The shape of the body of a query, for OpenAPI (and so for the types of the web page)."""

from typing import Any, Literal, NotRequired

from typing_extensions import TypedDict


class QueryBody(TypedDict):
    """What is asked: metrics by dimensions, of which conversations."""

    metrics: list[str]
    dimensions: NotRequired[list[str]]
    chatbots: NotRequired[list[str]]
    period: NotRequired[str | dict[str, str | None]]
    timezone: NotRequired[str]
    filters: NotRequired[dict[str, Any] | list[dict[str, Any]]]
    compare: NotRequired[str | dict[str, str | None]]
    align: NotRequired[Literal["weekday"]]
    order_by: NotRequired[str | list[str]]
    limit: NotRequired[int]
    resolution_hours: NotRequired[int]
    labels: NotRequired[bool]
    wording: NotRequired[bool]
