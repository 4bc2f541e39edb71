"""`GET /v1/values`: what a filter can be set to, with how many conversations that is true of."""

from typing import Any

import pytest

from botlens.metrics.fields import FIELDS
from tests.conftest import Tenant
from tests.events import answer, conversation, message, outcome, rating

PATH = "/v1/values"


def values(tenant: Tenant, field: str, **params: str) -> list[tuple[Any, int]]:
    found = tenant.get(PATH, field=field, **{"period": "all", **params})
    return [(each["value"], each["conversations"]) for each in found["values"]]


@pytest.fixture
def few(new_tenant: Any) -> Tenant:
    """Two of the bot Zoë, one of the shop; a asks two things, one of them twice."""
    tenant: Tenant = new_tenant(chatbots=())
    tenant.put("bot", name="Zoë")
    tenant.put("shop", name="Shop")
    tenant.send(
        message("a", "1", "Where is my delivery?", language="de", session_id="s"),
        answer("a", "2", 0.1),
        message("a", "3", "WHERE is my delivery", "2026-03-18T10:00:03Z"),
        message("a", "4", "Thank you", "2026-03-18T10:00:04Z"),
        outcome("a", "sold"),
        outcome("a", "sold", "2026-03-18T10:00:05Z"),
        outcome("a", "called", value=3.0),
        message("b", "1", "Where is my delivery?", language="en", channel="web"),
        message("b", "2", "?", "2026-03-18T10:00:03Z"),
        rating("b", 4),
        message("c", "1", "thank you", "2026-03-10T10:00:00Z", chatbot_id="shop", language="de"),
        conversation("t", test=True),
        message("t", "1", "delivery of a test"),
    )
    return tenant


def test_most_frequent_first(few: Tenant) -> None:
    """With what people wrote, in a tie by the value; a conversation counts once, however often it asks."""
    assert few.get(PATH, field="question") == {
        "values": [
            {"value": "thank you", "label": "Thank you", "conversations": 2},
            {"value": "where is my delivery", "label": "Where is my delivery?", "conversations": 2},
            {"value": None, "label": None, "conversations": 1},
        ],
        "total": 3,
        "meta": {
            "timezone": "UTC",
            "window": {"from": "2026-02-17T00:00:00.000000Z", "to": "2026-03-19T00:00:00.000000Z"},
        },
    }


def test_of_questions_their_own_text(few: Tenant) -> None:
    """Not what the same conversations asked besides."""
    assert values(few, "question", contains="DELIVERY") == [("where is my delivery", 2)]
    assert values(few, "first_question", contains="thánk") == [("thank you", 1)]
    assert values(few, "unanswered_question") == [("where is my delivery", 1)]


def test_of_the_conversations_that_are_chosen(few: Tenant) -> None:
    """Periods, chatbots and filters choose as everywhere; `total` is of all values, whatever the limit."""
    assert values(few, "language") == [("de", 2), ("en", 1)]
    assert values(few, "language", period="today") == [("de", 1), ("en", 1)]
    assert values(few, "language", chatbots="shop") == [("de", 1)]
    assert values(few, "language", filter="rating:is:4") == [("en", 1)]
    cut = few.get(PATH, field="language", limit="1")
    assert (len(cut["values"]), cut["total"]) == (1, 2)


def test_chatbots_by_name(few: Tenant) -> None:
    """Or by their id."""
    assert few.get(PATH, field="chatbot")["values"] == [
        {"value": "bot", "label": "Zoë", "conversations": 2},
        {"value": "shop", "label": "Shop", "conversations": 1},
    ]
    assert values(few, "chatbot", contains="zoe") == [("bot", 2)]
    assert values(few, "chatbot", contains="BO") == [("bot", 2)]
    assert few.get(PATH, field="chatbot", contains="s", limit="1")["total"] == 1


