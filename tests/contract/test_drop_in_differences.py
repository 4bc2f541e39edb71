"""What a front end of the origin does notice: exactly the fields of `DIFFERENCES`, each for its reason."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from tests.conftest import NOON
from tests.contract.origin.platform import new_id
from tests.contract.sides import Sides


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
