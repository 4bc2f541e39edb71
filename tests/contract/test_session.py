"""Logging in and out: links and JWTs for a cookie, what the cookie is, and whose pages may send it."""

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import jwt
import pytest
from fastapi.testclient import TestClient
from httpx2 import Response

from botlens.api import bodies
from botlens.api.app import Serving, create_app
from botlens.tenants.credentials import TokenVerifier
from tests.conformance import watch
from tests.conftest import SECRET, SITE, Tenant
from tests.events import message

COOKIE = "botlens-80"
OWN = {"Origin": SITE, "Sec-Fetch-Site": "same-origin"}


def link(tenant: Tenant, user: str = "bob", role: str = "admin") -> str:
    """The token of a login link."""
    return tenant.world.engine.accounts.create_link(tenant.company.id, user, role)[1]


def log_in(tenant: Tenant, body: dict[str, Any], **headers: str) -> Response:
    answer = tenant.world.client.post("/v1/session", json=body, headers={**OWN, **headers})
    tenant.world.client.cookies.clear()  # each test says itself what it sends
    return answer


def cookie(tenant: Tenant, user: str = "bob", role: str = "admin") -> str:
    """The header of somebody who is logged in."""
    answer = log_in(tenant, {"token": link(tenant, user, role)})
    assert answer.status_code == 201, answer.text
    return f"{COOKIE}={answer.cookies[COOKIE]}"


def code(answer: Response) -> tuple[int, str | None]:
    return answer.status_code, answer.json()["error"]["code"] if answer.is_error else None


def token(user: str, **claims: Any) -> str:
    standard = {"sub": user, "exp": time.time() + 60, "aud": "botlens", "iss": "https://login.example"}
    return jwt.encode({**standard, **claims}, SECRET, "HS256")


def test_a_link_becomes_a_cookie(tenant: Tenant) -> None:
    """Scripts cannot read it, forms of other sites do not send it, it lasts a week; and it opens the API."""
    answer = log_in(tenant, {"token": link(tenant)})
    assert (answer.status_code, answer.headers["cache-control"]) == (201, "no-store")
    assert answer.json() | {"until": ""} == {
        "who": "link:bob",
        "role": "admin",
        "company": {"company_id": tenant.company.id, "name": tenant.company.name},
        "until": "",
    }
    name, *attributes = answer.headers["set-cookie"].split("; ")
    assert name.startswith(f"{COOKIE}=bls_")
    assert {each.lower() for each in attributes} == {
        *("httponly", "samesite=lax", "path=/", f"max-age={7 * 24 * 3600}")
    }
    tenant.send(message("a", "1"))
    found = tenant.world.client.get("/analytics/overview", headers={"Cookie": name})
    assert found.json()["total_conversations"] == 1


def test_under_tls(tenant: Tenant) -> None:
    """The cookie is the host's own and secure; a name of another host is the certificate's business."""
    app = create_app(
        tenant.world.engine, TokenVerifier(), serving=Serving(public_url="https://b.example/app")
    )
    client = TestClient(app, base_url="https://elsewhere.example", raise_server_exceptions=False)
    watch(client, app)
    answer = client.post("/v1/session", json={"token": link(tenant)}, headers={"Origin": "https://b.example"})
    name, *attributes = answer.headers["set-cookie"].split("; ")
    assert name.startswith("__Host-botlens=bls_")
    assert {"secure", "path=/", "httponly", "samesite=lax"} <= {each.lower() for each in attributes}
    assert not any(each.lower().startswith("domain") for each in attributes)
    made = client.post(
        "/v1/login-links", json={"user": "new"}, headers={"Cookie": name, "Origin": "https://b.example"}
    )
    assert made.json()["url"].startswith("https://b.example/app/login#token=bll_")
    foreign = client.post("/v1/session", json={"token": "x"}, headers={"Origin": "http://b.example"})
    assert code(foreign) == (403, "wrong_origin")


