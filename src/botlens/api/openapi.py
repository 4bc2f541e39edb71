"""The description of the API: what the routes say of themselves, and what holds for many of them."""

import re
from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from botlens.api.shapes import events, query

_METHODS: Final = ("get", "put", "post", "delete", "patch", "head")
_OPEN: Final = ("/healthz", "/readyz", "/metrics", "/v1/session", "/v1/session/peek")
_SCHEMES: Final[dict[str, dict[str, str]]] = {
    "ApiKey": {
        "type": "http",
        "scheme": "bearer",
        "description": "An API key, `blk_...`: it belongs to one company and carries scopes. "
        "`botlens key create` makes one.",
    },
    "Jwt": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "A token of the host's login, which names a user.",
    },
    "Session": {
        "type": "apiKey",
        "in": "cookie",
        "description": "The cookie of somebody who is logged in (`POST /v1/session`), from pages of this "
        "server alone.",
    },
}


def describe(app: FastAPI, cookie: str) -> None:
    """Have an app tell, at `/openapi.json`, who may call what, and what the body of events is.

    Args:
        app: the app.
        cookie: the name of the session's cookie.
    """

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _document(app, cookie)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]  # the way that FastAPI documents


def _document(app: FastAPI, cookie: str) -> dict[str, Any]:
    document = get_openapi(
        title=app.title,
        version=app.version,
        summary=app.summary,
        license_info=app.license_info,
        routes=app.routes,
    )
    components = document.setdefault("components", {})
    components["securitySchemes"] = {**_SCHEMES, "Session": {**_SCHEMES["Session"], "name": cookie}}
    components.setdefault("schemas", {}).update(events.schemas() | query.question_schemas())
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            operation["summary"] = _in_words(operation["operationId"])
            if method in _METHODS and path not in _OPEN:
                operation["security"] = [{name: []} for name in _SCHEMES]
    return document


def _in_words(name: str) -> str:
    """`listChatbots` as a title. FastAPI makes one of the function's name, which says little."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).capitalize()
