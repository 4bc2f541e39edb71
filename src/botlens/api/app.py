"""The app of `botlens serve`."""

from collections.abc import Collection
from dataclasses import dataclass

from fastapi import FastAPI
from starlette.types import ASGIApp

from botlens import __version__
from botlens.api.addresses import answer_slashes
from botlens.api.auth.callers import caller_dependency
from botlens.api.bodies import Bodies
from botlens.api.cors import CrossOrigin
from botlens.api.desk import Desk
from botlens.api.dispatch import App, Dispatcher, Ingest
from botlens.api.exposition import Exposition
from botlens.api.observed import Observed
from botlens.api.openapi import describe
from botlens.api.packing import Packed
from botlens.api.responses import install_error_handlers
from botlens.api.routes.analytics import analytics_router
from botlens.api.routes.backup import backup_router
from botlens.api.routes.catalogue import catalogue_router
from botlens.api.routes.chatbots import chatbots_router
from botlens.api.routes.companies import companies_router
from botlens.api.routes.conversations import conversations_router
from botlens.api.routes.documentation import documentation_router
from botlens.api.routes.events import EventsIntake
from botlens.api.routes.export import export_router
from botlens.api.routes.health import health_router
from botlens.api.routes.jobs import jobs_router
from botlens.api.routes.query import query_router
from botlens.api.routes.verification import verification_router
from botlens.api.turns import BY_COMPANY
from botlens.clock import Clock, utc_now
from botlens.engine import Engine
from botlens.tenants.credentials import TokenVerifier


@dataclass(frozen=True, slots=True)
class Serving:
    """How an app serves.

    Attributes:
        cors_origins: origins whose pages may ask; `*` is any. They never send cookies.
        access_log: whether each request is a line of the log.
        questions_at_once: how many questions of one company run at once.
    """

    cors_origins: Collection[str] = ()
    access_log: bool = False
    questions_at_once: int = BY_COMPANY


def create_app(
    engine: Engine,
    tokens: TokenVerifier,
    *,
    local_token: str | None = None,
    clock: Clock = utc_now,
    serving: Serving = Serving(),
) -> App:
    """An app over an open engine, which stays the caller's to close.

    Args:
        engine: answers every route.
        tokens: checks JWTs.
        local_token: see `caller_dependency`.
        clock: gives the time that "today" is taken from, aware.
        serving: how it does that.
    """
    caller = caller_dependency(engine, tokens, local_token)
    bodies = Bodies()
    events = EventsIntake(engine, caller, bodies)
    desk = Desk(engine, serving.questions_at_once)
    product = FastAPI(
        title="botlens",
        version=__version__,
        summary="The analytics engine for chatbots.",
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    answer_slashes(product.router)
    install_error_handlers(product)
    describe(product)
    for router in (
        analytics_router(engine, caller, clock=clock, desk=desk),
        events.router(),
        query_router(engine, caller, clock, desk, bodies),
        catalogue_router(engine, caller),
        conversations_router(engine, caller, clock, desk),
        export_router(engine, caller, clock, desk),
        chatbots_router(engine, caller, bodies, desk),
        companies_router(engine, caller),
        jobs_router(engine, caller),
        verification_router(engine, caller, clock, desk),
        backup_router(engine, local_token, clock),
        health_router(engine, Exposition(engine, desk)),
        documentation_router(),
    ):
        product.include_router(router)
    ingest: ASGIApp = Ingest(events.path, events.answer)
    rest: ASGIApp = Packed(product)
    if serving.cors_origins:
        origins = serving.cors_origins
        ingest, rest = CrossOrigin(ingest, origins), CrossOrigin(rest, origins)
    dispatcher = Dispatcher(events.path, ingest, rest)
    return App(product, Observed(dispatcher, engine.telemetry, access_log=serving.access_log))
