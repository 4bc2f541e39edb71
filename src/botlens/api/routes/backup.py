"""`GET /v1/backup`: a backup of the whole folder, for `botlens backup` on the same machine alone."""

import hmac
from collections.abc import AsyncIterator, Generator

from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool

from botlens.api.responses import ErrorRoute
from botlens.api.routes.export import streamed
from botlens.clock import Clock
from botlens.engine import Engine
from botlens.errors import ForbiddenError


def backup_router(engine: Engine, local_token: str | None, clock: Clock) -> APIRouter:
    """The route behind `botlens backup`. No key opens it, and it is not described."""
    router = APIRouter(prefix="/v1", route_class=ErrorRoute, include_in_schema=False)

    @router.get("/backup")
    async def backup(request: Request) -> StreamingResponse:
        said = request.headers.get("authorization", "")
        if not local_token or not hmac.compare_digest(said.encode(), f"Bearer {local_token}".encode()):
            raise ForbiddenError(
                "A backup holds all companies: only `botlens backup`, run by the owner of the data folder on "
                "this machine, may take one.",
                code="local_only",
            )
        pieces = await run_in_threadpool(engine.backups.take, clock())
        return streamed(_asked_for(pieces), "application/x-tar", "botlens.tar")

    return router


async def _asked_for(pieces: Generator[bytes]) -> AsyncIterator[bytes]:
    """The pieces, each made when the one before was taken; the backup ends when nobody asks any more."""
    try:
        while (piece := await run_in_threadpool(next, pieces, None)) is not None:
            yield piece
    finally:
        await run_in_threadpool(pieces.close)
