"""The shape of errors, for OpenAPI."""

from typing import NotRequired

from typing_extensions import TypedDict


class ErrorDetail(TypedDict):
    """What is wrong and what to do. The last three are of 402: what is lacking, and what would have it."""

    code: str
    message: str
    field: NotRequired[str]
    feature: NotRequired[str]
    needs_plan: NotRequired[str | None]
    oldest_allowed: NotRequired[str]


class ErrorBody(TypedDict):
    """The one shape of every error.

    `detail` is the message again; `field` names the parameter or setting where there is one.
    """

    detail: str
    error: ErrorDetail
