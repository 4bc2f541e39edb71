"""`/v1/query`: the question language, as JSON and as a link."""

from typing import Annotated, Any, Literal

import msgspec
from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import TypeAdapter

from botlens.api.auth.callers import CallerDependency
from botlens.api.auth.entitled import entitled
from botlens.api.bodies import Bodies
from botlens.api.desk import Desk, to_the_minute
from botlens.api.responses import ErrorRoute
from botlens.api.selecting import selecting
from botlens.api.shapes.query import QueryBody
from botlens.api.statuses import NOT_MODIFIED, errors
from botlens.clock import Clock
from botlens.engine import Engine
from botlens.errors import BadRequestError, InvalidError, TooLargeError
from botlens.query.shapes import QueryAnswer
from botlens.tenants.values import Company

_MOST_BYTES = 1 << 20
_OWN = ("metrics", "dimensions", "compare", "order_by", "limit", "labels", "wording")
_METRICS = "Names with commas between them, from GET /v1/metrics."
_DIMENSIONS = "Names with commas between them, from GET /v1/metrics; none: one row."
_COMPARE = "`previous_period`; another period: POST."
_ORDER = "A metric or dimension asked for; - before it descends. Several with commas between them."
_EXAMPLES = {
    "by day": {
        "summary": "Conversations and their rating by day, beside the 30 days before",
        "value": {
            "metrics": ["conversations", "average_rating"],
            "dimensions": ["day"],
            "period": "30d",
            "compare": "previous_period",
        },
    },
    "filtered": {
        "summary": "What one chatbot could not answer in English",
        "value": {
            "metrics": ["unanswered_answers"],
            "dimensions": ["question"],
            "chatbots": ["helpdesk"],
            "filters": {"field": "language", "op": "is", "value": "en"},
            "limit": 10,
        },
    },
}
_LABELS = "Tell what people know chatbots and questions of the rows by."
_WORDING = "Tell in `meta.wording` how people wrote the questions of the rows: `labels` by its old name."
_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": TypeAdapter(QueryBody).json_schema(), "examples": _EXAMPLES}
        },
    }
}


def query_router(
    engine: Engine, caller: CallerDependency, clock: Clock, desk: Desk, bodies: Bodies
) -> APIRouter:
    """The routes of the question language."""
    router = APIRouter(prefix="/v1", route_class=ErrorRoute, tags=["query"])
    queries = engine.answers.queries
    company_of = entitled(engine, caller, queries.query)

    async def answer(request: Request, company: Company, body: dict[str, Any]) -> Response:
        now = to_the_minute(clock())
        question = {"route": "query", "body": body}
        return await desk.answer(
            request, company, question, lambda scope: queries.query(scope, body), now=now
        )

    @router.post(
        "/query",
        response_model=QueryAnswer,
        operation_id="query",
        openapi_extra=_BODY,
        responses={**NOT_MODIFIED, **errors(402, 413, 422, 429)},
    )
    async def query(company: Annotated[Company, Depends(company_of)], request: Request) -> Response:
        """Metrics by dimensions, of the conversations that started in a period and meet filters."""
        with bodies.of(company.id) as body:
            asked = _object(await body.read(request, _MOST_BYTES, _too_large))
        return await answer(request, company, asked)

    @router.get(
        "/query",
        response_model=QueryAnswer,
        operation_id="queryByLink",
        responses={**NOT_MODIFIED, **errors(402, 422, 429)},
    )
    async def query_by_link(
        request: Request,
        company: Annotated[Company, Depends(company_of)],
        asked: Annotated[dict[str, Any], Depends(_asked)],
    ) -> Response:
        """The same as a link: lists with commas, filters as JSON or as `filter=field:op:value`."""
        return await answer(request, company, asked)

    return router


async def _asked(
    chosen: Annotated[dict[str, Any], Depends(selecting(*_OWN))],
    metrics: Annotated[list[str] | None, Query(description=_METRICS)] = None,
    dimensions: Annotated[list[str] | None, Query(description=_DIMENSIONS)] = None,
    compare: Annotated[str | None, Query(description=_COMPARE)] = None,
    order_by: Annotated[list[str] | None, Query(description=_ORDER)] = None,
    limit: Annotated[int | None, Query(description="How many rows; all if absent.")] = None,
    labels: Annotated[Literal["true", "false"] | None, Query(description=_LABELS)] = None,
    wording: Annotated[Literal["true", "false"] | None, Query(description=_WORDING)] = None,
) -> dict[str, Any]:
    """What a link asks, as the JSON of a request."""
    said = {
        "metrics": _listed(metrics),
        "dimensions": _listed(dimensions),
        "compare": compare,
        "order_by": _listed(order_by),
        "limit": limit,
        "labels": None if labels is None else labels == "true",
        "wording": None if wording is None else wording == "true",
    }
    return {**chosen, **{name: value for name, value in said.items() if value not in (None, [], "")}}


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
