"""The seed routes in somebody else's FastAPI app, behind that app's own login."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Annotated

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
