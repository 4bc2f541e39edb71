"""What other nodes of the cluster order of this one: see `botlens.commit.orders`.

Whoever follows a source says what of companies that this node has. It stands beside everything that people
ask: without the seal of a node there is nothing at this address.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from threading import Event
from typing import Final

import structlog
from anyio import CapacityLimiter
from anyio.to_thread import run_sync
from starlette.types import ASGIApp, Receive, Scope, Send

from botlens.api.known import ON_KNOWN
from botlens.api.observed import note_code, note_route
from botlens.api.responses import error_response
from botlens.cluster.order_seal import ORDER_SEAL, ORDERS_PATH, digest_of_order, is_order
from botlens.cluster.ownership import Here, Ownership, Whereabouts
from botlens.commit.order_wire import BEAT, SentOrder, packed_answer, packed_failure, unpacked_order
from botlens.commit.orders import OrderTaking
from botlens.errors import BotlensError, InvalidError, NotHereError, OverloadedError, TooLargeError

log = structlog.get_logger(__name__)

_MOST_BYTES: Final = 256 << 20
_BEAT_SECONDS: Final = 1.0
_AT_ONCE: Final = 4
_OPENED_AT_ONCE: Final = 2
"""Threads that look at seals: of some tens of MiB it takes long, in which the loop would answer nobody."""

_FAULT: Final = "The node that has this company failed at it; its log says why. It is tried again."


class NodeOrders:
    """An app that takes orders of other nodes, and hands on what else comes.

    Args:
        app: answers everything else.
        taking: does what is ordered.
        ownership: knows what this node has.
        secret: that all nodes share.
    """

    def __init__(self, app: ASGIApp, taking: OrderTaking, ownership: Ownership, secret: bytes) -> None:
        self._app = app
        self._taking = taking
        self._ownership = ownership
        self._secret = secret
        self._threads = CapacityLimiter(_AT_ONCE)
        self._opening = CapacityLimiter(_OPENED_AT_ONCE)
        self._under_way: set[asyncio.Future[bytes]] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        digest = self._digest(scope)
        if digest is None:
            await self._app(scope, receive, send)
            return
        note_route(scope, ORDERS_PATH)
        try:
            body = await _body(receive)
            if body is None:
                return
            sent = await run_sync(_opened, body, digest, limiter=self._opening)
            if (on_known := scope.get(ON_KNOWN)) is not None:
                on_known()  # a node gives way to nobody who has not shown who it is
        except BotlensError as error:
            note_code(scope, error.code)
            await error_response(error)(scope, receive, send)
            return
        del body
        await self._answer(sent, receive, send)

    def _digest(self, scope: Scope) -> bytes | None:
        """What the body of an order must be; None if no node orders anything."""
        if scope["type"] != "http" or scope["method"] != "POST" or scope["path"] != ORDERS_PATH:
            return None
        seals = [value for name, value in scope["headers"] if name == ORDER_SEAL]
        return digest_of_order(self._secret, seals[0]) if len(seals) == 1 else None

    async def _answer(self, sent: SentOrder, receive: Receive, send: Send) -> None:
        """Answer at once that it is under way, each second that it still is, and at last by what it came to.

        No answer leaves that was made while another node may have had the company.
        """
        stop, begun = Event(), Event()
        place = self._ownership.place_of(sent.order.company_id)
        working = asyncio.ensure_future(self._work(sent, place, stop.is_set, begun))
        self._under_way.add(working)  # it ends by itself, if nobody waits for it any more
        working.add_done_callback(self._under_way.discard)
        leaving = asyncio.ensure_future(_until_gone(receive))
        headers = [(b"content-type", b"application/octet-stream")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        try:
            while not (working.done() or leaving.done()) and self._has(place):
                await send({"type": "http.response.body", "body": BEAT, "more_body": True})
                await asyncio.wait(
                    (working, leaving), timeout=_BEAT_SECONDS, return_when=asyncio.FIRST_COMPLETED
                )
            if leaving.done():
                return
            answer = working.result() if working.done() else b""
            # Looked at when there is an answer, and not before.
            answer = answer if answer and self._has(place) else packed_failure(NotHereError())
            await send({"type": "http.response.body", "body": answer, "more_body": False})
        finally:
            stop.set()
            if not begun.is_set():  # nobody waits for it: what was sent need not be kept until its turn
                working.cancel()
            leaving.cancel()
            with suppress(asyncio.CancelledError):
                await leaving

    def _has(self, place: Whereabouts) -> bool:
        return isinstance(place, Here) and self._ownership.still_here(place)

    async def _work(
        self, sent: SentOrder, place: Whereabouts, stop: Callable[[], bool], begun: Event
    ) -> bytes:
        return await run_sync(self._carried_out, sent, place, stop, begun, limiter=self._threads)

    def _carried_out(
        self, sent: SentOrder, place: Whereabouts, stop: Callable[[], bool], begun: Event
    ) -> bytes:
        begun.set()
        if stop() or not self._has(place):  # while it waited for a thread
            return packed_failure(NotHereError())
        try:
            return packed_answer(self._taking.carry_out(sent.order, sent.claim, stop))
        except BotlensError as error:
            return packed_failure(error)
        except Exception:  # the other node must hear of it, whatever it is
            log.exception("order_failed", order=type(sent.order).__name__)
            return packed_failure(OverloadedError(_FAULT))


def _opened(pieces: list[bytes], digest: bytes) -> SentOrder:
    """The order that came in these pieces.

    Raises:
        InvalidError: it is another one than was sealed, or none.
    """
    body = b"".join(pieces)
    if not is_order(body, digest):
        raise InvalidError("The order is not the one that was sealed.")
    return unpacked_order(body)


async def _body(receive: Receive) -> list[bytes] | None:
    """All of it, in pieces; None if the other node went away.

    Raises:
        TooLargeError: it is no order of a node.
    """
    pieces: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        pieces.append(message.get("body", b""))
        size += len(pieces[-1])
        if size > _MOST_BYTES:
            raise TooLargeError(f"An order has at most {_MOST_BYTES >> 20} MiB.")
        if not message.get("more_body"):
            return pieces


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
