"""`/v1/conversations`: the conversations behind a figure, and each of them message by message."""

from contextlib import suppress
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response

from botlens.answers.conversations.listing import DEFAULT_LIMIT, DEFAULT_SORT, MOST
from botlens.answers.conversations.pages import Conversations
from botlens.answers.scope import Scope
from botlens.api.addresses import ids_are_exact, readings
from botlens.api.auth.callers import CallerDependency, scoped
from botlens.api.auth.entitled import entitled
from botlens.api.desk import Desk, to_the_minute
from botlens.api.responses import ErrorRoute
from botlens.api.selecting import selecting
from botlens.api.shapes.conversations import ConversationList, Transcript
from botlens.api.statuses import NOT_MODIFIED, errors
from botlens.clock import Clock
from botlens.engine import Engine
from botlens.errors import NotFoundError
from botlens.tenants.values import Caller, Company

_OWN = ("metric", "search", "search_before", "sort", "limit", "cursor", "near", "chatbot")
_SEARCH = (
    "Only conversations in whose texts this was said, by whomever: without regard to case, width and "
    "accents. Each tells where it was found."
)
_BEFORE = (
    "Search only conversations that started before this time (RFC 3339): `meta.searched_from` of the search "
    "that is gone on with."
)
_FIND = "Tell in `found` where this was said."
_NEAR = (
    "The id of a conversation: the page has it in its middle, and `position` has its number and "
    "its neighbours."
)
_WHOSE = "Whose conversation `near` is; not needed if the list is of one chatbot."
_METRIC = "Only the conversations behind this figure of a query."
_SORT = "started_at, ended_at, messages, rating or unanswered; a - before it descends. Unknown comes last."
_LIMIT = f"How many at once, 1 to {MOST}."
_CURSOR = "`next` of the page before, with all other parameters as they were."
_CHATBOT = "Whose conversation; needed only if several chatbots have one of this id."


def conversations_router(engine: Engine, caller: CallerDependency, clock: Clock, desk: Desk) -> APIRouter:
    """Lists and transcripts."""
    router = APIRouter(
        prefix="/v1/conversations",
        route_class=ErrorRoute,
        tags=["conversations"],
        responses=errors(422, 429),
    )
    reading = {**NOT_MODIFIED, **errors(402)}
    conversations = engine.answers.conversations
    company_of = entitled(engine, caller, conversations.page)

    @router.get("", response_model=ConversationList, operation_id="listConversations", responses=reading)
    async def listed(
        request: Request,
        company: Annotated[Company, Depends(company_of)],
        asked: Annotated[dict[str, Any], Depends(_asked)],
    ) -> Response:
        """The conversations that started in a period and meet filters, page by page."""
        question = {"route": "conversations", "asked": asked}
        return await desk.answer(
            request,
            company,
            question,
            lambda scope: conversations.page(scope, asked),
            now=to_the_minute(clock()),
        )

    # Ids may hold slashes.
    @router.get(
        "/{conversation_id:path}",
        response_model=Transcript,
        operation_id="getConversation",
        responses=reading,
    )
    async def transcript(
        request: Request,
        conversation_id: str,
        company: Annotated[Company, Depends(entitled(engine, caller, conversations.transcript))],
        chatbot: Annotated[str | None, Query(description=_CHATBOT)] = None,
        search: Annotated[str | None, Query(description=_FIND)] = None,
    ) -> Response:
        """One conversation: what was said, how it was rated, and what is counted of it."""
        possible = readings(conversation_id, exact=ids_are_exact(request))
        ask = partial(_first_that_exists, conversations, ids=possible, chatbot_id=chatbot or None)
        ask = partial(ask, search=search or None)
        question = {"route": "transcript", "of": possible, "chatbot": chatbot or None, "search": search}
        return await desk.answer(request, company, question, ask, now=to_the_minute(clock()))

    @router.delete("/{conversation_id:path}", status_code=204, operation_id="deleteConversation")
    async def delete(
        conversation_id: str,
        who: Annotated[Caller, Depends(scoped(caller, "admin"))],
        chatbot: Annotated[str | None, Query(description=_CHATBOT)] = None,
    ) -> Response:
        """Delete one conversation for good, with all that was said; what comes for it later is dropped."""
        company = who.require_company()

        def deletion() -> None:
            scope = engine.answers.scope(company, clock())
            conversations.delete(scope, conversation_id, chatbot or None)

        await desk.turns.run(company.id, deletion)
        return Response(status_code=204)

    return router


async def _asked(
    chosen: Annotated[dict[str, Any], Depends(selecting(*_OWN))],
    metric: Annotated[str | None, Query(description=_METRIC)] = None,
    search: Annotated[str | None, Query(description=_SEARCH)] = None,
    search_before: Annotated[str | None, Query(description=_BEFORE)] = None,
    sort: Annotated[str, Query(description=_SORT)] = DEFAULT_SORT,
    limit: Annotated[int, Query(description=_LIMIT)] = DEFAULT_LIMIT,
    cursor: Annotated[str | None, Query(description=_CURSOR)] = None,
    near: Annotated[str | None, Query(description=_NEAR)] = None,
    chatbot: Annotated[str | None, Query(description=_WHOSE)] = None,
) -> dict[str, Any]:
    """What a list is asked for."""
    behind = {"metric": metric, "search": search, "search_before": search_before}
    said = {**behind, "cursor": cursor, "near": near, "chatbot": chatbot}
    own = {name: value for name, value in said.items() if value}
    return {**chosen, **own, "sort": sort, "limit": limit}


def _first_that_exists(
    conversations: Conversations,
    scope: Scope,
    ids: tuple[str, ...],
    chatbot_id: str | None,
    search: str | None,
) -> dict[str, Any]:
    """The transcript of the first of some ids that there is a conversation of."""
    *others, last = ids
    for conversation_id in others:
        with suppress(NotFoundError):
            return conversations.transcript(scope, conversation_id, chatbot_id, search)
    return conversations.transcript(scope, last, chatbot_id, search)
