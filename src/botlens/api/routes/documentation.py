"""`/docs`: a page to read about the API and to try it, with nothing from anywhere else.

Swagger UI comes with a Python package (`fastapi-offline`), of which only the files are used: the page that
the package makes has a script in it, which the policy of this one does not allow.
"""

from collections.abc import Awaitable, Callable
from html import escape
from importlib.resources import files
from string import Template
from types import MappingProxyType
from typing import Final

from fastapi import APIRouter, Request, Response

from botlens.api.responses import ErrorRoute
from botlens.api.validators import REVALIDATED, is_known, not_modified, validator_of

_POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self' 'unsafe-inline'",  # Swagger UI sets styles on what it draws
        "img-src 'self' data:",
        "connect-src 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "form-action 'self'",
    )
)
_HEADERS: Final = MappingProxyType(
    {
        "Content-Security-Policy": _POLICY,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
    }
)
_OURS = files("botlens.api") / "pages"
_SWAGGER = files("fastapi_offline") / "static"
_FILES: Final = MappingProxyType(
    {
        "swagger-ui.css": (_SWAGGER, "text/css"),
        "swagger-ui-bundle.js": (_SWAGGER, "text/javascript"),
        "start.js": (_OURS, "text/javascript"),
    }
)


def documentation_router() -> APIRouter:
    """The page and its files; they need no credentials and tell nothing of a company."""
    router = APIRouter(prefix="/docs", route_class=ErrorRoute, include_in_schema=False)
    page = Template((_OURS / "docs.html").read_text(encoding="utf-8"))

    @router.get("")
    async def docs(request: Request) -> Response:
        """The page."""
        root = escape(str(request.scope.get("root_path", "")).rstrip("/"))
        return Response(page.substitute(root=root), headers=dict(_HEADERS), media_type="text/html")

    for name, (folder, kind) in _FILES.items():
        router.add_api_route(f"/{name}", _file((folder / name).read_bytes(), kind), methods=["GET"])
    return router


def _file(content: bytes, kind: str) -> Callable[[Request], Awaitable[Response]]:
    validator = validator_of(content)

    async def file(request: Request) -> Response:
        if is_known(request, validator):
            return not_modified(validator)
        headers = {"ETag": validator, "Cache-Control": REVALIDATED, **_HEADERS}
        return Response(content, headers=headers, media_type=kind)

    return file
