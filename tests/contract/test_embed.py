"""Embed links: how they are made, who may frame them, and when they end."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

from botlens.api.app import create_app
from botlens.api.auth.public_address import DEFAULT_URL
from botlens.tenants.credentials import TokenVerifier
from tests.conftest import Tenant
from tests.contract.embedding import GERMAN, PARTS, Reader, linked, refusal


def test_what_its_page_must_know(company: Tenant) -> None:
    """The bot's name and zone, and how it is to look; nothing of the company."""
    settings = {"theme": "dark", "accent": "#AA00FF", "language": "de", "origins": ["https://App.example/"]}
    reader = Reader(company, linked(company, filters=GERMAN, **settings)["secret"])
    page = reader.get("/v1/embed").json()
    assert (page["chatbot_name"], page["timezone"], page["parts"]) == ("Bot", "UTC", PARTS)
    assert page["today"] == "2026-03-18"
    assert (page["theme"], page["accent"], page["language"]) == ("dark", "#aa00ff", "de")
    assert (page["origins"], page["filters"]) == (["https://app.example"], GERMAN)
    assert "company" not in str(page)
    assert "name" not in page
    assert company.status("/v1/embed") == (404, "no_embed_link")


def test_revoked_at_once(company: Tenant) -> None:
    """The secret and every token of it; to do it again changes nothing."""
    link = linked(company)
    path = f"/v1/embed-links/{link['link']['id']}"
    client, headers = company.world.client, company.headers
    token = client.post(f"{path}/tokens", json={}, headers=headers).json()["token"]
    readers = [Reader(company, secret) for secret in (link["secret"], token)]
    assert [reader.count() for reader in readers] == [2, 2]
    first = client.delete(path, headers=headers).json()["revoked_at"]
    for reader in readers:
        assert refusal(reader.query()) == (401, "revoked_embed_link")
    assert client.delete(path, headers=headers).json()["revoked_at"] == first
    again = client.post(f"{path}/tokens", json={}, headers=headers)
    assert refusal(again) == (422, "ended_embed_link")


