"""`POST /v1/verify`: are the derived numbers what the raw events say?"""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Response

from botlens.api.auth.callers import CallerDependency, scoped
from botlens.api.desk import Desk
from botlens.api.responses import ErrorRoute, json_response
from botlens.api.shapes.verification import Verification
from botlens.api.statuses import errors
from botlens.clock import Clock
from botlens.engine import Engine
from botlens.tenants.values import Caller


def verification_router(engine: Engine, caller: CallerDependency, clock: Clock, desk: Desk) -> APIRouter:
    """The route behind `botlens doctor --verify`."""
    router = APIRouter(prefix="/v1", route_class=ErrorRoute, tags=["verification"])
    answers = engine.answers

    @router.post("/verify", response_model=Verification, operation_id="verify", responses=errors(429))
    async def verify(who: Annotated[Caller, Depends(scoped(caller, "admin"))]) -> Response:
        """Derive every conversation of the company anew and compare, part by part."""
        company = who.require_company()

        def verified() -> dict[str, Any]:
            return answers.verification.verify(answers.scope(company, clock()))

        return json_response(await desk.upkeep.run(company.id, verified))

    return router
