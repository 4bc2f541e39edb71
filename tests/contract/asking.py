"""Many requests at once to an app of its own, over one event loop as a server has it."""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any, TypeVar

import httpx2
import pytest

from botlens.api.app import Serving, create_app
from botlens.tenants.credentials import TokenVerifier
from tests.conformance import watch_async
from tests.conftest import NOON, Tenant

T = TypeVar("T")

_DEFAULT = Serving()


class Held:
    """A method of a room of the engine that answers only once it is let go."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, room: object, name: str) -> None:
        self.calls = 0
        self.running = 0
        self.door = threading.Event()
        real = getattr(room, name)

        @wraps(real)
        def held(*arguments: Any, **more: Any) -> Any:
            self.calls += 1
            self.running += 1
            try:
                assert self.door.wait(60)
                return real(*arguments, **more)
            finally:
                self.running -= 1

        monkeypatch.setattr(room, name, held)


def over_one_loop(
    tenant: Tenant,
    act: Callable[[httpx2.AsyncClient], Coroutine[Any, Any, T]],
    serving: Serving = _DEFAULT,
) -> T:
    """What `act` makes of a client of a new app."""
    app = create_app(tenant.world.engine, TokenVerifier(), clock=lambda: NOON, serving=serving)

    async def run() -> T:
        transport = httpx2.ASGITransport(app=app, raise_app_exceptions=False)
        async with httpx2.AsyncClient(transport=transport, base_url="http://test", timeout=120) as client:
            watch_async(client, app)
            return await act(client)

    return asyncio.run(run())


async def until(condition: Callable[[], bool]) -> None:
    """Return when it is so; at most a minute later."""
    for _ in range(6000):
        if condition():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it never came to be so")
