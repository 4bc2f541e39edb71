"""A front end of the origin notices nothing but better numbers: both routers in one app, over the same rows.

Each difference that remains stands in `DIFFERENCES`, with its reason: exactly these fields differ, no other.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from types import SimpleNamespace
from typing import Annotated, Any

import pytest
from fastapi import FastAPI, Header, HTTPException
from fastapi.testclient import TestClient

from botlens.api.routes.analytics import analytics_router
from tests.conftest import NOON, World
from tests.contract.origin.platform import LONGEST, Platform, new_id
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


@pytest.fixture
def sides(world: World) -> Iterator[Sides]:
    found = Sides(world)
    fill(found)
    yield found
    if any(each.name == SOURCE for each in world.engine.accounts.sources()):
        world.engine.accounts.release(SOURCE)


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


def test_nothing_differs(sides: Sides) -> None:
    """The same statuses, fields, types, numbers and order of chatbots."""
    sides.settle()
    assert sides.differing() == set()
    overview = sides.ask("overview")[1].json()
    assert overview["average_rating"] == 4.2
    assert [each["chatbot_id"] for each in overview["chatbots"]] == [sides.shop, sides.desk]
    assert overview["chatbots"][0]["total_ratings"] == 8


def test_words_that_the_mapping_knows(sides: Sides) -> None:
    """Roles and votes of other names count as on the origin; messages without text, too."""
    conversation, asked, answer = sides.platform.exchange(sides.shop, NOON, "Where is my parcel?")
    for role in ("tool", "function", "bot", "ai"):
        sides.platform.message(conversation, NOON.isoformat(), "x", role=role)
    sides.platform.message(conversation, NOON.isoformat(), None, role="tool")
    sides.platform.message(conversation, NOON.isoformat(), "x" * (LONGEST + 1), role="assistant")
    sides.platform.vote(sides.shop, answer, "thumbs_down")
    sides.platform.vote(sides.shop, asked, "positive")
    sides.settle()
    assert sides.differing() == set()


def test_the_votes_word_for_good_is_known_too(sides: Sides) -> None:
    """`thumbs_up` was negative on the origin, which knew one word."""
    _, _, answer = sides.platform.exchange(sides.shop, NOON, "Where is my parcel?")
    sides.platform.vote(sides.shop, answer, "thumbs_up")
    sides.settle()
    fields = ("feedback_positive", "feedback_negative")
    assert sides.differing() == {
        f"{route}.{field}" for route in ("overview.chatbots", "chatbot") for field in fields
    }


@pytest.mark.parametrize("plan", [None, "free", "agency"])
def test_the_plan_is_asked_first(sides: Sides, plan: str | None) -> None:
    """No company and no plan, or one that is free or unknown: 402, and not 404. With a company, too."""
    without, owner = new_id(), new_id()
    if plan is not None:
        sides.platform.add("subscriptions", user_id=without, plan=plan, status="active")
    sides.platform.company(owner, plan)
    sides.settle()
    for user in (without, owner):
        for path in sides.paths():
            origin, ours = sides.ask(path, user)
            assert (origin.status_code, ours.status_code) == (402, 402)
            assert isinstance(ours.json()["detail"], str)


def test_a_plan_and_no_company(sides: Sides) -> None:
    """404, in the same words."""
    user = new_id()
    sides.platform.add("subscriptions", user_id=user, plan="pro", status="active")
    sides.settle()
    for path in sides.paths():
        origin, ours = sides.ask(path, user)
        assert (origin.status_code, ours.status_code) == (404, 404)
        assert origin.json()["detail"] == ours.json()["detail"] == "Company not found"


def test_a_subscription_that_is_not_active(sides: Sides) -> None:
    """Trials and the like are no plan."""
    user = new_id()
    sides.platform.add("subscriptions", user_id=user, plan="pro", status="trialing")
    sides.settle()
    assert [each.status_code for each in sides.ask("overview", user)] == [402, 402]


def test_a_chatbot_that_is_not_there(sides: Sides) -> None:
    """Nobody's, and another's: 404, in the same words."""
    another = sides.platform.chatbot(sides.platform.company(new_id()), "Other")
    sides.settle()
    for chatbot in (new_id(), another):
        for path in (f"chatbot/{chatbot}", f"chatbot/{chatbot}/gaps"):
            origin, ours = sides.ask(path)
            assert (origin.status_code, ours.status_code) == (404, 404)
            assert origin.json()["detail"] == ours.json()["detail"] == "Chatbot not found"


def test_a_slash_at_the_end(sides: Sides) -> None:
    """Both answer, the origin by a redirect."""
    sides.settle()
    for path in sides.paths():
        origin, ours = sides.ask(f"{path}/")
        assert (origin.status_code, ours.status_code) == (200, 200)
        assert origin.json() == ours.json()


def test_a_login_that_is_not_good(sides: Sides) -> None:
    """The app's own answer, byte for byte."""
    sides.settle()
    for path in sides.paths():
        origin, ours = sides.ask(path, "")
        assert (origin.status_code, origin.content) == (ours.status_code, ours.content)
        assert ours.json() == {"detail": "Not authenticated"}


