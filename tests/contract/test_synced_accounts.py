"""Accounts that a source decides, over HTTP: what cannot be changed, what is gone, who has no company."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from threading import Event
from typing import Any
from uuid import uuid4

import jwt
import pytest

from botlens.jobs.job import Progress
from botlens.tenants.synced.values import AccountsThere, ChatbotThere, CompanyThere
from botlens.upkeep.erasure import erasure_job
from tests.conftest import NOON, SECRET, Tenant, World
from tests.events import message

SOURCE = "tables of tests"
MAY = datetime(2026, 5, 1, tzinfo=UTC)


class Followed:
    """A source with two companies: the first has three bots, the newest of which has the lowest id."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.ids = [f"company-{uuid4()}" for _ in range(3)]
        self.owners = [f"owner-{uuid4()}" for _ in range(3)]
        self.bots = {"c": MAY, "b": MAY + timedelta(1), "a": MAY + timedelta(2)}
        self.name = "Acme"
        self.has = 3
        self.look()
        company = world.engine.accounts.company(self.ids[0])
        assert company is not None
        _, key = world.engine.accounts.create_key(company.id)
        self.tenant = Tenant(world, company, key)

    def look(self) -> None:
        """As the follower does every half a minute."""
        companies = [
            CompanyThere(key, self.name, owner) for key, owner in zip(self.ids, self.owners, strict=True)
        ]
        bots = [ChatbotThere(bot, self.ids[0], bot.upper(), created_at=at) for bot, at in self.bots.items()]
        there = AccountsThere(tuple(companies[: self.has]), tuple(bots), dict.fromkeys(self.owners, ("pro",)))
        self.world.engine.accounts.take_over(SOURCE, there)


@pytest.fixture
def followed(world: World) -> Iterator[Followed]:
    found = Followed(world)
    yield found
    world.engine.accounts.release(SOURCE)


def of(bot: str) -> dict[str, Any]:
    return message(f"of {bot}", "1", f"Question of {bot}?") | {"chatbot_id": bot}


def test_the_order_of_the_source(followed: Followed) -> None:
    """In the overview, in lists, and in what the page asks first."""
    tenant = followed.tenant
    assert [each["chatbot_id"] for each in tenant.overview()["chatbots"]] == ["c", "b", "a"]
    assert [each["chatbot_id"] for each in tenant.get("/v1/chatbots")["chatbots"]] == ["c", "b", "a"]
    assert [each["chatbot_id"] for each in tenant.get("/v1/me")["chatbots"]] == ["c", "b", "a"]


@pytest.mark.parametrize(
    ("method", "path", "body", "field"),
    [
        ("PUT", "/v1/chatbots/a", {"name": "Mine"}, "name"),
        ("PUT", "/v1/chatbots/a", {"is_published": False}, "is_published"),
        ("PUT", "/v1/chatbots/a", {"average_rating": 1.0}, "average_rating"),
        ("PATCH", "/v1/company", {"name": "Mine"}, "name"),
        ("DELETE", "/v1/chatbots/a", None, None),
    ],
)
def test_what_cannot_be_changed(
    followed: Followed, method: str, path: str, body: dict[str, Any] | None, field: str | None
) -> None:
    """422, and a sentence that says where it can; zone and threshold are ours."""
    tenant = followed.tenant
    client = tenant.world.client
    refused = client.request(method, path, json=body, headers=tenant.headers)
    error = refused.json()["error"]
    assert (refused.status_code, error["code"], error.get("field")) == (422, "synced", field)
    assert f"the source `{SOURCE}`" in error["message"]
    ours = {"timezone": "Europe/Berlin", "confidence_threshold": 0.5, "name": "A"}
    assert client.put("/v1/chatbots/a", json=ours, headers=tenant.headers).status_code == 200
    zone = client.patch("/v1/company", json={"timezone": "Asia/Tokyo"}, headers=tenant.headers)
    assert zone.status_code == 200


def test_a_bot_that_is_gone(followed: Followed) -> None:
    """It is in no list and no sum, its address is nobody's; if it comes back, all is as it was."""
    tenant = followed.tenant
    tenant.send(*map(of, "abc"))
    whole = tenant.overview()
    assert whole["total_conversations"] == 3
    at = followed.bots.pop("b")
    followed.look()
    assert [each["chatbot_id"] for each in tenant.overview()["chatbots"]] == ["c", "a"]
    assert tenant.overview()["total_conversations"] == 2
    asked = {"metrics": ["conversations"], "period": "all"}
    assert tenant.query(asked)["rows"] == [{"conversations": 2}]
    assert tenant.get("/v1/conversations", period="all")["total"] == 2
    assert tenant.status("/analytics/chatbot/b") == (404, "unknown_chatbot")
    followed.bots["b"] = at
    followed.look()
    assert tenant.overview() == whole


def test_a_company_that_is_gone(followed: Followed) -> None:
    """Its key is none with the next look, and all of it is erased in time, from the store, too."""
    world, accounts = followed.world, followed.world.engine.accounts
    last = followed.ids[2]
    accounts.put_chatbot(last, "own")
    _, key = accounts.create_key(last)
    company = accounts.company(last)
    assert company is not None
    tenant = Tenant(world, company, key)
    tenant.send(message("x", "1") | {"chatbot_id": "own"})
    followed.has = 2
    followed.look()
    assert tenant.status("/analytics/overview") == (401, "invalid_key")
    job = erasure_job(accounts, world.engine.commits, timedelta(days=30))
    job.run(NOON, Progress(Event()))
    assert last in [each.id for each in accounts.companies(with_gone=True)]
    job = erasure_job(accounts, world.engine.commits, timedelta(0))
    job.run(NOON, Progress(Event()))
    assert last not in [each.id for each in accounts.companies(with_gone=True)]
    assert accounts.erasures() == []


def test_a_company_of_another_name(followed: Followed) -> None:
    """What the source says is what is shown, and a client that had an answer gets the new one."""
    tenant = followed.tenant
    followed.name = "Acme of Malta"
    followed.look()
    assert tenant.get("/v1/company")["name"] == "Acme of Malta"


def test_a_user_without_a_company(followed: Followed) -> None:
    """Without a source that is 404; with one it is asked for its plan first, at queries, too."""
    claims = {"sub": "nobody", "exp": 2_000_000_000, "aud": "botlens", "iss": "https://login.example"}
    headers = {"Authorization": f"Bearer {jwt.encode(claims, SECRET, algorithm='HS256')}"}
    client = followed.world.client
    asked = {"metrics": ["conversations"], "period": "all"}

    def statuses() -> list[int]:
        found = [client.get("/analytics/overview", headers=headers)]
        found.append(client.post("/v1/query", json=asked, headers=headers))
        return [each.status_code for each in found]

    assert statuses() == [402, 402]
    followed.world.engine.accounts.release(SOURCE)
    assert statuses() == [404, 404]
    followed.world.engine.accounts.take_over(SOURCE, AccountsThere())
