"""Bodies are read after the credentials, and those in memory are bounded for each company and in all."""

import asyncio
import json
import re
import threading
import time
from typing import Any

import pytest

from botlens.api.bodies import Bodies
from botlens.errors import OverloadedError, TooLargeError, TooManyRequestsError
from tests.conftest import Tenant, World
from tests.events import message


def asked(world: World, method: str, path: str, *headers: tuple[str, str]) -> tuple[int, int]:
    """The status that a request gets, and how often its body was asked for. It never comes."""
    reads = 0
    answered: list[int] = []

    async def receive() -> dict[str, Any]:
        nonlocal reads
        reads += 1
        return {"type": "http.disconnect"}

    async def send(said: dict[str, Any]) -> None:
        if said["type"] == "http.response.start":
            answered.append(said["status"])

    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [(name.encode(), value.encode()) for name, value in headers],
        "server": ("127.0.0.1", 80),
        "client": ("127.0.0.1", 5),
    }
    asyncio.run(world.client.app(scope, receive, send))
    return answered[0], reads


OPEN = ("/v1/session", "/v1/session/peek")
"""What takes the place of credentials is in the body; to log out without a session is no fault."""


def guarded(world: World) -> list[tuple[str, str]]:
    paths = world.client.get("/openapi.json").json()["paths"]
    return [
        (method.upper(), re.sub(r"{\w+}", "bot", path))
        for path, methods in paths.items()
        for method in methods
        if path.startswith(("/v1", "/analytics")) and path not in OPEN
    ]


BODY = (("content-type", "application/json"), ("content-length", str(400 << 20)))


def test_no_byte_is_read_of_a_body_without_credentials(world: World) -> None:
    """On every route: 401 for nobody and for a bad key, whatever body is announced."""
    routes = guarded(world)
    assert len(routes) > 10
    for method, path in routes:
        assert asked(world, method, path, *BODY) == (401, 0), (method, path)
        bad = ("authorization", "Bearer blk_nobody")
        assert asked(world, method, path, *BODY, bad) == (401, 0), (method, path)


def test_no_byte_is_read_of_a_body_without_the_scope(tenant: Tenant) -> None:
    """A key that may only read, or only send, is refused before its body where it may not."""
    accounts = tenant.world.engine.accounts
    _, reads = accounts.create_key(tenant.company.id, scopes=["read"])
    _, sends = accounts.create_key(tenant.company.id, scopes=["ingest"])
    for key, method, path in (
        (reads, "POST", "/v1/events"),
        (reads, "PUT", "/v1/chatbots/bot"),
        (sends, "POST", "/v1/query"),
        (sends, "PUT", "/v1/chatbots/bot"),
    ):
        found = asked(tenant.world, method, path, *BODY, ("authorization", f"Bearer {key}"))
        assert found == (403, 0), (method, path)


@pytest.mark.parametrize(
    ("method", "path", "most", "code"),
    [
        ("PUT", "/v1/chatbots/bot", 1 << 20, "body_too_large"),
        ("POST", "/v1/query", 1 << 20, "too_large"),
        ("POST", "/v1/events", 16 << 20, "body_too_large"),
    ],
)
def test_a_body_over_its_limit(tenant: Tenant, method: str, path: str, most: int, code: str) -> None:
    """413 by its announced length, and by its bytes where none is announced."""
    client, headers = tenant.world.client, tenant.headers
    announced = client.request(method, path, content=b" " * (most + 1), headers=headers)
    counted = client.request(method, path, content=iter([b" " * most, b" "]), headers=headers)
    for answer in (announced, counted):
        assert (answer.status_code, answer.json()["error"]["code"]) == (413, code)


class Sent:
    """A request whose body comes part by part."""

    def __init__(self, *parts: bytes, headers: dict[str, str] | None = None) -> None:
        self.parts = parts
        self.headers = headers or {}

    async def stream(self) -> Any:
        for part in self.parts:
            yield part


def too_large() -> TooLargeError:
    return TooLargeError("too large")


def test_bytes_in_memory_are_bounded_for_a_company_and_in_all() -> None:
    """10 bytes for one, 15 in all: counted as they come, and given back when the work is done."""
    bodies = Bodies(of_one=10, in_all=15)

    async def scenario() -> None:
        with bodies.of("a") as first, bodies.of("a") as second, bodies.of("b") as third:
            assert await first.read(Sent(b"1234", b"56"), 100, too_large) == b"123456"
            with pytest.raises(TooManyRequestsError) as refused:
                await second.read(Sent(b"12", b"345"), 100, too_large)
            assert refused.value.headers["Retry-After"]
            assert bodies.total == 8
            with pytest.raises(OverloadedError):
                await third.read(Sent(b"12345678"), 100, too_large)
            assert await third.read(Sent(b"1234567"), 100, too_large) == b"1234567"
        assert bodies.total == 0
        with bodies.of("a") as again:
            assert len(await again.read(Sent(b"1234567890"), 100, too_large)) == 10
        assert bodies.total == 0

    asyncio.run(scenario())


def test_few_bodies_of_one_company_are_worked_on_at_once() -> None:
    """Of two companies with ten bodies each, two at a time of each are worked on."""
    bodies = Bodies()
    running: dict[str, int] = {"a": 0, "b": 0}
    most = {"a": 0, "b": 0}
    together = {company: threading.Barrier(2, timeout=60) for company in "ab"}

    def work(company: str) -> None:
        running[company] += 1
        most[company] = max(most[company], running[company])
        together[company].wait()  # of one alone there is no next one
        time.sleep(0.02)  # a third one would come by now
        running[company] -= 1

    async def scenario() -> None:
        await asyncio.gather(*(bodies.work(each, work, each) for each in "ab" * 10))

    asyncio.run(scenario())
    assert most == {"a": 2, "b": 2}


def test_a_sender_who_goes_away_leaves_nothing_behind(tenant: Tenant) -> None:
    """A body that is cut off is no event, no fault of ours, and no byte that counts on."""
    key = ("authorization", f"Bearer {tenant.key}")
    for method, path in (("POST", "/v1/events"), ("PUT", "/v1/chatbots/bot"), ("POST", "/v1/query")):
        status, reads = asked(tenant.world, method, path, key)
        assert (status, reads) == (400, 1), path
    assert tenant.post(json.dumps({"events": [message("c", "1")]}).encode()).json()["accepted"] == 1


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b'{"name": "\xff"}', 400, "invalid_json"),
        (b"[" * 50_000, 400, "invalid_json"),
        (b"", 400, "invalid_json"),
        (b'{"confidence_threshold": false}', 422, "invalid_parameter"),
        (b'{"is_published": "yes"}', 422, "invalid_parameter"),
        (b'{"is_published": 1}', 422, "invalid_parameter"),
        (b'{"confidence_threshold": "0.5"}', 422, "invalid_parameter"),
    ],
)
def test_settings_of_the_wrong_type(tenant: Tenant, body: bytes, status: int, code: str) -> None:
    """`false` is no threshold and "yes" no flag; what is not JSON is told so, broken UTF-8 and depth too."""
    before = tenant.get("/v1/chatbots")
    answer = tenant.world.client.put("/v1/chatbots/bot", content=body, headers=tenant.headers)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert tenant.get("/v1/chatbots") == before