def test_a_company_without_chatbots(sides: Sides) -> None:
    """Zeros and an empty list."""
    user = new_id()
    sides.platform.company(user)
    sides.settle()
    origin, ours = sides.ask("overview", user)
    assert (origin.status_code, origin.json()) == (ours.status_code, ours.json())


@dataclass(frozen=True)
class Difference:
    """What remains.

    Attributes:
        happens: writes the rows in which it shows.
        fields: that differ, by route; `overview: 500` is a status that is none of ours.
        reason: why it stays.
    """

    happens: Callable[[Sides], object]
    fields: frozenset[str]
    reason: str


def everywhere(*fields: str) -> frozenset[str]:
    """Fields of a chatbot, in the overview and in the detail."""
    return frozenset(f"{route}.{field}" for route in ("overview.chatbots", "chatbot") for field in fields)


def _low(sides: Sides, *, then: str | None = None, ago: int = 0) -> None:
    at = NOON - timedelta(days=ago)
    conversation, *_ = sides.platform.exchange(sides.shop, at, "Ship to Malta?", 0.1)
    if then is not None:
        sides.platform.message(conversation, (at + timedelta(minutes=1)).isoformat(), then)


def _several_votes(sides: Sides) -> None:
    *_, answer = sides.platform.exchange(sides.shop, NOON, "Where is my parcel?")
    for _ in range(3):
        sides.platform.vote(sides.shop, answer)


def _message_of(sides: Sides, **said: Any) -> None:
    conversation, *_ = sides.platform.exchange(sides.shop, NOON, "Where is my parcel?")
    at = said.pop("at", NOON.isoformat())
    for _ in range(10):
        sides.platform.message(conversation, at, "x", **said)


def _vote_of(sides: Sides, feedback: str, *, gone: bool = False) -> None:
    *_, answer = sides.platform.exchange(sides.shop, NOON, "Where is my parcel?")
    sides.platform.vote(sides.shop, new_id() if gone else answer, feedback)


def _many(sides: Sides) -> None:
    for _ in range(1_001):
        sides.platform.conversation(sides.shop, NOON.isoformat(), session_id=None)


def _quiet_bot(sides: Sides) -> None:
    bot = sides.platform.chatbot(sides.company, "New", created_at="2026-02-01T00:00:00+00:00")
    sides.platform.exchange(bot, NOON, "Where is my parcel?")


def _zone(sides: Sides) -> None:
    sides.platform.exchange(sides.shop, NOON - timedelta(hours=16), "Where is my parcel?")
    sides.settle()
    sides.world.engine.accounts.change_company(sides.company, timezone="Asia/Tokyo")


def _averages(sides: Sides) -> None:
    for row, average in zip(sides.platform.tables["chatbots"], (4.3, 4.4), strict=True):
        row["average_rating"] = average


def _change(sides: Sides, table: str, **values: Any) -> None:
    sides.platform.tables[table][0] |= values


_UNANSWERED = frozenset({"overview.chatbots.unanswered_count", "overview.chatbots.unanswered_queries"})

