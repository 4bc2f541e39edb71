"""Which conversation or chatbot an address names: exactly the one that was meant, on every route."""

from collections.abc import Callable
from typing import Any
from urllib.parse import quote, unquote

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from starlette.types import ASGIApp, Receive, Scope, Send

from botlens.api.app import create_app
from botlens.api.routes.analytics import analytics_router
from botlens.events.record import MESSAGE, USER, Record
from botlens.moments import microseconds
from botlens.tenants.credentials import TokenVerifier
from tests.conftest import Tenant
from tests.events import message

ODD = [
    "a",
    "a/",
    "a/b",
    "a//",
    "/",
    "a b",
    "ü😀",
    "a%2Fb",
    "a%0A",
    "?a=b#c",
    "..",
    ".",
    "a/..",
    "gaps",
    "a/gaps",
]
STORED = ["ticket-1", "ticket-1\n", "two\nlines", "\ttab", "a\x85", "a\u2028b"]


class Undecoded:
    """A server that tells nothing but the decoded path."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope.pop("raw_path", None)
        await self._app(scope, receive, send)


def sent(tenant: Tenant, method: str, path: str, client: TestClient | None = None) -> tuple[int, Any]:
    answer = (client or tenant.world.client).request(method, path, headers=tenant.headers)
    return answer.status_code, answer.json() if answer.content else None


def escaped(name: str) -> str:
    return quote(name, safe="").replace(".", "%2E")  # clients resolve bare dots


def store(tenant: Tenant, *conversations: str) -> None:
    """Conversations of an older version, which took any id."""
    at = microseconds(tenant.world.now)
    records = [Record("bot", each, MESSAGE, "1", 0, 0, at, role=USER, content="hi") for each in conversations]
    tenant.world.engine.commits.submit(tenant.company.id, records).result()


def listed(tenant: Tenant) -> set[str]:
    return {
        each["conversation_id"] for each in tenant.get("/v1/conversations", period="all")["conversations"]
    }


def test_each_conversation_by_its_id(tenant: Tenant) -> None:
    """Whatever the ids hold: slashes, escapes, line ends that are stored already."""
    store(tenant, *ODD, *STORED)
    for each in (*ODD, *STORED):
        status, found = sent(tenant, "GET", f"/v1/conversations/{escaped(each)}")
        assert (status, found["conversation_id"]) == (200, each)
    left = {*ODD, *STORED}
    for each in (*ODD, *STORED):
        assert sent(tenant, "DELETE", f"/v1/conversations/{escaped(each)}") == (204, None)
        left.remove(each)
        assert listed(tenant) == left


def test_each_chatbot_by_its_id(new_tenant: Callable[..., Tenant]) -> None:
    """Its object, and its gaps, are told apart by the slashes that were sent as such."""
    tenant = new_tenant(chatbots=())
    for each in ODD:
        status, found = sent_settings(tenant, each)
        assert (status, found["chatbot_id"]) == (200, each)
    for each in ODD:
        assert sent(tenant, "GET", f"/analytics/chatbot/{escaped(each)}")[1]["chatbot_id"] == each
        assert sent(tenant, "GET", f"/analytics/chatbot/{escaped(each)}/gaps") == (200, [])


def sent_settings(tenant: Tenant, chatbot_id: str) -> tuple[int, Any]:
    answer = tenant.world.client.put(f"/v1/chatbots/{escaped(chatbot_id)}", json={}, headers=tenant.headers)
    return answer.status_code, answer.json()


def test_an_id_that_ends_in_gaps(new_tenant: Callable[..., Tenant]) -> None:
    """`shop%2Fgaps` is a chatbot, `shop/gaps` are the gaps of another."""
    tenant = new_tenant(chatbots=("shop",))
    sent_settings(tenant, "shop/gaps")
    assert sent(tenant, "GET", "/analytics/chatbot/shop%2Fgaps")[1]["chatbot_id"] == "shop/gaps"
    assert sent(tenant, "GET", "/analytics/chatbot/shop%2fgaps")[1]["chatbot_id"] == "shop/gaps"
    assert sent(tenant, "GET", "/analytics/chatbot/shop/gaps") == (200, [])
    assert sent(tenant, "GET", "/analytics/chatbot/shop%2Fgaps/gaps") == (200, [])
    assert sent(tenant, "GET", "/%61nalytics/chatbot/sho%70/g%61ps/") == (200, [])  # the same, escaped


@pytest.mark.parametrize("name", [*STORED[1:], "\x00", "\x7f", "a\x9f", "\u2029"])
def test_ids_with_control_characters_do_not_come_in(tenant: Tenant, name: str) -> None:
    """Of chatbots, as of events: refused with the rule."""
    status, found = sent_settings(tenant, name)
    assert (status, found["error"]["code"], found["error"]["field"]) == (422, "invalid_id", "chatbot_id")
    assert "control character" in found["detail"]
    assert name not in {each["chatbot_id"] for each in tenant.get("/v1/chatbots")["chatbots"]}


@pytest.mark.parametrize(
    "path", ["/v1/conversations/%FF", "/v1/conversations/a%C3", "/analytics/chatbot/%ED%A0%80"]
)
def test_an_id_that_is_no_text(tenant: Tenant, path: str) -> None:
    """Nothing is called so: never another thing whose name looks alike."""
    store(tenant, "\ufffd", "a\ufffd")
    assert sent(tenant, "GET", path)[0] == 404
    assert sent(tenant, "DELETE", path)[0] in (404, 405)
    assert listed(tenant) == {"\ufffd", "a\ufffd"}


PLAIN = [
    "/analytics/overview",
    "/analytics/chatbot/bot",
    "/analytics/chatbot/bot/gaps",
    "/v1/chatbots",
    "/v1/conversations?period=all",
    "/v1/conversations/x",
    "/v1/query?metrics=conversations",
    "/v1/metrics",
    "/v1/export?period=all&format=jsonl",
    "/healthz",
    "/readyz",
    "/docs",
    "/openapi.json",
]


@pytest.mark.parametrize("path", PLAIN)
def test_a_slash_at_the_end(tenant: Tenant, path: str) -> None:
    """Answered as without it, and never by a redirect, which would lead to whatever `Host` says."""
    tenant.send(message("x", "1"))
    address, _, query = path.partition("?")
    for client in (tenant.world.client, undecoded(tenant)):
        plain, slashed = (
            client.get(f"{each}?{query}", headers=tenant.headers, follow_redirects=False)
            for each in (address, f"{address}/")
        )
        assert plain.status_code == 200
        assert (slashed.status_code, slashed.content) == (200, plain.content)


@pytest.mark.parametrize("path", PLAIN)
def test_head_wherever_get(tenant: Tenant, path: str) -> None:
    """The same status and headers, without the body."""
    tenant.send(message("x", "1"))
    got, head = (tenant.world.client.request(each, path, headers=tenant.headers) for each in ("GET", "HEAD"))
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-type"] == got.headers["content-type"]


def test_deleting_drops_no_slash(tenant: Tenant) -> None:
    """A destructive method is for exactly the id that was sent, or for none."""
    tenant.send(message("x", "1"), message("x/", "1"), message("y", "1"))
    for path in ("/v1/conversations/x/", "/v1/conversations/y/", "/v1/conversations/"):
        status, found = sent(tenant, "DELETE", path)
        assert (status, found["error"]["code"]) == (404, "not_found")
    assert listed(tenant) == {"x", "x/", "y"}
    assert sent(tenant, "DELETE", "/v1/conversations/x%2F") == (204, None)
    assert listed(tenant) == {"x", "y"}


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("DELETE", "/v1/query", "GET, HEAD, POST"),
        ("POST", "/v1/conversations/x", "DELETE, GET, HEAD"),
        ("PATCH", "/v1/conversations", "GET, HEAD"),
        ("GET", "/v1/chatbots/x", "DELETE, PUT"),
        ("GET", "/v1/events", "POST"),
        ("POST", "/healthz", "GET, HEAD"),
        ("POST", "/analytics/chatbot/bot/gaps", "GET, HEAD"),
    ],
)
def test_allow_is_complete(tenant: Tenant, method: str, path: str, allowed: str) -> None:
    """405 names every method that the address takes."""
    answer = tenant.world.client.request(method, path, headers=tenant.headers)
    assert (answer.status_code, answer.headers["allow"]) == (405, allowed)
    assert allowed in answer.json()["detail"]


def undecoded(tenant: Tenant) -> TestClient:
    app = create_app(tenant.world.engine, TokenVerifier(), clock=lambda: tenant.world.now)
    return TestClient(Undecoded(app))


def test_where_nobody_tells_how_an_address_was_escaped(new_tenant: Callable[..., Tenant]) -> None:
    """An id that exists wins; what is deleted is still the very id."""
    tenant = new_tenant(chatbots=("shop", "bot"))
    client = undecoded(tenant)

    def kind(path: str) -> Any:
        found = sent(tenant, "GET", path, client)[1]
        return found["chatbot_id"] if isinstance(found, dict) else "gaps"

    assert [kind(f"/analytics/chatbot/shop{end}") for end in ("", "/", "/gaps", "/gaps/")] == [
        "shop",
        "shop",
        "gaps",
        "gaps",
    ]
    sent_settings(tenant, "shop/gaps")
    sent_settings(tenant, "shop/")
    assert [kind(f"/analytics/chatbot/shop{end}") for end in ("", "/", "/gaps", "/gaps/")] == [
        "shop",
        "shop/",
        "shop/gaps",
        "shop/gaps",
    ]
    store(tenant, "x", "y/", "ticket\n", "ticket")
    for said, meant in (("x/", "x"), ("y/", "y/"), ("ticket%0A", "ticket\n")):
        assert sent(tenant, "GET", f"/v1/conversations/{said}", client)[1]["conversation_id"] == meant
    assert sent(tenant, "DELETE", "/v1/conversations/x/", client)[0] == 404
    assert sent(tenant, "DELETE", "/v1/conversations/ticket%0A", client)[0] == 204
    assert listed(tenant) == {"x", "y/", "ticket"}


@pytest.mark.parametrize("root", ["", "/api", "/dév a"])
def test_mounted_and_included_elsewhere(tenant: Tenant, root: str) -> None:
    """The seed routes in somebody else's app, wherever it is mounted, and behind a proxy's prefix."""
    for each in ("shop", "shop/gaps", "a b", "ü/"):
        sent_settings(tenant, each)
    inner = FastAPI()
    clock = lambda: tenant.world.now  # noqa: E731
    caller = lambda: tenant.company  # noqa: E731
    inner.include_router(
        analytics_router(tenant.world.engine, caller, prefix="/numbers", clock=clock), prefix="/v2"
    )
    outer = FastAPI()
    outer.mount("/mounted here", inner)
    client = TestClient(outer, root_path=quote(root) and root)
    base = f"{quote(root)}/mounted%20here/v2/numbers/chatbot"
    assert client.get(f"{base}/shop%2Fgaps").json()["chatbot_id"] == "shop/gaps"
    assert client.get(f"{base}/shop/gaps").json() == []
    assert client.get(f"{base}/shop/gaps/").json() == []
    assert client.get(f"{base}/a%20b/").json()["chatbot_id"] == "a b"
    assert client.get(f"{base}/%C3%BC%2F").json()["chatbot_id"] == "ü/"
    assert client.head(f"{base}/shop").status_code == 200
    answer = client.delete(f"{base}/shop")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")
    assert answer.json()["error"]["code"] == "method_not_allowed"
    assert unquote(base).startswith(root)
