"""Who gets which answer: credentials, scopes, companies, plans."""

import time
from typing import Any

import jwt
import pytest

from tests.conftest import SECRET, Tenant, World
from tests.events import message

ROUTES = [
    "/analytics/overview",
    "/analytics/chatbot/bot",
    "/analytics/chatbot/bot/gaps",
    "/v1/conversations",
    "/v1/conversations/a",
    "/v1/export",
]


def token(user: str, **claims: Any) -> str:
    standard = {"sub": user, "exp": time.time() + 60, "aud": "botlens", "iss": "https://login.example"}
    return jwt.encode({**standard, **claims}, SECRET, "HS256")


def ask(world: World, path: str, authorization: str | None) -> tuple[int, str]:
    headers = {} if authorization is None else {"Authorization": authorization}
    answer = world.client.get(path, headers=headers)
    return answer.status_code, answer.json().get("error", {}).get("code", "") if answer.is_error else ""


@pytest.mark.parametrize("path", ROUTES)
@pytest.mark.parametrize(
    "authorization", [None, "", "Bearer", "Basic dTpw", "Bearer nonsense", "Bearer blk_nobody"]
)
def test_bad_credentials(world: World, path: str, authorization: str | None) -> None:
    """No credentials, or bad ones: 401 that says how to authenticate, on every route."""
    answer = world.client.get(path, headers={} if authorization is None else {"Authorization": authorization})
    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")
    assert set(answer.json()["error"]) == {"code", "message"}


@pytest.mark.parametrize("path", ROUTES)
def test_plan_without_analytics(new_tenant, path: str) -> None:
    """The plan free has no analytics: 402, naming plans that have; its events are taken all the same."""
    tenant = new_tenant(plan="free")
    tenant.send(message("a", "1"))
    answer = tenant.world.client.get(path, headers=tenant.headers)
    assert (answer.status_code, answer.json()["error"]["code"]) == (402, "plan_required")
    assert "starter" in answer.json()["error"]["message"]
    tenant.world.engine.accounts.set_plan(tenant.company.id, "starter")
    assert tenant.overview()["total_conversations"] == 1


@pytest.mark.parametrize("path", ROUTES)
def test_user_without_company(world: World, path: str) -> None:
    """A good token of a user who belongs to no company: 404."""
    assert ask(world, path, f"Bearer {token('nobody')}") == (404, "no_company")


def test_owner_and_member(tenant: Tenant) -> None:
    """A token's user sees the company that it owns, or is a member of."""
    tenant.send(message("a", "1"))
    accounts = tenant.world.engine.accounts
    member = f"member of {tenant.company.id}"
    accounts.add_member(tenant.company.id, member)
    for user in (tenant.company.owner, member):
        headers = {"Authorization": f"Bearer {token(user)}"}
        found = tenant.world.client.get("/analytics/overview", headers=headers).json()
        assert found["total_conversations"] == 1


@pytest.mark.parametrize(
    "claims", [{"exp": 1}, {"aud": "another"}, {"iss": "https://evil.example"}, {"exp": None}], ids=str
)
def test_claims_are_checked(tenant: Tenant, claims: dict[str, Any]) -> None:
    """A token that has expired, never expires, or was made for or by somebody else: 401."""
    good = token(tenant.company.owner)
    bad = jwt.encode(
        {
            key: value
            for key, value in {**jwt.decode(good, options={"verify_signature": False}), **claims}.items()
            if value is not None
        },
        SECRET,
        "HS256",
    )
    assert ask(tenant.world, ROUTES[0], f"Bearer {good}")[0] == 200
    assert ask(tenant.world, ROUTES[0], f"Bearer {bad}")[0] == 401


def test_chatbot_of_another_company(new_tenant) -> None:
    """A chatbot of somebody else's gets the same 404 as one that does not exist: byte for byte."""
    mine, theirs = new_tenant(chatbots=()), new_tenant(chatbots=("secret",))
    theirs.send(message("a", "1", chatbot_id="secret"))
    for path in ("/analytics/chatbot/{}", "/analytics/chatbot/{}/gaps"):
        answers = [
            mine.world.client.get(path.format(name), headers=mine.headers) for name in ("secret", "none")
        ]
        assert [answer.status_code for answer in answers] == [404, 404]
        assert answers[0].content == answers[1].content


def test_same_ids_in_two_companies(new_tenant) -> None:
    """Ids of chatbots, conversations and messages are each company's own."""
    mine, theirs = new_tenant(), new_tenant()
    mine.send(message("a", "1", "mine"))
    theirs.send(message("a", "1", "theirs"), message("a", "2", "theirs", session_id="x"))
    assert mine.chatbot()["top_queries"] == [{"query": "mine", "count": 1}]
    assert theirs.chatbot()["top_queries"] == [{"query": "theirs", "count": 2}]


