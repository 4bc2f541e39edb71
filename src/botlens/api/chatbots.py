"""`/v1/chatbots`: create, update and list the chatbots of a company."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, ConfigDict

from botlens.api.addresses import ids_are_exact, readings
from botlens.api.callers import CallerDependency, scoped
from botlens.api.responses import ErrorRoute, json_response
from botlens.api.shapes import ChatbotList, ChatbotShape
from botlens.api.statuses import errors
from botlens.engine import Engine
from botlens.tenants.values import Caller, Chatbot


class ChatbotChanges(BaseModel):
    """What to set; what is absent stays as it is."""

    model_config = ConfigDict(strict=True, extra="forbid")

    name: str | None = None
    is_published: bool = True
    confidence_threshold: float = 0.2
    timezone: str | None = None


def chatbots_router(engine: Engine, caller: CallerDependency) -> APIRouter:
    """The routes of a company's chatbots."""
    router = APIRouter(
        prefix="/v1/chatbots", route_class=ErrorRoute, tags=["chatbots"], responses=errors(422)
    )

    @router.put("/{chatbot_id:path}", response_model=ChatbotShape, operation_id="putChatbot")
    def put(
        chatbot_id: str,
        changes: ChatbotChanges,
        who: Annotated[Caller, Depends(scoped(caller, "admin"))],
        exact: Annotated[bool, Depends(ids_are_exact)],
    ) -> Response:
        """Create a chatbot or update it. A new threshold recounts what was unanswered."""
        given = changes.model_dump(exclude_unset=True)
        company = who.require_company()
        known = {each.id for each in engine.accounts.chatbots(company.id)}
        possible = readings(chatbot_id, exact=exact)
        meant = next((each for each in possible if each in known), possible[-1])
        chatbot, _ = engine.put_chatbot(company.id, meant, **given)
        return json_response(_shape(chatbot))

    @router.get("", response_model=ChatbotList, operation_id="listChatbots")
    def listed(who: Annotated[Caller, Depends(scoped(caller, "read"))]) -> Response:
        """All chatbots of the company, by id."""
        chatbots = engine.accounts.chatbots(who.require_company().id)
        return json_response({"chatbots": [_shape(chatbot) for chatbot in chatbots]})

    return router


def _shape(chatbot: Chatbot) -> dict[str, Any]:
    return {
        "chatbot_id": chatbot.id,
        "name": chatbot.name,
        "is_published": chatbot.is_published,
        "confidence_threshold": chatbot.confidence_threshold,
        "timezone": chatbot.timezone,
    }
