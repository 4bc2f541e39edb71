"""The engine of the tests behind a real server, with a clock that the tests hold."""

import itertools
from datetime import datetime
from threading import Event, Thread

import httpx2

from botlens.api.app import Serving, create_app
from botlens.serving.connections import Connections, Limits
from botlens.serving.server import Listening, bound, server_config, url_of
from botlens.tenants.credentials import TokenVerifier
from tests.conftest import SECRET, World

_STARTS_WITHIN = 120.0
_SITES = itertools.count(1)


class Site(World):
    """A server on a free port of 127.0.0.1, as `botlens serve` runs it but in a thread.

    Attributes:
        url: where it is, also while it is stopped.
        now: what its clock says; real time has no part in what pages show.
    """

    def __post_init__(self) -> None:
        listener = bound("127.0.0.1", 0)
        self.url = url_of(listener)
        self.numbers = itertools.count(
            next(_SITES) * 10_000
        )  # who owns a company of one owns none of another
        self._port = listener.getsockname()[1]
        listener.close()
        self.client = httpx2.Client(base_url=self.url, timeout=120)
        self._server: Listening | None = None
        self.start()

    def start(self) -> None:
        """Serve, at the address that it had before."""
        serving = Serving(public_url=self.url)
        tokens = TokenVerifier(secret=SECRET, audience="botlens", issuer="https://login.example")
        app = create_app(self.engine, tokens, local_token="local", clock=self.tell, serving=serving)
        connections = Connections(Limits(connections=200))
        config = server_config(app, connections)
        config.timeout_graceful_shutdown = 1  # streams of open pages need not be waited for
        ready = Event()
        self._server = Listening(config, connections, ready.set)
        listener = bound("127.0.0.1", self._port)
        self._thread = Thread(target=self._server.run, kwargs={"sockets": [listener]}, daemon=True)
        self._thread.start()
        assert ready.wait(_STARTS_WITHIN), "the server did not start"

    def stop(self) -> None:
        """End the server; whoever asks finds nobody."""
        assert self._server is not None
        self._server.should_exit = True
        self._thread.join(_STARTS_WITHIN)
        assert not self._thread.is_alive(), "the server did not stop"
        self._server = None

    def close(self) -> None:
        """End everything that was started."""
        if self._server is not None:
            self.stop()
        self.client.close()

    def tell(self) -> datetime:
        """What the clock says."""
        return self.now