def test_failures_of_a_link(new_tenant: Callable[..., Tenant]) -> None:
    """Each has its code, and a link is not used up by what only looks at it or asks for another company."""
    tenant, other = new_tenant(), new_tenant()
    secret = link(tenant)
    for method in ("GET", "PUT", "PATCH"):
        assert tenant.world.client.request(method, "/v1/session").status_code == 405
    assert code(log_in(tenant, {"token": secret}, **{"X-Botlens-Company": other.company.id})) == (
        *(403, "wrong_company"),
    )
    assert code(log_in(tenant, {"token": secret}, **{"X-Botlens-Company": tenant.company.id})) == (201, None)
    assert code(log_in(tenant, {"token": secret})) == (401, "used_link")
    assert code(log_in(tenant, {"token": "bll_never"})) == (401, "unknown_link")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"{", (400, "invalid_json")),
        (b"[]", (422, "invalid_parameter")),
        (b"{}", (422, "invalid")),
        (b'{"token": 1}', (422, "invalid_parameter")),
        (b'{"token": "a", "jwt": "b"}', (422, "invalid")),
        (b'{"token": "a", "next": "//evil.example"}', (422, "invalid_parameter")),
        (b'{"token": "\\ud800"}', (400, "invalid_json")),
        (b'{"token": "' + b"x" * ((16 << 10) - 13) + b'"}', (401, "unknown_link")),
        (b'{"token": "' + b"x" * ((16 << 10) - 13) + b'"} ', (413, "body_too_large")),
        (json.dumps({"token": "' OR 1=1 --\0<script>"}).encode(), (401, "unknown_link")),
        (json.dumps({"jwt": "a.b.c"}).encode(), (401, "invalid_token")),
    ],
)
def test_what_lets_nobody_in(tenant: Tenant, body: bytes, expected: tuple[int, str]) -> None:
    """Whatever is sent gets an error in the one shape, and no cookie."""
    answer = tenant.world.client.post("/v1/session", content=body, headers=OWN)
    assert code(answer) == expected
    assert "set-cookie" not in answer.headers
    assert "script" not in answer.text


def test_a_jwt_becomes_a_cookie(new_tenant: Callable[..., Tenant]) -> None:
    """A user of the host chooses among its companies; one without any, or with an old token, stays out."""
    mine, joined = new_tenant(owner="hosted"), new_tenant()
    mine.world.engine.accounts.add_member(joined.company.id, "hosted")
    answer = log_in(mine, {"jwt": token("hosted")})
    assert (answer.json()["who"], answer.json()["role"]) == ("user:hosted", "owner")
    sent = {"Cookie": f"{COOKIE}={answer.cookies[COOKIE]}"}
    client = mine.world.client
    put = {"json": {}, "headers": {**sent, **OWN, "X-Botlens-Company": joined.company.id}}
    assert client.get("/v1/chatbots", headers=sent | {"X-Botlens-Company": joined.company.id}).is_success
    assert code(client.put("/v1/chatbots/bot", **put)) == (403, "missing_scope")
    assert code(client.get("/v1/chatbots", headers=sent | {"X-Botlens-Company": "c_x"})) == (
        *(403, "wrong_company"),
    )
    assert code(log_in(mine, {"jwt": token("nobody at all")})) == (404, "no_company")
    assert code(log_in(mine, {"jwt": token("hosted", exp=1)})) == (401, "expired_token")


def test_log_out(tenant: Tenant) -> None:
    """The session ends on the server, the browser forgets the cookie; without one there is nothing to do."""
    sent, client = cookie(tenant), tenant.world.client
    answer = client.delete("/v1/session", headers={**OWN, "Cookie": sent})
    assert answer.status_code == 204
    assert "Max-Age=0" in answer.headers["set-cookie"]
    assert code(client.get("/v1/chatbots", headers={"Cookie": sent})) == (401, "unknown_session")
    assert client.delete("/v1/session", headers={**OWN, "Cookie": sent}).status_code == 204
    assert client.delete("/v1/session").status_code == 204


def test_whoever_is_removed_is_out(tenant: Tenant) -> None:
    """At the next request; and a role that changes holds from then on."""
    sent, accounts = {"Cookie": cookie(tenant), **OWN}, tenant.world.engine.accounts
    client = tenant.world.client
    assert client.put("/v1/chatbots/bot", json={}, headers=sent).status_code == 200
    accounts.add_member(tenant.company.id, "bob", "viewer")
    assert code(client.put("/v1/chatbots/bot", json={}, headers=sent)) == (403, "missing_scope")
    accounts.remove_member(tenant.company.id, "bob")
    assert code(client.get("/v1/chatbots", headers=sent)) == (401, "unknown_session")


