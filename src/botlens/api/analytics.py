"""The seed contract: three routes that existing front ends know. They mount into any FastAPI app.

app.include_router(analytics_router(engine, caller=my_own_dependency))
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Response
from starlette.concurrency import run_in_threadpool

from botlens.api.entitled import entitled
from botlens.api.responses import ErrorRoute, json_response
from botlens.api.shapes import ChatbotNumbersShape, ErrorBody, Overview, QueryCount
from botlens.engine import Ask, Engine
from botlens.reading import WouldWaitError
from botlens.tenants.values import Company

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """The time, aware."""
    return datetime.now(UTC)


_ERRORS: dict[int | str, dict[str, Any]] = {
    401: {"model": ErrorBody, "description": "No credentials, or bad ones."},
    402: {"model": ErrorBody, "description": "The company's plan has no analytics."},
    404: {"model": ErrorBody, "description": "No company, or no such chatbot of the caller's."},
    422: {"model": ErrorBody, "description": "A parameter that cannot be right."},
}


def analytics_router(
    engine: Engine,
    caller: Callable[..., Any],
    *,
    prefix: str = "/analytics",
    clock: Clock = utc_now,
) -> APIRouter:
    """The three seed routes.

    Args:
        engine: answers them.
        caller: a FastAPI dependency that says who asks: a `Caller`, a `Company`, or the id of a company. It
            may raise whatever the app around it raises for bad credentials.
        prefix: where the routes are.
        clock: gives the time that "today" is taken from, aware.
    """
    router = APIRouter(prefix=prefix, route_class=ErrorRoute, tags=["analytics"], responses=_ERRORS)
    company_of = entitled(engine, caller)

    async def asked(
        start: Annotated[str | None, Query(alias="from", description=_FROM)] = None,
        end: Annotated[str | None, Query(alias="to", description=_TO)] = None,
        tz: Annotated[str | None, Query(description=_TZ)] = None,
    ) -> Ask:
        return Ask(clock(), start or None, end or None, tz or None)

    @router.get("/overview", response_model=Overview)
    async def overview(
        company: Annotated[Company, Depends(company_of)], ask: Annotated[Ask, Depends(asked)]
    ) -> Response:
        """All chatbots of the company, and their sums."""
        return await _answer(engine, engine.overview, company, ask)

    # Ids may hold slashes, so the longer path comes first.
    @router.get("/chatbot/{chatbot_id:path}/gaps", response_model=list[QueryCount])
    async def gaps(
        chatbot_id: str, company: Annotated[Company, Depends(company_of)], ask: Annotated[Ask, Depends(asked)]
    ) -> Response:
        """The ten questions that the chatbot most often could not answer."""
        return await _answer(engine, engine.gaps, company, chatbot_id, ask)

    @router.get("/chatbot/{chatbot_id:path}", response_model=ChatbotNumbersShape)
    async def chatbot(
        chatbot_id: str, company: Annotated[Company, Depends(company_of)], ask: Annotated[Ask, Depends(asked)]
    ) -> Response:
        """The analytics of one chatbot."""
        return await _answer(engine, engine.chatbot, company, chatbot_id, ask)

    return router


_FROM = "First local day (2026-03-01) or instant (with an offset) of the window; all time if absent."
_TO = "Last local day, included, or the instant before which the window ends."
_TZ = "IANA zone of the days; the chatbot's or company's own if absent."


async def _answer(engine: Engine, question: Callable[..., Any], *arguments: Any) -> Response:
    """From memory at once, if it is there; else from a thread that may wait."""
    if engine.accounts.answers_from_memory:
        try:
            return json_response(question(*arguments, wait=False))
        except WouldWaitError:
            pass
    return json_response(await run_in_threadpool(question, *arguments))
