"""`GET /v1/conversations`: which conversations there are, in which order, page by page."""

from itertools import chain
from typing import Any

import pytest

from botlens.errors import InvalidError
from tests.conftest import Tenant
from tests.events import answer, conversation, handoff, message, outcome, rating, vote

PATH = "/v1/conversations"


def ids(page: dict[str, Any]) -> list[str]:
    return [each["conversation_id"] for each in page["conversations"]]


def listed(tenant: Tenant, **params: Any) -> list[str]:
    answer = tenant.world.client.get(PATH, params=params, headers=tenant.headers)
    assert answer.status_code == 200, answer.text
    assert answer.json()["total"] == len(answer.json()["conversations"])
    return ids(answer.json())


def pages(tenant: Tenant, **params: str) -> list[list[str]]:
    found = []
    cursor: dict[str, str] = {}
    while True:
        page = tenant.get(PATH, **params, **cursor)
        found.append(ids(page))
        if page["next"] is None:
            return found
        cursor = {"cursor": page["next"]}


@pytest.fixture
def three(tenant: Tenant) -> Tenant:
    """a on the 16th (rated 2, 1 message), b on the 17th (3 messages), c on the 18th (rated 5, 2 messages)."""
    tenant.send(
        conversation("a", "2026-03-16T10:00:00Z", session_id="s", language="de", channel="web"),
        message("a", "1", "Hallo", "2026-03-16T10:00:00Z"),
        rating("a", 2),
        message("b", "1", "Where is it?", "2026-03-17T10:00:00Z"),
        answer("b", "2", 0.1, "2026-03-17T10:00:01Z"),
        message("b", "3", "Hello?", "2026-03-17T10:00:02Z"),
        message("c", "1", " ? ", "2026-03-18T10:00:00Z"),
        message("c", "2", "Where  is\nit", "2026-03-18T11:00:00Z"),
        rating("c", 5),
    )
    return tenant


def test_a_conversation(tenant: Tenant) -> None:
    """Every field of a conversation with one of each."""
    tenant.send(
        conversation("a", session_id="visitor", language="de", channel="web"),
        message("a", "1", " ?! "),
        message("a", "2", "Where  is\nit?", "2026-03-18T10:00:01Z"),
        answer("a", "3", 0.1, "2026-03-18T10:00:02Z"),
        message("a", "4", "Thanks", "2026-03-18T10:00:03.000001Z"),
        vote("a", "3", "negative"),
        vote("a", "1", "positive"),
        rating("a", 5),
        handoff("a"),
        outcome("a", "sold"),
        outcome("a", "called"),
        outcome("a", "sold", "2026-03-18T10:00:05Z"),
    )
    assert tenant.get(PATH) == {
        "conversations": [
            {
                "conversation_id": "a",
                "chatbot_id": "bot",
                "started_at": "2026-03-18T10:00:00.000000Z",
                "ended_at": "2026-03-18T10:00:03.000001Z",
                "session_id": "visitor",
                "language": "de",
                "channel": "web",
                "messages": 4,
                "questions": 3,
                "answers": 1,
                "unanswered": 1,
                "rating": 5,
                "positive_feedback": 1,
                "negative_feedback": 1,
                "handoff": True,
                "human": True,
                "engaged": True,
                "abandoned": False,
                "confirmed": False,
                "outcomes": ["called", "sold"],
                "first_question": "Where is it?",
            }
        ],
        "total": 1,
        "previous": None,
        "next": None,
        "meta": {
            "timezone": "UTC",
            "window": {"from": "2026-02-17T00:00:00.000000Z", "to": "2026-03-19T00:00:00.000000Z"},
        },
    }


def test_what_is_not_known_is_null(tenant: Tenant) -> None:
    """No session, channel, rating, question: null; no language: `und`."""
    tenant.send(conversation("a"))
    (found,) = tenant.get(PATH)["conversations"]
    unknown = ("session_id", "channel", "rating", "first_question")
    assert [found[name] for name in unknown] == [None] * 4
    assert (found["language"], found["outcomes"], found["messages"]) == ("und", [], 0)


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("started_at", "abc"),
        ("-started_at", "cba"),
        ("ended_at", "abc"),
        ("-ended_at", "cba"),
        ("messages", "acb"),
        ("-messages", "bca"),
        ("unanswered", "acb"),
        ("-unanswered", "bac"),
        ("rating", "acb"),
        ("-rating", "cab"),
    ],
)
def test_orders(three: Tenant, sort: str, order: str) -> None:
    """By each key, up and down; ties by id; no rating comes last either way; pages change nothing."""
    assert listed(three, sort=sort) == list(order)
    assert pages(three, sort=sort, limit="1") == [[each] for each in order]
    assert pages(three, sort=sort, limit="2") == [list(order[:2]), list(order[2:])]


