"""`/v1/company`: the settings of the company that is asked for."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, ConfigDict

from botlens.api.asking import wait_for_accounts
from botlens.api.auth.callers import CallerDependency, scoped
from botlens.api.bodies import Bodies
from botlens.api.json_bodies import body_of, read_json
from botlens.api.responses import ErrorRoute, json_response
from botlens.api.shapes.people import CompanyShape
from botlens.api.statuses import errors
from botlens.engine import Engine
from botlens.moments import iso, microseconds
from botlens.tenants.values import Caller, Company


class CompanyChanges(BaseModel):
    """What to set; what is absent stays as it is. `retention_days` null keeps conversations."""

    model_config = ConfigDict(strict=True, extra="forbid")

    name: str = ""
    timezone: str = "UTC"
    retention_days: int | None = None
    gap_limit: float = 0.2
    question_floor: int = 1


def company_router(engine: Engine, caller: CallerDependency, bodies: Bodies) -> APIRouter:
    """The routes of a company's settings. Its plan is the operator's to set, its owner a member's role."""
    router = APIRouter(
        prefix="/v1/company", route_class=ErrorRoute, tags=["companies"], responses=errors(422)
    )

    @router.get("", response_model=CompanyShape, operation_id="getCompany")
    def get(who: Annotated[Caller, Depends(scoped(caller, "read"))]) -> Response:
        """The company's settings."""
        return json_response(_shape(who.require_company()))

    @router.patch(
        "",
        response_model=CompanyShape,
        operation_id="changeCompany",
        openapi_extra=body_of(CompanyChanges),
        responses=errors(413, 429),
    )
    async def change(request: Request, who: Annotated[Caller, Depends(scoped(caller, "admin"))]) -> Response:
        """Change what is given; if that is the time zone, all numbers are of the new one."""
        company_id = who.require_company().id
        changes = await read_json(bodies, company_id, request, CompanyChanges, "The settings of a company")

        def make() -> Company:
            given = changes.model_dump(exclude_unset=True)
            return engine.accounts.change_company(company_id, by=who.rights, **given)

        return json_response(_shape(await wait_for_accounts(make)))

    return router


def _shape(company: Company) -> dict[str, Any]:
    return {
        "company_id": company.id,
        "name": company.name,
        "owner": company.owner,
        "plan": company.plan,
        "timezone": company.timezone,
        "retention_days": company.retention_days,
        "gap_limit": company.gap_limit,
        "question_floor": company.question_floor,
        "created_at": iso(microseconds(company.created_at)),
    }
