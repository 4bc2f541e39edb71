"""Pages of other origins may ask if the setting names them, with a key or a JWT and never with a cookie."""

import pytest
from fastapi.testclient import TestClient
from structlog.testing import capture_logs

from botlens.answers.scope import needs
from botlens.api.app import Serving, create_app
from botlens.tenants.credentials import TokenVerifier
from botlens.tenants.plans import ANALYTICS
from tests.conformance import watch
from tests.conftest import Tenant
from tests.events import message

ORIGIN = "https://dashboard.example.com"
ROUTES = [("GET", "/analytics/overview"), ("POST", "/v1/events"), ("POST", "/v1/query"), ("GET", "/nothing")]


def client(tenant: Tenant, *origins: str) -> TestClient:
    serving = Serving(cors_origins=origins)
    app = create_app(tenant.world.engine, TokenVerifier(), serving=serving)
    found = TestClient(app, raise_server_exceptions=False)
    watch(found, app)
    return found


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_an_origin_that_is_named(tenant: Tenant, method: str, path: str) -> None:
    """Its pages see the answer, errors too; a browser that asks first is told what may be sent."""
    asking = client(tenant, ORIGIN)
    answer = asking.request(method, path, headers={**tenant.headers, "Origin": ORIGIN})
    assert answer.headers["access-control-allow-origin"] == ORIGIN
    assert "Origin" in answer.headers["vary"]
    assert "access-control-allow-credentials" not in answer.headers
    before = asking.options(
        path,
        headers={
            "Origin": ORIGIN,
            "Access-Control-Request-Method": method,
            "Access-Control-Request-Headers": "authorization, content-type, if-none-match",
        },
    )
    assert before.status_code == 200
    assert before.headers["access-control-allow-origin"] == ORIGIN
    assert "access-control-allow-credentials" not in before.headers


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_any_other_origin(tenant: Tenant, method: str, path: str) -> None:
    """Its pages see nothing: neither if others are named, nor if none is."""
    for asking in (client(tenant, ORIGIN), client(tenant)):
        answer = asking.request(method, path, headers={**tenant.headers, "Origin": "https://evil.example"})
        assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_a_preflight_from_elsewhere(tenant: Tenant, method: str, path: str) -> None:
    """A browser that asks first is refused, and told of nothing that may be sent."""
    headers = {"Origin": "https://evil.example", "Access-Control-Request-Method": method}
    for asking in (client(tenant, ORIGIN), client(tenant)):
        before = asking.options(path, headers=headers)
        assert 400 <= before.status_code < 500
        assert "access-control-allow-origin" not in before.headers


def test_any_origin(tenant: Tenant) -> None:
    """With `*` all may ask, still without cookies."""
    answer = client(tenant, "*").get(
        "/analytics/overview", headers={**tenant.headers, "Origin": "https://a.b"}
    )
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in answer.headers


def test_events_from_a_page(tenant: Tenant) -> None:
    """They are taken on the short way, and the page may read what became of them and the request's id."""
    body = {"events": [message("a", "1")]}
    answer = client(tenant, ORIGIN).post(
        "/v1/events", json=body, headers={**tenant.headers, "Origin": ORIGIN}
    )
    assert answer.json() == {"accepted": 1, "rejected": []}
    assert "X-Request-Id" in answer.headers["access-control-expose-headers"]


def test_faults_of_ours(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    """A 500 can be read by the page as well."""

    @needs(ANALYTICS)
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(type(tenant.world.engine.answers.seed), "overview", fail)
    headers = {**tenant.headers, "Origin": ORIGIN}
    with capture_logs():
        answer = client(tenant, ORIGIN).get("/analytics/overview", headers=headers)
    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (500, ORIGIN)