def test_ties(new_tenant) -> None:
    """All equal: by chatbot, then by id, by code point."""
    tenant = new_tenant(chatbots=("b", "B", "a"))
    names = ["Z", "a", "z", "é", "ｚ", "😀"]
    tenant.send(*(message(name, "1", chatbot_id=bot) for bot in ("b", "B", "a") for name in reversed(names)))
    for sort in ("started_at", "-started_at", "rating", "-rating"):
        assert list(chain(*pages(tenant, sort=sort, limit="4"))) == names * 3


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"period": "today"}, "c"),
        ({"period": "2d"}, "cb"),
        ({"period": "all"}, "cba"),
        ({"from": "2026-03-17", "to": "2026-03-17"}, "b"),
        ({"from": "2026-03-17T10:00:00Z"}, "cb"),
        ({"to": "2026-03-17T10:00:00Z"}, "a"),
        ({"filter": "language:is:de"}, "a"),
        ({"filter": "language:is not:de"}, "cb"),
        ({"filter": "language:is_not:de"}, "cb"),
        ({"filter": "rating:is:5"}, "c"),
        ({"filter": "rating:is:5,2"}, "ca"),
        ({"filter": "language:is not:de,fr"}, "cb"),
        ({"filter": "rating:is:null"}, "b"),
        ({"filter": "rating:is:[2,null]"}, "ba"),
        ({"filter": "rating:between:2,5"}, "ca"),
        ({"filter": "day:between:2026-03-16,2026-03-17"}, "ba"),
        ({"filter": "messages:between:[2,3]"}, "cb"),
        ({"filter": "unanswered:is:true"}, "b"),
        ({"filter": "unanswered:is:false"}, "ca"),
        ({"filter": "question:contains:IS IT"}, "cb"),
        ({"filter": "question:is:where is it?"}, "cb"),
        ({"filter": "session:is:s"}, "a"),
        ({"filter": "session:is:null"}, "cb"),
        ({"filter": 'session:is:"null"'}, ""),
        ({"filter": "conversation:is:b"}, "b"),
        ({"filter": ["rating:is not:null", "messages:is:2"]}, "c"),
        ({"filters": '{"field": "rating", "op": "is", "value": 2}'}, "a"),
        ({"filters": '{"not": {"field": "rating", "op": "is", "value": 2}}', "filter": "rating:is:5"}, "c"),
        ({"metric": "ratings"}, "ca"),
        ({"metric": "csat"}, "c"),
        ({"metric": "unanswered_answers"}, "b"),
        ({"metric": "unique_sessions"}, "a"),
        ({"metric": "conversations"}, "cba"),
        ({"metric": "new_sessions", "filter": "language:is:en"}, ""),
        ({"chatbots": "bot"}, "cba"),
        ({"chatbots": ""}, "cba"),
        ({"chatbots": "[]"}, ""),
    ],
)
def test_which(three: Tenant, params: dict[str, Any], expected: str) -> None:
    """Periods, filters in both spellings, and the conversations behind a figure."""
    assert listed(three, **params) == list(expected)


def test_zone(new_tenant) -> None:
    """Days are those of the zone asked for, else of the one chatbot, else of the company."""
    tenant = new_tenant(timezone="Asia/Tokyo", chatbots=())
    tenant.put("bot", timezone="America/New_York")
    tenant.put("other")
    tenant.send(message("a", "1", at="2026-03-17T23:00:00Z"))
    today = {"period": "today"}  # now is 2026-03-18 12:00 UTC
    assert listed(tenant, **today) == ["a"]  # the 18th in Tokyo
    assert listed(tenant, **today, tz="UTC") == []
    assert listed(tenant, **today, chatbots="bot") == []
    assert tenant.get(PATH, chatbots="bot")["meta"]["timezone"] == "America/New_York"
    assert tenant.get(PATH, chatbots="bot,other")["meta"]["timezone"] == "Asia/Tokyo"


