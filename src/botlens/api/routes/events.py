"""`POST /v1/events`: events in; the answer comes when they are durable and counted."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response

from botlens.api.acknowledgements import Acknowledgements
from botlens.api.auth.callers import CallerDependency, permitted
from botlens.api.bodies import Bodies
from botlens.api.responses import ErrorRoute, json_response
from botlens.api.shapes.events import BODY, Accepted
from botlens.api.statuses import errors
from botlens.clock import Clock
from botlens.commit.thresholds import Thresholds
from botlens.database.patience import NotRememberedError
from botlens.engine import Engine
from botlens.errors import BotlensError
from botlens.intake.body import MAX_BYTES, too_large
from botlens.intake.pipeline import Parcel, decode, parcel, warn_of_times_ahead, without
from botlens.monitoring.rejections import OF_ONE, RejectedLately, short
from botlens.tenants.values import Caller

_SCOPE = "ingest"
_SCOPE_TO_DELETE = "admin"  # a whole conversation
_SMALL = 32_768
_BUSY = 429  # from here on it is not what was sent that is wrong


class EventsIntake:
    """Takes the bodies of `POST /v1/events`: as a route with its documentation, and past the framework.

    Args:
        engine: takes the events.
        caller: says who sends them.
        bodies: what the app has in memory.
        clock: says when something was rejected.
    """

    path = "/v1/events"

    def __init__(self, engine: Engine, caller: CallerDependency, bodies: Bodies, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock
        self._bodies = bodies
        self._caller = caller
        self._acknowledgements = Acknowledgements()

    def router(self) -> APIRouter:
        """The route that takes events."""
        router = APIRouter(route_class=ErrorRoute, tags=["events"])

        @router.post(
            self.path,
            response_model=Accepted,
            operation_id="sendEvents",
            openapi_extra={"requestBody": BODY},
            responses=errors(413, 415),
        )
        async def events(request: Request, who: Annotated[Caller, Depends(self._caller)]) -> Response:
            """Send events: JSON `{"events": [...]}` or one event a line, plain, gzip or zstd."""
            return await self._answer(request, who)

        return router

    async def answer(self, request: Request) -> Response:
        """What the route answers, made of the bare request."""
        return await self._answer(request, await self._caller(request))

    async def _answer(self, request: Request, who: Caller) -> Response:
        try:
            return await self._take(request, permitted(who, _SCOPE))
        except BotlensError as error:
            # Readers of embedded pages send nothing, and must not crowd out what senders are told.
            if error.status < _BUSY and who.company is not None and who.company.link is None:
                self._note(who, [(error.code, error.message, error.field)])
            raise

    async def _take(self, request: Request, who: Caller) -> Response:
        company_id = who.require_company().id
        with self._bodies.of(company_id) as body:
            read = await body.read(request, MAX_BYTES, too_large)
            is_small = len(read) < _SMALL and "content-encoding" not in request.headers
            made = self._at_once(request, read, who) if is_small else None
            if made is None:
                made = await self._bodies.work(company_id, self._parcel, request, read, who)
        taken, thresholds = made
        if taken.records:
            commit = self._engine.commits.submit(company_id, taken.records, thresholds)
            refused = await self._acknowledgements.of(commit)
            if refused:
                taken = without(taken, refused)
        self._count(taken)
        if taken.rejected:
            latest = taken.rejected[-OF_ONE:]
            self._note(who, [(each.code, each.message, each.field) for each in latest])
        answer: dict[str, Any] = {"accepted": len(taken.records), "rejected": taken.rejected}
        if taken.warnings.listed:
            answer["warnings"] = taken.warnings.listed
            answer["warning_counts"] = dict(taken.warnings.counts)
        return json_response(answer)

    def _at_once(self, request: Request, body: bytes, who: Caller) -> tuple[Parcel, Thresholds] | None:
        """A parcel without waiting for anything; None if the accounts must be waited for."""
        try:
            return self._engine.accounts.at_once(self._parcel, request, body, who)
        except NotRememberedError:
            return None

    def _count(self, taken: Parcel) -> None:
        self._engine.telemetry.accepted.inc(len(taken.records))
        for each in taken.rejected:
            self._engine.telemetry.rejected.labels(each.code).inc()

    def _note(self, who: Caller, rejected: list[tuple[str, str, str | None]]) -> None:
        now = self._clock()
        self._engine.rejections.note(
            who.require_company().id,
            [RejectedLately(now, who.who, code, short(message), name) for code, message, name in rejected],
        )

    def _parcel(self, request: Request, body: bytes, who: Caller) -> tuple[Parcel, Thresholds]:
        """What a body holds, and the thresholds it is counted with, which tell what chatbots there are."""
        # First: where they must be waited for, a body that was decoded would be decoded once more.
        thresholds = self._engine.commits.thresholds(who.require_company().id)
        headers = request.headers
        decoded = decode(body, headers.get("content-type"), headers.get("content-encoding"))
        warn_of_times_ahead(decoded, self._clock())
        may_delete = who.rights.allow(_SCOPE_TO_DELETE)
        return parcel(decoded, thresholds.by_chatbot.keys(), may_delete=may_delete), thresholds
