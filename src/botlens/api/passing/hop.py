"""Sends a request to another node, and what that answers to the client, piece by piece in both ways."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Final
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

import httpcore2
from msgspec import structs
from starlette.types import Receive, Scope, Send

from botlens.api.observed import request_id_of
from botlens.api.passing.heeding import HeedingBackend
from botlens.api.passing.place import RequestPlace
from botlens.api.passing.seal import PASSED_ON, SEALED_HEADERS, NodeWord, Seal, address_sent
from botlens.cluster.ownership import Nowhere, There
from botlens.errors import BadRequestError
from botlens.intake.body import MAX_BYTES, too_large

NOT_HERE: Final = b"x-botlens-not-here"
"""A header by which a node says to another that it has not the company (any more)."""

_OF_ONE_HOP: Final = frozenset(
    (b"connection", b"keep-alive", b"proxy-authenticate", b"proxy-authorization", b"te", b"trailer")
) | {b"transfer-encoding", b"upgrade", b"proxy-connection"}
_OF_THIS_NODE: Final = frozenset(
    (PASSED_ON, NOT_HERE, b"expect", b"forwarded", b"x-forwarded-for", b"x-forwarded-proto")
) | {b"x-forwarded-host", b"x-forwarded-port", b"x-real-ip", b"x-request-id"}
_OF_THE_OTHER: Final = frozenset((b"x-request-id", b"date", b"server", NOT_HERE))

_CONNECT_SECONDS: Final = 1.0
_LOOK_SECONDS: Final = 0.1
_ANSWERS_WITHIN: Final = 0.5
_KEPT_SECONDS: Final = 30.0  # shorter than a server keeps a silent connection
_MOST: Final = 1_000
_STREAMS: Final = "/v1/live"
_SOCKET_OPTIONS: Final = [
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
    *(
        (socket.IPPROTO_TCP, getattr(socket, name), value)
        for name, value in {
            "TCP_KEEPIDLE": 5,
            "TCP_KEEPINTVL": 2,
            "TCP_KEEPCNT": 3,
            "TCP_USER_TIMEOUT": 30_000,  # milliseconds; long, as a node that reads slowly is there
        }.items()
        if hasattr(socket, name)
    ),
]
"""A node that cannot be reached any more, and goes on renewing its leases, would be waited for for ever."""
_MOST_BYTES: Final = 2 * MAX_BYTES
"""No route takes so long a body. A node that has refused one reads on for so long, and then hears no more:
what it has said would be lost here."""


_Pools = dict[bool, httpcore2.AsyncConnectionPool]
"""By whether it is of streams."""


class UnansweredError(Exception):
    """The other node has not answered, and nothing has been sent to the client.

    Args:
        untouched: whether it has certainly not even had the request.
    """

    def __init__(self, *, untouched: bool) -> None:
        super().__init__("not answered")
        self.untouched = untouched


class CutError(Exception):
    """An answer ends before its end: the client must see that it is not whole."""


class Hop:
    """Passes requests on, over connections that are kept.

    Args:
        seal: of the cluster.
        node: the name of this node.
    """

    def __init__(self, seal: Seal, node: str) -> None:
        self._seal = seal
        self._node = node
        self._pools: WeakKeyDictionary[asyncio.AbstractEventLoop, _Pools] = WeakKeyDictionary()

    async def close(self) -> None:
        """Close the connections of the loop that runs."""
        for pool in self._pools.pop(asyncio.get_running_loop(), {}).values():
            await pool.aclose()

    async def send(self, scope: Scope, receive: Receive, send: Send, place: RequestPlace, to: There) -> None:
        """Have another node answer a request.

        Args:
            scope: of the request; nothing of its body was read, or `receive` gives it again.
            receive: gives the body, then that the client is gone.
            send: takes the answer.
            place: of the request.
            to: the node.

        Raises:
            UnansweredError: it did not answer, or has not the company, and nothing was sent to the client.
            CutError: it, or the client, went away in the middle of the answer.
            TooLargeError: the body is longer than any may be; nothing was sent to the client.
            BadRequestError: it is no HTTP that can be sent on; nothing was sent to the client.
        """
        scope = _as_sent(scope, to)
        body = _Body(scope, receive)
        sending = asyncio.ensure_future(self._passed(scope, body, send, place, to))
        watching = asyncio.ensure_future(_until_it_moves(place, to))
        leaving = asyncio.ensure_future(body.client_gone())
        tasks = (sending, watching, leaving)
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            answered, moved = sending.done(), watching.done()
        finally:
            for each in tasks:
                each.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        if answered:
            sending.result()
        elif moved and not body.answered:
            raise UnansweredError(untouched=False)
        else:
            raise CutError

    async def _passed(self, scope: Scope, body: "_Body", send: Send, place: RequestPlace, to: There) -> None:
        request = httpcore2.Request(
            scope["method"],
            _url(to.url, scope),
            headers=[*body.headers(), (PASSED_ON, self._seal.of(self._word_on(scope, place), scope))],
            content=body.pieces() if body.is_there else None,
            extensions={"timeout": {"connect": _CONNECT_SECONDS, "pool": _CONNECT_SECONDS}},
        )
        try:
            response = await self._pool(is_stream=scope["path"].startswith(_STREAMS)).handle_async_request(
                request
            )
        except (httpcore2.ConnectError, httpcore2.ConnectTimeout, httpcore2.PoolTimeout) as error:
            raise UnansweredError(untouched=True) from error
        except httpcore2.LocalProtocolError as error:  # such as two hosts: what reads heads here takes more
            message = f"This is not HTTP, so the request cannot be passed on to the company's node ({error})."
            raise BadRequestError(message, code="invalid_http") from error
        except (httpcore2.NetworkError, httpcore2.ProtocolError, httpcore2.TimeoutException) as error:
            raise UnansweredError(untouched=False) from error
        try:
            headers = _named(response.headers)
            if NOT_HERE in headers:
                raise UnansweredError(untouched=headers[NOT_HERE] == b"untouched")
            body.answered = True
            await _send_on(response, send)
        finally:
            with suppress(Exception):
                await response.aclose()

    def _word_on(self, scope: Scope, place: RequestPlace) -> NodeWord:
        if place.arrived is not None:
            return structs.replace(place.arrived, waited=place.waited_at_all)
        client = scope.get("client")
        return NodeWord(
            self._node,
            (client[0], client[1]) if client else None,
            scope.get("scheme", "http"),
            place.is_local,
            place.waited_at_all,
        )

    def _pool(self, *, is_stream: bool) -> httpcore2.AsyncConnectionPool:
        """Streams have one of their own: they last for hours, and nothing else would find a connection free.

        How many there may be is for the node to say that answers, and for who lets clients in.
        """
        pools = self._pools.setdefault(asyncio.get_running_loop(), {})
        if is_stream not in pools:
            pools[is_stream] = httpcore2.AsyncConnectionPool(
                max_connections=None if is_stream else _MOST,
                max_keepalive_connections=100,
                keepalive_expiry=_KEPT_SECONDS,
                socket_options=_SOCKET_OPTIONS,
                network_backend=HeedingBackend(),
            )
        return pools[is_stream]


class _Body:
    """What a client sends after the head, and whether it is still there."""

    def __init__(self, scope: Scope, receive: Receive) -> None:
        self._headers: list[tuple[bytes, bytes]] = scope["headers"]
        self._receive = receive
        self._request_id = request_id_of(scope)
        self._read = asyncio.Event()
        self.answered = False
        names = {name for name, _ in self._headers}
        self._is_chunked = b"transfer-encoding" in names
        self.is_there = self._is_chunked or b"content-length" in names

    def headers(self) -> list[tuple[bytes, bytes]]:
        """Those of the request that go on to another node."""
        kept = _without(self._headers, _OF_ONE_HOP | _OF_THIS_NODE)
        if self._request_id is not None:  # one id in the logs of both nodes
            kept.append((b"x-request-id", self._request_id))
        return [*kept, (b"transfer-encoding", b"chunked")] if self._is_chunked else kept

    async def pieces(self) -> AsyncIterator[bytes]:
        """The body, as it comes.

        Raises:
            CutError: the client has gone.
            TooLargeError: nobody takes so much.
        """
        size = 0
        while True:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                raise CutError
            size += len(message.get("body", b""))
            if size > _MOST_BYTES:
                raise too_large()
            if message.get("body"):
                yield message["body"]
            if not message.get("more_body"):
                self._read.set()
                return

    async def client_gone(self) -> None:
        """Return when the client is gone, once its body was read."""
        if self.is_there:
            await self._read.wait()
        while (await self._receive())["type"] != "http.disconnect":
            pass


async def _send_on(response: httpcore2.Response, send: Send) -> None:
    """Send an answer to the client.

    Raises:
        CutError: the other node went away in the middle.
    """
    headers = _without(response.headers, _OF_ONE_HOP | _OF_THE_OTHER)
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    pieces = response.aiter_stream().__aiter__()
    while True:
        try:
            piece = await anext(pieces)
        except StopAsyncIteration:
            break
        except (httpcore2.NetworkError, httpcore2.ProtocolError, httpcore2.TimeoutException) as error:
            raise CutError from error
        await send({"type": "http.response.body", "body": piece, "more_body": True})
    await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _until_it_moves(place: RequestPlace, to: There) -> None:
    """Return a moment after another node has the company, or none: this one may be frozen and never answer.

    One that hands the company over has the request, and passes it on itself.
    """
    while (now := place.look()) == to or (isinstance(now, Nowhere) and now.is_soon):  # noqa: ASYNC110
        await asyncio.sleep(_LOOK_SECONDS)
    await asyncio.sleep(_ANSWERS_WITHIN)


def _as_sent(scope: Scope, to: There) -> Scope:
    """A request whose head may be sent as it is; what is sealed is what arrives.

    What reads heads here keeps blanks at the end of a value, and takes HTTP/1.0, which names no host.
    """
    headers = [(name, value.rstrip(b" \t")) for name, value in scope["headers"]]
    if not any(name == b"host" for name, _ in headers):
        headers.append((b"host", urlsplit(to.url).netloc.encode()))
    return {**scope, "headers": headers}


def _url(base: str, scope: Scope) -> httpcore2.URL:
    parts = urlsplit(base)
    return httpcore2.URL(
        scheme=parts.scheme.encode(),
        host=(parts.hostname or "").encode(),
        port=parts.port,
        target=parts.path.encode() + address_sent(scope),
    )


def _named(headers: list[tuple[bytes, bytes]]) -> dict[bytes, bytes]:
    return {name.lower(): value for name, value in headers}


def _without(headers: list[tuple[bytes, bytes]], names: frozenset[bytes]) -> list[tuple[bytes, bytes]]:
    """Headers without some, and without those that `Connection` says are of one hop.

    Those without which the request is another one are of none, whoever says so (RFC 9110, 7.6.1).
    """
    listed = {
        each.strip().lower()
        for name, value in headers
        if name.lower() == b"connection"
        for each in value.split(b",")
    }
    left_out = names | (listed - set(SEALED_HEADERS))
    return [(name.lower(), value) for name, value in headers if name.lower() not in left_out]
