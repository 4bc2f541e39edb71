"""`/healthz` (the process lives), `/readyz` (it can answer), `/metrics` (Prometheus)."""

from fastapi import APIRouter, Response

from botlens.api.responses import ErrorRoute, json_response
from botlens.api.telemetry import Exposition
from botlens.engine import Engine


def health_router(engine: Engine, exposition: Exposition) -> APIRouter:
    """Routes for those who look after the server; they need no credentials and tell nothing of a company."""
    router = APIRouter(route_class=ErrorRoute, tags=["health"])

    @router.get("/healthz")
    async def healthz() -> Response:
        """The process lives."""
        return json_response({"status": "ok"})

    @router.get("/readyz")
    def readyz() -> Response:
        """Accounts and events answer; 503 with the reason if not."""
        engine.ping()
        return json_response({"status": "ready"})

    @router.get("/metrics")
    def metrics() -> Response:
        """Counters for Prometheus."""
        return Response(exposition.render(), media_type="text/plain; version=0.0.4; charset=utf-8")

    return router
