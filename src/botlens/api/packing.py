"""Packs answers for clients that ask for it."""

import re
from collections.abc import Awaitable
from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.middleware.gzip import DEFAULT_EXCLUDED_CONTENT_TYPES, GZipMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_LEAST_BYTES: Final = 1_024
_LEVEL: Final = 4  # of 9: half the time of the default for a tenth more bytes
_IN_A_THREAD: Final = 32_768
_PACKED_ALREADY: Final = (*DEFAULT_EXCLUDED_CONTENT_TYPES, "application/vnd.apache.parquet")
_NEVER_PACKED: Final = frozenset((204, 206, 304))
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

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """See ASGI."""
        if scope["type"] != "http":
            return self._app(scope, receive, send)
        if takes_gzip(scope):
            return self._packing(scope, receive, send)
        return self._app(scope, receive, _telling(send))


def takes_gzip(scope: Scope) -> bool:
    """Whether whoever asks takes answers as gzip."""
    for name, value in scope["headers"]:
        if name == b"accept-encoding":
            return b"gzip" in value and not _NOT_GZIP.search(value.decode("latin-1"))
    return False


def _telling(send: Send) -> Send:
    """Have an answer that goes as it is say so to caches, where others would get it packed.

    The middleware does that, too, in several times as many steps.
    """

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start" and _may_be_packed(message):
            MutableHeaders(raw=message["headers"]).add_vary_header("Accept-Encoding")
        await send(message)

    return sending


def _may_be_packed(start: Message) -> bool:
    """Whether the middleware would pack an answer that begins so."""
    if start["status"] in _NEVER_PACKED:
        return False
    for name, value in start["headers"]:
        if (name == b"content-length" and int(value) < _LEAST_BYTES) or name == b"content-encoding":
            return False
        if name == b"content-type":
            kind = value.partition(b";")[0].strip().lower().decode("latin-1")
            if kind in _PACKED_ALREADY or f"{kind.partition('/')[0]}/*" in _PACKED_ALREADY:
                return False
    return True
