"""The app of `botlens serve`."""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from fastapi import FastAPI
from starlette.types import ASGIApp

from botlens import __version__
from botlens.api.addresses import answer_slashes
from botlens.api.auth.callers import caller_dependency
from botlens.api.auth.public_address import DEFAULT_URL, PublicAddress
from botlens.api.bodies import Bodies
from botlens.api.cors import CrossOrigin
from botlens.api.desk import Desk
from botlens.api.dispatch import App, Dispatcher, Ingest
from botlens.api.exposition import Exposition
from botlens.api.observed import Observed
from botlens.api.openapi import describe
from botlens.api.packing import Packed
from botlens.api.passing.orders import NodeOrders
from botlens.api.passing.passing import Neighbourhood, Passing
from botlens.api.responses import install_error_handlers
from botlens.api.routes.analytics import analytics_router
from botlens.api.routes.backup import backup_router
from botlens.api.routes.catalogue import catalogue_router
from botlens.api.routes.chatbots import chatbots_router
from botlens.api.routes.companies import companies_router
from botlens.api.routes.company import company_router
from botlens.api.routes.conversations import conversations_router
from botlens.api.routes.documentation import documentation_router
from botlens.api.routes.embed_links import embed_links_router
from botlens.api.routes.events import EventsIntake
from botlens.api.routes.export import export_router
from botlens.api.routes.gaps import gaps_router
from botlens.api.routes.health import health_router
from botlens.api.routes.jobs import jobs_router
from botlens.api.routes.keys import keys_router
from botlens.api.routes.live import MOST_STREAMS, live_router
from botlens.api.routes.markers import markers_router
from botlens.api.routes.me import me_router
from botlens.api.routes.members import members_router
from botlens.api.routes.queries import queries_router
from botlens.api.routes.query import query_router
from botlens.api.routes.rejections import rejections_router
from botlens.api.routes.session import session_router
from botlens.api.routes.values import values_router
from botlens.api.routes.verification import verification_router
from botlens.api.routes.views import views_router
from botlens.api.routes.web import web_router
from botlens.api.streams import Streams
from botlens.api.turns import BY_COMPANY
from botlens.clock import Clock, utc_now
from botlens.engine import Engine
from botlens.tenants.credentials import TokenVerifier
from botlens.web.site import DIST, read_site


@dataclass(frozen=True, slots=True)
class Serving:
    """How an app serves.

    Attributes:
        cors_origins: origins whose pages may ask; `*` is any. They never send cookies.
        access_log: whether each request is a line of the log.
        questions_at_once: how many questions of one company run at once.
        page: the folder of the built web page, read when the app is made.
        public_url: the address by which browsers know it, without a slash at the end.
        streams: how many may be open at `GET /v1/live`.
    """

    cors_origins: Collection[str] = ()
    access_log: bool = False
    questions_at_once: int = BY_COMPANY
    page: Path = DIST
    public_url: str = DEFAULT_URL
    streams: int = MOST_STREAMS


def create_app(
    engine: Engine,
    tokens: TokenVerifier,
    *,
    local_token: str | None = None,
    clock: Clock = utc_now,
    serving: Serving = Serving(),
    neighbourhood: Neighbourhood | None = None,
) -> App:
    """An app over an open engine, which stays the caller's to close.

    Args:
        engine: answers every route.
        tokens: checks JWTs.
        local_token: see `caller_dependency`.
        clock: gives the time that "today" is taken from, aware.
        serving: how it does that.
        neighbourhood: the nodes of a cluster, if this process is one; else it has every company.
    """
    site = PublicAddress(serving.public_url)
    caller = caller_dependency(engine, tokens, local_token, site)
    bodies = Bodies()
    events = EventsIntake(engine, caller, bodies, clock)
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
    describe(product, site.cookie)
    for router in (
        analytics_router(engine, caller, clock=clock, desk=desk),
        events.router(),
        query_router(engine, caller, clock, desk, bodies),
        catalogue_router(engine, caller),
        values_router(engine, caller, clock, desk),
        queries_router(engine, caller, clock, desk, bodies),
        conversations_router(engine, caller, clock, desk),
        export_router(engine, caller, clock, desk),
        me_router(engine, caller, clock, desk),
        session_router(engine, caller, tokens, bodies, site),
        chatbots_router(engine, caller, bodies, desk),
        companies_router(engine, caller),
        company_router(engine, caller, bodies),
        members_router(engine, caller, bodies),
        keys_router(engine, caller, bodies),
        rejections_router(engine, caller),
        jobs_router(engine, caller),
        live_router(engine, caller, streams=Streams(engine, serving.streams), again=caller),
        gaps_router(engine, caller, clock, desk, bodies),
        markers_router(engine, caller, clock, desk, bodies),
        views_router(engine, caller, bodies),
        embed_links_router(engine, caller, clock, bodies, site),
        verification_router(engine, caller, clock, desk),
        backup_router(engine, local_token, clock),
        health_router(engine, Exposition(engine, desk)),
        documentation_router(),
        web_router(read_site(serving.page), site, engine.accounts.embed_origins),
    ):
        product.include_router(router)
    whole: ASGIApp = Dispatcher(events.path, Ingest(events.path, events.answer), Packed(product))
    if neighbourhood is not None:
        whole = Passing(whole, caller, neighbourhood, engine.telemetry)
        if engine.orders is not None:
            whole = NodeOrders(whole, engine.orders, neighbourhood.ownership, neighbourhood.secret)
    if serving.cors_origins:  # around all that answers: a page of another origin reads no error without it
        whole = CrossOrigin(whole, serving.cors_origins)
    return App(product, Observed(whole, engine.telemetry, access_log=serving.access_log))
