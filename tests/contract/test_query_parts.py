"""`POST /v1/query`: filters, and what conversations are made of: questions, outcomes, sessions."""

from typing import Any

import pytest

from tests.conftest import Tenant
from tests.contract.small_company import ONE_OF_THREE, ask, at, rate, rows
from tests.events import answer, message, outcome


@pytest.mark.parametrize(
    ("filters", "ids"),
    [
        ({"field": "language", "op": "is", "value": "en"}, "a"),
        ({"field": "language", "op": "is not", "value": ["en", "de"]}, "c"),
        ({"field": "rating", "op": "between", "value": [2, 4]}, "b"),
        ({"field": "rating", "op": "is", "value": None}, "c"),
        ({"field": "rating", "op": "is not", "value": 5}, "bc"),
        ({"field": "question", "op": "contains", "value": "PARCEL"}, "a"),
        ({"field": "first_question", "op": "is", "value": "hi."}, "c"),
        ({"field": "unanswered", "op": "is", "value": True}, "a"),
        ({"field": "day", "op": "between", "value": ["2026-03-17", "2026-03-18"]}, "bc"),
        ({"not": {"field": "chatbot", "op": "is", "value": "shop"}}, "ab"),
        (
            {
                "or": [
                    {"field": "handoff", "op": "is", "value": True},
                    {"field": "session", "op": "is", "value": "s2"},
                ]
            },
            "bc",
        ),
        (
            [
                {"field": "messages", "op": "is", "value": 2},
                {"field": "human", "op": "is", "value": False},
            ],
            "b",
        ),
        ([], "abc"),
        (None, "abc"),
    ],
)
def test_filters(company: Tenant, filters: Any, ids: str) -> None:
    """Which conversations: leaves, lists, and, or, not; null is what is not known."""
    found = [
        one
        for one in "abc"
        if rows(
            company,
            "conversations",
            filters=[filters or [], {"field": "conversation", "op": "is", "value": one}],
        )
        == [[1]]
    ]
    assert "".join(found) == ids
    assert rows(company, "conversations", filters=filters) == [[len(ids)]]


def test_questions(company: Tenant) -> None:
    """By question it is messages that are counted, in normal form."""
    assert rows(company, "questions", "unanswered_answers", dimensions=["question"]) == [
        ["where is my parcel", 2, 1],
        ["hallo", 1, 0],
        ["hi", 1, 0],
    ]


def test_outcomes(company: Tenant) -> None:
    """A conversation is in the row of each of its outcomes; the rate is of all conversations."""
    company.send(
        outcome("a", "lead", at(16, "10:03:00"), value=10),
        outcome("a", "sale", at(16, "10:04:00"), value=2.5),
        outcome("b", "lead", at(17, "23:45:00")),
    )
    metrics = ("conversions", "conversion_rate", "outcomes", "outcome_value")
    found = ask(company, *metrics, dimensions=["outcome"])
    assert [list(row.values()) for row in found["rows"]] == [
        ["lead", 2, 2 / 3, 2, 10],
        ["sale", 1, 1 / 3, 1, 2.5],
    ]
    assert found["meta"]["n"]["conversion_rate"] == [rate(2, 3, 0.2076596, 0.9385081), ONE_OF_THREE]
    assert rows(company, *metrics) == [[2, 2 / 3, 3, 12.5]]


def test_values_of_outcomes_are_added_exactly(company: Tenant) -> None:
    """Cents are not lost in the last digits, whatever order rows are read in: 30 times 33.1 is 993."""
    for each in [f"o{n}" for n in range(30)]:
        said = message(each, "1", at=at(16, "10:02:00"))
        company.send(said, outcome(each, "sale", at(16, "10:03:00"), value=33.1))
    assert ask(company, "outcome_value", dimensions=["outcome"])["rows"] == [
        {"outcome": "sale", "outcome_value": 993.0}
    ]
    assert rows(company, "outcome_value") == [[993.0]]


def test_exchanges(company: Tenant) -> None:
    """How many conversations got so far, and how many went no further."""
    assert rows(company, "reached", "drop_off_rate", dimensions=["exchange"]) == [[1, 3, 2 / 3], [2, 1, 1.0]]


def test_retention(company: Tenant) -> None:
    """Of the sessions that first came in a week, how many came so many weeks later."""
    by = {"dimensions": ["cohort_week", "weeks_later"], "period": "all"}
    assert rows(company, "retained_sessions", "retention_rate", **by) == [
        ["2026-03-09", 0, 1, 1.0],
        ["2026-03-09", 1, 1, 1.0],
        ["2026-03-16", 0, 1, 1.0],
    ]


