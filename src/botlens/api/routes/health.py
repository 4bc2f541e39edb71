"""`/healthz` (the process lives), `/readyz` (it can answer), `/metrics` (Prometheus)."""

from fastapi import APIRouter, Response
from fastapi.responses import PlainTextResponse

from botlens.api.exposition import Exposition
from botlens.api.responses import ErrorRoute, json_response
from botlens.api.shapes.health import Alive, Ready
from botlens.api.statuses import response
from botlens.engine import Engine
from botlens.errors import OverloadedError


class NotReadyError(OverloadedError):
    """The process cannot do its work now."""

    code = "not_ready"

    def __init__(self, problems: dict[str, str]) -> None:
        super().__init__("Not ready: " + "; ".join(each.rstrip(".") for each in problems.values()) + ".")


def health_router(engine: Engine, exposition: Exposition) -> APIRouter:
    """Routes for those who look after the server; they need no credentials and tell nothing of a company."""
    router = APIRouter(route_class=ErrorRoute, tags=["health"])

    @router.get("/healthz", response_model=Alive, operation_id="isAlive")
    async def healthz() -> Response:
        """The process lives."""
        return json_response({"status": "ok"})

    @router.get("/readyz", response_model=Ready, operation_id="isReady", responses={503: response(503)})
    async def readyz() -> Response:
        """Everything works; 503 with the reasons if not. Read from flags: it never waits."""
        if problems := engine.health.problems():
            raise NotReadyError(problems)
        answer: dict[str, object] = {"status": "ready"}
        if warnings := engine.health.warnings():
            answer["warnings"] = warnings
        return json_response(answer)

    @router.get("/metrics", operation_id="getCounters", response_class=PlainTextResponse)
    async def metrics() -> Response:
        """Counters for Prometheus."""
        return Response(await exposition.render(), media_type="text/plain; version=0.0.4; charset=utf-8")

    return router
