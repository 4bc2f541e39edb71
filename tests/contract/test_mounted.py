"""The seed routes in somebody else's FastAPI app, behind that app's own login."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import FastAPI, Header, HTTPException
from fastapi.testclient import TestClient

from botlens.api.routes.analytics import analytics_router
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
