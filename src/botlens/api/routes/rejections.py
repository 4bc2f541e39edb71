"""`GET /v1/rejections`: which of a company's events were not taken lately, and why."""

from typing import Annotated

from fastapi import APIRouter, Depends, Response

from botlens.api.auth.callers import CallerDependency, scoped
from botlens.api.responses import ErrorRoute, json_response
from botlens.api.shapes.people import RejectionList
from botlens.api.statuses import errors
from botlens.engine import Engine
from botlens.moments import iso, microseconds
from botlens.tenants.values import Caller


def rejections_router(engine: Engine, caller: CallerDependency) -> APIRouter:
    """The route that helps whoever writes a sender."""
    router = APIRouter(prefix="/v1/rejections", route_class=ErrorRoute, tags=["events"], responses=errors())

    @router.get("", response_model=RejectionList, operation_id="listRejections")
    async def listed(who: Annotated[Caller, Depends(scoped(caller, "read"))]) -> Response:
        """The last hundred events and requests that were not taken since the start, the latest first."""
        in_words = who.rights.allow("admin")  # a message may repeat what somebody wrote
        found = [
            {
                "at": iso(microseconds(each.at)),
                "by": each.by,
                "code": each.code,
                "field": each.field,
                "message": each.message if in_words else None,
            }
            for each in engine.rejections.of(who.require_company().id)
        ]
        return json_response({"rejections": found})

    return router