def test_scopes(tenant: Tenant) -> None:
    """A key does what its scopes say and no more; 403 names the scope that it lacks."""
    accounts, client = tenant.world.engine.accounts, tenant.world.client
    _, reader = accounts.create_key(tenant.company.id, scopes=["read"])
    _, writer = accounts.create_key(tenant.company.id, scopes=["ingest"])
    body = {"events": [message("a", "1")]}

    def statuses(key: str) -> list[int]:
        headers = {"Authorization": f"Bearer {key}"}
        return [
            client.get("/analytics/overview", headers=headers).status_code,
            client.post("/v1/events", json=body, headers=headers).status_code,
            client.put("/v1/chatbots/bot", json={}, headers=headers).status_code,
        ]

    assert statuses(reader) == [200, 403, 403]
    assert statuses(writer) == [403, 200, 403]
    assert statuses(tenant.key) == [200, 200, 200]
    refused = client.put("/v1/chatbots/bot", json={}, headers={"Authorization": f"Bearer {reader}"})
    assert "admin" in refused.json()["error"]["message"]


def test_revoked_key(tenant: Tenant) -> None:
    """A revoked key is bad from the next request on."""
    accounts = tenant.world.engine.accounts
    key, secret = accounts.create_key(tenant.company.id)
    assert ask(tenant.world, ROUTES[0], f"Bearer {secret}")[0] == 200
    accounts.revoke_key(tenant.company.id, key.id)
    assert ask(tenant.world, ROUTES[0], f"Bearer {secret}") == (401, "revoked_key")


def test_local_token(tenant: Tenant) -> None:
    """The machine's own token acts for the company that is named, and for none that does not exist."""
    tenant.send(message("a", "1"))
    headers = {"Authorization": "Bearer local", "X-Botlens-Company": tenant.company.id}
    assert tenant.world.client.get(ROUTES[0], headers=headers).json()["total_conversations"] == 1
    assert tenant.world.client.get(ROUTES[0], headers={"Authorization": "Bearer local"}).status_code == 401
    headers["X-Botlens-Company"] = "nobody"
    assert tenant.world.client.get(ROUTES[0], headers=headers).status_code == 404


def test_a_company_is_chosen(new_tenant) -> None:
    """A user of several says which one; a key has one. What is not theirs is refused, existing or not."""
    mine, joined, strange = new_tenant(owner="chooser"), new_tenant(), new_tenant()
    accounts, client = mine.world.engine.accounts, mine.world.client
    accounts.add_member(joined.company.id, "chooser")
    joined.send(message("a", "1"))

    def conversations(authorization: str, company: str | None) -> Any:
        headers = {"Authorization": authorization, **({"X-Botlens-Company": company} if company else {})}
        answer = client.get("/analytics/overview", headers=headers)
        return answer.json().get("total_conversations", answer.json().get("error", {}).get("code"))

    bearer = f"Bearer {token('chooser')}"
    assert conversations(bearer, None) == 0
    assert conversations(bearer, joined.company.id) == 1
    assert conversations(f"Bearer {joined.key}", joined.company.id) == 1
    for wrong in (strange.company.id, "nobody", "x" * 5_000):
        assert conversations(bearer, wrong) == "wrong_company"
        assert conversations(f"Bearer {joined.key}", wrong) == "wrong_company"


def test_a_viewer_changes_nothing(new_tenant) -> None:
    """A viewer reads, and is refused whatever changes something; an admin is not, but for the owner's."""
    tenant = new_tenant()
    accounts, client, company = tenant.world.engine.accounts, tenant.world.client, tenant.company.id
    accounts.add_member(company, "vera")
    accounts.add_member(company, "adam", "admin")

    def statuses(user: str) -> list[int]:
        headers = {"Authorization": f"Bearer {token(user)}", "X-Botlens-Company": company}
        return [
            client.get("/v1/chatbots", headers=headers).status_code,
            client.put("/v1/chatbots/bot", json={}, headers=headers).status_code,
            client.post("/v1/events", json={"events": [message("a", "1")]}, headers=headers).status_code,
            client.get("/v1/jobs", headers=headers).status_code,
            client.delete(f"/v1/companies/{company}", headers=headers).status_code,
        ]

    assert statuses("vera") == [200, 403, 403, 403, 403]
    assert statuses("adam") == [200, 200, 200, 200, 403]
    accounts.add_member(company, "adam", "viewer")
    assert statuses("adam") == [200, 403, 403, 403, 403]