def test_chatbots(new_tenant) -> None:
    """Ids with commas between them, or again for each, or as JSON."""
    tenant = new_tenant(chatbots=("a", "b", "c", "x,y"))
    tenant.send(*(message(f"of {bot}", "1", chatbot_id=bot) for bot in ("a", "b", "c", "x,y")))
    assert listed(tenant, chatbots="a,c") == ["of a", "of c"]
    assert listed(tenant, chatbots=["a", "c,b"]) == ["of a", "of b", "of c"]
    assert listed(tenant, chatbots=["a", '["x,y"]']) == ["of a", "of x,y"]
    assert tenant.status(PATH, chatbots="x,y") == (404, "unknown_chatbot")


def test_other_companies(new_tenant) -> None:
    """Nobody's conversations but one's own; somebody else's chatbot is one that does not exist."""
    mine, theirs = new_tenant(), new_tenant(chatbots=("bot", "secret"))
    mine.send(message("mine", "1"))
    theirs.send(message("theirs", "1"), message("theirs", "1", chatbot_id="secret"))
    assert listed(mine, period="all") == ["mine"]
    assert mine.status(PATH, chatbots="secret") == (404, "unknown_chatbot")
    assert mine.status(PATH, chatbots="none") == (404, "unknown_chatbot")
    for behind in ({"filter": "conversation:is:theirs"}, {"filter": "chatbot:is:secret"}):
        assert listed(mine, **behind) == []


@pytest.mark.parametrize(
    ("params", "code", "field"),
    [
        ({"limit": "0"}, "invalid_parameter", "limit"),
        ({"limit": "201"}, "invalid_parameter", "limit"),
        ({"limit": "many"}, "invalid_parameter", "limit"),
        ({"sort": "language"}, "unknown_order", "sort"),
        ({"sort": "--started_at"}, "unknown_order", "sort"),
        ({"sort": ""}, "unknown_order", "sort"),
        ({"period": "soon"}, "invalid_period", "period"),
        ({"period": "30d", "from": "2026-03-01"}, "invalid_period", "period"),
        ({"from": "soon"}, "invalid_time", "from"),
        ({"from": "2026-03-02", "to": "2026-03-01"}, "invalid_period", "from"),
        ({"tz": "Mars"}, "unknown_timezone", "tz"),
        ({"metric": "happiness"}, "unknown_metric", "metric"),
        ({"filters": "{"}, "invalid_parameter", "filters"),
        (
            {"filters": r'{"field": "question", "op": "is", "value": "\ud800"}'},
            "invalid_parameter",
            "filters",
        ),
        ({"filter": "language"}, "invalid_filter", "filter"),
        ({"filter": "happiness:is:5"}, "unknown_field", "filters"),
        ({"filter": "rating:is:five"}, "invalid_filter", "filters"),
        ({"filter": "unanswered:is:yes"}, "invalid_filter", "filters"),
        ({"filter": "rating:is:[4"}, "invalid_parameter", "filter"),
        ({"chatbots": "[5]"}, "invalid_parameter", "chatbots"),
        ({"chatbots": '["bot"'}, "invalid_parameter", "chatbots"),
        ({"resolution_hours": "0"}, "invalid", "resolution_hours"),
        ({"chatbot": "bot"}, "invalid_parameter", "chatbot"),
        ({"near": "a", "cursor": "x"}, "invalid_cursor", "cursor"),
        ({"fliter": "rating:is:5"}, "unknown_parameter", "fliter"),
    ],
)
def test_bad_parameters(tenant: Tenant, params: dict[str, str], code: str, field: str) -> None:
    """Each slip is refused and named; none of them silently means all conversations."""
    answer = tenant.world.client.get(PATH, params=params, headers=tenant.headers)
    assert answer.status_code == 422, answer.text
    assert (answer.json()["error"]["code"], answer.json()["error"]["field"]) == (code, field)


def test_unknown_keys_in_python(tenant: Tenant) -> None:
    """A slip in a request from Python is refused like one over HTTP."""
    conversations = tenant.world.engine.answers.conversations
    for method in (conversations.page, conversations.export):
        with pytest.raises(InvalidError, match="chatbots"):
            method(tenant.scope, {"chatbot": ["bot"]})
