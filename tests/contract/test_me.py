"""`GET /v1/me`, and what a 402 tells a program."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.conftest import Tenant
from tests.contract.test_session import COOKIE, OWN, cookie, token
from tests.events import message


def me(tenant: Tenant, **headers: str) -> dict[str, Any]:
    answer = tenant.world.client.get("/v1/me", headers=headers or tenant.headers)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def times(tenant: Tenant) -> dict[str, tuple[str | None, str | None]]:
    return {
        each["chatbot_id"]: (each["first_event_at"], each["last_event_at"]) for each in me(tenant)["chatbots"]
    }


def test_of_a_key(new_tenant: Callable[..., Tenant]) -> None:
    """Its name, what it may do, its company, the plan in full, and the chatbots in their zones."""
    tenant = new_tenant(plan="starter", timezone="Europe/Berlin", chatbots=("a", "b"))
    tenant.put("b", name="Zürich", timezone="America/St_Johns", is_published=False)
    key, _ = tenant.world.engine.accounts.keys(tenant.company.id)[0], None
    company = {"company_id": tenant.company.id, "name": tenant.company.name, "timezone": "Europe/Berlin"}
    nothing = {"first_event_at": None, "last_event_at": None}
    assert me(tenant) == {
        "who": f"key:{key.id}",
        "user": None,
        "role": None,
        "scopes": ["ingest", "read", "admin"],
        "company": company,
        "companies": [],
        "plan": {
            "name": "starter",
            "analytics": True,
            "features": ["query", "compare", "conversations", "gaps", "markers", "views"],
            "history_days": 365,
            "conversations_limit": 1_000,
            "conversations_used": 0,
        },
        "chatbots": [
            {"chatbot_id": "a", "name": "A", "timezone": "Europe/Berlin", "is_published": True, **nothing},
            {
                "chatbot_id": "b",
                "name": "Zürich",
                "timezone": "America/St_Johns",
                "is_published": False,
                **nothing,
            },
        ],
    }


def test_of_a_key_that_only_sends(new_tenant: Callable[..., Tenant]) -> None:
    """It hears who it is and of which company; no chatbot, no figure, as it may read none."""
    tenant = new_tenant(chatbots=("a",))
    _, secret = tenant.world.engine.accounts.create_key(tenant.company.id, name="site", scopes=["ingest"])
    found = me(tenant, Authorization=f"Bearer {secret}")
    assert (found["scopes"], found["company"]["company_id"]) == (["ingest"], tenant.company.id)
    assert (found["chatbots"], found["plan"]["conversations_used"]) == ([], None)


def test_of_people(new_tenant: Callable[..., Tenant]) -> None:
    """A user sees all its companies with its role there; who came by a link sees the one of the link."""
    mine, joined = new_tenant(owner="hugo"), new_tenant()
    mine.world.engine.accounts.add_member(joined.company.id, "hugo")
    bearer = {"Authorization": f"Bearer {token('hugo')}"}
    found = me(mine, **bearer, **{"X-Botlens-Company": joined.company.id})
    assert (found["who"], found["user"], found["role"], found["scopes"]) == (
        *("user:hugo", "hugo", "viewer", ["read"]),
    )
    assert found["company"]["company_id"] == joined.company.id
    assert [(each["company_id"], each["role"]) for each in found["companies"]] == [
        *((mine.company.id, "owner"), (joined.company.id, "viewer"))
    ]
    sent = {"Cookie": cookie(joined, "hugo", "viewer"), **OWN}
    assert sent["Cookie"].startswith(COOKIE)
    by_link = me(joined, **sent)
    assert (by_link["who"], by_link["user"]) == ("link:hugo", "hugo")
    assert [each["company_id"] for each in by_link["companies"]] == [joined.company.id]


def test_first_and_last_event_are_exact(new_tenant: Callable[..., Tenant]) -> None:
    """To the microsecond, at once: tests and votes too, nothing that was deleted, nothing of another's."""
    tenant, other = new_tenant(chatbots=("bot", "shop", "none")), new_tenant()
    other.send(message("a", "1", created_at="2020-01-01T00:00:00Z"))
    tenant.send(
        message("a", "1", created_at="2026-03-10T10:00:00.000001Z"),
        message("a", "2", created_at="2026-03-10T10:00:05Z"),
        {
            "type": "feedback",
            "chatbot_id": "bot",
            "conversation_id": "a",
            "message_id": "2",
            "value": "positive",
            "created_at": "2026-03-11T09:30:00.654321+01:00",
        },
        {"type": "conversation", "chatbot_id": "bot", "id": "t", "test": True},
        message("t", "1", created_at="2026-02-01T00:00:00Z"),
        {
            "type": "rating",
            "chatbot_id": "shop",
            "conversation_id": "only rated",
            "score": 5,
            "created_at": "2026-01-05T06:00:00Z",
        },
    )
    expected = {
        "bot": ("2026-02-01T00:00:00.000000Z", "2026-03-11T08:30:00.654321Z"),
        "none": (None, None),
        "shop": ("2026-01-05T06:00:00.000000Z", "2026-01-05T06:00:00.000000Z"),
    }
    assert times(tenant) == expected
    tenant.send(message("z", "1", created_at="2025-12-24T00:00:00Z"))
    assert times(tenant)["bot"][0] == "2025-12-24T00:00:00.000000Z"
    assert tenant.world.client.delete("/v1/conversations/z", headers=tenant.headers).status_code == 204
    assert times(tenant) == expected


