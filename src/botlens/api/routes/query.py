"""`/v1/query`: the question language, as JSON and as a link."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request, Response

from botlens.answers.query_files import OF_FILES, FileWish, QueryFile
from botlens.api.auth.callers import CallerDependency
from botlens.api.auth.entitled import entitled
from botlens.api.bodies import Bodies, json_of
from botlens.api.desk import Desk, Reply, to_the_minute
from botlens.api.responses import ErrorRoute
from botlens.api.selecting import selecting
from botlens.api.shapes.query import QUERY_BODY, json_body
from botlens.api.statuses import NOT_MODIFIED, Responses, errors
from botlens.clock import Clock
from botlens.engine import Engine
from botlens.errors import InvalidError, TooLargeError
from botlens.query.additions import ADDITIONS
from botlens.query.shapes import QueryAnswer
from botlens.tenants.values import Company

MOST_BYTES = 1 << 20
"""Of the body of a query."""

Flag = Literal["true", "false"]
_OWN = ("metrics", "dimensions", "compare", "align", "order_by", "limit", *ADDITIONS, *OF_FILES)
_METRICS = "Names with commas between them, from GET /v1/metrics."
_DIMENSIONS = "Names with commas between them, from GET /v1/metrics; none: one row."
_COMPARE = "`previous_period`, `previous_period_whole` or `previous_year`; another period: POST."
_ALIGN = "`weekday`: the earlier period begins on the same weekday."
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
_TOTALS = "Tell each metric of the whole beside the rows."
_N = "Of which metrics to tell what their values stand on: `true` (if absent), `false`, or names with commas."
_CHANGE = "Of which metrics to tell how they changed, with `compare`: `true` (if absent), `false`, or names."
_FORMAT = "JSON, or the rows as a file."
_BOM = "Begin CSV with a byte order mark, by which spreadsheets know UTF-8."
_FILES: Responses = {
    200: {
        "description": "The answer, or its rows as a file.",
        "content": {
            "text/csv": {"schema": {"type": "string"}},
            "application/vnd.apache.parquet": {"schema": {"type": "string", "format": "binary"}},
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
        if FileWish.parse(body).format is None:
            asked = {name: value for name, value in body.items() if name not in OF_FILES}
            return await desk.answer(
                request, company, question, lambda scope: queries.query(scope, asked), now=now
            )
        return await desk.answer(
            request, company, question, lambda scope: queries.file(scope, body), now=now, reply_with=_as_file
        )

    @router.post(
        "/query",
        response_model=QueryAnswer,
        operation_id="query",
        openapi_extra=json_body(QUERY_BODY, _EXAMPLES),
        responses={**_FILES, **NOT_MODIFIED, **errors(402, 413, 422, 429)},
    )
    async def query(company: Annotated[Company, Depends(company_of)], request: Request) -> Response:
        """Metrics by dimensions, of the conversations that started in a period and meet filters."""
        with bodies.of(company.id) as body:
            asked = _object(json_of(await body.read(request, MOST_BYTES, query_too_large)))
        return await answer(request, company, asked)

    @router.get(
        "/query",
        response_model=QueryAnswer,
        operation_id="queryByLink",
        responses={**_FILES, **NOT_MODIFIED, **errors(402, 422, 429)},
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
    align: Annotated[Literal["weekday"] | None, Query(description=_ALIGN)] = None,
    order_by: Annotated[list[str] | None, Query(description=_ORDER)] = None,
    limit: Annotated[int | None, Query(description="How many rows; all if absent.")] = None,
    totals: Annotated[Flag | None, Query(description=_TOTALS)] = None,
    n: Annotated[list[str] | None, Query(description=_N)] = None,
    change: Annotated[list[str] | None, Query(description=_CHANGE)] = None,
    labels: Annotated[Flag | None, Query(description=_LABELS)] = None,
    wording: Annotated[Flag | None, Query(description=_WORDING)] = None,
    suffix: Annotated[
        Literal["json", "csv", "parquet"] | None, Query(alias="format", description=_FORMAT)
    ] = None,
    bom: Annotated[Flag | None, Query(description=_BOM)] = None,
) -> dict[str, Any]:
    """What a link asks, as the JSON of a request."""
    said = {
        "metrics": _listed(metrics),
        "dimensions": _listed(dimensions),
        "compare": compare,
        "align": align,
        "order_by": _listed(order_by),
        "limit": limit,
        "totals": _flag(totals),
        "n": _some(n),
        "change": _some(change),
        "labels": _flag(labels),
        "wording": _flag(wording),
        "format": suffix,
        "bom": _flag(bom),
    }
    return {**chosen, **{name: value for name, value in said.items() if value not in (None, [], "")}}


def _listed(said: list[str] | None) -> list[str]:
    return [name.strip() for each in said or [] for name in each.split(",") if name.strip()]


def _some(said: list[str] | None) -> bool | list[str]:
    return said == ["true"] if said in (["true"], ["false"]) else _listed(said)


def _flag(said: str | None) -> bool | None:
    return None if said is None else said == "true"


def query_too_large() -> TooLargeError:
    """The error of a body of more than `MOST_BYTES`."""
    return TooLargeError("A query has at most 1 MiB.")


def _as_file(made: QueryFile) -> Reply:
    headers = {"Content-Disposition": f'attachment; filename="{made.name}"'}
    return Reply(made.content, made.media_type, headers)


def _object(found: Any) -> dict[str, Any]:
    if not isinstance(found, dict):
        raise InvalidError(
            'A query is an object like {"metrics": ["conversations"], "dimensions": ["day"]}.',
            code="invalid_query",
        )
    return found