def test_tokens_end(company: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    """After their time, at most a day, and never after their link: told apart from a link that ended."""
    accounts, now = company.world.engine.accounts, datetime(2030, 1, 1, tzinfo=UTC)
    monkeypatch.setattr(accounts, "_clock", lambda: now)
    link = linked(company, expires_at=(now + timedelta(hours=10)).isoformat())
    path = f"/v1/embed-links/{link['link']['id']}/tokens"

    def token(seconds: int) -> dict[str, Any]:
        answer = company.world.client.post(path, json={"seconds": seconds}, headers=company.headers)
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        return made

    short, long = token(60), token(86_400)
    assert long["expires_at"] == link["link"]["expires_at"]
    assert short["url"].endswith(f"/embed/{link['link']['id']}#token={short['token']}")
    now += timedelta(seconds=60)
    assert refusal(Reader(company, short["token"]).query()) == (401, "expired_embed_token")
    assert Reader(company, long["token"]).count() == 2
    now += timedelta(hours=10)
    for secret in (link["secret"], long["token"], short["token"]):
        assert refusal(Reader(company, secret).query()) == (401, "expired_embed_link")
    for seconds in (59, 86_401):
        refused = company.world.client.post(path, json={"seconds": seconds}, headers=company.headers)
        assert refusal(refused) == (422, "invalid_parameter")


def test_the_row_decides_at_each_request(company: Tenant) -> None:
    """A plan that no longer includes embedded pages, and a bot that is deleted, end what was given out."""
    reader = Reader(company, linked(company)["secret"])
    accounts = company.world.engine.accounts
    accounts.set_plan(company.company.id, "starter")
    assert refusal(reader.query()) == refusal(reader.get("/v1/live")) == (402, "plan_required")
    assert refusal(reader.get("/v1/embed")) == (402, "plan_required")
    accounts.set_plan(company.company.id, "pro")
    assert reader.count() == 2
    assert company.world.client.delete("/v1/chatbots/bot", headers=company.headers).status_code == 202
    assert refusal(reader.query()) == (401, "unknown_embed_token")


def test_answers_are_not_shared_with_others(company: Tenant) -> None:
    """The same question has another validator for another link, and for the company itself."""
    params = {"metrics": "conversations", "period": "7d"}
    readers = [
        Reader(company, linked(company, filters=filters)["secret"])
        for filters in ([], GERMAN, [{"field": "language", "op": "is", "value": "fr"}])
    ]
    answers = [reader.get("/v1/query", **params) for reader in readers]
    own = company.world.client.get("/v1/query", params=params, headers=company.headers)
    tags = {each.headers["etag"] for each in (*answers, own)}
    assert len(tags) == 4
    assert [each.json()["rows"][0]["conversations"] for each in (*answers, own)] == [2, 1, 0, 3]


def test_another_company(new_tenant: Callable[..., Tenant], company: Tenant) -> None:
    """Sees no link, revokes none, makes no token of one, and makes none for a bot that it does not have."""
    link = linked(company)["link"]["id"]
    other = new_tenant(chatbots=("mine",))
    client, headers = other.world.client, other.headers
    assert other.get("/v1/embed-links") == {"embed_links": []}
    assert refusal(client.delete(f"/v1/embed-links/{link}", headers=headers)) == (404, "unknown_embed_link")
    made = client.post(f"/v1/embed-links/{link}/tokens", json={}, headers=headers)
    assert refusal(made) == (404, "unknown_embed_link")
    body = {"chatbot_id": "shop", "name": "n", "parts": PARTS}
    assert refusal(client.post("/v1/embed-links", json=body, headers=headers)) == (404, "unknown_chatbot")
    reader = Reader(company, linked(company)["secret"])
    reader.headers["X-Botlens-Company"] = other.company.id
    assert refusal(reader.query()) == (403, "wrong_company")


def test_secrets_are_shown_once(company: Tenant) -> None:
    """Neither a list nor the database has them."""
    made = linked(company)
    assert made["url"].endswith(f"/embed/{made['link']['id']}#token={made['secret']}")
    assert made["secret"].startswith("ble_")
    assert made["secret"] not in str(company.get("/v1/embed-links"))
    with company.world.engine.accounts.still() as copy:
        assert made["secret"].encode() not in copy()


@pytest.mark.parametrize(
    ("settings", "field"),
    [
        ({"origins": ["https://a.example; script-src *"]}, "origins"),
        ({"origins": ["https://a.example https://b.example"]}, "origins"),
        ({"origins": ["https://*.example"]}, "origins"),
        ({"origins": ["*"]}, "origins"),
        ({"origins": ["null"]}, "origins"),
        ({"origins": ["javascript:alert(1)"]}, "origins"),
        ({"origins": ["https://a.example/path"]}, "origins"),
        ({"origins": ["https://a.example\r\nSet-Cookie: x"]}, "origins"),
        ({"origins": ["https://user@a.example"]}, "origins"),
        ({"origins": ["https://a.example:99999"]}, "origins"),
        ({"origins": ["https://münchen.example"]}, "origins"),
        ({"origins": [f"https://a{number}.example" for number in range(21)]}, "origins"),
        ({"parts": []}, "parts"),
        ({"parts": ["everything"]}, "parts"),
        ({"parts": ["conversations"]}, "parts"),
        ({"filters": {"field": "luck", "op": "is", "value": "x"}}, "filters"),
        ({"filters": "language"}, "filters"),
        ({"filters": [{"field": "channel", "op": "is", "value": "x" * 20_000}]}, "filters"),
        ({"first_day": "2026-03-02", "last_day": "2026-03-01"}, "first_day"),
        ({"history_days": -1}, "history_days"),
        ({"theme": "sepia"}, "theme"),
        ({"accent": "red;background:url(//evil)"}, "accent"),
        ({"language": "xx"}, "language"),
        ({"expires_at": "2020-01-01T00:00:00Z"}, "expires_at"),
        ({"expires_at": "2099-01-01T00:00:00"}, "expires_at"),
        ({"name": " "}, "name"),
        ({"logo": "https://a.example/x.svg"}, "logo"),
    ],
    ids=str,
)
def test_what_a_link_cannot_be(company: Tenant, settings: dict[str, Any], field: str) -> None:
    """Each wrong value is named; none of them reaches a policy, a page or a statement."""
    body = {"chatbot_id": "bot", "name": "Portal", "parts": PARTS, **settings}
    answer = company.world.client.post("/v1/embed-links", json=body, headers=company.headers)
    assert answer.status_code == 422, answer.text
    assert answer.json()["error"]["field"].split(".")[0] == field


def test_who_may_frame_it(company: Tenant) -> None:
    """The origins of the row, as they may stand in a policy; also once it is over: its page says so."""
    accounts = company.world.engine.accounts
    origins = [
        "https://app.example",
        "http://localhost:3000",
        "https://app.example:443",
        "HTTPS://B.example/",
    ]
    link = linked(company, origins=origins)["link"]["id"]
    named = ("https://app.example", "http://localhost:3000", "https://b.example")
    assert accounts.embed_origins(link) == named
    accounts.revoke_embed_link(company.company.id, link)
    assert accounts.embed_origins(link) == named
    assert accounts.embed_origins("e_none") == ()


def test_the_page_of_a_link_says_who_may_frame_it(company: Tenant) -> None:
    """By the row; once it is revoked, too, since the page says that. Nobody frames what never was."""
    link = linked(company, origins=["https://app.example", "http://localhost:3000"])["link"]["id"]
    app = create_app(company.world.engine, TokenVerifier())
    browser = TestClient(app, base_url=DEFAULT_URL)  # the page is no answer of the API

    def ancestors(link_id: str) -> str:
        headers = browser.get(f"/embed/{link_id}").headers
        policy = dict(each.strip().split(" ", 1) for each in headers["content-security-policy"].split(";"))
        return policy["frame-ancestors"]

    assert ancestors(link) == "https://app.example http://localhost:3000"
    assert ancestors("e_none") == "'none'"
    company.world.engine.accounts.revoke_embed_link(company.company.id, link)
    assert ancestors(link) == "https://app.example http://localhost:3000"


def test_its_readers_are_strangers_to_the_front_door(company: Tenant) -> None:
    """Whoever sees a page has what opens it: that keeps no place that a crowd leaves, as a key does."""
    app = create_app(company.world.engine, TokenVerifier())
    known = []

    async def door(scope: Any, receive: Any, send: Any) -> None:
        await app({**scope, "botlens.on_known": lambda: known.append(scope["path"])}, receive, send)

    client = TestClient(door, base_url=DEFAULT_URL)
    reader = Reader(company, linked(company)["secret"])
    for headers, expected in ((reader.headers, []), (company.headers, ["/v1/query"])):
        answer = client.get("/v1/query?metrics=conversations", headers=headers)
        assert (answer.status_code, known) == (200, expected)


def test_who_may_make_links(company: Tenant) -> None:
    """Admins alone; on a plan that includes it."""
    accounts = company.world.engine.accounts
    _, read = accounts.create_key(company.company.id, scopes=["read"])
    assert Reader(company, read).refused("/v1/embed-links") == (403, "missing_scope")
    accounts.set_plan(company.company.id, "starter")
    assert company.status("/v1/embed-links") == (402, "plan_required")
