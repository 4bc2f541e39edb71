"""`DELETE /v1/companies/{company_id}`: the end of a company, for its owner and for local commands."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from botlens.api.auth.callers import CallerDependency, scoped
from botlens.api.responses import ErrorRoute, json_response
from botlens.api.shapes.jobs import Deleted
from botlens.api.statuses import errors
from botlens.engine import Engine
from botlens.errors import NotFoundError
from botlens.tenants.values import Caller
from botlens.upkeep.erasure import ERASURE

_WAIT = "How many seconds to wait for the end of the job."


def companies_router(engine: Engine, caller: CallerDependency) -> APIRouter:
    """The route that deletes a company."""
    router = APIRouter(
        prefix="/v1/companies", route_class=ErrorRoute, tags=["companies"], responses=errors(422)
    )

    @router.delete(
        "/{company_id:path}", response_model=Deleted, status_code=202, operation_id="deleteCompany"
    )
    def delete(
        company_id: str,
        who: Annotated[Caller, Depends(scoped(caller, "admin"))],
        wait: Annotated[int, Query(ge=0, le=60, description=_WAIT)] = 0,
    ) -> Response:
        """Delete the company with its bots, events, members and keys; no API key may, only its owner."""
        company = who.require_company()
        if company.id != company_id:
            raise NotFoundError("There is no such company of yours.", code="unknown_company")
        who.rights.require_owner("delete it")
        done = engine.deletions.company(company.id, wait=wait)
        engine.rejections.forget(company.id)
        return json_response({"job": ERASURE, "done": done}, status=202)

    return router
