"""An app of a node among several: what it may not answer is passed on; what it answers must be its to say.

A request is at the right node or not as soon as it is known who asks, which every route asks before anything
else. Then the app stops at once, and the request goes on to the node that has the company. What the app
answers leaves only if this node has had the company all the time.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from hashlib import sha256
from time import monotonic
from typing import Any, Final

import structlog
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from botlens.api.observed import forget_code, note_route
from botlens.api.passing.hop import NOT_HERE, CutError, Hop, UnansweredError
from botlens.api.passing.kept import KeptRequest, may_be_repeated
from botlens.api.passing.place import ElsewhereError, RequestPlace, place_beside
from botlens.api.passing.seal import PASSED_ON, Seal
from botlens.api.responses import error_response
from botlens.cluster.ownership import Here, Nowhere, Ownership, There
from botlens.errors import BadRequestError, BotlensError, NotHereError, OverloadedError, TooLargeError
from botlens.monitoring.telemetry import Telemetry

log = structlog.get_logger(__name__)

_MOST_ASKERS: Final = 10_000
_CREDENTIALS: Final = (b"authorization", b"cookie", b"x-botlens-company")
_PASSED_ON: Final = "passed on"
"""What stands for the route of requests that are passed on without a look at what they ask for."""

_HOPS: Final = 3
_LOOK_SECONDS: Final = 0.02
_MOVES_WITHIN: Final = 8.0
_KNOWN_WITHIN: Final = 3.0
_PERHAPS: Final = (
    "The node that had this company went away while it answered. What was asked for may have been done: "
    "look, or send it again where that changes nothing (events are counted once)."
)


@dataclass(frozen=True, slots=True)
class Neighbourhood:
    """The nodes of a cluster, as one of them sees them.

    Attributes:
        ownership: knows which has which company.
        secret: that all of them share, of 32 bytes at least.
        node: the name of this one.
    """

    ownership: Ownership
    secret: bytes
    node: str


class Passing:
    """The app of one node.

    Args:
        app: answers for the companies of this node.
        caller: says who asks, and where they are answered.
        neighbourhood: it is in.
        telemetry: counts what is passed on.
    """

    def __init__(
        self,
        app: ASGIApp,
        caller: Callable[[Request], Awaitable[Any]],
        neighbourhood: Neighbourhood,
        telemetry: Telemetry,
    ) -> None:
        self._app = app
        self._caller = caller
        self._asked_before: dict[bytes, str] = {}
        self._ownership = neighbourhood.ownership
        self._seal = Seal(neighbourhood.secret)
        self._hop = Hop(self._seal, neighbourhood.node)
        self._passed_on = telemetry.passed_on

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            if scope["type"] == "lifespan":
                await self._hop.close()
            return
        place = RequestPlace(self._ownership, self._seal.opened(scope))
        kept = KeptRequest(receive, lambda: place.company_id is not None)
        answer = _Answer(place, send)
        inner = place_beside(_as_it_came(scope, place), place)
        try:
            is_elsewhere = await self._is_elsewhere(inner, kept, place)
        except OverloadedError as error:  # the app would wait for the same for as long again
            await error_response(error)(inner, kept.receive, send)
            return
        if not is_elsewhere:
            await self._answer({**inner}, kept.receive, answer)
            if place.is_moving:
                await _until_it_has_moved(place)
                forget_code(scope)
                await self._answer({**inner}, kept.again, answer)
            self._remember(scope, place)
        if answer.is_cut:
            return
        if place.there is not None and await self._pass_on(inner, kept, send, place, place.there):
            kept.rewind()
            place.there, place.has_moved = None, True
            await self._answer({**inner}, kept.again, answer)
            if place.there is not None:  # it has gone again
                await _refuse(inner, kept, send, place, is_untouched=True)
        if answer.is_late:
            await self._answer_late(inner, kept, send, place)

    async def _answer(self, scope: Scope, receive: Receive, answer: "_Answer") -> None:
        """Have the app answer, as far as it may."""
        try:
            await self._app(scope, receive, answer.send)
        except Exception:  # frameworks make errors of their own of the one that cuts
            if not answer.is_cut:
                raise

    async def _is_elsewhere(self, scope: Scope, kept: KeptRequest, place: RequestPlace) -> bool:
        """Whether a request is surely for another node, of whoever was sent there before.

        All that is done for it here is to look who asks, as a route does: without the way through the app.

        Raises:
            OverloadedError: nobody can say who asks.
        """
        company_id = self._asked_before.get(_credentials(scope), "") if place.arrived is None else ""
        if not company_id or not isinstance(self._ownership.place_of(company_id), There):
            return False
        note_route(scope, _PASSED_ON)
        try:
            await self._caller(Request(scope, kept.receive))
        except ElsewhereError:
            place.is_moving = False  # whether it is worth waiting for is seen on the longer way
            return place.there is not None
        except BotlensError as error:  # a route says what is wrong in its own words
            if isinstance(error, OverloadedError) and not isinstance(error, NotHereError):
                raise
        return False

    def _remember(self, scope: Scope, place: RequestPlace) -> None:
        """The next request of whoever was sent elsewhere goes there by a shorter way."""
        if place.there is not None and place.company_id is not None:
            if len(self._asked_before) >= _MOST_ASKERS:
                self._asked_before.clear()
            self._asked_before[_credentials(scope)] = place.company_id

    async def _answer_late(self, scope: Scope, kept: KeptRequest, send: Send, place: RequestPlace) -> None:
        """The company went to another node while this one answered; nothing of the answer has left."""
        log.info("answer_held_back", slot=place.here and place.here.slot)
        can_be_repeated = kept.is_whole and may_be_repeated(scope)
        now = await _until_it_has_moved(place) if can_be_repeated else place.look()
        if can_be_repeated and isinstance(now, Here):  # it has come back, of another epoch
            kept.rewind()
            place.here = None
            forget_code(scope)
            answer = _Answer(place, send)
            await self._answer({**scope}, kept.again, answer)
            if not answer.is_late and place.there is None:
                return
            now = place.there or place.look()
        can_go_on = can_be_repeated and kept.is_whole and place.arrived is None
        if not (can_go_on and isinstance(now, There)) or await self._pass_on(scope, kept, send, place, now):
            await _refuse(scope, kept, send, place, is_untouched=False)

    async def _pass_on(
        self, scope: Scope, kept: KeptRequest, send: Send, place: RequestPlace, to: There
    ) -> bool:
        """Have another node answer; where it does not, the one after it, if that can do no harm.

        Returns:
            Whether that is this node, which has to answer; else somebody has.
        """
        forget_code(scope)
        is_untouched = False
        kept.rewind()
        for attempt in range(_HOPS):
            begun = monotonic()
            try:
                await self._hop.send(scope, kept.again, send, place, to)
            except CutError:
                self._passed_on.labels("cut").inc()
                log.info("passed_on_and_cut", node=to.node)
                return False  # without an end: whoever reads it sees that it is not whole
            except (TooLargeError, BadRequestError) as error:
                await error_response(error)(scope, kept.receive, send)
                return False
            except UnansweredError as error:
                is_untouched = error.untouched
                place.waited += monotonic() - begun
                log.info("passed_on_unanswered", node=to.node, cause=repr(error.__cause__))
                can_go_on = kept.is_whole and (is_untouched or may_be_repeated(scope))
                can_go_on = can_go_on and attempt + 1 < _HOPS and place.patience > 0
                now = await _until_another(place, to) if can_go_on else to
                if isinstance(now, Here):
                    return True
                if not isinstance(now, There) or now == to:
                    break
                to = now
                kept.rewind()
            else:
                self._passed_on.labels("answered").inc()
                return False
        self._passed_on.labels("unanswered").inc()
        await _refuse(scope, kept, send, place, is_untouched=is_untouched)
        return False


def _credentials(scope: Scope) -> bytes:
    """What tells those who ask from each other; it gives away no secret."""
    said = sha256()
    for name, value in scope["headers"]:
        if name in _CREDENTIALS:
            said.update(b"%s:%d:%s," % (name, len(value), value))
    return said.digest()


class _Answer:
    """Lets an answer go to the client if this node may give it."""

    def __init__(self, place: RequestPlace, send: Send) -> None:
        self._place = place
        self._send = send
        self._begun = False
        self.is_late = False
        self.is_cut = False

    async def send(self, message: Message) -> None:
        """See ASGI.

        Raises:
            CutError: it may not any more, in the middle of the answer.
        """
        place = self._place
        if place.there is not None or place.is_moving or self.is_late:
            return
        if not place.is_still_here:
            if self._begun:
                if not self.is_cut:
                    log.info("answer_cut", slot=place.here and place.here.slot)
                self.is_cut = True
                raise CutError
            self.is_late = True
            return
        if message["type"] == "http.response.start":
            self._begun = True
            if place.arrived is not None and place.here is None and message["status"] == NotHereError.status:
                message = {**message, "headers": [*message["headers"], (NOT_HERE, b"untouched")]}
        await self._send(message)


async def _refuse(
    scope: Scope, kept: KeptRequest, send: Send, place: RequestPlace, *, is_untouched: bool
) -> None:
    now = place.look()
    wait = now.retry_after if isinstance(now, Nowhere) else 1
    harmless = is_untouched or may_be_repeated(scope)
    response = error_response(NotHereError("" if harmless else _PERHAPS, retry_after=wait))
    if place.arrived is not None:
        response.raw_headers.append((NOT_HERE, b"untouched" if is_untouched else b"perhaps"))
    await response(scope, kept.receive, send)


async def _until_it_has_moved(place: RequestPlace) -> Here | There | Nowhere:
    """Where a company is that may be handed over just now, as soon as that is known or it takes too long."""
    until = monotonic() + min(_MOVES_WITHIN, place.patience)
    with place.waiting():
        while isinstance(now := place.look(), Nowhere) and now.is_soon and monotonic() < until:  # noqa: ASYNC110
            await asyncio.sleep(_LOOK_SECONDS)
    place.is_moving, place.has_moved = False, True
    return now


async def _until_another(place: RequestPlace, than: There) -> Here | There | Nowhere:
    """Where a company is, once that is known to be another node than one that has it not, or for a moment."""
    until = monotonic() + min(_KNOWN_WITHIN, place.patience)
    with place.waiting():
        while (now := place.look()) == than or (isinstance(now, Nowhere) and now.is_soon):
            if monotonic() > until:
                break
            await asyncio.sleep(_LOOK_SECONDS)
    return now


def _as_it_came(scope: Scope, place: RequestPlace) -> dict[str, Any]:
    """A request as its client sent it to the node that has passed it on."""
    if place.arrived is None:
        return {**scope}
    headers = [(name, value) for name, value in scope["headers"] if name != PASSED_ON]
    client = tuple(place.arrived.client) if place.arrived.client else None
    return {**scope, "headers": headers, "client": client, "scheme": place.arrived.scheme}