@pytest.mark.parametrize("seconds", [0.0, 60.0])
@pytest.mark.parametrize("role", [None, "viewer"])
def test_a_body_that_outlives_its_sender(
    tenant: Tenant, monkeypatch: pytest.MonkeyPatch, seconds: float, role: str | None
) -> None:
    """Who is removed, or made less, while it still sends is refused in the end, if that took long."""
    monkeypatch.setattr(bodies, "SLOW", seconds)
    sent, accounts = {"Cookie": cookie(tenant), **OWN}, tenant.world.engine.accounts

    def body() -> Iterator[bytes]:
        yield b'{"name": "for later", '
        if role is None:
            accounts.remove_member(tenant.company.id, "bob")
        else:
            accounts.add_member(tenant.company.id, "bob", role)
        yield b'"scopes": ["admin"]}'

    app = create_app(tenant.world.engine, TokenVerifier(), serving=Serving(public_url=SITE))

    async def door(scope: Any, receive: Any, send: Any) -> None:
        pieces = body()

        async def slowly() -> dict[str, Any]:
            piece = next(pieces, b"")
            return {"type": "http.request", "body": piece, "more_body": bool(piece)}

        await app(scope, slowly, send)

    answer = TestClient(door, base_url=SITE).post("/v1/keys", headers=sent)
    refused = (401, "unknown_session") if role is None else (403, "missing_scope")
    assert code(answer) == (refused if seconds == 0 else (201, None))


FOREIGN = [
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://testserver.evil.example"},
    {"Origin": "http://testserver:8080"},
    {"Origin": "https://testserver"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Origin": SITE, "Sec-Fetch-Site": "cross-site"},
    {"Origin": "https://evil.example", "Sec-Fetch-Site": "same-origin"},
]


@pytest.mark.parametrize("headers", FOREIGN)
def test_pages_of_others(tenant: Tenant, headers: dict[str, str]) -> None:
    """With the cookie they neither change nor read anything, nor log anybody in or out."""
    sent, client = cookie(tenant), tenant.world.client
    both = {**headers, "Cookie": sent}
    assert code(client.put("/v1/chatbots/bot", json={}, headers=both)) == (403, "wrong_origin")
    assert code(client.post("/v1/events", json={"events": []}, headers=both)) == (403, "wrong_origin")
    assert code(client.get("/v1/chatbots", headers=both)) == (403, "wrong_origin")
    assert code(client.delete("/v1/session", headers=both)) == (403, "wrong_origin")
    unused = link(tenant)
    assert code(client.post("/v1/session", json={"token": unused}, headers=headers)) == (403, "wrong_origin")
    assert log_in(tenant, {"token": unused}).status_code == 201
    assert client.get("/v1/chatbots", headers={"Cookie": sent}).status_code == 200


def test_who_may_send_the_cookie(tenant: Tenant) -> None:
    """Own pages; who follows a link to here; and what changes something must say which page it is from."""
    sent, client = cookie(tenant), tenant.world.client
    for headers in ({"Origin": SITE}, {"Sec-Fetch-Site": "same-origin"}, OWN):
        assert client.put("/v1/chatbots/bot", json={}, headers={**headers, "Cookie": sent}).is_success
    assert code(client.put("/v1/chatbots/bot", json={}, headers={"Cookie": sent})) == (403, "wrong_origin")
    followed = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Cookie": sent}
    assert client.get("/v1/export", headers=followed).status_code == 200
    assert client.get("/v1/chatbots", headers={"Sec-Fetch-Site": "none", "Cookie": sent}).status_code == 200


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("testserver", 200),
        ("testserver:80", 200),
        ("TESTSERVER", 200),
        ("127.0.0.1:8000", 200),
        ("localhost:9000", 200),
        ("[::1]:8000", 200),
        ("evil.example", 403),
        ("testserver.evil.example", 403),
        ("testserver:8080", 403),
        ("localhost.evil.example", 403),
        ("127.0.0.1.evil.example", 403),
        ("[", 403),
        ("10.0.0.1", 403),
    ],
)
def test_names_of_the_server(tenant: Tenant, host: str, status: int) -> None:
    """Without TLS, another name than its own may be a page that gave it one: no cookie counts there."""
    sent, client = cookie(tenant), tenant.world.client
    assert client.get("/v1/chatbots", headers={"Host": host, "Cookie": sent}).status_code == status
    assert client.get("/v1/chatbots", headers={"Host": host, **tenant.headers}).status_code == 200
    logged = client.post("/v1/session", json={"token": link(tenant)}, headers={"Host": host})
    client.cookies.clear()
    assert logged.status_code == {200: 201}.get(status, status)


