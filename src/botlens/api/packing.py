"""Packs answers for clients that ask for it."""

import re
from typing import Final

from starlette.datastructures import Headers
from starlette.middleware.gzip import DEFAULT_EXCLUDED_CONTENT_TYPES, GZipMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

_LEAST_BYTES: Final = 1_024
_LEVEL: Final = 4  # of 9: half the time of the default for a tenth more bytes
_IN_A_THREAD: Final = 32_768
_PACKED_ALREADY: Final = (*DEFAULT_EXCLUDED_CONTENT_TYPES, "application/vnd.apache.parquet")
_NOT_GZIP: Final = re.compile(r"gzip\s*;\s*q=0(\.0*)?\s*(,|$)", re.IGNORECASE)


class Packed:
    """An app whose answers of more than 1 kB go as gzip to clients that take it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._packing = GZipMiddleware(
            app,
            minimum_size=_LEAST_BYTES,
            compresslevel=_LEVEL,
            thread_minimum_size=_IN_A_THREAD,
            exclude_content_types=_PACKED_ALREADY,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        takes = Headers(scope=scope).get("accept-encoding", "") if scope["type"] == "http" else ""
        await (self._app if _NOT_GZIP.search(takes) else self._packing)(scope, receive, send)
