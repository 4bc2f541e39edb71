"""A way past the framework for a route that is asked thousands of times a second.

FastAPI's and Starlette's machinery (a dozen calls of middleware, matching, dependencies, exit stacks) costs
several times what taking in one event costs. So a route may also say how it answers a bare request; an app
that nobody has put a middleware around answers it that way. The route stays what it is: documented, and used
in any other app that includes its router.
"""

from collections.abc import Awaitable, Callable

from fastapi import FastAPI, Request, Response
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Receive, Scope, Send

from botlens.api.responses import error_response, fault_response
from botlens.errors import BotlensError

Answer = Callable[[Request], Awaitable[Response]]


class AppWithShortcut(FastAPI):
    """A FastAPI app that answers one `POST` route itself."""

    shortcut: tuple[str, Answer] | None = None
    """The path, as the router has it, and what answers it. It raises `BotlensError`s."""

    def build_middleware_stack(self) -> ASGIApp:
        """See `Starlette.build_middleware_stack`; called once, at the first request."""
        stack = super().build_middleware_stack()
        if self.shortcut is None or self.user_middleware or self.dependency_overrides:
            return stack
        path, answer = self.shortcut

        async def serve(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] == "http" and scope["method"] == "POST" and _path(scope) == path:
                await _respond(answer, Request(scope, receive), send)
            else:
                await stack(scope, receive, send)

        return serve


def _path(scope: Scope) -> str:
    """The path within this app, wherever it is mounted."""
    path: str = scope["path"]
    return path.removeprefix(scope.get("root_path", ""))


async def _respond(answer: Answer, request: Request, send: Send) -> None:
    try:
        response = await answer(request)
    except BotlensError as error:
        response = error_response(error)
    except ClientDisconnect:
        return
    except Exception as error:  # the outermost place: whatever it is, the client gets an answer
        response = fault_response(error)
    await response(request.scope, request.receive, send)
