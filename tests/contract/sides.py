"""The origin's router and ours in one app, over the same rows of one platform."""

from collections.abc import Iterator
from datetime import timedelta
from types import SimpleNamespace
from typing import Annotated, Any

from fastapi import FastAPI, Header, HTTPException
from fastapi.testclient import TestClient

from botlens.api.routes.analytics import analytics_router
from tests.conftest import NOON, World
from tests.contract.origin.platform import Platform, new_id
from tests.contract.origin.rest import Rest
from tests.contract.origin.router import origin_router

SOURCE = "the origin's tables"


class Sides:
    """One app with both routers, behind its own login, for the users of one platform."""

    def __init__(self, world: World) -> None:
        self.world, self.platform = world, Platform()
        self.rest = Rest(self.platform.tables)
        app = FastAPI()
        app.include_router(origin_router(self.rest, get_current_user, lambda: world.now), prefix="/origin")
        app.include_router(
            analytics_router(
                world.engine, user=get_current_user, clock=lambda: world.now, prefix="/ours/analytics"
            )
        )
        self.client = TestClient(app, raise_server_exceptions=False)
        self.owner = new_id()
        self.company = self.platform.company(self.owner)
        # The older bot has the higher id.
        ids = sorted((new_id(), new_id()))
        self.shop = self.platform.chatbot(
            self.company, "Shop", id=ids[1], average_rating=4.2, created_at="2026-01-01T00:00:00+00:00"
        )
        self.desk = self.platform.chatbot(
            self.company, "Desk", id=ids[0], is_published=False, created_at="2026-01-02T00:00:00+00:00"
        )

    def settle(self) -> None:
        """Ours has what the tables have."""
        accounts = self.world.engine.accounts
        accounts.take_over(SOURCE, self.platform.accounts())
        for row in self.platform.tables["companies"]:
            _, key = accounts.create_key(row["id"])
            events = list(self.platform.events(row["id"]))
            for first in range(0, len(events), 5_000):
                answer = self.world.client.post(
                    "/v1/events",
                    json={"events": events[first : first + 5_000]},
                    headers={"Authorization": f"Bearer {key}"},
                )
                assert answer.json()["rejected"] == []

    def ask(self, path: str, user: str | None = None) -> tuple[Any, Any]:
        """The answers of the origin and of ours."""
        headers = {"X-User": self.owner if user is None else user}
        both = (self.client.get(f"/{side}/analytics/{path}", headers=headers) for side in ("origin", "ours"))
        origin, ours = both
        return origin, ours

    def paths(self) -> tuple[str, ...]:
        return ("overview", f"chatbot/{self.shop}", f"chatbot/{self.shop}/gaps", f"chatbot/{self.desk}")

    def differing(self) -> set[str]:
        """What differs, by route and field; of the overview's chatbots by their fields."""
        found: set[str] = set()
        for path, name in zip(self.paths(), ("overview", "chatbot", "gaps", "chatbot"), strict=True):
            origin, ours = self.ask(path)
            assert ours.status_code == 200, ours.text
            if origin.status_code != 200:
                found.add(f"{name}: {origin.status_code}")
            elif name == "gaps":
                found |= {"gaps"} if origin.json() != ours.json() else set()
            else:
                found |= {f"{name}.{field}" for field in _fields(origin.json(), ours.json())}
        return found


def _fields(origin: dict[str, Any], ours: dict[str, Any]) -> Iterator[str]:
    assert list(origin) == list(ours)
    for name, value in origin.items():
        if name == "chatbots":
            assert [each["chatbot_id"] for each in value] == [each["chatbot_id"] for each in ours[name]]
            for one, other in zip(value, ours[name], strict=True):
                yield from (f"chatbots.{field}" for field in _fields(one, other))
        elif value != ours[name]:
            yield name


def get_current_user(x_user: Annotated[str, Header()] = "") -> Any:
    """The app's own login, as it is."""
    if not x_user:
        raise HTTPException(401, "Not authenticated")
    return SimpleNamespace(id=x_user, email="ann@acme.example")


def fill(sides: Sides) -> None:
    """A conversation a day for thirty days, with three questions; votes; the second bot has half of it."""
    questions = ["Where is my parcel?"] * 15 + ["Opening hours?"] * 10 + ["Returns?"] * 5
    for number, question in enumerate(questions):
        at = NOON - timedelta(days=29 - number, hours=3)
        language = "de" if number % 3 else "en"
        session = f"visitor {number // 2}"
        _, _, answer = sides.platform.exchange(
            sides.shop, at, question, language=language, session_id=session
        )
        if number % 4 == 0:
            sides.platform.vote(sides.shop, answer, "positive" if number % 8 else "negative")
        sides.platform.exchange(sides.desk, at, question, session_id=None)
