"""The seed contract: three routes that existing front ends know. They mount into any FastAPI app.

app.include_router(analytics_router(engine, caller=my_own_dependency))
"""

from collections.abc import Callable
from functools import partial
from typing import Annotated, Any

import structlog
from fastapi import APIRouter, Depends, Query, Request, Response

from botlens.api.addresses import ids_are_exact, readings
from botlens.api.auth.entitled import entitled
from botlens.api.desk import Desk, to_the_minute
from botlens.api.responses import ErrorRoute
from botlens.api.shapes.analytics import ChatbotNumbersShape, Overview, QueryCount
from botlens.api.statuses import NOT_MODIFIED, errors
from botlens.clock import Clock, utc_now
from botlens.engine import Ask, Engine
from botlens.tenants.values import Company

log = structlog.get_logger(__name__)


def analytics_router(
    engine: Engine,
    caller: Callable[..., Any],
    *,
    prefix: str = "/analytics",
    clock: Clock = utc_now,
    desk: Desk | None = None,
) -> APIRouter:
    """The three seed routes.

    Args:
        engine: answers them.
        caller: a FastAPI dependency that says who asks: a `Caller`, a `Company`, or the id of a company. It
            may raise whatever the app around it raises for bad credentials.
        prefix: where the routes are.
        clock: gives the time that "today" is taken from, aware.
        desk: where questions wait for their turn; one of its own if absent.
    """
    router = APIRouter(
        prefix=prefix,
        route_class=ErrorRoute,
        tags=["analytics"],
        responses={**NOT_MODIFIED, **errors(402, 422, 429)},
    )
    answer_at = (desk or Desk(engine)).answer
    company_of = entitled(engine, caller)

    async def asked(
        request: Request,
        start: Annotated[str | None, Query(alias="from", description=_FROM)] = None,
        end: Annotated[str | None, Query(alias="to", description=_TO)] = None,
        tz: Annotated[str | None, Query(description=_TZ)] = None,
    ) -> Ask:
        _warn_of_unknown(request)
        return Ask(to_the_minute(clock()), start or None, end or None, tz or None)

    async def answer(
        request: Request, company: Company, ask: Ask, method: Callable[..., Any], *names: str
    ) -> Response:
        question = {"route": method.__name__, "of": names, "ask": (ask.start, ask.end, ask.timezone)}
        asked = partial(method, company, *names, ask)
        from_memory = partial(asked, wait=False)
        return await answer_at(request, company, question, asked, now=ask.now, from_memory=from_memory)

    def guess(company: Company, said: str, ask: Ask, *, wait: bool = True) -> Any:
        return _guess(engine, company, said, ask, wait=wait)

    @router.get("/overview", response_model=Overview, operation_id="getOverview")
    async def overview(
        request: Request,
        company: Annotated[Company, Depends(company_of)],
        ask: Annotated[Ask, Depends(asked)],
    ) -> Response:
        """All chatbots of the company, and their sums."""
        return await answer(request, company, ask, engine.overview)

    # Ids may hold slashes, so the longer path comes first.
    @router.get(
        "/chatbot/{chatbot_id:path}/gaps", response_model=list[QueryCount], operation_id="getChatbotGaps"
    )
    async def gaps(
        request: Request,
        chatbot_id: str,
        company: Annotated[Company, Depends(company_of)],
        ask: Annotated[Ask, Depends(asked)],
    ) -> Response:
        """The ten questions that the chatbot most often could not answer."""
        if not ids_are_exact(request):
            return await answer(request, company, ask, guess, f"{chatbot_id}{_GAPS}")
        return await answer(request, company, ask, engine.gaps, chatbot_id)

    @router.get(
        "/chatbot/{chatbot_id:path}", response_model=ChatbotNumbersShape, operation_id="getChatbotNumbers"
    )
    async def chatbot(
        request: Request,
        chatbot_id: str,
        company: Annotated[Company, Depends(company_of)],
        ask: Annotated[Ask, Depends(asked)],
    ) -> Response:
        """The analytics of one chatbot."""
        if not ids_are_exact(request):
            return await answer(request, company, ask, guess, chatbot_id)
        return await answer(request, company, ask, engine.chatbot, chatbot_id)

    return router


_GAPS = "/gaps"
_KNOWN = frozenset({"from", "to", "tz"})
_LOGGED = 10


def _warn_of_unknown(request: Request) -> None:
    """Front ends of the contract may send anything besides; whoever looks for a slip finds it in the log."""
    unknown = [name[:50] for name in request.query_params if name not in _KNOWN]
    if unknown:
        log.warning("unknown_parameters", path=request.url.path[:200], parameters=unknown[:_LOGGED])


def _guess(engine: Engine, company: Company, said: str, ask: Ask, *, wait: bool) -> Any:
    """The answer where nobody knows how an address was escaped: a chatbot that exists wins."""
    possible = readings(said, exact=False)
    for chatbot_id in possible:
        if engine.accounts.chatbot(company.id, chatbot_id) is not None:
            return engine.chatbot(company, chatbot_id, ask, wait=wait)
    last = possible[-1]
    if last.endswith(_GAPS):
        return engine.gaps(company, last.removesuffix(_GAPS), ask, wait=wait)
    return engine.chatbot(company, last, ask, wait=wait)


_FROM = "First local day (2026-03-01) or instant (with an offset) of the window; all time if absent."
_TO = "Last local day, included, or the instant before which the window ends."
_TZ = "IANA zone of the days; the chatbot's or company's own if absent."
