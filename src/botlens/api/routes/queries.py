"""`/v1/queries`: several questions of one moment, over one state of the data."""

from dataclasses import replace
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Depends, Query, Request, Response

from botlens.api.auth.callers import CallerDependency
from botlens.api.auth.entitled import entitled
from botlens.api.bodies import Bodies, json_of
from botlens.api.desk import Desk, Reply, as_json, to_the_minute
from botlens.api.responses import ErrorRoute
from botlens.api.routes.query import MOST_BYTES, query_too_large
from botlens.api.shapes.query import BATCH, BatchAnswer, json_body
from botlens.api.statuses import NOT_MODIFIED, errors
from botlens.clock import Clock
from botlens.engine import Engine
from botlens.errors import InvalidError
from botlens.moments import iso, microseconds
from botlens.query.batch import BatchResult, batch_questions
from botlens.store.failures import TooSlowError
from botlens.tenants.values import Company

_Q = "The questions by name, as JSON: what `POST` takes as its body."
_EXAMPLES = {
    "a first view": {
        "summary": "Cards, and a chart",
        "value": {
            "cards": {"metrics": ["conversations", "csat"], "compare": "previous_period", "n": True},
            "chart": {"metrics": ["conversations"], "dimensions": ["day"]},
        },
    }
}


def queries_router(
    engine: Engine, caller: CallerDependency, clock: Clock, desk: Desk, bodies: Bodies
) -> APIRouter:
    """The routes of batches."""
    router = APIRouter(prefix="/v1", route_class=ErrorRoute, tags=["query"])
    queries = engine.answers.queries
    company_of = entitled(engine, caller, queries.batch)

    async def answer(request: Request, company: Company, questions: dict[str, Any]) -> Response:
        return await desk.answer(
            request,
            company,
            {"route": "queries", "questions": questions},
            lambda scope: queries.batch(scope, questions),
            now=to_the_minute(clock()),
            reply_with=_reply,
        )

    @router.post(
        "/queries",
        response_model=BatchAnswer,
        operation_id="queries",
        openapi_extra=json_body(BATCH, _EXAMPLES),
        responses={**NOT_MODIFIED, **errors(402, 413, 422, 429)},
    )
    async def queries_by_body(company: Annotated[Company, Depends(company_of)], request: Request) -> Response:
        """Up to 20 questions at once: one moment, one state of the data, an answer or an error for each."""
        with bodies.of(company.id) as body:
            asked = batch_questions(json_of(await body.read(request, MOST_BYTES, query_too_large)))
        return await answer(request, company, asked)

    @router.get(
        "/queries",
        response_model=BatchAnswer,
        operation_id="queriesByLink",
        responses={**NOT_MODIFIED, **errors(402, 422, 429)},
    )
    async def queries_by_link(
        request: Request,
        company: Annotated[Company, Depends(company_of)],
        q: Annotated[str, Query(description=_Q)],
    ) -> Response:
        """The same as a link, whose answer a browser keeps for as long as nothing has changed."""
        for name in request.query_params:
            if name != "q":
                raise InvalidError(
                    f"There is no parameter `{name[:50]}`: all questions are in `q`.",
                    code="unknown_parameter",
                    field=name[:50],
                )
        return await answer(request, company, batch_questions(_json(q)))

    return router


def _reply(batch: BatchResult) -> Reply:
    body = {
        "as_of": iso(microseconds(batch.as_of)),
        "answers": batch.answers,
        "errors": {name: error.body() for name, error in batch.errors.items()},
    }
    lasts = not any(isinstance(error, TooSlowError) for error in batch.errors.values())
    return replace(as_json(body), lasts=lasts)


def _json(text: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        raise InvalidError("`q` is not JSON.", code="invalid_parameter", field="q") from None
