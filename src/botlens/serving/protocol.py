"""HTTP as uvicorn speaks it, with limits for what a client sends and how slowly, and our shape of errors."""

import asyncio
from enum import Enum, auto
from http import HTTPStatus
from typing import Any, cast

import httptools
import msgspec
import structlog
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from botlens.api.known import ON_KNOWN
from botlens.api.passing.seal import PASSED_ON
from botlens.errors import (
    BadRequestError,
    BotlensError,
    HeadTooLargeError,
    OverloadedError,
    RequestTimeoutError,
)
from botlens.serving.connections import Connections

log = structlog.get_logger(__name__)

_ADDED = 1_024  # bytes, at most; whoever else says that it is passed on gains no more by it
_PIECE = 16_384  # of a head that comes in one go with much else


class Phase(Enum):
    """What a connection waits for."""

    HEAD = auto()
    BODY = auto()
    ANSWER = auto()
    IDLE = auto()
    LINGER = auto()
    """It has been answered before it had said all."""


class GuardedProtocol(HttpToolsProtocol):
    """One connection. The phase is that of the newest request; earlier ones may still be answered."""

    def __init__(self, connections: Connections, **given: Any) -> None:
        super().__init__(**given)
        self.descriptor = -1
        self._connections = connections
        self._limits = connections.limits
        self._phase = Phase.HEAD
        self._since = 0.0  # the phase has lasted; of a body: it has been silent
        self._head = 0  # bytes of a head that is not whole yet, at most a piece too many
        self._piece = 0  # bytes of what the parser has been given last
        self._window = (0.0, 0)  # of a body: since when, and how many bytes since then
        self._framing = 0  # bytes since the last one of a body: extensions of chunks, and trailers
        self._again = False
        self._refusal: BotlensError | None = None
        self._deaf = False
        self._lingered = 0
        self._waiting = (0.0, 0)  # for the client to read: since when, and how many bytes then

    # Of the connection

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """See `asyncio.Protocol`."""
        super().connection_made(transport)
        self.descriptor = transport.get_extra_info("socket").fileno()
        self._since = self.loop.time()
        if not self._connections.admit(self):
            self._deaf = True
            self._write(OverloadedError(_CROWDED, retry_after=5, code="too_many_connections"))
            transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """See `asyncio.Protocol`."""
        self._connections.gone(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """See `asyncio.Protocol`."""
        if self._deaf:
            self._throw_away(len(data))
            return
        self._unset_keepalive_if_required()
        if self._phase is Phase.IDLE:
            self._enter(Phase.HEAD)
        elif self._phase is Phase.BODY:
            self._since = self.loop.time()
            since, size = self._window
            self._window = since, size + len(data)
            self._framing += len(data)
        elif self._phase is Phase.LINGER:
            self._throw_away(len(data))
        try:
            self._feed(data)
        except httptools.HttpParserUpgrade:
            self.cycle.keep_alive = False  # answered as it is; what may follow it is another protocol
        except httptools.HttpParserError as error:
            self._refuse(self._refusal or _why(error))
        if self._framing > self._limits.head_bytes and self._phase is Phase.BODY:
            self._refuse(_too_long(self._limits.head_bytes))

    def shutdown(self) -> None:
        """The server stops: end what waits for the client, and streams, which may take for ever."""
        cycle = self.cycle
        if self._phase is Phase.LINGER:
            self.transport.abort()
        elif cycle is None or cycle.response_complete:
            self.transport.close()
        elif cycle.response_started and cycle.chunked_encoding:
            self.transport.abort()
        elif self._phase is Phase.BODY:
            self._refuse(OverloadedError("The server is stopping; try again in a moment.", code="stopping"))
        else:
            cycle.keep_alive = False

    def give_way(self) -> None:
        """See `Open`."""
        self.transport.abort()

    def known(self) -> None:
        """Whoever is at the other end has shown good credentials."""
        self._connections.known(self)

    # Of a request, as the parser tells of it

    def on_message_begin(self) -> None:
        """A request begins."""
        super().on_message_begin()
        cast("dict[str, Any]", self.scope)[ON_KNOWN] = self.known
        self._head = 0
        if self._phase is not Phase.HEAD:
            self._enter(Phase.HEAD)

    def on_body(self, body: bytes) -> None:
        """A part of the body has come."""
        self._framing = 0
        super().on_body(body)

    def on_headers_complete(self) -> None:
        """The head is whole."""
        if self._head + self._piece > self._limits.head_bytes and self._size() > self._most():
            self._refusal = _too_long(self._limits.head_bytes)
            raise self._refusal  # out of the parser
        self._again = self.parser.should_upgrade() and self.parser.get_method() != b"CONNECT"
        if self._again:
            return
        if not self.url.startswith(b"/") and httptools.parse_url(self.url).path is None:
            self._refusal = _not_http("an address without a path")
            raise self._refusal
        super().on_headers_complete()
        self.headers = []  # trailers go there, and are not taken for headers of the request
        self._framing = 0
        self._enter(Phase.BODY)
        self._window = self._since, 0

    def _size(self) -> int:
        """Of a head that is whole."""
        return len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)

    def _most(self) -> int:
        """How long such a head may be: one that another node has passed on has what that added to it."""
        is_passed_on = any(name == PASSED_ON for name, _ in self.headers)
        return self._limits.head_bytes + (_ADDED if is_passed_on else 0)

    def on_message_complete(self) -> None:
        """The request is whole."""
        if self._again:
            return
        super().on_message_complete()
        if self.cycle.response_complete:
            self._enter(Phase.IDLE)
            self.timeout_keep_alive_task = self.loop.call_later(
                self.timeout_keep_alive, self.timeout_keep_alive_handler
            )
        else:
            self._phase = Phase.ANSWER

    def on_response_complete(self) -> None:
        """An answer is written."""
        if self._refusal is not None and not self.pipeline:
            self._say_and_leave(self._refusal)
            return
        newest = self.cycle.response_complete
        super().on_response_complete()
        if not newest or self._deaf:
            return
        if self._phase is Phase.ANSWER:
            self._phase = Phase.IDLE
        elif self._phase is Phase.BODY:
            asked_for = not self.expect_100_continue or self._window[1]
            if asked_for:
                self._lingered = 0
                self._enter(Phase.LINGER)
            else:  # the client may send the body or another request: nobody can tell which
                self.transport.close()

    # What is overdue

    def look(self, now: float) -> None:
        """See `Open`."""
        limits, waited = self._limits, now - self._since
        if self._phase is Phase.HEAD and waited > limits.head:
            self._refuse(RequestTimeoutError(f"No whole request came within {limits.head:g} s."))
        elif self._phase is Phase.BODY:
            self._look_at_body(now, waited)
        elif self._phase is Phase.LINGER and waited > limits.linger:
            self.transport.abort()
        self._look_at_reader(now)

    def _look_at_body(self, now: float, waited: float) -> None:
        limits = self._limits
        since, size = self._window
        if self.flow.read_paused:  # it is we who are slow
            self._since, self._window = now, (now, 0)
        elif waited > limits.body:
            self._refuse(RequestTimeoutError(f"No byte of the body came for {limits.body:g} s."))
        elif now - since >= limits.rate_over:
            if size < limits.rate * limits.rate_over:
                self._refuse(RequestTimeoutError(f"The body came at less than {limits.rate:g} bytes/s."))
            else:
                self._window = now, 0

    def _look_at_reader(self, now: float) -> None:
        """Leave a client that does not read what it was sent."""
        unread = self.transport.get_write_buffer_size()
        since, before = self._waiting
        if unread == 0 or unread > before:  # all was read, or more was written
            self._waiting = now, unread
        elif now - since >= self._limits.rate_over:
            if before - unread < self._limits.rate * self._limits.rate_over:
                self.transport.abort()
            else:
                self._waiting = now, unread

    # Within

    def _enter(self, phase: Phase) -> None:
        self._phase = phase
        self._since = self.loop.time()

    def _feed(self, data: bytes) -> None:
        if len(data) <= _PIECE:
            self._feed_piece(data)
            return
        view = memoryview(data)
        while view and self._phase is Phase.HEAD and not self._deaf:
            self._feed_piece(view[:_PIECE])
            view = view[_PIECE:]
        if len(view) and not self._deaf:
            self._feed_piece(view)

    def _feed_piece(self, piece: bytes | memoryview) -> None:
        self._piece = len(piece)
        try:
            self.parser.feed_data(piece)
        except httptools.HttpParserUpgrade as upgrade:
            if not self._again:
                raise
            self._ignore_upgrade()
            piece = piece[upgrade.args[0] :]
            if piece:
                self.parser.feed_data(piece)
        if self._phase is Phase.HEAD:
            # What came before the head in its first piece is counted, too; a whole head is measured exactly.
            self._head += len(piece)
            if self._head > self._limits.head_bytes + _PIECE:
                self._refuse(_too_long(self._limits.head_bytes))

    def _ignore_upgrade(self) -> None:
        """Read the head as one without an offer: behind one with it, the parser reads no body."""
        offers = (b"upgrade", b"connection", b"http2-settings")
        version = self.parser.get_http_version().encode()
        lines = [self.parser.get_method() + b" " + self.url + b" HTTP/" + version]
        lines += [b": ".join(header) for header in self.headers if header[0] not in offers]
        if any(name == b"connection" and b"close" in value.lower() for name, value in self.headers):
            lines.append(b"connection: close")
        self.parser = httptools.HttpRequestParser(self)
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)  # as uvicorn has it
        self.parser.feed_data(b"\r\n".join([*lines, b"", b""]))

    def _throw_away(self, size: int) -> None:
        self._lingered += size
        if self._lingered > self._limits.linger_bytes:
            self.transport.abort()

    def _refuse(self, error: BotlensError) -> None:
        """Answer the newest request, which is not whole, with an error, once those before it are answered."""
        if self._deaf:
            return
        self._deaf = True
        self._refusal = error
        cycle, its_own = self.cycle, self._phase is Phase.BODY
        self._enter(Phase.ANSWER)
        if cycle is None or cycle.response_complete:
            self._say_and_leave(error)
        elif self.pipeline:  # the newest of several that wait
            if its_own:
                self.pipeline.popleft()
        elif its_own:
            self._cut_off(error)

    def _cut_off(self, error: BotlensError) -> None:
        """Have the app give up the request that it is reading, and answer in its place."""
        cycle = self.cycle
        cycle.disconnected = True
        cycle.message_event.set()
        if cycle.response_started:
            self.transport.abort()
        else:
            self._say_and_leave(error)

    def _say_and_leave(self, error: BotlensError) -> None:
        """Answer, and close as soon as the client has read it, has gone, or has had its time."""
        self._deaf = True
        self._enter(Phase.LINGER)
        self._write(error)
        if not self.transport.is_closing():
            self.flow.resume_reading()
            self.transport.write_eof()

    def _write(self, error: BotlensError) -> None:
        body = msgspec.json.encode(error.body())
        lines = [f"HTTP/1.1 {error.status} {HTTPStatus(error.status).phrase}".encode()]
        lines += [b": ".join(header) for header in self.server_state.default_headers]
        lines += [f"{name}: {value}".encode() for name, value in error.headers.items()]
        lines += [
            b"content-type: application/json",
            b"cache-control: no-store",
            b"content-length: %d" % len(body),
            b"connection: close",
            b"",
            body,
        ]
        if not self.transport.is_closing():
            self.transport.write(b"\r\n".join(lines))


_NOT_HTTP = "The request is not whole HTTP/1.1: check its request line, headers, Content-Length and chunks"
_OUR_FAULT = "The server could not read the request; its log says why. Try again."
_CROWDED = "This server has as many connections as it may have; try again in a moment."


def _why(error: httptools.HttpParserError) -> BotlensError:
    """What is wrong: with what was read, or with us, if what the parser called has failed."""
    cause = error.__context__
    if cause is None or isinstance(cause, httptools.HttpParserError):
        return _not_http("its address" if cause else str(error))
    log.error("reading_failed", exc_info=cause)
    return BotlensError(_OUR_FAULT)


def _not_http(where: str) -> BadRequestError:
    return BadRequestError(f"{_NOT_HTTP} ({where}).", code="invalid_http")


def _too_long(most: int) -> HeadTooLargeError:
    return HeadTooLargeError(f"The head of a request has at most {most // 1024} KiB: send less in it.")