def test_several_and_none(few: Tenant) -> None:
    """Of what a conversation has several of, each once; null where it has none."""
    assert values(few, "outcome") == [(None, 2), ("called", 1), ("sold", 1)]
    assert values(few, "outcome", contains="CALL") == [("called", 1)]
    assert values(few, "valued_outcome") == [("called", 1)]
    assert values(few, "exchange") == [(1, 3), (2, 2), (3, 1)]
    assert values(few, "session") == [(None, 2), ("s", 1)]


def test_what_values_are(few: Tenant) -> None:
    """Dates, numbers and flags are those of filters."""
    assert values(few, "day") == [("2026-03-18", 2), ("2026-03-10", 1)]
    assert values(few, "month") == [("2026-03", 3)]
    assert values(few, "rating") == [(None, 2), (4, 1)]
    assert values(few, "unanswered") == [(False, 2), (True, 1)]


OF_ONE = [name for name, each in FIELDS.items() if not each.of_cohorts]


@pytest.mark.parametrize("field", OF_ONE)
def test_each_field(few: Tenant, field: str) -> None:
    """A filter by a value chooses as many conversations as it is said to have, of each field."""
    found = few.get(PATH, field=field, period="all", limit="200")
    assert found["total"] == len(found["values"]) > 0
    conversations = few.world.engine.answers.conversations
    for each in found["values"]:
        leaf = {"field": field, "op": "is", "value": each["value"]}
        page = conversations.page(few.scope, {"period": "all", "filters": leaf})
        assert page["total"] == each["conversations"], each


@pytest.mark.parametrize(
    ("params", "code", "field"),
    [
        ({"field": "luck"}, "unknown_field", "field"),
        ({"field": ""}, "unknown_field", "field"),
        ({}, "invalid_parameter", "field"),
        ({"field": "cohort_week"}, "invalid_parameter", "field"),
        ({"field": "rating", "contains": "4"}, "invalid_parameter", "contains"),
        ({"field": "unanswered", "contains": "t"}, "invalid_parameter", "contains"),
        ({"field": "channel", "contains": " "}, "invalid_parameter", "contains"),
        ({"field": "channel", "limit": "0"}, "invalid_parameter", "limit"),
        ({"field": "channel", "limit": "201"}, "invalid_parameter", "limit"),
        ({"field": "channel", "contain": "w"}, "unknown_parameter", "contain"),
        ({"field": "channel", "filter": "weeks_later:is:1"}, "invalid_filter", "filters"),
    ],
)
def test_bad_parameters(tenant: Tenant, params: dict[str, str], code: str, field: str) -> None:
    """Each is refused and named."""
    found = tenant.world.client.get(PATH, params=params, headers=tenant.headers)
    assert found.status_code == 422, found.text
    assert (found.json()["error"]["code"], found.json()["error"]["field"]) == (code, field)


HOSTILE = [
    "<script>alert(1)</script>",
    "\u202egnp.exe",
    "a,b:c/d",
    "'; DROP TABLE x",
    "東京",
    "😀" * 300,
    "ᾳ\u0345",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_texts(tenant: Tenant, text: str) -> None:
    """Whatever a visitor writes is a text: told, found, and chosen by."""
    tenant.send(message("a", "1", text, channel="web"), message("b", "1", "hello"))
    found = tenant.get(PATH, field="question", contains=text[:40])
    (value,) = [each["value"] for each in found["values"]]
    conversations = tenant.world.engine.answers.conversations
    leaf = {"field": "question", "op": "is", "value": value}
    page = conversations.page(tenant.scope, {"filters": leaf})
    assert [each["conversation_id"] for each in page["conversations"]] == ["a"]


def test_another_company(few: Tenant, new_tenant: Any) -> None:
    """Its values are none of ours."""
    other: Tenant = new_tenant()
    other.send(message("a", "1", "secret", language="fr"))
    assert values(few, "question", contains="secret") == []
    assert values(other, "language") == [("fr", 1)]
