"""`/v1/values`: what a filter can be set to."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response

from botlens.api.auth.callers import CallerDependency
from botlens.api.auth.entitled import entitled
from botlens.api.desk import Desk, to_the_minute
from botlens.api.responses import ErrorRoute
from botlens.api.selecting import selecting
from botlens.api.statuses import NOT_MODIFIED, errors
from botlens.clock import Clock
from botlens.engine import Engine
from botlens.query.shapes import FieldValues
from botlens.query.values import DEFAULT_LIMIT
from botlens.tenants.values import Company

_FIELD = "A field of filters, from GET /v1/metrics."
_CONTAINS = (
    "Only values that have this in them, without regard to case, width and accents; of fields that are "
    "texts. Of chatbots, the name or the id has."
)
_LIMIT = "How many at most, 1 to 200."


def values_router(engine: Engine, caller: CallerDependency, clock: Clock, desk: Desk) -> APIRouter:
    """Values of fields."""
    router = APIRouter(prefix="/v1", route_class=ErrorRoute, tags=["query"])
    values = engine.answers.values

    @router.get(
        "/values",
        response_model=FieldValues,
        operation_id="listValues",
        responses={**NOT_MODIFIED, **errors(402, 422, 429)},
    )
    async def listed(
        request: Request,
        company: Annotated[Company, Depends(entitled(engine, caller, values.values))],
        chosen: Annotated[dict[str, Any], Depends(selecting("field", "contains", "limit"))],
        field: Annotated[str, Query(description=_FIELD)],
        contains: Annotated[str | None, Query(description=_CONTAINS)] = None,
        limit: Annotated[int, Query(description=_LIMIT)] = DEFAULT_LIMIT,
    ) -> Response:
        """The values of a field that conversations of a period have, the most frequent first."""
        asked = {**chosen, "field": field, "contains": contains or None, "limit": limit}
        question = {"route": "values", "asked": asked}
        return await desk.answer(
            request,
            company,
            question,
            lambda scope: values.values(scope, asked),
            now=to_the_minute(clock()),
        )

    return router
