"""`POST /v1/events`: events in; the answer comes when they are durable and counted."""

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from starlette.concurrency import run_in_threadpool

from botlens.api.callers import CallerDependency, scoped
from botlens.api.responses import ErrorRoute, json_response
from botlens.api.shapes import Accepted, ErrorBody
from botlens.api.telemetry import Telemetry
from botlens.engine import Engine
from botlens.ingest.body import MAX_BYTES, too_large
from botlens.ingest.pipeline import Parcel, decode, parcel
from botlens.tenants.values import Caller

_SMALL = 32_768

_ERRORS: dict[int | str, dict[str, Any]] = {
    400: {"model": ErrorBody, "description": "The body cannot be read at all; nothing of it was taken."},
    401: {"model": ErrorBody, "description": "No credentials, or bad ones."},
    413: {"model": ErrorBody, "description": "More than 10,000 events or 16 MiB."},
    503: {"model": ErrorBody, "description": "Too much at once; nothing was kept. See Retry-After."},
}


def events_router(engine: Engine, caller: CallerDependency, telemetry: Telemetry) -> APIRouter:
    """The route that takes events."""
    router = APIRouter(prefix="/v1", route_class=ErrorRoute, tags=["events"], responses=_ERRORS)

    def take(request: Request, body: bytes, company_id: str) -> Parcel:
        headers = request.headers
        decoded = decode(body, headers.get("content-type"), headers.get("content-encoding"))
        return parcel(decoded, engine.thresholds(company_id))

    @router.post("/events", response_model=Accepted)
    async def events(request: Request, who: Annotated[Caller, Depends(scoped(caller, "ingest"))]) -> Response:
        """Send events: JSON `{"events": [...]}` or one event a line, plain, gzip or zstd."""
        company_id = who.require_company().id
        body = await _read(request)
        if len(body) < _SMALL and "content-encoding" not in request.headers:
            taken = take(request, body, company_id)
        else:
            taken = await run_in_threadpool(take, request, body, company_id)
        if taken.records:
            await asyncio.wrap_future(engine.submit(company_id, taken.records))
        telemetry.count(taken)
        answer: dict[str, Any] = {"accepted": len(taken.records), "rejected": taken.rejected}
        if taken.warnings:
            answer["warnings"] = taken.warnings
        return json_response(answer)

    return router


async def _read(request: Request) -> bytes:
    declared = request.headers.get("content-length", "")
    if declared.isdigit() and int(declared) > MAX_BYTES:
        raise too_large()
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > MAX_BYTES:
            raise too_large()
        parts.append(part)
    return b"".join(parts)
