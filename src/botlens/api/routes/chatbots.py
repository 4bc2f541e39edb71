"""`/v1/chatbots`: create, update, list and delete the chatbots of a company."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.concurrency import run_in_threadpool

from botlens.api.addresses import ids_are_exact, readings
from botlens.api.auth.callers import CallerDependency, scoped
from botlens.api.bodies import Bodies
from botlens.api.desk import Desk
from botlens.api.recounting import OnStored, Recounting
from botlens.api.responses import ErrorRoute, json_response
from botlens.api.shape_errors import errors_of
from botlens.api.shapes.chatbots import ChatbotList, ChatbotShape
from botlens.api.shapes.jobs import Deleted
from botlens.api.statuses import errors
from botlens.engine import Engine
from botlens.errors import TooLargeError
from botlens.tenants.values import Caller, Chatbot
from botlens.upkeep.erasure import ERASURE

_MOST_BYTES = 1 << 20
_WAIT = "`false`: answer as soon as the settings are stored, and recount in the background."


class ChatbotChanges(BaseModel):
    """What to set; what is absent stays as it is."""

    model_config = ConfigDict(strict=True, extra="forbid")

    name: str | None = None
    is_published: bool = True
    confidence_threshold: float = 0.2
    timezone: str | None = None
    average_rating: float | None = None


_BODY = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": ChatbotChanges.model_json_schema()}},
    }
}


def chatbots_router(engine: Engine, caller: CallerDependency, bodies: Bodies, desk: Desk) -> APIRouter:
    """The routes of a company's chatbots."""
    router = APIRouter(
        prefix="/v1/chatbots", route_class=ErrorRoute, tags=["chatbots"], responses=errors(422)
    )

    recounting = Recounting(desk.recounts)

    # The body is read here, not by the framework, which would take it before it looks at the credentials.
    @router.put(
        "/{chatbot_id:path}",
        response_model=ChatbotShape,
        operation_id="putChatbot",
        openapi_extra=_BODY,
        responses=errors(400, 413, 429),
    )
    async def put(
        chatbot_id: str,
        request: Request,
        who: Annotated[Caller, Depends(scoped(caller, "admin"))],
        wait: Annotated[Literal["true", "false"], Query(description=_WAIT)] = "true",
    ) -> Response:
        """Create a chatbot or update it. A new threshold recounts what was unanswered (see `/v1/jobs`)."""
        company_id = who.require_company().id
        with bodies.of(company_id) as body:
            changes = _changes(await body.read(request, _MOST_BYTES, _too_large))
        settings = changes.model_dump(exclude_unset=True)

        def meant() -> str:
            known = {each.id for each in engine.accounts.chatbots(company_id)}
            possible = readings(chatbot_id, exact=ids_are_exact(request))
            return next((each for each in possible if each in known), possible[-1])

        def change(changed: OnStored = lambda _: None) -> Chatbot:
            return engine.chatbots.put(company_id, meant(), changed=changed, **settings)[0]

        def change_if_quick() -> Chatbot | None:
            return None if engine.chatbots.recounts(company_id, meant(), settings) else change()

        chatbot = await run_in_threadpool(change_if_quick)
        if chatbot is None:
            chatbot = await recounting.run(company_id, change, wait=wait == "true")
        return json_response(_shape(chatbot))

    # Whoever must delete may do so on any plan. What destroys takes an id as it is written, and no other.
    @router.delete(
        "/{chatbot_id:path}", response_model=Deleted, status_code=202, operation_id="deleteChatbot"
    )
    def delete(chatbot_id: str, who: Annotated[Caller, Depends(scoped(caller, "admin"))]) -> Response:
        """Delete a chatbot with all that was said to it: unknown at once, erased by the job `erasure`."""
        engine.deletions.chatbot(who.require_company().id, chatbot_id)
        return json_response({"job": ERASURE, "done": False}, status=202)

    @router.get("", response_model=ChatbotList, operation_id="listChatbots")
    def listed(who: Annotated[Caller, Depends(scoped(caller, "read"))]) -> Response:
        """All chatbots of the company: those of a source in its order, else by id."""
        chatbots = engine.accounts.chatbots(who.require_company().id)
        return json_response({"chatbots": [_shape(chatbot) for chatbot in chatbots]})

    return router


def _changes(body: bytes) -> ChatbotChanges:
    try:
        return ChatbotChanges.model_validate_json(body)
    except ValidationError as error:
        raise RequestValidationError(errors_of(error, ChatbotChanges)) from None


def _too_large() -> TooLargeError:
    return TooLargeError("The settings of a chatbot have at most 1 MiB.", code="body_too_large")


def _shape(chatbot: Chatbot) -> dict[str, Any]:
    return {
        "chatbot_id": chatbot.id,
        "name": chatbot.name,
        "is_published": chatbot.is_published,
        "confidence_threshold": chatbot.confidence_threshold,
        "timezone": chatbot.timezone,
        "average_rating": chatbot.average_rating,
    }
