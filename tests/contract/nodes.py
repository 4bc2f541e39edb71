"""Nodes of a cluster: real servers over one engine, which say as a test wants where companies are."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from threading import Event, Thread
from typing import Any

import httpx2

from botlens.api.app import Serving, create_app
from botlens.api.passing.passing import Neighbourhood
from botlens.cluster.ownership import Here, Nowhere, There, Whereabouts
from botlens.engine import Engine
from botlens.serving.connections import Connections, Limits
from botlens.serving.server import Listening, bound, server_config, url_of
from botlens.tenants.credentials import TokenVerifier
from tests.conftest import SECRET, World

SHARED = b"a secret of the nodes that is long enough, and more"
HERE = Here(1, 2_048)
FRONT = "https://front.example"
"""Whose pages may ask."""


@dataclass
class SaidOwnership:
    """Says what a test says. `lasts`: whether a node still has what it had."""

    place: Whereabouts = HERE
    lasts: bool = True
    asked: int = 0

    def place_of(self, company_id: str) -> Whereabouts:
        self.asked += 1
        return self.place

    def still_here(self, place: Here) -> bool:
        return self.lasts


@dataclass
class Node:
    """A server on a port of 127.0.0.1.

    Attributes:
        seen: the scopes of requests, as the server has them.
        under_way: requests that have not ended.
        ports: from which connections came.
    """

    engine: Engine
    name: str
    world: World
    secret: bytes = SHARED
    ownership: SaidOwnership = field(default_factory=SaidOwnership)
    seen: list[dict[str, Any]] = field(default_factory=list)
    under_way: int = 0

    def __post_init__(self) -> None:
        listener = bound("127.0.0.1", 0)
        self.url = url_of(listener)
        app = create_app(
            self.engine,
            TokenVerifier(secret=SECRET, audience="botlens", issuer="https://login.example"),
            local_token=f"token of {self.name}",
            clock=lambda: self.world.now,
            serving=Serving(public_url="http://testserver", cors_origins=(FRONT,)),
            neighbourhood=Neighbourhood(self.ownership, self.secret, self.name),
        )

        async def watched(scope: Any, receive: Any, send: Any) -> None:
            if scope["type"] != "http":
                await app(scope, receive, send)
                return
            self.seen.append(scope)
            self.under_way += 1
            try:
                await app(scope, receive, send)
            finally:
                self.under_way -= 1

        config = server_config(watched, Connections(Limits(connections=200)))
        config.timeout_graceful_shutdown = 1
        ready = Event()
        self._server = Listening(config, Connections(Limits(connections=200)), ready.set)
        self._thread = Thread(target=self._server.run, kwargs={"sockets": [listener]}, daemon=True)
        self._thread.start()
        assert ready.wait(120), "the server did not start"
        self.client = httpx2.Client(base_url=self.url, timeout=120)

    @property
    def there(self) -> There:
        return There(self.url, self.name)

    @property
    def ports(self) -> set[int]:
        return {scope["client"][1] for scope in self.seen}

    def has(self) -> None:
        """It has every company."""
        self.ownership.place = HERE

    def sends_to(self, other: "Node | There | Nowhere") -> None:
        """It says that another has every company, or nobody."""
        self.ownership.place = other.there if isinstance(other, Node) else other

    def close(self) -> None:
        self.client.close()
        self._server.should_exit = True
        self._thread.join(120)
        assert not self._thread.is_alive()


@contextmanager
def nodes(world: World, *names: str, **more: Any) -> Iterator[list[Node]]:
    """Some nodes over one engine, until the block ends."""
    with ExitStack() as stack:
        found = []
        for name in names:
            node = Node(world.engine, name, world, **more)
            stack.callback(node.close)
            found.append(node)
        yield found
