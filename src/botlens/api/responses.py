"""One wire shape for every error, and JSON answers made without a detour."""

from collections.abc import Callable, Coroutine
from typing import Any

import msgspec
import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.types import Receive, Scope, Send

from botlens.api.addresses import AddressedRoute, MethodNotAllowedError
from botlens.api.described import answers_described_later, described_later
from botlens.api.observed import note_code, note_route
from botlens.api.shape_errors import invalid_shape
from botlens.api.statuses import Responses
from botlens.errors import BadRequestError, BotlensError

log = structlog.get_logger(__name__)

_encode = msgspec.json.Encoder().encode


def json_response(value: Any, *, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """A JSON answer of any plain value; never kept by a cache on the way."""
    return Response(
        _encode(value), status, {"Cache-Control": "no-store", **(headers or {})}, "application/json"
    )


def error_response(error: BotlensError) -> Response:
    """The answer that tells of an error."""
    if error.status >= 500:
        log.warning(
            "request_failed", code=error.code, message=error.message, cause=str(error.__cause__ or "")
        )
    return _Refusal(error)


def fault_response(error: Exception) -> Response:
    """The answer that tells of a fault of ours, which goes into the log."""
    log.error("unexpected_error", exc_info=error)
    return error_response(
        BotlensError("Something went wrong inside botlens; the log of the server says what.")
    )


class _Refusal(Response):
    """The answer that tells of an error, also to whoever looks on (see `observed`)."""

    def __init__(self, error: BotlensError) -> None:
        headers = {"Cache-Control": "no-store", **error.headers}
        super().__init__(_encode(error.body()), error.status, headers, "application/json")
        self._code = error.code

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        note_code(scope, self._code)
        await super().__call__(scope, receive, send)


class ErrorRoute(AddressedRoute):
    """A route that answers errors in botlens' shape, in whatever app it is mounted."""

    def __init__(
        self,
        path: str,
        endpoint: Callable[..., Any],
        *,
        response_model: Any = None,
        responses: Responses | None = None,
        **more: Any,
    ) -> None:
        super().__init__(
            path,
            endpoint,
            response_model=described_later(response_model),
            responses=answers_described_later(responses or {}),
            **more,
        )

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See `AddressedRoute`."""
        try:
            await super().handle(scope, receive, send)
        except MethodNotAllowedError as error:
            await error_response(error)(scope, receive, send)

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """See `fastapi.routing.APIRoute`."""
        handler = super().get_route_handler()

        async def handle(request: Request) -> Response:
            note_route(request.scope, self.path)
            try:
                return await handler(request)
            except BotlensError as error:
                return error_response(self.worded(error))
            except RequestValidationError as error:
                return error_response(invalid_shape(error.errors()))
            except HTTPException as error:
                if not _is_about_the_body(error):
                    raise
                return error_response(_NOT_JSON)

        return handle

    def worded(self, error: BotlensError) -> BotlensError:
        """The error as this route tells it."""
        return error


_NOT_JSON = BadRequestError("The body is not JSON in UTF-8, or is nested too deeply.", code="invalid_json")


def _is_about_the_body(error: HTTPException) -> bool:
    """Whether the framework could not read a body; anything else is the business of the app around."""
    return error.status_code == 400 and isinstance(error.__cause__, (UnicodeError, RecursionError))


def install_error_handlers(app: FastAPI) -> None:
    """Give errors that no route of botlens raises (unknown paths, faults of ours) the same shape."""

    def on_http(_: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        messages = {
            404: ("not_found", "There is nothing at this address; /docs lists what there is."),
            405: ("method_not_allowed", "This address does not take that method; /docs lists what it takes."),
        }
        code, message = messages.get(status, ("http_error", str(getattr(error, "detail", error))))
        headers = dict(getattr(error, "headers", None) or {})
        return json_response(BotlensError(message, code=code).body(), status=status, headers=headers)

    def on_fault(_: Request, error: Exception) -> Response:
        return fault_response(error)

    def on_botlens(_: Request, error: Exception) -> Response:
        return error_response(error) if isinstance(error, BotlensError) else on_fault(_, error)

    app.add_exception_handler(HTTPException, on_http)
    app.add_exception_handler(BotlensError, on_botlens)
    app.add_exception_handler(Exception, on_fault)
