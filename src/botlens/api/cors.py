"""CORS: which pages of other origins may ask. They send a key or a JWT, and never a cookie."""

from collections.abc import Collection
from typing import Final

from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

_METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
_SENT: Final = (
    *("Authorization", "Content-Encoding", "Content-Type", "If-None-Match", "Last-Event-ID"),
    *("X-Botlens-Company", "X-Request-Id"),
)
_READ: Final = ("ETag", "Retry-After", "X-Request-Id", "Content-Disposition")


class CrossOrigin:
    """An app that pages of some origins may ask. Requests of no page go past all this.

    Args:
        app: answers.
        origins: as browsers send them; `*` is any.
    """

    def __init__(self, app: ASGIApp, origins: Collection[str]) -> None:
        self._app = app
        self._for_pages = CORSMiddleware(
            app,
            allow_origins=frozenset(origins),
            allow_methods=_METHODS,
            allow_headers=_SENT,
            expose_headers=_READ,
            allow_credentials=False,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        app = self._app
        if scope["type"] == "http":
            for name, _ in scope["headers"]:
                if name == b"origin":
                    app = self._for_pages
        await app(scope, receive, send)
