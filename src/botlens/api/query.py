"""`/v1/query` and `/v1/metrics`: the question language, and what can be asked in it."""

from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import TypeAdapter
from starlette.concurrency import run_in_threadpool

from botlens.api.analytics import Clock
from botlens.api.bodies import read_body
from botlens.api.callers import CallerDependency
from botlens.api.entitled import entitled
from botlens.api.query_shapes import CatalogueShape, QueryAnswer, QueryBody
from botlens.api.responses import ErrorRoute, json_response
from botlens.api.selecting import selecting
from botlens.api.shapes import ErrorBody
from botlens.engine import Engine
from botlens.errors import BadRequestError, InvalidError, TooLargeError
from botlens.metrics.description import description
from botlens.tenants.plans import QUERY
from botlens.tenants.values import Company

_ERRORS: dict[int | str, dict[str, Any]] = {
    401: {"model": ErrorBody, "description": "No credentials, or bad ones."},
    402: {"model": ErrorBody, "description": "The company's plan does not include it."},
    404: {"model": ErrorBody, "description": "No company, or no such chatbot of the caller's."},
    422: {"model": ErrorBody, "description": "A question that cannot be answered; the sentence says why."},
}
_MOST_BYTES = 1 << 20
_OWN = ("metrics", "dimensions", "compare", "order_by", "limit")
_METRICS = "Names with commas between them, from GET /v1/metrics."
_DIMENSIONS = "Names with commas between them, from GET /v1/metrics; none: one row."
_COMPARE = "`previous_period`; another period: POST."
_ORDER = "A metric or dimension asked for; - before it descends. Several with commas between them."
_BODY = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": TypeAdapter(QueryBody).json_schema()}},
    }
}


def query_router(engine: Engine, caller: CallerDependency, clock: Clock) -> APIRouter:
    """The routes of the question language."""
    router = APIRouter(prefix="/v1", route_class=ErrorRoute, tags=["query"], responses=_ERRORS)
    company_of = entitled(engine, caller, QUERY)

    async def answer(company: Company, body: dict[str, Any]) -> Response:
        found = await run_in_threadpool(lambda: engine.query(company, body, now=clock()))
        return json_response(found)

    @router.post("/query", response_model=QueryAnswer, openapi_extra=_BODY)
    async def query(company: Annotated[Company, Depends(company_of)], request: Request) -> Response:
        """Metrics by dimensions, of the conversations that started in a period and meet filters."""
        return await answer(company, _object(await read_body(request, _MOST_BYTES, _too_large)))

    @router.get("/query", response_model=QueryAnswer)
    async def query_by_link(
        company: Annotated[Company, Depends(company_of)],
        chosen: Annotated[dict[str, Any], Depends(selecting(*_OWN))],
        metrics: Annotated[list[str] | None, Query(description=_METRICS)] = None,
        dimensions: Annotated[list[str] | None, Query(description=_DIMENSIONS)] = None,
        compare: Annotated[str | None, Query(description=_COMPARE)] = None,
        order_by: Annotated[list[str] | None, Query(description=_ORDER)] = None,
        limit: Annotated[int | None, Query(description="How many rows; all if absent.")] = None,
    ) -> Response:
        """The same as a link: lists with commas, filters as JSON or as `filter=field:op:value`."""
        said = {
            "metrics": _listed(metrics),
            "dimensions": _listed(dimensions),
            "compare": compare,
            "order_by": _listed(order_by),
            "limit": limit,
        }
        return await answer(
            company,
            {**chosen, **{name: value for name, value in said.items() if value not in (None, [], "")}},
        )

    @router.get("/metrics", response_model=CatalogueShape)
    async def metrics(company: Annotated[Company, Depends(company_of)]) -> Response:
        """The catalogue: metrics, dimensions, filters and periods, with their definitions."""
        return json_response(description())

    return router


def _listed(said: list[str] | None) -> list[str]:
    return [name.strip() for each in said or [] for name in each.split(",") if name.strip()]


def _too_large() -> TooLargeError:
    return TooLargeError("A query has at most 1 MiB.")


def _object(body: bytes) -> dict[str, Any]:
    try:
        found = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise BadRequestError("The body is not JSON.", code="invalid_json") from None
    if not isinstance(found, dict):
        raise InvalidError(
            'A query is an object like {"metrics": ["conversations"], "dimensions": ["day"]}.',
            code="invalid_query",
        )
    return found
