"""`botlens marker`, `view` and `embed-link`: what the API does with them, on the folder itself."""

import httpx2
import pytest

from tests.cli.conftest import EXCHANGE, Shell


@pytest.fixture
def acme(shell: Shell) -> Shell:
    """A company with a bot that had a conversation."""
    key = shell.company()["api_key"]
    with shell.serving() as server:
        headers = {"Authorization": f"Bearer {key}"}
        assert httpx2.put(f"{server.url}/v1/chatbots/bot", json={}, headers=headers).status_code == 200
        body = {"events": list(EXCHANGE)}
        assert httpx2.post(f"{server.url}/v1/events", json=body, headers=headers).status_code == 200
    return shell


def test_markers(acme: Shell) -> None:
    """Made, listed, changed, deleted; wrong values name their option."""
    made = acme.json(
        "marker", "add", "New [b]prompt", "--at", "2026-03-01T09:30:00+01:00", "--chatbot", "bot"
    )
    said = acme.run("marker", "add", "Summer", "--at", "2026-06-01T12:00:00+02:00").stdout
    assert "Summer, 2026-06-01 10:00 UTC" in said
    moved = acme.run("marker", "change", said.split(":")[0], "--at", "2026-06-01T00:30:00+02:00").stdout
    assert "Summer, 2026-05-31 22:30 UTC" in moved
    acme.json("marker", "remove", said.split(":")[0])
    assert (made["at"], made["who"], made["chatbot_id"]) == ("2026-03-01T08:30:00.000000Z", "local", "bot")
    changed = acme.json("marker", "change", made["id"], "--chatbot", "", "--link", "https://example.com/1")
    assert (changed["chatbot_id"], changed["link"]) == (None, "https://example.com/1")
    assert acme.json("marker", "list") == [changed]
    assert "New [b]prompt" in acme.run("marker", "list").stdout
    effect = acme.json("marker", "effect", made["id"], "--metric", "conversations", "--days", "7")
    assert (effect["days"], effect["distinguishable"]) == (7, None)
    said = acme.run("marker", "effect", made["id"], "--metric", "conversations", "--days", "7").stdout
    assert "Too little to judge" in said
    assert "2026-03-01, its own day, is left out." in said
    assert "'--at'" in acme.misused("marker", "add", "x", "--at", "soon")
    assert "'--link'" in acme.misused("marker", "add", "x", "--link", "javascript:alert(1)")
    assert "'--chatbot'" in acme.misused("marker", "add", "x", "--chatbot", "none")
    assert "'MARKER'" in acme.misused("marker", "remove", "m_none")
    acme.json("marker", "remove", made["id"])
    assert acme.json("marker", "list") == []


def test_views(acme: Shell) -> None:
    """Those that a company shares."""
    made = acme.json("view", "add", "Mondays", "p=30d&c=prev", "--chatbot", "bot")
    assert (made["shared"], made["query"]) == (True, "p=30d&c=prev")
    assert acme.json("view", "change", made["id"], "--name", "Days")["name"] == "Days"
    assert [each["name"] for each in acme.json("view", "list")] == ["Days"]
    assert "'QUERY'" in acme.misused("view", "add", "x", "a b")
    acme.json("view", "remove", made["id"])
    assert "'VIEW'" in acme.misused("view", "remove", made["id"])


def test_embed_links(acme: Shell) -> None:
    """A link and its token read beside a running server, until the link is revoked."""
    options = (
        "--origin",
        "https://app.example.com",
        "--filters",
        '{"field": "language", "op": "is", "value": "de"}',
        "--expires-at",
        "2090-01-01T00:00:00+01:00",
    )
    made = acme.json("embed-link", "create", "bot", *options)
    assert made["url"].endswith(f"/embed/{made['link']['id']}#token={made['secret']}")
    assert made["link"]["expires_at"] == "2089-12-31T23:00:00.000000Z"
    assert acme.json("embed-link", "list") == [made["link"]]
    assert "app.example.com" in acme.run("embed-link", "create", "bot", *options).stderr
    with acme.serving() as server:
        token = acme.json("embed-link", "token", made["link"]["id"], "--seconds", "60")
        assert token["url"].startswith(f"{server.url}/embed/")
        for secret in (made["secret"], token["token"]):
            assert server.get("/v1/query?metrics=conversations", secret).status_code == 200
            assert server.get("/v1/chatbots", secret).status_code == 403
        acme.json("embed-link", "revoke", made["link"]["id"])
        for secret in (made["secret"], token["token"]):
            assert server.get("/v1/embed", secret).json()["error"]["code"] == "revoked_embed_link"
    for option, value in (
        ("--origin", "https://*"),
        ("--filters", "{"),
        ("--filters", '{"field": "luck"}'),
        ("--part", "all"),
        ("--first-day", "soon"),
        ("--expires-at", "2020-01-01T00:00:00Z"),
    ):
        assert f"'{option}'" in acme.misused("embed-link", "create", "bot", option, value)
    assert "'LINK'" in acme.misused("embed-link", "revoke", "e_none")