DIFFERENCES = {
    "unanswered in the overview": Difference(
        _low, _UNANSWERED, "the origin counted none there, but in the detail"
    ),
    "the question before the answer": Difference(
        lambda sides: _low(sides, then="Thanks, bye"),
        _UNANSWERED | {"chatbot.unanswered_queries", "gaps"},
        "the origin took the last question of the conversation",
    ),
    "days without conversations": Difference(
        _quiet_bot,
        frozenset({"overview.chatbots.daily_conversations"}),
        "zeros are days too: charts get better",
    ),
    "questions that mean the same": Difference(
        lambda sides: [sides.platform.exchange(sides.shop, NOON, "where is my PARCEL") for _ in range(3)],
        everywhere("top_queries"),
        "grouped by normal form, where the origin grouped letters",
    ),
    "a conversation without a language": Difference(
        lambda sides: _change(sides, "conversations", language=None),
        frozenset({"overview: 500", "chatbot: 500"}),
        "`und` instead of an error",
    ),
    "a chatbot without a name": Difference(
        lambda sides: _change(sides, "chatbots", name=None),
        frozenset({"overview: 500", "chatbot: 500"}),
        "`Untitled` instead of an error",
    ),
    "more than a thousand rows": Difference(
        _many,
        everywhere(
            "total_conversations",
            "conversations_today",
            "conversations_this_week",
            "conversations_this_month",
            "daily_conversations",
            "languages_used",
        )
        | {
            "overview.total_conversations",
            "overview.conversations_this_month",
            "overview.conversations_used",
        },
        "nothing is cut silently",
    ),
    "the company's zone": Difference(
        _zone,
        everywhere("conversations_today", "daily_conversations", "peak_hour"),
        "days and hours of the company, where the origin had the server's UTC; equal until a zone is set",
    ),
    "a mean on the half": Difference(
        _averages, frozenset({"overview.average_rating"}), "4.35 is 4.4: halves of decimals go up"
    ),
    "several votes on one message": Difference(
        _several_votes,
        everywhere("total_ratings", "feedback_positive"),
        "a message has one vote, the latest; the origin counted rows",
    ),
    "a vote that says something else": Difference(
        lambda sides: _vote_of(sides, "meh"),
        everywhere("total_ratings", "feedback_negative"),
        "set aside and counted aloud until the mapping knows the word; the origin took it as negative",
    ),
    "a vote whose message is gone": Difference(
        lambda sides: _vote_of(sides, "positive", gone=True),
        everywhere("total_ratings", "feedback_positive"),
        "a vote belongs to a message: set aside and counted aloud",
    ),
    "a role that nobody knows": Difference(
        lambda sides: _message_of(sides, role="observer"),
        everywhere("total_messages", "average_messages_per_conversation") | {"overview.total_messages"},
        "set aside and counted aloud until the mapping knows it",
    ),
    "a message without a time": Difference(
        lambda sides: _message_of(sides, at=None, role="assistant"),
        everywhere("total_messages", "average_messages_per_conversation") | {"overview.total_messages"},
        "it has no place in its conversation: set aside and counted aloud",
    ),
}


@pytest.mark.parametrize("name", DIFFERENCES)
def test_what_differs(sides: Sides, name: str) -> None:
    """Exactly what is said to, for the reason that is said."""
    difference = DIFFERENCES[name]
    difference.happens(sides)
    sides.settle()
    assert sides.differing() == difference.fields


def test_what_differs_besides_numbers(sides: Sides) -> None:
    """An id that is no UUID is unknown, and a database that is down keeps nobody from the numbers."""
    sides.settle()
    assert [each.status_code for each in sides.ask("chatbot/none")] == [500, 404]
    before = sides.ask("overview")[1].json()
    sides.rest.is_down = True
    origin, ours = sides.ask("overview")
    assert (origin.status_code, ours.json()) == (500, before)


def test_every_error_says_more(sides: Sides) -> None:
    """Besides `detail`, which the origin's front ends read, there is `error`; no answer is for caches."""
    sides.settle()
    origin, ours = sides.ask(f"chatbot/{new_id()}")
    assert set(ours.json()) - set(origin.json()) == {"error"}
    assert ours.headers["cache-control"] == "no-store"
