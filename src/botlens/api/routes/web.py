"""The web page: the same file at every address of a page, and the files that it needs.

These addresses and no others: what is of the API, and what is of nobody, is never answered with the page.
"""

from collections.abc import Callable, Sequence
from typing import Final

import structlog
from fastapi import APIRouter, Request, Response

from botlens.api.auth.public_address import PublicAddress
from botlens.api.packing import takes_gzip
from botlens.api.responses import ErrorRoute
from botlens.api.validators import is_known, validator_of
from botlens.errors import BotlensError, ForbiddenError, NotFoundError
from botlens.web.instead import MISSING, no_link_page, not_now_page, refusal_page
from botlens.web.policy import ALWAYS, instead_headers, page_headers
from botlens.web.site import File, Site

log = structlog.get_logger(__name__)

_FOREVER: Final = "public, max-age=31536000, immutable"
_REVALIDATED: Final = "no-cache"  # anybody may keep it, it tells nothing of a company
_HASHED: Final = "assets/"

FramedBy = Callable[[str], Sequence[str] | None]
"""The origins whose pages may frame an embed link, by its public id; None: there is no such link."""

_ANYBODY: Final = "*"
"""Who may frame what stands there where no link is: it runs nothing and reads nothing, so that nobody can
see anything by it, while a browser that may not frame it would show an error of its own."""


def web_router(site: Site | None, address: PublicAddress, framed_by: FramedBy) -> APIRouter:
    """The page and its files; they need no credentials and tell nothing of a company.

    Args:
        site: the page; None if it was not built, which every address of a page then says.
        address: where browsers find it: at another one the page says so.
        framed_by: asked at each request for the page of an embed link.
    """
    router = APIRouter(route_class=ErrorRoute, include_in_schema=False)

    @router.get("/")
    @router.get("/login")
    @router.get("/c/{company}")
    @router.get("/c/{company}/{rest:path}")
    async def page(request: Request) -> Response:
        """The page, which finds out from its address what to show."""
        return _page(site, address, request)

    @router.get("/embed/{link}")
    def embed(request: Request, link: str) -> Response:
        """The page, for a frame in pages of the origins that the link names."""
        accepted = request.headers.get("accept-language", "")
        try:
            origins = framed_by(link)
        except BotlensError as error:  # the accounts do not answer: whoever looks sees a sentence, not JSON
            log.warning("embed_link_not_looked_up", code=error.code)
            return _instead(not_now_page(accepted), 503, _ANYBODY)
        if origins is None:
            return _instead(no_link_page(accepted), 404, _ANYBODY)
        return _page(site, address, request, origins)

    @router.get("/assets/{name}")
    async def asset(request: Request, name: str) -> Response:
        """A file whose name changes with its content."""
        return _file(site, f"{_HASHED}{name}", request)

    @router.get("/favicon.svg")
    async def icon(request: Request) -> Response:
        """The sign of the page in tabs."""
        return _file(site, "favicon.svg", request)

    return router


def _page(
    site: Site | None, address: PublicAddress, request: Request, framed_by: Sequence[str] = ()
) -> Response:
    try:
        address.check_host(request)
    except ForbiddenError as error:
        return _instead(refusal_page(error.message), error.status)
    if site is None:
        return _instead(MISSING, 503)
    headers = page_headers(framed_by)
    content = site.page(str(request.scope.get("root_path", "")).rstrip("/"))
    # Who may frame it is part of what a browser keeps.
    validator = validator_of(content + headers["Content-Security-Policy"].encode())
    headers |= {"Cache-Control": _REVALIDATED, "ETag": validator}
    if is_known(request, validator):
        return Response(status_code=304, headers=headers)
    return Response(content, headers=headers, media_type="text/html")


def _instead(content: bytes, status: int, framed_by: str = "'none'") -> Response:
    return Response(content, status, instead_headers(framed_by), "text/html")


def _file(site: Site | None, name: str, request: Request) -> Response:
    file = site.files.get(name) if site else None
    if file is None:
        raise NotFoundError("There is nothing at this address; /docs lists what there is.", code="not_found")
    headers = {
        **ALWAYS,
        "ETag": file.validator,
        "Cache-Control": _FOREVER if name.startswith(_HASHED) else _REVALIDATED,
    }
    if is_known(request, file.validator):
        return Response(status_code=304, headers=headers)
    return _sent(file, request, headers)


def _sent(file: File, request: Request, headers: dict[str, str]) -> Response:
    """The file, packed if it is and whoever asks takes that."""
    if file.packed is None or not takes_gzip(request.scope):
        return Response(file.content, headers=headers, media_type=file.kind)  # `Vary` is added around it
    packed = {**headers, "Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
    return Response(file.packed, headers=packed, media_type=file.kind)
