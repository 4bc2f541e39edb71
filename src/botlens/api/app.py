"""The FastAPI app of `botlens serve`."""

from fastapi import FastAPI

from botlens import __version__
from botlens.api.analytics import Clock, analytics_router, utc_now
from botlens.api.callers import caller_dependency
from botlens.api.chatbots import chatbots_router
from botlens.api.conversations import conversations_router
from botlens.api.events import EventsIntake
from botlens.api.export import export_router
from botlens.api.health import health_router
from botlens.api.query import query_router
from botlens.api.responses import install_error_handlers
from botlens.api.shortcut import AppWithShortcut
from botlens.api.telemetry import Exposition
from botlens.api.verification import verification_router
from botlens.engine import Engine
from botlens.tenants.credentials import TokenVerifier


def create_app(
    engine: Engine, tokens: TokenVerifier, *, local_token: str | None = None, clock: Clock = utc_now
) -> FastAPI:
    """An app over an open engine, which stays the caller's to close.

    Args:
        engine: answers every route.
        tokens: checks JWTs.
        local_token: see `caller_dependency`.
        clock: gives the time that "today" is taken from, aware.
    """
    app = AppWithShortcut(
        title="botlens",
        version=__version__,
        summary="The analytics engine for chatbots.",
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
        redoc_url=None,
    )
    install_error_handlers(app)
    caller = caller_dependency(engine, tokens, local_token)
    events = EventsIntake(engine, caller)
    app.shortcut = (events.path, events.answer)
    for router in (
        analytics_router(engine, caller, clock=clock),
        events.router(),
        query_router(engine, caller, clock),
        conversations_router(engine, caller, clock),
        export_router(engine, caller, clock),
        chatbots_router(engine, caller),
        verification_router(engine, caller),
        health_router(engine, Exposition(engine)),
    ):
        app.include_router(router)
    return app
