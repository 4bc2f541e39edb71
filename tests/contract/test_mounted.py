"""The seed routes in somebody else's FastAPI app, behind that app's own login."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

import pytest
from fastapi import FastAPI, Header, HTTPException
from fastapi.testclient import TestClient

from botlens.api.auth import entitled
from botlens.api.routes.analytics import analytics_router
from botlens.tenants.rights import Rights
from botlens.tenants.values import Caller
from tests.conftest import Tenant
from tests.events import message


def test_in_another_app(tenant: Tenant) -> None:
    """The other app says who asks (here by a company id), and keeps its own errors for bad logins."""
    tenant.send(message("a", "1"))

    def login(x_session: Annotated[str, Header()] = "") -> str:
        if x_session != "good":
            raise HTTPException(401, "log in first")
        return tenant.company.id

    app = FastAPI()
    clock = lambda: datetime(2026, 3, 18, 12, tzinfo=UTC)  # noqa: E731
    app.include_router(analytics_router(tenant.world.engine, login, prefix="/api/analytics", clock=clock))
    client = TestClient(app)
    good = {"X-Session": "good"}
    assert client.get("/api/analytics/overview", headers=good).json() == tenant.overview()
    assert client.get("/api/analytics/chatbot/bot", headers=good).json() == tenant.chatbot()
    assert client.get("/api/analytics/chatbot/bot/gaps", headers=good).json() == []
    assert client.get("/api/analytics/overview").json() == {"detail": "log in first"}
    missing = client.get("/api/analytics/chatbot/none", headers=good)
    assert (missing.status_code, missing.json()["error"]["code"]) == (404, "unknown_chatbot")
    wrong = client.get("/api/analytics/overview", headers=good, params={"tz": "Mars"})
    assert (wrong.status_code, wrong.json()["error"]["field"]) == (422, "tz")


def test_a_mounted_router_is_no_way_around_the_plan(
    new_tenant: Callable[..., Tenant], monkeypatch: pytest.MonkeyPatch
) -> None:
    """However the other app says who asks: on the plan free all is 402, whether it exists or not.

    That holds without the early refusal of the HTTP layer, too: the gate is where the answer is made.
    """
    tenant = new_tenant(plan="free")
    tenant.send(message("a", "1"))
    paths = (
        "overview",
        "chatbot/bot",
        "chatbot/bot/gaps",
        "chatbot/none",
        "chatbot/none/gaps",
        "overview?tz=Mars",
    )
    company = tenant.company
    for who in (company.id, company, Caller("somebody", company, Rights(frozenset({"read"})))):
        app = FastAPI()
        app.include_router(analytics_router(tenant.world.engine, lambda who=who: who))
        with_early_refusal = statuses(app, paths)
        with monkeypatch.context() as without:
            without.setattr(entitled, "require_feature", lambda *_: None)
            assert statuses(app, paths) == with_early_refusal == [(402, "plan_required")] * len(paths)


def statuses(app: FastAPI, paths: Iterable[str]) -> list[tuple[int, str]]:
    client = TestClient(app, raise_server_exceptions=False)
    answers = [client.get(f"/analytics/{path}") for path in paths]
    return [(each.status_code, each.json()["error"]["code"]) for each in answers]


@dataclass
class User:
    id: object


WAYS: dict[str, Callable[[str], object]] = {
    "a text": lambda name: name,
    "an object": User,
    "a dict": lambda name: {"id": name, "email": f"{name}@acme.example"},
}


@pytest.mark.parametrize("way", WAYS)
def test_the_apps_own_user_is_who_asks(new_tenant: Callable[..., Tenant], way: str) -> None:
    """`get_current_user` as it is: a text, an object or a dict with an id; the company is the user's."""
    tenant = new_tenant(owner=f"owner of {way}")
    tenant.send(message("a", "1"))
    app = FastAPI()
    user, clock = WAYS[way](f"owner of {way}"), lambda: tenant.world.now
    app.include_router(analytics_router(tenant.world.engine, user=lambda: user, clock=clock))
    assert TestClient(app).get("/analytics/overview").json() == tenant.overview()


def test_a_user_without_a_company(tenant: Tenant) -> None:
    """404 in the words that front ends know; an id may be a UUID."""
    app = FastAPI()
    app.include_router(analytics_router(tenant.world.engine, user=lambda: User(UUID(int=7))))
    answer = TestClient(app).get("/analytics/overview")
    assert (answer.status_code, answer.json()["detail"]) == (404, "Company not found")
    assert answer.json()["error"]["code"] == "no_company"


@pytest.mark.parametrize("who", [None, "", User(None), {"name": "ada"}, 7, True], ids=str)
def test_what_is_no_user(tenant: Tenant, who: object) -> None:
    """Nobody is let in, and the programmer reads which dependency returned what."""
    app = FastAPI()
    app.include_router(analytics_router(tenant.world.engine, user=lambda: who))
    with pytest.raises(TypeError, match="no user can be told"):
        TestClient(app).get("/analytics/overview")


def test_what_cannot_say_who_asks(tenant: Tenant) -> None:
    """It is refused when the router is made, not when somebody asks."""

    def number() -> int:
        return 7

    engine = tenant.world.engine
    for caller, user in ((None, None), (number, number), (None, "ada"), ("ada", None), (None, number)):
        with pytest.raises(TypeError):
            analytics_router(engine, caller, user=user)  # type: ignore[arg-type]


def test_the_words_of_the_two_not_founds(tenant: Tenant) -> None:
    """On the three routes `detail` is what front ends show; everywhere else it is the message."""
    client = tenant.world.client
    for path in ("/analytics/chatbot/none", "/analytics/chatbot/none/gaps", "/analytics/chatbot/none/"):
        body = client.get(path, headers=tenant.headers).json()
        assert body["detail"] == "Chatbot not found"
        assert body["error"]["message"] != body["detail"]
    other = client.get("/v1/conversations", params={"chatbot": "none"}, headers=tenant.headers).json()
    assert other["detail"] == other["error"]["message"]
