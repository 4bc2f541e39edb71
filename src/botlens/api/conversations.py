"""`/v1/conversations`: the conversations behind a figure, and each of them message by message."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Response
from starlette.concurrency import run_in_threadpool

from botlens.api.analytics import Clock
from botlens.api.callers import CallerDependency, scoped
from botlens.api.conversation_shapes import ConversationList, Transcript
from botlens.api.entitled import entitled
from botlens.api.responses import ErrorRoute, json_response
from botlens.api.selecting import selecting
from botlens.api.shapes import ErrorBody
from botlens.engine import Engine
from botlens.tenants.plans import CONVERSATIONS
from botlens.tenants.values import Caller, Company

_ERRORS: dict[int | str, dict[str, Any]] = {
    401: {"model": ErrorBody, "description": "No credentials, or bad ones."},
    402: {"model": ErrorBody, "description": "The company's plan does not include it, or not that far back."},
    404: {
        "model": ErrorBody,
        "description": "No company, or no such chatbot or conversation of the caller's.",
    },
    422: {"model": ErrorBody, "description": "A parameter that cannot be right."},
}
_METRIC = "Only the conversations behind this figure of a query."
_SORT = "started_at, ended_at, messages, rating or unanswered; a - before it descends. Unknown comes last."
_LIMIT = "How many at once, 1 to 200."
_CURSOR = "`next` of the page before, with all other parameters as they were."
_CHATBOT = "Whose conversation; needed only if several chatbots have one of this id."


def conversations_router(engine: Engine, caller: CallerDependency, clock: Clock) -> APIRouter:
    """Lists and transcripts."""
    router = APIRouter(
        prefix="/v1/conversations", route_class=ErrorRoute, tags=["conversations"], responses=_ERRORS
    )
    company_of = entitled(engine, caller, CONVERSATIONS)
    select = selecting("metric", "sort", "limit", "cursor")

    @router.get("", response_model=ConversationList)
    async def listed(
        company: Annotated[Company, Depends(company_of)],
        chosen: Annotated[dict[str, Any], Depends(select)],
        metric: Annotated[str | None, Query(description=_METRIC)] = None,
        sort: Annotated[str, Query(description=_SORT)] = "-started_at",
        limit: Annotated[int, Query(description=_LIMIT)] = 50,
        cursor: Annotated[str | None, Query(description=_CURSOR)] = None,
    ) -> Response:
        """The conversations that started in a period and meet filters, page by page."""
        asked = {**chosen, "metric": metric or None, "sort": sort, "limit": limit, "cursor": cursor or None}
        found = await run_in_threadpool(lambda: engine.conversations(company, asked, now=clock()))
        return json_response(found)

    # Ids may hold slashes.
    @router.get("/{conversation_id:path}", response_model=Transcript)
    async def transcript(
        conversation_id: str,
        company: Annotated[Company, Depends(company_of)],
        chatbot: Annotated[str | None, Query(description=_CHATBOT)] = None,
    ) -> Response:
        """One conversation: what was said, how it was rated, and what is counted of it."""
        return json_response(
            await run_in_threadpool(engine.transcript, company, conversation_id, chatbot or None)
        )

    # Whoever must delete may do so on any plan.
    @router.delete("/{conversation_id:path}", status_code=204)
    async def delete(
        conversation_id: str,
        who: Annotated[Caller, Depends(scoped(caller, "admin"))],
        chatbot: Annotated[str | None, Query(description=_CHATBOT)] = None,
    ) -> Response:
        """Delete one conversation for good, with all that was said; what comes for it later is dropped."""
        company = who.require_company()
        await run_in_threadpool(
            lambda: engine.delete_conversation(company, conversation_id, chatbot or None, now=clock())
        )
        return Response(status_code=204)

    return router
