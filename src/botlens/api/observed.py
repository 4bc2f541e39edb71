"""What is seen of every request: its id, how long it took, and a line in the access log.

It stands around everything, `POST /v1/events` too, and so does little and in few steps.
"""

import random
import re
import time
from typing import Any, Final

import structlog
from prometheus_client import Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.contextvars import bind_contextvars, reset_contextvars

from botlens.monitoring.telemetry import Telemetry

ACCESS_LOG = "botlens.access"
"""The name of the logger of the access log."""

_SEEN = "botlens.seen"

_HEADER = b"x-request-id"
_SANE = re.compile(rb"[A-Za-z0-9._:/+=@-]{1,128}")
_METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))
_TOO_MUCH = frozenset((408, 413, 429, 431, 503))
CLIENT_GONE: Final = 499
"""The status of a request whose client went away before it was answered. Only the log ever shows it."""

access = structlog.get_logger(ACCESS_LOG)


class Observed:
    """An app, with each request seen.

    Args:
        app: answers.
        telemetry: is told how long requests took, by route.
        access_log: whether each request is a line of the log. It has the path, never a query, header or body.
    """

    def __init__(self, app: ASGIApp, telemetry: Telemetry, *, access_log: bool) -> None:
        self._app = app
        self._telemetry = telemetry
        self._access_log = access_log
        self._instruments: dict[tuple[str, str, int], Histogram] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        request_id = _given(scope["headers"]) or _made()
        status = CLIENT_GONE
        seen: dict[str, str] = {"id": request_id.decode()}
        scope[_SEEN] = seen  # shared by copies of the scope that are made on the way

        async def sent(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], (_HEADER, request_id)]
            await send(message)

        bound = bind_contextvars(request_id=seen["id"])
        try:
            await self._app(scope, receive, sent)
        finally:
            self._saw(scope, seen, status, time.perf_counter() - began)
        # Not after an exception: the server that logs it does so in this context.
        reset_contextvars(**bound)

    def _saw(self, scope: Scope, seen: dict[str, str], status: int, seconds: float) -> None:
        route = seen.get("route", "none")
        method = scope["method"] if scope["method"] in _METHODS else "other"
        key = (route, method, status)
        instrument = self._instruments.get(key)
        if instrument is None:
            instrument = self._instruments[key] = self._telemetry.requests.labels(*key)
        instrument.observe(seconds)
        code = seen.get("code")
        if code is not None and status in _TOO_MUCH:
            self._telemetry.refused.labels(code).inc()
        if self._access_log:
            access.info("request", **_line(scope, route, status, code, seconds))


def note_route(scope: Scope, template: str) -> None:
    """Say which route answers a request: its template, not its path."""
    if (seen := scope.get(_SEEN)) is not None:
        seen["route"] = template


def note_code(scope: Scope, code: str) -> None:
    """Say with which error a request was answered."""
    if (seen := scope.get(_SEEN)) is not None:
        seen["code"] = code


def forget_code(scope: Scope) -> None:
    """What was noted was for nobody: somebody else gives the answer."""
    if (seen := scope.get(_SEEN)) is not None:
        seen.pop("code", None)


def request_id_of(scope: Scope) -> bytes | None:
    """The id of a request, which its answer will carry, if it is observed."""
    seen = scope.get(_SEEN)
    return None if seen is None else seen["id"].encode()


def _made() -> bytes:
    """A new id: 64 bits as hexadecimal digits.

    It is no secret and only has to be another one each time. To ask the system for bytes lets go of the
    interpreter, and so hands it to a thread that commits, at each request.
    """
    return b"%016x" % random.getrandbits(64)


def _given(headers: list[tuple[bytes, bytes]]) -> bytes | None:
    """The id that whoever asks gave the request, if it can be repeated anywhere without harm."""
    for name, value in headers:
        if name == _HEADER:
            return value if _SANE.fullmatch(value) else None
    return None


def _line(scope: Scope, route: str, status: int, code: str | None, seconds: float) -> dict[str, Any]:
    client = scope.get("client")
    line: dict[str, Any] = {
        "method": scope["method"],
        "path": scope["path"],
        "route": route,
        "status": status,
        "ms": round(seconds * 1_000, 3),
        "client": client[0] if client else None,
    }
    return line if code is None else {**line, "code": code}
