"""Two apps at one address: one takes events in, the other does everything else.

FastAPI's and Starlette's machinery (a dozen calls of middleware, matching, dependencies, exit stacks) costs
several times what taking in one event costs. So `POST /v1/events` is an app of its own, which is that one
function; what else stands around one of them alone (packing) is there; CORS is around both.
"""

from collections.abc import Awaitable, Callable

from fastapi import FastAPI, Request, Response
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Receive, Scope, Send

from botlens.api.observed import note_route
from botlens.api.responses import error_response, fault_response
from botlens.errors import BotlensError

Handler = Callable[[Request], Awaitable[Response]]


class Ingest:
    """The app that takes events in.

    Args:
        path: where, as the router of the other app has it.
        answer: answers a bare request; raises `BotlensError`s.
    """

    def __init__(self, path: str, answer: Handler) -> None:
        self._path = path
        self._answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        note_route(scope, self._path)
        try:
            response = await self._answer(Request(scope, receive))
        except BotlensError as error:
            response = error_response(error)
        except ClientDisconnect:
            return
        except Exception as error:  # the outermost place: whatever it is, the client gets an answer
            response = fault_response(error)
        await response(scope, receive, send)


class Dispatcher:
    """Sends `POST` requests to one path to an app of their own, and all others to another app.

    Args:
        path: of these requests, within this app, wherever that is mounted.
        ingest: answers them.
        rest: answers everything else.
    """

    def __init__(self, path: str, ingest: ASGIApp, rest: ASGIApp) -> None:
        self._path = path
        self._ingest = ingest
        self._rest = rest

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """See ASGI."""
        if scope["type"] == "http" and scope["method"] == "POST" and _path(scope) == self._path:
            return self._ingest(scope, receive, send)
        return self._rest(scope, receive, send)


class App:
    """What `create_app` makes: an ASGI app, and what it consists of.

    Attributes:
        product: the FastAPI app that describes all routes, and answers all but `POST /v1/events`.
    """

    def __init__(self, product: FastAPI, whole: ASGIApp) -> None:
        self.product = product
        self._whole = whole

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        await self._whole(scope, receive, send)


def _path(scope: Scope) -> str:
    """The path within this app, wherever it is mounted."""
    path: str = scope["path"]
    return path.removeprefix(scope.get("root_path", ""))
