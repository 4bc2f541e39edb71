"""The statuses that errors have, for OpenAPI: what each means, and what an answer with it looks like."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from botlens.api.shapes.errors import ErrorBody

Responses = dict[int | str, dict[str, Any]]

_MEANINGS: Final[Mapping[int, tuple[str, str, str]]] = MappingProxyType(
    {
        400: ("The request cannot be read at all.", "invalid_json", "The body is not JSON."),
        401: (
            "No credentials, or bad ones.",
            "missing_credentials",
            "Send `Authorization: Bearer` with an API key or a JWT.",
        ),
        402: (
            "The company's plan does not include it, or not that far back.",
            "plan_required",
            "The plan 'free' does not include analytics.",
        ),
        403: (
            "The credentials are good but lack the scope.",
            "missing_scope",
            "This needs the scope 'read', which your credentials lack. Use an API key that has it.",
        ),
        404: (
            "No company, or no such thing of the caller's.",
            "unknown_chatbot",
            "There is no such chatbot.",
        ),
        408: (
            "The request came too slowly.",
            "request_timeout",
            "The request came too slowly; send it again.",
        ),
        409: (
            "Somebody else changed it meanwhile.",
            "version_conflict",
            "This gap was changed meanwhile: it is of version 4 now. Read it again, and decide anew.",
        ),
        413: ("More than a request may carry.", "too_large", "A query has at most 1 MiB."),
        415: (
            "A content type or encoding that botlens does not read.",
            "unsupported_content_type",
            "Send application/json or application/x-ndjson.",
        ),
        422: (
            "A value that was understood but cannot be right.",
            "invalid_parameter",
            "`tz` is no IANA name.",
        ),
        429: (
            "The company asks more at once than it may; ask again after `Retry-After` seconds.",
            "too_many_questions",
            "Your company asks too much at once. Ask again after Retry-After.",
        ),
        431: (
            "The head of the request is too large.",
            "head_too_large",
            "The head of a request has at most 64 KiB.",
        ),
        500: (
            "A fault of botlens; its log says what.",
            "internal_error",
            "Something went wrong inside botlens; the log of the server says what.",
        ),
        503: (
            "Too much at once, or a store does not answer; nothing was kept. See `Retry-After`.",
            "overloaded",
            "Too many events are waiting to be written; send them again later.",
        ),
    }
)
_RETRY_AFTER = {"Retry-After": {"schema": {"type": "integer"}, "description": "Seconds to wait."}}
_CHALLENGE = {"WWW-Authenticate": {"schema": {"type": "string"}, "description": "`Bearer`."}}
_HEADERS = {401: _CHALLENGE, 429: _RETRY_AFTER, 503: _RETRY_AFTER}

ANY: Final = (400, 401, 403, 404, 408, 431, 500, 503)
"""What any route that needs credentials may answer."""


def errors(*statuses: int) -> Responses:
    """The `responses` of a route that may answer errors of these statuses, and those of `ANY`.

    FastAPI makes validators of each model of each route, which took half of the making of an app: one answer
    of a route brings the model into the document, and the others refer to it.
    """
    return {
        status: response(status) if status == ANY[0] else _referring(response(status))
        for status in sorted({*statuses, *ANY})
    }


def _referring(response: dict[str, Any]) -> dict[str, Any]:
    """The answer, told without the model."""
    model: type[ErrorBody] = response.pop("model")
    for content in response["content"].values():
        content["schema"] = {"$ref": f"#/components/schemas/{model.__name__}"}
    return response


def response(status: int) -> dict[str, Any]:
    """What an answer with an error of this status is."""
    description, code, message = _MEANINGS[status]
    example = {"detail": message, "error": {"code": code, "message": message}}
    response: dict[str, Any] = {
        "model": ErrorBody,
        "description": description,
        "content": {"application/json": {"example": example}},
    }
    if status in _HEADERS:
        response["headers"] = _HEADERS[status]
    return response


NOT_MODIFIED: Final[Responses] = {
    304: {"description": "What the client has (`If-None-Match`) is still the answer."}
}
