"""`/v1/export`: conversations or messages as CSV, JSON lines or Parquet, streamed."""

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query
from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool

from botlens.api.analytics import Clock
from botlens.api.callers import CallerDependency
from botlens.api.entitled import entitled
from botlens.api.responses import ErrorRoute
from botlens.api.selecting import selecting
from botlens.api.shapes import ErrorBody
from botlens.engine import Engine
from botlens.errors import BotlensError
from botlens.tenants.plans import EXPORT
from botlens.tenants.values import Company

_ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The file.",
        "content": {
            "text/csv": {"schema": {"type": "string"}},
            "application/x-ndjson": {"schema": {"type": "string"}},
            "application/vnd.apache.parquet": {"schema": {"type": "string", "format": "binary"}},
        },
    },
    401: {"model": ErrorBody, "description": "No credentials, or bad ones."},
    402: {"model": ErrorBody, "description": "The company's plan does not include it, or not that far back."},
    404: {"model": ErrorBody, "description": "No company, or no such chatbot of the caller's."},
    422: {"model": ErrorBody, "description": "A parameter that cannot be right."},
}
_FORMAT = "Of the file."
_DATA = "One row a conversation, or one row a message."
_METRIC = "Only the conversations behind this figure of a query."


class BrokenOffError(Exception):
    """An export could not be finished after it had begun."""


def export_router(engine: Engine, caller: CallerDependency, clock: Clock) -> APIRouter:
    """The route of files."""
    router = APIRouter(prefix="/v1", route_class=ErrorRoute, tags=["export"], responses=_ANSWERS)
    company_of = entitled(engine, caller, EXPORT)
    select = selecting("format", "data", "metric")

    @router.get("/export", response_class=StreamingResponse)
    async def export(
        company: Annotated[Company, Depends(company_of)],
        chosen: Annotated[dict[str, Any], Depends(select)],
        suffix: Annotated[
            Literal["csv", "jsonl", "parquet"], Query(alias="format", description=_FORMAT)
        ] = "csv",
        data: Annotated[Literal["conversations", "messages"], Query(description=_DATA)] = "conversations",
        metric: Annotated[str | None, Query(description=_METRIC)] = None,
    ) -> StreamingResponse:
        """All conversations that started in a period and meet filters, or all their messages, as a file."""
        asked = {**chosen, "format": suffix, "data": data, "metric": metric or None}
        made = await run_in_threadpool(lambda: engine.export(company, asked, now=clock()))
        return StreamingResponse(
            _cut_if_broken(made.chunks),
            media_type=made.media_type,
            headers={
                "Content-Disposition": f'attachment; filename="{made.file_name}"',
                "Cache-Control": "no-store",
            },
        )

    return router


def _cut_if_broken(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """The chunks. An error among them breaks the connection off, so that half a file never looks whole."""
    try:
        yield from chunks
    except BotlensError as error:  # which nobody can be answered any more
        raise BrokenOffError(f"An export broke off: {error.message}") from error
