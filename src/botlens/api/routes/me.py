"""`GET /v1/me`: who asks, for which company, and what that allows."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response

from botlens.answers.scope import Scope
from botlens.api.auth.callers import CallerDependency
from botlens.api.desk import Desk, to_the_minute
from botlens.api.responses import ErrorRoute
from botlens.api.shapes.people import Me
from botlens.api.statuses import NOT_MODIFIED, errors
from botlens.clock import Clock
from botlens.engine import Engine
from botlens.moments import iso
from botlens.tenants.plans import FEATURES
from botlens.tenants.rights import SCOPES
from botlens.tenants.values import Caller


def me_router(engine: Engine, caller: CallerDependency, clock: Clock, desk: Desk) -> APIRouter:
    """The route that a page begins with."""
    router = APIRouter(prefix="/v1/me", route_class=ErrorRoute, tags=["me"])
    extent = engine.answers.extent

    @router.get("", response_model=Me, operation_id="getMe", responses={**NOT_MODIFIED, **errors(422, 429)})
    async def me(request: Request, who: Annotated[Caller, Depends(caller)]) -> Response:
        """Who asks, with role and scopes; company, plan and use; chatbots with first and last event."""
        person, may_read = _person(_with_any_right(who)), who.rights.allow("read")

        def ask(scope: Scope) -> dict[str, Any]:
            if not may_read:
                return {**person, "plan": _plan(scope, None), "chatbots": []}
            found = extent.events(scope)
            chatbots = [
                {
                    "chatbot_id": each.id,
                    "name": each.name,
                    "timezone": scope.zone(chatbot_id=each.id).key,
                    "is_published": each.is_published,
                    "first_event_at": iso(found.by_chatbot[each.id].first),
                    "last_event_at": iso(found.by_chatbot[each.id].last),
                }
                for each in scope.chatbots.values()
            ]
            return {**person, "plan": _plan(scope, found.used), "chatbots": chatbots}

        question = {"route": "me", "person": person}
        return await desk.answer(request, who.require_company(), question, ask, now=to_the_minute(clock()))

    return router


def _with_any_right(who: Caller) -> Caller:
    """Whoever may do anything in a company may know what; who reads by an embed link may do nothing.

    Raises:
        BotlensError: there is no company, or no right in it.
    """
    who.require_company()
    if not who.rights.scopes:
        who.require_scope("read")
    return who


def _person(who: Caller) -> dict[str, Any]:
    company = who.require_company()
    return {
        "who": who.who,
        "user": who.user,
        "role": who.rights.role,
        "scopes": [scope for scope in SCOPES if who.rights.allow(scope)],
        "company": {"company_id": company.id, "name": company.name, "timezone": company.timezone},
        "companies": [
            {"company_id": each.company.id, "name": each.company.name, "role": each.role}
            for each in who.opens
        ],
    }


def _plan(scope: Scope, used: int | None) -> dict[str, Any]:
    plan = scope.plan
    return {
        "name": plan.name,
        "analytics": plan.analytics,
        "features": [each for each in FEATURES if plan.includes(each)],
        "history_days": plan.history_days,
        "conversations_limit": plan.conversations_per_month,
        "conversations_used": used,
    }
