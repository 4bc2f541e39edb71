"""`/v1/markers`: what happened when, and what a metric did around it."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from botlens.api.asking import wait_for_accounts
from botlens.api.auth.callers import CallerDependency
from botlens.api.auth.included import included
from botlens.api.bodies import Bodies
from botlens.api.desk import Desk, to_the_minute
from botlens.api.json_bodies import body_of, read_json
from botlens.api.responses import ErrorRoute, json_response
from botlens.api.shapes.kept import MarkerEffect, MarkerList, MarkerShape
from botlens.api.statuses import NOT_MODIFIED, errors
from botlens.clock import Clock, utc_now
from botlens.engine import Engine
from botlens.moments import iso, microseconds
from botlens.tenants.markers import Marker
from botlens.tenants.plans import MARKERS
from botlens.tenants.values import Caller

_WHAT = "The values of a marker"
_CHATBOT = "Only those of this chatbot, and of the whole company."
_METRIC = "A name from GET /v1/metrics."
_DAYS = "How many whole local days on each side, at most: so many as have passed since."
_TZ = "IANA zone of the days; the chatbot's or company's own if absent."


class NewMarker(BaseModel):
    """A marker; without a chatbot it is about all of the company."""

    model_config = ConfigDict(strict=True, extra="forbid")

    at: AwareDatetime
    text: str
    link: str | None = None
    chatbot_id: str | None = None


class MarkerChanges(BaseModel):
    """What to set; what is absent stays as it is."""

    model_config = ConfigDict(strict=True, extra="forbid")

    at: AwareDatetime = Field(default_factory=utc_now)
    text: str = Field(default_factory=str)
    link: str | None = None
    chatbot_id: str | None = None


def markers_router(
    engine: Engine, caller: CallerDependency, clock: Clock, desk: Desk, bodies: Bodies
) -> APIRouter:
    """The routes of markers: whoever reads sees them, an admin keeps them."""
    router = APIRouter(
        prefix="/v1/markers", route_class=ErrorRoute, tags=["markers"], responses=errors(402, 422)
    )
    accounts = engine.accounts
    reader = included(engine, caller, "read", MARKERS)
    keeper = included(engine, caller, "admin", MARKERS)

    @router.get("", response_model=MarkerList, operation_id="listMarkers")
    def listed(
        who: Annotated[Caller, Depends(reader)],
        chatbot: Annotated[str | None, Query(description=_CHATBOT)] = None,
    ) -> Response:
        """Markers by their time."""
        found = accounts.markers(who.require_company().id, chatbot or None)
        return json_response({"markers": [marker_shape(each) for each in found]})

    @router.post(
        "",
        response_model=MarkerShape,
        status_code=201,
        operation_id="createMarker",
        openapi_extra=body_of(NewMarker),
        responses=errors(400, 413, 429),
    )
    async def create(request: Request, who: Annotated[Caller, Depends(keeper)]) -> Response:
        """Mark a moment: a release, a new text, a campaign."""
        company_id = who.require_company().id
        new = await read_json(bodies, company_id, request, NewMarker, _WHAT)
        given = new.model_dump()
        made = await wait_for_accounts(accounts.add_marker, company_id, who=who.who, **given)
        return json_response(marker_shape(made), status=201)

    @router.patch(
        "/{marker_id}",
        response_model=MarkerShape,
        operation_id="changeMarker",
        openapi_extra=body_of(MarkerChanges),
        responses=errors(400, 413, 429),
    )
    async def change(request: Request, marker_id: str, who: Annotated[Caller, Depends(keeper)]) -> Response:
        """Change a marker."""
        company_id = who.require_company().id
        changes = await read_json(bodies, company_id, request, MarkerChanges, _WHAT)
        given = changes.model_dump(exclude_unset=True)
        changed = await wait_for_accounts(accounts.change_marker, company_id, marker_id, **given)
        return json_response(marker_shape(changed))

    @router.delete("/{marker_id}", status_code=204, response_class=Response, operation_id="deleteMarker")
    def delete(marker_id: str, who: Annotated[Caller, Depends(keeper)]) -> Response:
        """Delete a marker."""
        accounts.remove_marker(who.require_company().id, marker_id)
        return Response(status_code=204, headers={"Cache-Control": "no-store"})

    @router.get(
        "/{marker_id}/effect",
        response_model=MarkerEffect,
        operation_id="getMarkerEffect",
        responses={**NOT_MODIFIED, **errors(429)},
    )
    async def effect(
        request: Request,
        marker_id: str,
        who: Annotated[Caller, Depends(reader)],
        metric: Annotated[str, Query(description=_METRIC)],
        days: Annotated[int, Query(ge=1, le=366, description=_DAYS)] = 28,
        tz: Annotated[str | None, Query(description=_TZ)] = None,
    ) -> Response:
        """A metric before and after a marker, and whether chance alone would make that difference."""
        company = who.require_company()
        marker = await wait_for_accounts(accounts.marker, company.id, marker_id)
        question = {"route": "effect", "of": marker_shape(marker), "ask": (metric, days, tz or None)}

        def ask(scope: Any) -> dict[str, Any]:
            found = engine.answers.effects.effect(scope, marker, metric, days, tz or None)
            return {"marker": marker_shape(marker), **found}

        return await desk.answer(request, company, question, ask, now=to_the_minute(clock()))

    return router


def marker_shape(marker: Marker) -> dict[str, Any]:
    """A marker as answers have it."""
    return {
        "id": marker.id,
        "chatbot_id": marker.chatbot_id,
        "at": iso(microseconds(marker.at)),
        "text": marker.text,
        "link": marker.link,
        "who": marker.who,
        "created_at": iso(microseconds(marker.created_at)),
    }
