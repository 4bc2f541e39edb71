"""`/v1/members`: the people of a company."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, ConfigDict

from botlens.api.asking import wait_for_accounts
from botlens.api.auth.callers import CallerDependency, scoped
from botlens.api.bodies import Bodies
from botlens.api.json_bodies import body_of, read_json
from botlens.api.responses import ErrorRoute, json_response
from botlens.api.shapes.people import MemberList, MemberShape, RoleName
from botlens.api.statuses import errors
from botlens.engine import Engine
from botlens.moments import iso, microseconds
from botlens.tenants.values import Caller, Member


class NewMember(BaseModel):
    """Who is to belong to the company, and as what."""

    model_config = ConfigDict(strict=True, extra="forbid")

    user: str
    role: RoleName = "viewer"


def members_router(engine: Engine, caller: CallerDependency, bodies: Bodies) -> APIRouter:
    """The routes of a company's members."""
    router = APIRouter(prefix="/v1/members", route_class=ErrorRoute, tags=["members"], responses=errors(422))
    admin = scoped(caller, "admin")

    @router.get("", response_model=MemberList, operation_id="listMembers")
    def listed(who: Annotated[Caller, Depends(admin)]) -> Response:
        """The owner, then the others, the oldest first."""
        members = engine.accounts.members(who.require_company().id)
        return json_response({"members": [_shape(each) for each in members]})

    @router.post(
        "",
        response_model=MemberShape,
        operation_id="addMember",
        openapi_extra=body_of(NewMember),
        responses=errors(413, 429),
    )
    async def add(request: Request, who: Annotated[Caller, Depends(admin)]) -> Response:
        """Let a user in, or give a member another role. Who is made owner replaces the one before."""
        company_id = who.require_company().id
        new = await read_json(bodies, company_id, request, NewMember, "The settings of a member")

        def make() -> Member:
            return engine.accounts.add_member(company_id, new.user, new.role, by=who.rights)

        return json_response(_shape(await wait_for_accounts(make)))

    @router.delete("/{user:path}", status_code=204, response_class=Response, operation_id="removeMember")
    def remove(user: str, who: Annotated[Caller, Depends(admin)]) -> Response:
        """Have a user belong to the company no longer; it is logged out at once."""
        engine.accounts.remove_member(who.require_company().id, user, by=who.rights)
        return Response(status_code=204, headers={"Cache-Control": "no-store"})

    return router


def _shape(member: Member) -> dict[str, Any]:
    return {"user": member.user, "role": member.role, "since": iso(microseconds(member.since))}
