"""What is seen of a request: its id in answer and log, a line of the access log, how long it took."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from fastapi.testclient import TestClient

from botlens.answers.scope import needs
from botlens.api.app import Serving, create_app
from botlens.serving import logs
from botlens.tenants.credentials import TokenVerifier
from botlens.tenants.plans import QUERY
from tests.conformance import watch
from tests.conftest import Tenant
from tests.contract.test_telemetry import samples
from tests.events import message
from tests.logs import log_plainly


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """What a server writes to stderr."""
    written = io.StringIO()
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    root.handlers = []
    handler = logging.StreamHandler(written)
    handler.setFormatter(logs._formatter(for_people=False))
    logs._configure(handler, "info")
    yield written
    log_plainly()
    root.handlers = before
    root.setLevel(level)


def lines(log: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.getvalue().splitlines()]


def client(tenant: Tenant, *, access_log: bool = False) -> TestClient:
    app = create_app(tenant.world.engine, TokenVerifier(), serving=Serving(access_log=access_log))
    found = TestClient(app, raise_server_exceptions=False)
    watch(found, app)
    return found


PATHS = [("GET", "/analytics/overview"), ("POST", "/v1/events"), ("GET", "/nothing"), ("GET", "/docs")]


@pytest.mark.parametrize(("method", "path"), PATHS)
def test_a_sane_id_is_taken_over(tenant: Tenant, method: str, path: str) -> None:
    """Whatever the answer is."""
    headers = {**tenant.headers, "X-Request-Id": "Root=1-67891233-abcdef"}
    answer = client(tenant).request(method, path, headers=headers)
    assert answer.headers.get_list("x-request-id") == ["Root=1-67891233-abcdef"]


@pytest.mark.parametrize("said", ["", "a" * 129, "two words", "{}", "é", 'a"b', "a\tb"])
def test_another_id_is_not(tenant: Tenant, said: str) -> None:
    """What is too long, or could mean something to whoever reads the log: a new one is made instead."""
    made, asking = set(), client(tenant)
    for _ in range(2):
        for method, path in PATHS:
            headers = {**tenant.headers, "X-Request-Id": said.encode()}
            made.add(asking.request(method, path, headers=headers).headers["x-request-id"])
    assert len(made) == 2 * len(PATHS)
    assert all(len(each) == 16 and int(each, 16) >= 0 for each in made)


def test_the_id_is_in_every_line_of_the_request(
    tenant: Tenant, log: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also in those that a thread writes, and in no other request's."""
    told = structlog.get_logger("told")

    @needs(QUERY)
    def query(*_: object, **__: object) -> dict[str, Any]:
        told.warning("from a thread")
        raise RuntimeError

    monkeypatch.setattr(type(tenant.world.engine.answers.queries), "query", query)
    for name in ("one", "two"):
        headers = {**tenant.headers, "X-Request-Id": name}
        answer = client(tenant).get("/v1/query?metrics=messages", headers=headers)
        assert answer.status_code == 500
    told.warning("later")
    found = [(line["event"], line.get("request_id")) for line in lines(log) if line["logger"] != "httpx2"]
    assert [event for event, of in found if of == "one"][:2] == ["from a thread", "unexpected_error"]
    assert [event for event, of in found if of == "two"][:2] == ["from a thread", "unexpected_error"]
    assert ("later", None) in found


