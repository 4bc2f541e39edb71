"""An HTTP server over an engine: listens, tells the folder where, and stops gracefully when asked to."""

import asyncio
import contextlib
import errno
import gc
import logging
import os
import secrets
import socket
import sys
from collections.abc import Callable, Generator, Sequence
from contextlib import ExitStack
from typing import Any, cast

import uvicorn

from botlens.api.app import Serving, create_app
from botlens.api.observed import ACCESS_LOG
from botlens.api.passing.passing import Neighbourhood
from botlens.api.routes.live import MOST_STREAMS
from botlens.engine import Engine
from botlens.errors import BotlensError, InvalidError
from botlens.folder.ownership import Server, announced
from botlens.serving.accepting import Acceptor
from botlens.serving.connections import Connections, Limits, most_connections
from botlens.serving.protocol import GuardedProtocol
from botlens.serving.stopping import Stopping
from botlens.settings import Settings

_GRACE_SECONDS = 10
_YOUNG_OBJECTS = 10_000
_SWITCH_SECONDS = 0.001
_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # noqa: S104 - recognised, not bound


class Listening(uvicorn.Server):
    """Says when it listens; leaves the signals to `Stopping`, which outlives it.

    Attributes:
        failure: why it has ended by itself.
    """

    def __init__(
        self,
        config: uvicorn.Config,
        connections: Connections,
        on_ready: Callable[[], None],
        on_stop: Callable[[], None] = lambda: None,
    ) -> None:
        super().__init__(config)
        self._connections = connections
        self._on_ready = on_ready
        self._on_stop = on_stop
        self._acceptors: list[Acceptor] = []
        self.failure: Exception | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup([])
        for listener in sockets or []:
            acceptor = Acceptor(listener, self._protocol)
            acceptor.begin()
            self._acceptors.append(acceptor)
        self._connections.watch(asyncio.get_running_loop())
        if not self.should_exit:
            try:
                self._on_ready()
            except Exception as error:  # raised here, it would leave threads behind that keep the process
                self.failure, self.should_exit = error, True

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await asyncio.to_thread(self._on_stop)
        for acceptor in self._acceptors:
            acceptor.end()
        await super().shutdown(sockets)

    def _protocol(self) -> asyncio.Protocol:
        return GuardedProtocol(
            self._connections,
            config=self.config,
            server_state=self.server_state,
            app_state=self.lifespan.state,
        )

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield


def bound(host: str, port: int) -> socket.socket:
    """A socket bound to this address.

    Raises:
        BotlensError: the address cannot be had.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
    except (OSError, UnicodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "there cannot be a host of that name"
        raise InvalidError(f"{host!r} is no address to listen on: {reason}.", field="host") from None
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRNOTAVAIL:
            message = f"{host!r} is not an address of this machine. 0.0.0.0 listens on all that it has."
            raise InvalidError(message, field="host") from None
        message = (
            f"Cannot listen on {host}:{port}: {error.strerror}. Choose another --port (0 takes a free one)."
        )
        raise BotlensError(message, code="address_in_use") from None
    return listener


def is_everywhere(host: str) -> bool:
    """Whether a host to listen on is every address of the machine, and so none that others could ask."""
    return host in _EVERYWHERE


def url_of(listener: socket.socket) -> str:
    """The address of a listener as this machine's browser takes it."""
    host, port = listener.getsockname()[:2]
    host = _EVERYWHERE.get(host, host)
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def run(
    engine: Engine,
    settings: Settings,
    listener: socket.socket,
    stop: Stopping,
    on_ready: Callable[[str], None],
) -> None:
    """Serve until asked to stop. The folder must be owned; the engine stays the caller's to close.

    Args:
        engine: answers.
        settings: name the folder.
        listener: a bound socket; closed at the end.
        stop: asks to stop.
        on_ready: called with the address, once it answers there.
    """
    _tune_interpreter()
    token = secrets.token_urlsafe(32)
    here = Server(os.getpid(), url_of(listener), token)
    serving = Serving(
        settings.cors_origins,
        settings.access_log,
        settings.questions_at_once,
        public_url=settings.public_url or here.url,
        streams=_most_streams(settings),
    )
    if settings.access_log:
        logging.getLogger(ACCESS_LOG).setLevel(logging.INFO)  # whatever is logged of the rest
    connections = Connections(_limits(settings))
    app = create_app(
        engine, settings.tokens(), local_token=token, serving=serving, neighbourhood=_neighbourhood(engine)
    )
    config = server_config(app, connections, settings.trusted_proxies)
    with ExitStack() as stack:

        def ready() -> None:
            stack.enter_context(announced(settings.data_dir, here))
            on_ready(here.url)

        # Others have the companies before this one stops to answer, or to pass on.
        hand_over = (lambda: None) if engine.cluster is None else engine.cluster.hand_over
        stop.server = server = Listening(config, connections, ready, hand_over)
        server.run(sockets=[listener])
        if server.failure is not None:
            stop.begin()
            raise server.failure


def _neighbourhood(engine: Engine) -> Neighbourhood | None:
    """The other nodes, if this process is one of a cluster."""
    if engine.cluster is None:
        return None
    node = engine.cluster.node
    return Neighbourhood(node, engine.cluster.secret, node.name.name)


def _tune_interpreter() -> None:
    """Set the interpreter up for many short requests beside threads that compute.

    What is loaded by now stays for good: the garbage collector need not go through it again and again, which
    stops everything for a tenth of a second each time. And a request on the event loop must not wait for a
    thread that is computing for the 5 ms that Python lets it have.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG_OBJECTS, *gc.get_threshold()[1:])
    sys.setswitchinterval(_SWITCH_SECONDS)


def _most_streams(settings: Settings) -> int:
    """Streams stay open, so they may have no more than a quarter of the connections."""
    return max(1, min(MOST_STREAMS, _limits(settings).connections // 4))


def _limits(settings: Settings) -> Limits:
    most = settings.max_connections or most_connections()
    return Limits(connections=most, keep_alive=settings.keep_alive_seconds)


def server_config(app: Any, connections: Connections, proxies: Sequence[str] = ()) -> uvicorn.Config:
    """How uvicorn serves an app to connections with limits; forwarded headers count from these proxies."""
    return uvicorn.Config(
        app,
        http="httptools",
        timeout_keep_alive=cast("int", connections.limits.keep_alive),
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=bool(proxies),
        forwarded_allow_ips=list(proxies),
        ws="none",
        timeout_graceful_shutdown=_GRACE_SECONDS,
    )
