"""`/v1/views`: pages that somebody has saved, for itself or for the company."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from botlens.api.asking import wait_for_accounts
from botlens.api.auth.callers import CallerDependency
from botlens.api.auth.included import included
from botlens.api.bodies import Bodies
from botlens.api.json_bodies import body_of, read_json
from botlens.api.responses import ErrorRoute, json_response
from botlens.api.shapes.kept import ViewList, ViewShape
from botlens.api.statuses import errors
from botlens.engine import Engine
from botlens.moments import iso, microseconds
from botlens.tenants.plans import VIEWS
from botlens.tenants.values import Caller
from botlens.tenants.views import View

_WHAT = "The values of a view"


class NewView(BaseModel):
    """A page: the query of its URL under a name. Shared ones are for all of the company."""

    model_config = ConfigDict(strict=True, extra="forbid")

    name: str
    query: str
    chatbot_id: str | None = None
    shared: bool = False


class ViewChanges(BaseModel):
    """What to set; what is absent stays as it is."""

    model_config = ConfigDict(strict=True, extra="forbid")

    name: str = Field(default_factory=str)
    query: str = Field(default_factory=str)
    chatbot_id: str | None = None
    shared: bool = Field(default_factory=bool)


def views_router(engine: Engine, caller: CallerDependency, bodies: Bodies) -> APIRouter:
    """The routes of saved views: each person keeps its own, an admin the shared ones."""
    router = APIRouter(prefix="/v1/views", route_class=ErrorRoute, tags=["views"], responses=errors(402, 422))
    accounts = engine.accounts
    person = included(engine, caller, "read", VIEWS)

    @router.get("", response_model=ViewList, operation_id="listViews")
    def listed(who: Annotated[Caller, Depends(person)]) -> Response:
        """The shared views, and those of whoever asks."""
        found = accounts.views(who.require_company().id, who)
        return json_response({"views": [_shape(each) for each in found]})

    @router.post(
        "",
        response_model=ViewShape,
        status_code=201,
        operation_id="createView",
        openapi_extra=body_of(NewView),
        responses=errors(400, 413, 422, 429),
    )
    async def create(request: Request, who: Annotated[Caller, Depends(person)]) -> Response:
        """Save a page."""
        company_id = who.require_company().id
        new = await read_json(bodies, company_id, request, NewView, _WHAT)
        made = await wait_for_accounts(accounts.add_view, company_id, by=who, **new.model_dump())
        return json_response(_shape(made), status=201)

    @router.patch(
        "/{view_id}",
        response_model=ViewShape,
        operation_id="changeView",
        openapi_extra=body_of(ViewChanges),
        responses=errors(400, 413, 422, 429),
    )
    async def change(request: Request, view_id: str, who: Annotated[Caller, Depends(person)]) -> Response:
        """Change a saved view."""
        company_id = who.require_company().id
        changes = await read_json(bodies, company_id, request, ViewChanges, _WHAT)
        given = changes.model_dump(exclude_unset=True)
        changed = await wait_for_accounts(accounts.change_view, company_id, view_id, by=who, **given)
        return json_response(_shape(changed))

    @router.delete("/{view_id}", status_code=204, response_class=Response, operation_id="deleteView")
    def delete(view_id: str, who: Annotated[Caller, Depends(person)]) -> Response:
        """Delete a saved view."""
        accounts.remove_view(who.require_company().id, view_id, by=who)
        return Response(status_code=204, headers={"Cache-Control": "no-store"})

    return router


def _shape(view: View) -> dict[str, Any]:
    return {
        "id": view.id,
        "name": view.name,
        "query": view.query,
        "chatbot_id": view.chatbot_id,
        "shared": view.shared,
        "who": view.who,
        "created_at": iso(microseconds(view.created_at)),
    }