def test_what_is_used_of_the_plan(new_tenant: Callable[..., Tenant]) -> None:
    """As the overview has it: of this calendar month in the company's zone, without tests; on any plan."""
    tenant = new_tenant(timezone="Pacific/Auckland")
    tenant.world.now = datetime(2026, 2, 28, 12, tzinfo=UTC)  # the first of March there
    tenant.send(
        message("a", "1", created_at="2026-02-28T10:59:59Z"),
        message("b", "1", created_at="2026-02-28T11:00:00Z"),
        message("c", "1", created_at="2026-03-31T10:59:59Z"),
        message("d", "1", created_at="2026-03-31T11:00:00Z"),
        {"type": "conversation", "chatbot_id": "bot", "id": "t", "test": True},
        message("t", "1", created_at="2026-02-28T11:30:00Z"),
    )
    plan = me(tenant)["plan"]
    assert plan["conversations_used"] == tenant.overview()["conversations_used"] == 2
    tenant.world.engine.accounts.set_plan(tenant.company.id, "free")
    found = me(tenant)
    assert found["plan"] | {"features": None} == {
        "name": "free",
        "analytics": False,
        "features": None,
        "history_days": -1,
        "conversations_limit": 100,
        "conversations_used": 2,
    }
    assert found["plan"]["features"] == []
    assert found["chatbots"][0]["last_event_at"] == "2026-03-31T11:00:00.000000Z"


def test_it_is_known_to_be_the_same(new_tenant: Callable[..., Tenant]) -> None:
    """304 until an event, a setting, or the role of whoever asks is another; never another person's."""
    tenant = new_tenant()
    client, accounts = tenant.world.client, tenant.world.engine.accounts
    accounts.add_member(tenant.company.id, "ines")
    ines = {"Authorization": f"Bearer {token('ines')}"}

    def again(etag: str, headers: dict[str, str]) -> int:
        return client.get("/v1/me", headers={**headers, "If-None-Match": etag}).status_code

    etag = client.get("/v1/me", headers=ines).headers["etag"]
    assert (again(etag, ines), again(etag, tenant.headers)) == (304, 200)
    accounts.add_member(tenant.company.id, "ines", "admin")
    assert again(etag, ines) == 200
    etag = client.get("/v1/me", headers=ines).headers["etag"]
    tenant.send(message("a", "1"))
    assert again(etag, ines) == 200


def test_who_may_not_ask(new_tenant: Callable[..., Tenant]) -> None:
    """Whoever belongs to no company, or names another one."""
    tenant, other = new_tenant(), new_tenant()
    client = tenant.world.client
    cases = [
        ({}, (401, "missing_credentials")),
        ({"Authorization": f"Bearer {token('stranger')}"}, (404, "no_company")),
        ({**tenant.headers, "X-Botlens-Company": other.company.id}, (403, "wrong_company")),
    ]
    for headers, expected in cases:
        answer = client.get("/v1/me", headers=headers)
        assert (answer.status_code, answer.json()["error"]["code"]) == expected


def test_what_a_plan_lacks_is_told_to_programs(new_tenant: Callable[..., Tenant]) -> None:
    """402 names the feature, the first plan that has it, and how far back may be asked."""
    free, starter = new_tenant(plan="free"), new_tenant(plan="starter")

    def lacking(tenant: Tenant, path: str, **params: str) -> dict[str, Any]:
        answer = tenant.world.client.get(path, params=params, headers=tenant.headers)
        assert answer.status_code == 402
        return {
            name: value for name, value in answer.json()["error"].items() if name not in ("code", "message")
        }

    assert lacking(free, "/analytics/overview") == {"feature": "analytics", "needs_plan": "starter"}
    assert lacking(free, "/v1/export") == {"feature": "export", "needs_plan": "pro"}
    assert lacking(starter, "/v1/export") == {"feature": "export", "needs_plan": "pro"}
    assert lacking(starter, "/v1/query", metrics="conversations", period="all") == {
        "feature": "history",
        "needs_plan": "pro",
        "oldest_allowed": "2025-03-18",
    }


def test_the_ends_are_in_memory(new_tenant: Callable[..., Tenant], monkeypatch: pytest.MonkeyPatch) -> None:
    """Once they were asked for, a page costs no look at the events, however many come; they stay exact."""
    tenant = new_tenant()
    tenant.send(message("a", "1", created_at="2026-03-10T10:00:00Z"))
    assert times(tenant)["bot"] == ("2026-03-10T10:00:00.000000Z", "2026-03-10T10:00:00.000000Z")
    store, asked = tenant.world.engine.store, []
    real = store.rows

    def rows(statement: str, *arguments: Any, **more: Any) -> Any:
        asked.append(statement)
        return real(statement, *arguments, **more)

    monkeypatch.setattr(store, "rows", rows)
    tenant.send(
        message("b", "1", created_at="2026-03-09T10:00:00Z"),
        message("c", "1", created_at="2026-03-18T11:00:00Z"),
    )
    found = me(tenant)
    assert times(tenant)["bot"] == ("2026-03-09T10:00:00.000000Z", "2026-03-18T11:00:00.000000Z")
    assert found["plan"]["conversations_used"] == 3
    assert not [each for each in asked if "newest_at" in each and "minIf" in each]