def test_the_access_log(tenant: Tenant, log: io.StringIO) -> None:
    """One line a request, with nothing that a caller would not want in a log."""
    asking = client(tenant, access_log=True)
    headers = {**tenant.headers, "X-Request-Id": "r1", "Cookie": "session=secret"}
    body = {"events": [message("a", "secret-message", "a secret text")]}
    asking.post("/v1/events?token=secret", json=body, headers=headers)
    asking.get("/analytics/chatbot/nobody?from=2026-03-01", headers=headers)
    one, two = [line for line in lines(log) if line["logger"] == "botlens.access"]
    for line in (one, two):
        assert line.pop("ms") > 0
        assert line.pop("timestamp")
        assert line.pop("client") == "testclient"
    shared = {"event": "request", "level": "info", "logger": "botlens.access", "request_id": "r1"}
    assert one == {**shared, "method": "POST", "path": "/v1/events", "route": "/v1/events", "status": 200}
    assert two == {
        **shared,
        "method": "GET",
        "path": "/analytics/chatbot/nobody",
        "route": "/analytics/chatbot/{chatbot_id:path}",
        "status": 404,
        "code": "unknown_chatbot",
    }
    ours = "\n".join(line for line in log.getvalue().splitlines() if "httpx2" not in line)
    assert "secret" not in ours
    assert tenant.key not in ours


def test_a_secret_in_an_address_is_in_no_log(tenant: Tenant, log: io.StringIO) -> None:
    """Wherever a link's token, a key or a cookie slips into, and whether it lets anybody in or not."""
    accounts = tenant.world.engine.accounts
    asking = client(tenant, access_log=True)
    secrets = [accounts.create_link(tenant.company.id, "bob")[1] for _ in range(2)]
    here = {"Host": "127.0.0.1:8000"}
    for secret in (*secrets, tenant.key):
        asking.get(f"/analytics/overview?{secret}=1&token={secret}", headers=tenant.headers)
        asking.get(f"/login?token={secret}")
    entered = asking.post(f"/v1/session?token={secrets[0]}", json={"token": secrets[0]}, headers=here)
    assert entered.status_code == 201
    asking.post("/v1/session", json={"token": secrets[0]}, headers=here)
    cookie = entered.cookies["botlens-8000"]
    asking.get("/v1/chatbots", headers={**here, "Cookie": f"botlens-8000={cookie}"})
    ours = "\n".join(line for line in log.getvalue().splitlines() if "httpx2" not in line)
    assert '"path": "/v1/session"' in ours
    for secret in (*secrets, tenant.key, cookie):
        assert secret[4:20] not in ours


def test_there_is_none_unless_it_is_asked_for(tenant: Tenant, log: io.StringIO) -> None:
    """The setting is off by default."""
    client(tenant).get("/analytics/overview", headers=tenant.headers)
    assert [line for line in lines(log) if line["logger"] == "botlens.access"] == []


def test_how_long_requests_took(tenant: Tenant) -> None:
    """By the template of the route, the method and the status: no id of anybody makes a series of its own."""

    def count(route: str, method: str, status: int) -> float:
        labels = f'{{method="{method}",route="{route}",status="{status}"}}'
        return samples(tenant).get(f"botlens_request_seconds_count{labels}", 0.0)

    before = count("/v1/events", "POST", 200), count("none", "GET", 404)
    tenant.send(message("a", "1"))
    tenant.world.client.get("/nothing/1")
    tenant.world.client.get("/nothing/2")
    assert (count("/v1/events", "POST", 200), count("none", "GET", 404)) == (before[0] + 1, before[1] + 2)
    tenant.world.client.request("BREW", "/nothing")
    assert count("none", "other", 404) >= 1
    series = [name for name in samples(tenant) if name.startswith("botlens_request_seconds_count")]
    assert not any("nothing" in name or "BREW" in name for name in series)


def test_refusals_are_counted_by_reason(tenant: Tenant) -> None:
    """Those for being too much; not those for being wrong."""
    name = 'botlens_requests_refused_total{code="too_many_events"}'
    before = samples(tenant).get(name, 0.0)
    many = b'{"events": [' + b",".join([b"{}"] * 10_001) + b"]}"
    assert tenant.post(many).status_code == 413
    assert tenant.world.client.get("/analytics/overview").status_code == 401
    after = samples(tenant)
    assert after[name] == before + 1
    assert not any("credentials" in each for each in after)