def test_a_tunnel_to_this_machine(tenant: Tenant) -> None:
    """Its own pages come from the port that the tunnel has; those of another port do not."""
    sent, client = cookie(tenant), tenant.world.client
    here = {"Host": "localhost:9000", "Cookie": sent}
    assert client.put(
        "/v1/chatbots/bot", json={}, headers={**here, "Origin": "http://localhost:9000"}
    ).is_success
    other = client.put("/v1/chatbots/bot", json={}, headers={**here, "Origin": "http://localhost:3000"})
    assert code(other) == (403, "wrong_origin")


def test_bearer_wins(new_tenant: Callable[..., Tenant]) -> None:
    """A key or JWT that is sent counts, good or bad, and no page is looked at then; other schemes do not."""
    tenant, other = new_tenant(chatbots=("mine",)), new_tenant(chatbots=("theirs",))
    sent, client = cookie(tenant), tenant.world.client

    def bots(authorization: str, **headers: str) -> Any:
        answer = client.get(
            "/v1/chatbots", headers={"Cookie": sent, "Authorization": authorization, **headers}
        )
        return [each["chatbot_id"] for each in answer.json().get("chatbots", [])] or code(answer)

    assert bots(f"Bearer {other.key}", Origin="https://evil.example") == ["theirs"]
    assert bots("Bearer blk_wrong") == (401, "invalid_key")
    assert bots("bearer nonsense") == (401, "invalid_token")
    assert bots("Basic dTpw") == ["mine"]


def test_other_origins_never_get_credentials(tenant: Tenant) -> None:
    """Whatever CORS allows, no page of another origin reads what a cookie opens."""
    serving = Serving(cors_origins=("*",), public_url=SITE)
    app = create_app(tenant.world.engine, TokenVerifier(), serving=serving)
    client = TestClient(app, raise_server_exceptions=False)
    headers = {"Origin": "https://evil.example", "Cookie": cookie(tenant)}
    answer = client.get("/v1/chatbots", headers=headers)
    assert code(answer) == (403, "wrong_origin")
    asked = client.options("/v1/session", headers={**headers, "Access-Control-Request-Method": "POST"})
    for each in (answer, asked):
        assert "access-control-allow-credentials" not in each.headers


def test_let_somebody_in(new_tenant: Callable[..., Tenant]) -> None:
    """An admin makes links for others, never for more than it has; a viewer makes none."""
    tenant = new_tenant()
    client = tenant.world.client
    made = client.post("/v1/login-links", json={"user": "ada"}, headers=tenant.headers)
    assert made.status_code == 201
    url, secret = made.json()["url"].split("#token=")
    assert (url, made.json()["role"]) == (f"{SITE}/login", "viewer")
    entered = log_in(tenant, {"token": secret})
    assert (entered.json()["who"], entered.json()["role"]) == ("link:ada", "viewer")
    viewer = {"Cookie": f"{COOKIE}={entered.cookies[COOKIE]}", **OWN}
    refused = client.post("/v1/login-links", json={"user": "eve"}, headers=viewer)
    assert code(refused) == (403, "missing_scope")
    for body in ({"user": "ada", "role": "owner"}, {"user": ""}, {"user": "a\0b"}, {"user": 5}, {"who": "x"}):
        assert client.post("/v1/login-links", json=body, headers=tenant.headers).status_code == 422
    more = client.post("/v1/login-links", json={"user": "ada", "role": "admin"}, headers=tenant.headers)
    assert (code(more), more.json()["error"]["field"]) == ((422, "invalid"), "role")
