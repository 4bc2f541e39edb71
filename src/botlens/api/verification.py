"""`POST /v1/verify`: are the derived numbers what the raw events say?"""

from typing import Annotated

from fastapi import APIRouter, Depends, Response

from botlens.api.callers import CallerDependency, scoped
from botlens.api.responses import ErrorRoute, json_response
from botlens.api.shapes import Verification
from botlens.engine import Engine
from botlens.tenants.values import Caller


def verification_router(engine: Engine, caller: CallerDependency) -> APIRouter:
    """The route behind `botlens doctor --verify`."""
    router = APIRouter(prefix="/v1", route_class=ErrorRoute, tags=["verification"])

    @router.post("/verify", response_model=Verification)
    def verify(who: Annotated[Caller, Depends(scoped(caller, "admin"))]) -> Response:
        """Derive every conversation of the company anew and compare, part by part."""
        return json_response(engine.verify(who.require_company().id))

    return router
