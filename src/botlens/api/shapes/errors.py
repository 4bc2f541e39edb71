"""The shape of errors, for OpenAPI."""

from typing import NotRequired

from typing_extensions import TypedDict


class ErrorDetail(TypedDict):
    """What is wrong and what to do."""

    code: str
    message: str
    field: NotRequired[str]


class ErrorBody(TypedDict):
    """The one shape of every error.

    `detail` is the message again; `field` names the parameter or setting where there is one.
    """

    detail: str
    error: ErrorDetail
