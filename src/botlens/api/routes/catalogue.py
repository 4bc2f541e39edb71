"""`/v1/metrics`: the catalogue, all that can be asked for."""

import msgspec
from fastapi import APIRouter, Depends, Request, Response

from botlens.api.auth.callers import CallerDependency
from botlens.api.auth.entitled import entitled
from botlens.api.responses import ErrorRoute
from botlens.api.statuses import NOT_MODIFIED, errors
from botlens.api.validators import REVALIDATED, is_known, not_modified, validator_of
from botlens.engine import Engine
from botlens.query.description import description
from botlens.query.shapes import CatalogueShape


def catalogue_router(engine: Engine, caller: CallerDependency) -> APIRouter:
    """The route of the catalogue, which is the same for whoever may ask."""
    router = APIRouter(prefix="/v1", route_class=ErrorRoute, tags=["query"])
    catalogue = msgspec.json.encode(description())
    validator = validator_of(catalogue)

    @router.get(
        "/metrics",
        response_model=CatalogueShape,
        operation_id="getCatalogue",
        responses={**NOT_MODIFIED, **errors(402)},
        dependencies=[Depends(entitled(engine, caller, engine.answers.queries.catalogue))],
    )
    async def metrics(request: Request) -> Response:
        """The catalogue: metrics, dimensions, filters and periods, with their definitions."""
        if is_known(request, validator):
            return not_modified(validator)
        headers = {"ETag": validator, "Cache-Control": REVALIDATED}
        return Response(catalogue, 200, headers, "application/json")

    return router
