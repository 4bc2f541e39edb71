"""The seed contract: three routes that existing front ends know. They mount into any FastAPI app.

app.include_router(analytics_router(engine, caller=my_own_dependency))
"""

import re
from collections.abc import Callable
from functools import partial
from typing import Annotated, Any

import structlog
from fastapi import APIRouter, Depends, Request, Response

from botlens.answers.scope import Scope
from botlens.answers.seed import Seed, SeedRequest
from botlens.api.addresses import ids_are_exact, readings
from botlens.api.auth.entitled import entitled
from botlens.api.auth.host_users import caller_from
from botlens.api.desk import Desk, to_the_minute
from botlens.api.responses import ErrorRoute
from botlens.api.shapes.analytics import ChatbotNumbersShape, Overview, QueryCount
from botlens.api.statuses import NOT_MODIFIED, errors
from botlens.clock import Clock, utc_now
from botlens.engine import Engine
from botlens.errors import BotlensError
from botlens.tenants.values import Company

log = structlog.get_logger(__name__)


_DETAILS = {"no_company": "Company not found", "unknown_chatbot": "Chatbot not found"}


class SeedRoute(ErrorRoute):
    """A route whose `detail` says what front ends of the contract show: two texts, word for word."""

    def worded(self, error: BotlensError) -> BotlensError:
        """See `ErrorRoute`."""
        error.detail = _DETAILS.get(error.code, error.detail)
        return error


def analytics_router(
    engine: Engine,
    caller: Callable[..., Any] | None = None,
    *,
    user: Callable[..., Any] | None = None,
    prefix: str = "/analytics",
    clock: Clock = utc_now,
    desk: Desk | None = None,
) -> APIRouter:
    """The three seed routes.

    Args:
        engine: answers them.
        caller: a FastAPI dependency that says who asks: a `Caller`, a `Company`, or the id of a company. It
            may raise whatever the app around it raises for bad credentials.
        user: instead of `caller`, the app's own dependency for its users, such as `get_current_user`: it
            returns the id of a user, or something with an `id`. Companies are those of the accounts.
        prefix: where the routes are.
        clock: gives the time that "today" is taken from, aware.
        desk: where questions wait for their turn; one of its own if absent.

    Raises:
        TypeError: neither `caller` nor `user` is given, or both, or what is given is no dependency.
    """
    router = APIRouter(
        prefix=prefix,
        route_class=SeedRoute,
        tags=["analytics"],
        responses={**NOT_MODIFIED, **errors(402, 422, 429)},
    )
    answer_at = (desk or Desk(engine)).answer
    seed = engine.answers.seed
    company_of = entitled(engine, caller_from(engine, caller, user), seed.overview)

    async def answer(request: Request, company: Company, method: Callable[..., Any], *names: str) -> Response:
        said = _asked(request)
        question = {"route": method.__name__, "of": names, "ask": (said.start, said.end, said.timezone)}

        def ask(scope: Scope, *, wait: bool = True) -> Any:
            return method(scope, *names, said, wait=wait)

        now = to_the_minute(clock())
        from_memory = partial(ask, wait=False)
        return await answer_at(request, company, question, ask, now=now, from_memory=from_memory)

    def guess(scope: Scope, said: str, asked: SeedRequest, *, wait: bool = True) -> Any:
        return _guess(seed, scope, said, asked, wait=wait)

    @router.get("/overview", response_model=Overview, operation_id="getOverview", openapi_extra=_PARAMETERS)
    async def overview(request: Request, company: Annotated[Company, Depends(company_of)]) -> Response:
        """All chatbots of the company, and their sums."""
        return await answer(request, company, seed.overview)

    # Ids may hold slashes, so the longer path comes first.
    @router.get(
        "/chatbot/{chatbot_id:path}/gaps",
        response_model=list[QueryCount],
        operation_id="getChatbotGaps",
        openapi_extra=_PARAMETERS,
    )
    async def gaps(
        request: Request, chatbot_id: str, company: Annotated[Company, Depends(company_of)]
    ) -> Response:
        """The ten questions that the chatbot most often could not answer."""
        if not ids_are_exact(request):
            return await answer(request, company, guess, f"{chatbot_id}{_GAPS}")
        return await answer(request, company, seed.gaps, chatbot_id)

    @router.get(
        "/chatbot/{chatbot_id:path}",
        response_model=ChatbotNumbersShape,
        operation_id="getChatbotNumbers",
        openapi_extra=_PARAMETERS,
    )
    async def chatbot(
        request: Request, chatbot_id: str, company: Annotated[Company, Depends(company_of)]
    ) -> Response:
        """The analytics of one chatbot."""
        if not ids_are_exact(request):
            return await answer(request, company, guess, chatbot_id)
        return await answer(request, company, seed.chatbot, chatbot_id)

    return router


_GAPS = "/gaps"
_KNOWN = {
    "from": "First local day (2026-03-01) or instant (with an offset) of the window; all time if absent.",
    "to": "Last local day, included, or the instant before which the window ends.",
    "tz": "IANA zone of the days; the chatbot's or company's own if absent.",
}
_TEXT = {"anyOf": [{"type": "string"}, {"type": "null"}]}
_PARAMETERS = {
    "parameters": [
        {
            "name": name,
            "in": "query",
            "required": False,
            "schema": {**_TEXT, "description": meaning, "title": name.title()},
            "description": meaning,
        }
        for name, meaning in _KNOWN.items()
    ]
}
"""As FastAPI would tell of them, if it read them: see `_asked`."""
_LOGGED = 10
_WORD = re.compile(r"[A-Za-z][\w.-]{0,29}", re.ASCII)
"""A name that may go into the log: shorter than a key, a login link or a JWT that slipped into an address."""


def _asked(request: Request) -> SeedRequest:
    """What a request says of time. Three optional texts cost FastAPI a tenth of an answer."""
    said = request.query_params
    _warn_of_unknown(request)
    return SeedRequest(said.get("from") or None, said.get("to") or None, said.get("tz") or None)


def _warn_of_unknown(request: Request) -> None:
    """Front ends of the contract may send anything besides; whoever looks for a slip finds it in the log."""
    unknown = [
        name if _WORD.fullmatch(name) else "..." for name in request.query_params if name not in _KNOWN
    ]
    if unknown:
        log.warning("unknown_parameters", path=request.url.path[:200], parameters=unknown[:_LOGGED])


def _guess(seed: Seed, scope: Scope, said: str, asked: SeedRequest, *, wait: bool) -> Any:
    """The answer where nobody knows how an address was escaped: a chatbot that exists wins."""
    possible = readings(said, exact=False)
    for chatbot_id in possible:
        if chatbot_id in scope.chatbots:
            return seed.chatbot(scope, chatbot_id, asked, wait=wait)
    last = possible[-1]
    if last.endswith(_GAPS):
        return seed.gaps(scope, last.removesuffix(_GAPS), asked, wait=wait)
    return seed.chatbot(scope, last, asked, wait=wait)