def test_who_is_new_does_not_depend_on_the_window(company: Tenant) -> None:
    """A session that was there before the window is returning, though nothing of then is in the sums."""
    assert rows(company, "new_sessions", "returning_sessions") == [[1, 1]]
    assert rows(company, "conversations", dimensions=["session_kind"], order_by="session_kind") == [
        ["new", 1],
        ["returning", 1],
        [None, 1],
    ]


def test_resolution_is_assumed_after_a_while(company: Tenant) -> None:
    """Whether a session came back is not known before `resolution_hours` have passed; that is told."""
    company.send(message("e", "1", "thanks", at(16, "08:00:00"), session_id="s3"))
    company.send(answer("e", "2", 0.9, at(16, "08:00:01")))
    found = ask(company, "resolution_assumed_rate", resolution_hours=24)
    assert found["rows"] == [{"resolution_assumed_rate": 0.5}]  # of e and a, which has a good rating
    assert found["meta"]["excluded"]["too_recent_for_resolution"] == 1  # b
    found = ask(company, "resolution_assumed_rate")
    assert found["rows"] == [{"resolution_assumed_rate": None}]
    assert found["meta"]["excluded"]["too_recent_for_resolution"] == 3


def test_wording_is_what_was_written_most_often(new_tenant: Any) -> None:
    """Rows name questions by their normal form; `wording` gives the commonest text, ties by code point."""
    tenant = new_tenant()
    texts = ["Where is it?", "where is it", "WHERE  is it", "WHERE  is it", "b?", "B!", "thrice", "B!!", ""]
    tenant.send(*(message("a", str(place), text, at(16, "09:00:00")) for place, text in enumerate(texts)))
    body = {"metrics": ["questions"], "dimensions": ["question"], "period": "all", "wording": True}
    found = tenant.world.client.post("/v1/query", json=body, headers=tenant.headers).json()
    assert [row["question"] for row in found["rows"]] == ["where is it", "b", "thrice", None]
    assert found["meta"]["wording"] == {"where is it": "WHERE is it", "b": "B!", "thrice": "thrice"}
    link = {"metrics": "conversations", "dimensions": "first_question", "period": "all", "limit": 1}
    assert tenant.get("/v1/query", **link, wording="true")["meta"]["wording"] == {
        "where is it": "WHERE is it"
    }
    assert "wording" not in tenant.get("/v1/query", **link, wording="false")["meta"]


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"wording": "yes", "dimensions": ["question"]}, "invalid"),
        ({"wording": True, "dimensions": ["day"]}, "impossible_pairing"),
        ({"labels": "yes", "dimensions": ["question"]}, "invalid"),
    ],
)
def test_wording_that_cannot_be(company: Tenant, said: dict[str, Any], code: str) -> None:
    """Both are flags, and `wording` goes with questions alone."""
    body = {"metrics": ["questions" if "question" in said["dimensions"] else "conversations"], **said}
    answer = company.world.client.post("/v1/query", json=body, headers=company.headers)
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, code)
    assert answer.json()["error"]["field"] == next(iter(said))


def test_labels_are_what_people_know(new_tenant: Any) -> None:
    """A chatbot by its name, a question as it was written; what has no name, and null, have no label."""
    tenant = new_tenant(chatbots=("bot",))
    tenant.world.client.put("/v1/chatbots/shop", json={}, headers=tenant.headers)
    for chatbot in ("bot", "shop"):
        tenant.send(message("a", "1", "How long does delivery take?", at(16, "09:00:00"), chatbot_id=chatbot))
    tenant.send(message("b", "1", "", at(16, "09:00:00")))
    dimensions = ["question", "chatbot"]
    found = ask(tenant, "questions", dimensions=dimensions, labels=True)
    assert found["rows"][0]["question"] == "how long does delivery take"
    assert found["meta"]["labels"] == {
        "chatbot": {"bot": "Bot"},
        "question": {"how long does delivery take": "How long does delivery take?"},
    }
    seed = tenant.chatbot("bot")["top_queries"]
    assert seed[0]["query"] in found["meta"]["labels"]["question"].values()
    assert "labels" not in ask(tenant, "questions", dimensions=dimensions)["meta"]
    link = {"metrics": "conversations", "dimensions": "day", "labels": "true"}
    assert tenant.get("/v1/query", **link)["meta"]["labels"] == {}


def test_labels_of_the_other_period(new_tenant: Any) -> None:
    """A question that only the other period has is labelled, too: it has a row."""
    tenant = new_tenant()
    tenant.send(message("a", "1", "Then?", at(10, "09:00:00")), message("b", "1", "Now?", at(16, "09:00:00")))
    more = {"dimensions": ["question"], "compare": "previous_period", "labels": True}
    found = ask(tenant, "questions", **more)
    assert found["meta"]["labels"] == {"question": {"now": "Now?", "then": "Then?"}}
