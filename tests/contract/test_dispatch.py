"""`POST /v1/events` past the framework: the same answers as the route that the framework serves."""

import json
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from starlette.types import ASGIApp, Receive, Scope, Send

from botlens.api.app import create_app
from botlens.tenants.credentials import TokenVerifier
from tests.conftest import Tenant
from tests.events import message


class _Counting:
    """Somebody's middleware."""

    def __init__(self, app: ASGIApp, seen: list[str]) -> None:
        self._app, self._seen = app, seen

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            self._seen.append(scope["path"])
        await self._app(scope, receive, send)


def _body(*events: dict[str, Any]) -> bytes:
    return json.dumps({"events": events}).encode()


def _ask(client: TestClient, path: str, content: bytes, **headers: str) -> tuple[int, Any]:
    answer = client.post(path, content=content, headers=headers)
    return answer.status_code, answer.json()


@pytest.mark.parametrize(
    ("content", "headers"),
    [
        (_body(message("shortcut", "1")), {}),
        (_body(message("shortcut", "2"), message("shortcut", "3", chatbot_id="nobody")), {}),
        (b"{", {}),
        (b"", {}),
        (_body(message("shortcut", "4")), {"Content-Type": "text/html"}),
        (_body(message("shortcut", "5")), {"Content-Encoding": "gzip"}),
        (_body(message("shortcut", "6")), {"Authorization": "Bearer blk_wrong"}),
        (_body(message("shortcut", "7")), {"Authorization": ""}),
        (_body(message("shortcut", "8")), {"Authorization": "Bearer local"}),
    ],
)
def test_as_the_route_answers(tenant: Tenant, content: bytes, headers: dict[str, str]) -> None:
    """Alone, mounted in another app, and behind a middleware, which sees every request."""
    seen: list[str] = []
    engine = tenant.world.engine
    tenant.put("bot")
    behind = _Counting(create_app(engine, TokenVerifier(), local_token="local"), seen)
    around = FastAPI()
    around.mount("/botlens", create_app(engine, TokenVerifier(), local_token="local"))
    alone = create_app(engine, TokenVerifier(), local_token="local")
    headers = {**tenant.headers, **headers}
    expected = _ask(TestClient(behind), "/v1/events", content, **headers)
    assert seen == ["/v1/events"]
    assert _ask(TestClient(alone), "/v1/events", content, **headers) == expected
    assert _ask(TestClient(around), "/botlens/v1/events", content, **headers) == expected


def test_it_is_documented(tenant: Tenant) -> None:
    paths = create_app(tenant.world.engine, TokenVerifier()).product.openapi()["paths"]
    assert set(paths["/v1/events"]) == {"post"}
