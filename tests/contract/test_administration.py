"""Company, members and keys over HTTP: what an admin may do, and nobody else."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest
from httpx2 import Response

from botlens.tenants.accounts import Accounts
from tests.conftest import Tenant
from tests.contract.test_session import COOKIE, OWN, code, cookie, link, log_in, token
from tests.events import message

HOSTILE = [
    "<script>alert(1)</script>",
    "'; DROP TABLE members --",
    "\u202eevil",
    "日本語 🛋",
    "a/../b",
    "%2F%00",
]


def as_user(tenant: Tenant, user: str, role: str) -> dict[str, str]:
    """The headers of a user with this role, logged in by the host."""
    tenant.world.engine.accounts.add_member(tenant.company.id, user, role)
    return {"Authorization": f"Bearer {token(user)}", "X-Botlens-Company": tenant.company.id}


def ask(
    tenant: Tenant, method: str, path: str, headers: dict[str, str] | None = None, **more: Any
) -> Response:
    return tenant.world.client.request(method, path, headers=headers or tenant.headers, **more)


WRITES = [
    ("PATCH", "/v1/company", {"name": "Other"}),
    ("GET", "/v1/members", None),
    ("POST", "/v1/members", {"user": "eve", "role": "viewer"}),
    ("DELETE", "/v1/members/vera", None),
    ("GET", "/v1/keys", None),
    ("POST", "/v1/keys", {"scopes": ["read"]}),
    ("DELETE", "/v1/keys/k_1", None),
    ("POST", "/v1/login-links", {"user": "eve"}),
]


@pytest.mark.parametrize(("method", "path", "body"), WRITES)
def test_a_viewer_is_refused(tenant: Tenant, method: str, path: str, body: Any) -> None:
    """By token, by cookie and by a key that only reads or sends; and nothing has changed."""
    accounts, company = tenant.world.engine.accounts, tenant.company.id
    keys = [accounts.create_key(company, scopes=[each])[1] for each in ("read", "ingest")]
    callers = [
        as_user(tenant, "vera", "viewer"),
        {"Cookie": cookie(tenant, "victor", "viewer"), **OWN},
        *({"Authorization": f"Bearer {key}"} for key in keys),
    ]
    before = (accounts.company(company), accounts.members(company), len(accounts.keys(company)))
    for headers in callers:
        answer = ask(tenant, method, path, headers, **({"json": body} if body else {}))
        assert code(answer) == (403, "missing_scope")
    assert (accounts.company(company), accounts.members(company), len(accounts.keys(company))) == before


def test_the_company(new_tenant: Callable[..., Tenant]) -> None:
    """What is given changes, at once, in this company alone; numbers are of the new zone."""
    tenant, other = new_tenant(), new_tenant()
    tenant.send(message("a", "1", at="2026-03-17T23:30:00Z"))
    assert tenant.overview()["chatbots"][0]["conversations_today"] == 0
    changed = ask(tenant, "PATCH", "/v1/company", json={"name": "Bäcker", "timezone": "Europe/Berlin"})
    assert changed.status_code == 200
    assert changed.json() == tenant.get("/v1/company")
    company = tenant.world.engine.accounts.company(tenant.company.id)
    assert changed.json() == {
        "company_id": tenant.company.id,
        "name": "Bäcker",
        "owner": tenant.company.owner,
        "plan": "pro",
        "timezone": "Europe/Berlin",
        "retention_days": None,
        "gap_limit": 0.2,
        "question_floor": 1,
        "created_at": company.created_at.isoformat(timespec="microseconds").replace("+00:00", "Z"),
    }
    assert tenant.overview()["chatbots"][0]["conversations_today"] == 1  # half past midnight in Berlin
    assert ask(tenant, "PATCH", "/v1/company", json={"retention_days": 30}).json()["retention_days"] == 30
    assert ask(tenant, "PATCH", "/v1/company", json={"retention_days": None}).json()["retention_days"] is None
    of_gaps = {"gap_limit": 0.1, "question_floor": 3}
    assert ask(tenant, "PATCH", "/v1/company", json=of_gaps).json().items() >= of_gaps.items()
    assert ask(tenant, "PATCH", "/v1/company", json={}).json()["name"] == "Bäcker"
    assert other.get("/v1/company")["name"] == other.company.name
    assert ask(tenant, "GET", "/v1/company", as_user(tenant, "vera", "viewer")).status_code == 200


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"name": None}, "name"),
        ({"timezone": "Mars"}, "timezone"),
        ({"retention_days": 0}, "retention_days"),
        ({"retention_days": True}, "retention_days"),
        ({"gap_limit": 0}, "gap_limit"),
        ({"gap_limit": 1}, "gap_limit"),
        ({"gap_limit": None}, "gap_limit"),
        ({"question_floor": 0}, "question_floor"),
        ({"question_floor": 2.5}, "question_floor"),
        ({"plan": "enterprise"}, "plan"),
        ({"owner": "eve"}, "owner"),
        ({"name": "Good", "timezone": "Bad"}, "timezone"),
    ],
)
def test_a_company_that_cannot_be(tenant: Tenant, body: dict[str, Any], field: str) -> None:
    """The field is named and nothing changes; neither plan nor owner are set here."""
    answer = ask(tenant, "PATCH", "/v1/company", json=body)
    assert (answer.status_code, answer.json()["error"]["field"]) == (422, field)
    assert tenant.get("/v1/company")["name"] == tenant.company.name


def test_members(new_tenant: Callable[..., Tenant]) -> None:
    """Added, changed, listed and removed; not by another company, and never the owner."""
    tenant, other = new_tenant(owner="olga"), new_tenant()
    added = ask(tenant, "POST", "/v1/members", json={"user": "ada"})
    assert (added.json()["user"], added.json()["role"], added.json()["since"][-1]) == ("ada", "viewer", "Z")
    assert ask(tenant, "POST", "/v1/members", json={"user": "ada", "role": "admin"}).json()["role"] == "admin"
    listed = [(each["user"], each["role"]) for each in tenant.get("/v1/members")["members"]]
    assert listed == [("olga", "owner"), ("ada", "admin")]
    assert code(ask(other, "DELETE", "/v1/members/ada")) == (404, "unknown_member")
    assert code(ask(tenant, "DELETE", "/v1/members/olga")) == (422, "last_owner")
    assert code(ask(tenant, "POST", "/v1/members", json={"user": "olga", "role": "viewer"})) == (
        *(422, "last_owner"),
    )
    assert ask(tenant, "DELETE", "/v1/members/ada").status_code == 204
    assert code(ask(tenant, "DELETE", "/v1/members/ada")) == (404, "unknown_member")
    assert code(ask(tenant, "DELETE", "/v1/members/olga/")) == (404, "not_found")


def test_who_hands_a_company_over(new_tenant: Callable[..., Tenant]) -> None:
    """Its owner alone: no admin, no key, and nobody who came by a link."""
    tenant = new_tenant(owner="olga")
    body = {"json": {"user": "ada", "role": "owner"}}
    entered = log_in(tenant, {"token": link(tenant, "olga")})
    by_link = {"Cookie": f"{COOKIE}={entered.cookies[COOKIE]}", **OWN}
    for headers in (tenant.headers, as_user(tenant, "adam", "admin"), by_link):
        assert code(ask(tenant, "POST", "/v1/members", headers, **body)) == (403, "owner_only")
    owner = {"Authorization": f"Bearer {token('olga')}", "X-Botlens-Company": tenant.company.id}
    assert ask(tenant, "POST", "/v1/members", owner, **body).json()["role"] == "owner"
    roles = {each["user"]: each["role"] for each in tenant.get("/v1/members")["members"]}
    assert roles == {"ada": "owner", "olga": "admin", "adam": "admin"}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names(tenant: Tenant, name: str) -> None:
    """Any text is a name, comes back as it was, and is nothing but a text."""
    assert ask(tenant, "POST", "/v1/members", json={"user": name}).json()["user"] == name
    assert ask(tenant, "PATCH", "/v1/company", json={"name": name}).json()["name"] == name
    made = ask(tenant, "POST", "/v1/keys", json={"name": name, "scopes": ["read"]}).json()
    assert made["name"] == name
    me = ask(tenant, "GET", "/v1/me", {"Authorization": f"Bearer {made['api_key']}"}).json()
    assert (me["who"], me["company"]["name"]) == (f"key:{name}", name)
    assert ask(tenant, "DELETE", f"/v1/members/{quote(name, safe='')}").status_code == 204
    assert [each["role"] for each in tenant.get("/v1/members")["members"]] == ["owner"]


@pytest.mark.parametrize("body", [{}, {"user": ""}, {"user": "x" * 201}, {"user": "a\0"}, {"user": 1}, []])
def test_members_that_cannot_be(tenant: Tenant, body: Any) -> None:
    """Each is told what is wrong."""
    assert ask(tenant, "POST", "/v1/members", json=body).status_code == 422
    assert code(ask(tenant, "POST", "/v1/members", json={"user": "a", "role": "king"}))[0] == 422


def test_keys(new_tenant: Callable[..., Tenant]) -> None:
    """The secret is shown once and works; revoked at once; another company sees and revokes nothing."""
    tenant, other = new_tenant(), new_tenant()
    made = ask(tenant, "POST", "/v1/keys", json={"name": "site", "scopes": ["read", "ingest"]})
    assert made.status_code == 201
    secret = made.json()["api_key"]
    assert made.json() | {"api_key": "", "key_id": "", "created_at": ""} == {
        "key_id": "",
        "api_key": "",
        "created_at": "",
        "revoked_at": None,
        "last_used_at": None,
        "name": "site",
        "prefix": secret[:12],
        "scopes": ["ingest", "read"],
    }
    assert secret not in ask(tenant, "GET", "/v1/keys").text
    bearer = {"Authorization": f"Bearer {secret}"}
    assert ask(tenant, "GET", "/v1/chatbots", bearer).status_code == 200
    address = f"/v1/keys/{made.json()['key_id']}"
    assert code(ask(other, "DELETE", address)) == (404, "unknown_key")
    assert made.json()["key_id"] not in ask(other, "GET", "/v1/keys").text
    assert ask(tenant, "DELETE", address).status_code == 204
    assert code(ask(tenant, "GET", "/v1/chatbots", bearer)) == (401, "revoked_key")
    (listed,) = [each for each in tenant.get("/v1/keys")["keys"] if each["name"] == "site"]
    assert listed["revoked_at"] is not None
    for body in ({}, {"scopes": []}, {"scopes": ["write"]}, {"scopes": "read"}, {"scopes": ["read"], "x": 1}):
        assert ask(tenant, "POST", "/v1/keys", json=body).status_code == 422


def test_when_a_key_was_last_used(new_tenant: Callable[..., Tenant], monkeypatch: pytest.MonkeyPatch) -> None:
    """At once, without a write for each request; and what was written down outlasts the process."""
    tenant = new_tenant()
    accounts = tenant.world.engine.accounts
    key, secret = accounts.create_key(tenant.company.id, name="used")

    def used(by: Accounts = accounts) -> datetime | None:
        (found,) = [each for each in by.keys(tenant.company.id) if each.name == "used"]
        return found.last_used_at

    assert used() is None
    bearer = {"Authorization": f"Bearer {secret}"}
    with Accounts.open(str(accounts.database._engine.url)) as others:
        with monkeypatch.context() as still:  # the job may come by just now
            still.setattr(accounts, "write_key_uses", lambda: None)
            tenant.world.client.get("/v1/chatbots", headers=bearer)
            first = used()
            assert first is not None
            assert timedelta() <= datetime.now(first.tzinfo) - first < timedelta(seconds=60)
            assert used(others) is None
        assert tenant.world.engine.jobs.finish("key_uses", 60)
        assert used(others) == used() == first
    time.sleep(0.002)
    tenant.world.client.post("/v1/events", json={"events": []}, headers=bearer)
    assert used() > first
    assert key.last_used_at is None
