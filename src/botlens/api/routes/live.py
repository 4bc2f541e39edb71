"""`GET /v1/live`: a stream (SSE) that says when the numbers of a company are others, and tells none."""

from collections.abc import Callable
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Header, Query, Request, Response

from botlens.api.addresses import asks_for_head
from botlens.api.asking import wait_for_accounts
from botlens.api.auth.callers import CallerDependency
from botlens.api.auth.onlookers import Onlooker, onlooker, onlookers
from botlens.api.event_stream import MEDIA_TYPE, EventStream
from botlens.api.responses import ErrorRoute
from botlens.api.statuses import errors
from botlens.api.streams import Streams
from botlens.engine import Engine
from botlens.errors import UnauthorizedError

HEART_BEAT: Final = 15.0
"""Seconds after which a stream says that it is still there, and looks whether it may go on."""

MOST_STREAMS: Final = 1_000

LONGEST: Final = 86_400.0
"""Seconds after which a stream ends whoever listens: browsers come back by themselves."""

_UNSEEN: Final = 300.0
_KNOWS = "The id of the last event that the client had; browsers send it when they come back."
_SECONDS = "End after so many seconds; 0 tells the state and ends."
_EVENT: Final = {
    "type": "object",
    "description": "One event, as clients of such streams see it; `data` is JSON.",
    "properties": {"id": {"type": "string"}, "event": {"type": "string"}, "data": {"type": "string"}},
}
_STREAM: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": (
            'Server-sent events: `data: {"version": 12, "chatbots": ["bot"]}`, with an `id`, at most one a '
            "second; `chatbots` is null where it is not known which have changed. A comment every 15 "
            "seconds. The event `end` tells, as the body of an error, why the server ends the stream."
        ),
        "content": {MEDIA_TYPE: {"schema": _EVENT}},
    }
}


def live_router(
    engine: Engine,
    caller: Callable[..., Any],
    *,
    streams: Streams | None = None,
    again: CallerDependency | None = None,
    heart_beat: float = HEART_BEAT,
) -> APIRouter:
    """The route of streams. It waits for no turn, and needs no feature of a plan.

    Args:
        engine: whose companies are looked at.
        caller: a FastAPI dependency that says who asks: a `Caller`, a `Company`, or the id of a company.
        streams: that are open; those of this router alone if absent.
        again: says at each heart beat who asks, or raises. Without it nobody can be asked again, and a stream
            ends after five minutes, so that whoever comes back is.
        heart_beat: in seconds.
    """
    router = APIRouter(prefix="/v1/live", route_class=ErrorRoute, tags=["live"])
    opened = streams or Streams(engine, MOST_STREAMS)
    looking = onlookers(engine, caller)

    async def check(request: Request, who: Onlooker) -> None:
        if again is None:
            found = await wait_for_accounts(engine.accounts.company, who.company.id)
        else:
            found = (await onlooker(engine, await again(request))).company
        if found is None or found.id != who.company.id:
            raise UnauthorizedError("What you looked at is not yours any more.", code="ended_stream")

    @router.get(
        "", response_class=Response, operation_id="live", responses={**_STREAM, **errors(402, 422, 429)}
    )
    async def live(
        request: Request,
        who: Annotated[Onlooker, Depends(looking)],
        last_event_id: Annotated[str | None, Header(description=_KNOWS)] = None,
        seconds: Annotated[float | None, Query(ge=0, le=LONGEST, description=_SECONDS)] = None,
    ) -> Response:
        """Hear when the numbers of your company are others; then ask for them."""
        lasts = min(_UNSEEN if again is None else LONGEST, LONGEST if seconds is None else seconds)
        stream = await opened.open(who.company.id, who.name, who.only)
        return EventStream(
            stream,
            lambda: check(request, who),
            knows=last_event_id,
            seconds=0 if asks_for_head(request) else lasts,
            heart_beat=heart_beat,
        )

    return router
