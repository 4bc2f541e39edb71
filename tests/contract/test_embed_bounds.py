"""Embed links: what whoever holds one reads, and that it is nothing else, whatever is asked."""

import json
from typing import Any

import pytest

from tests.conftest import Tenant
from tests.contract.embedding import CARD, GERMAN, Reader, linked, refusal
from tests.events import message


def test_it_reads_its_chatbot_and_no_other(company: Tenant) -> None:
    """Nothing said means its bot; another one of the company does not exist for it."""
    reader = Reader(company, linked(company)["secret"])
    assert reader.count() == reader.count(chatbots=["bot"]) == 2
    assert refusal(reader.query(chatbots=["shop"])) == (404, "unknown_chatbot")
    assert refusal(reader.query(chatbots=["bot", "shop"])) == (404, "unknown_chatbot")
    named = reader.query(dimensions=["chatbot"], labels=True).json()
    assert [row["chatbot"] for row in named["rows"]] == ["bot"]
    assert named["meta"]["labels"]["chatbot"] == {"bot": "Bot"}


@pytest.mark.parametrize(
    "filters",
    [
        None,
        [],
        {"field": "language", "op": "is", "value": "en"},
        {"or": [{"field": "language", "op": "is", "value": "en"}, {"not": {"or": []}}]},
        {"not": {"field": "language", "op": "is", "value": "de"}},
    ],
)
def test_locked_filters_are_always_true(company: Tenant, filters: Any) -> None:
    """Whatever filters are asked with: what comes back is German, and so is every row and list."""
    reader = Reader(company, linked(company, filters=GERMAN, transcripts=True)["secret"])
    rows = reader.query(filters=filters, dimensions=["language"]).json()["rows"]
    assert {row["language"] for row in rows if row["conversations"]} <= {"de"}
    compared = reader.query(filters=filters, compare="previous_period").json()
    assert compared["compare"]["rows"][0]["conversations"] == 0  # `p`, which is French
    listed = reader.get("/v1/conversations", period="7d").json()
    assert [each["conversation_id"] for each in listed["conversations"]] == ["b"]


def test_locked_filters_and_ones_own(company: Tenant) -> None:
    """Both hold, with the same fields and several values: neither takes the values of the other."""
    locked = {"or": [GERMAN[0], {"field": "language", "op": "is", "value": "en"}]}
    reader = Reader(company, linked(company, filters=locked)["secret"])
    own = [{"field": "language", "op": "is", "value": "fr"}]
    assert (reader.count(), reader.count(filters=own), reader.count(filters=GERMAN)) == (2, 0, 1)


def test_transcripts(company: Tenant) -> None:
    """Only with `transcripts`, and then of what the filters let be seen: tests, other bots and others not."""
    without = Reader(company, linked(company)["secret"])
    for path in ("/v1/conversations", "/v1/conversations/b"):
        assert without.refused(path) == (403, "beyond_embed_link")
    reader = Reader(company, linked(company, filters=GERMAN, transcripts=True)["secret"])
    assert reader.get("/v1/conversations/b").json()["conversation_id"] == "b"
    for hidden in ("a", "p", "t", "c"):
        assert reader.refused(f"/v1/conversations/{hidden}") == (404, "unknown_conversation")
    assert reader.refused("/v1/conversations/c", chatbot="shop") == (404, "unknown_chatbot")


def test_questions_are_texts_of_visitors(company: Tenant) -> None:
    """A link without the lists of questions gives none."""
    asked = {"metrics": ["questions"], "dimensions": ["question"]}
    assert Reader(company, linked(company)["secret"]).query(**asked).status_code == 200
    without = Reader(company, linked(company, parts=["cards"])["secret"])
    assert refusal(without.query(**asked)) == (403, "beyond_embed_link")


@pytest.mark.parametrize(
    ("field", "value"),
    [("question", "parcel"), ("unanswered_question", "parcel"), ("session", "s1"), ("conversation", "a")],
)
def test_texts_that_are_left_out_cannot_be_guessed(company: Tenant, field: str, value: str) -> None:
    """Who counts what holds a text comes to know it: neither at the top, nor within others, nor as values."""
    leaf = {"field": field, "op": "contains", "value": value}
    without = Reader(company, linked(company, parts=["cards"])["secret"])
    beyond = (403, "beyond_embed_link")
    for filters in (leaf, [GERMAN[0], leaf], {"or": [GERMAN[0], {"not": leaf}]}):
        assert refusal(without.query(filters=filters)) == beyond
        asked = json.dumps(filters)
        assert without.refused("/v1/query", metrics="conversations", filters=asked) == beyond
        assert without.refused("/v1/values", field="language", filters=asked) == beyond
        batch = without.batch({"it": {**CARD, "filters": filters}}).json()
        assert batch["errors"]["it"]["error"]["code"] == "beyond_embed_link"
    assert without.refused("/v1/values", field=field) == beyond
    shown = Reader(company, linked(company, transcripts=True)["secret"])
    assert (shown.count(filters=leaf), shown.get("/v1/values", field=field).status_code) == (1, 200)


def test_ids_of_visitors_need_transcripts(company: Tenant) -> None:
    """The lists of questions show what was asked, and not who asked; what a link locks may say that."""
    parts = ["questions", "unanswered"]
    session = {"field": "session", "op": "is", "value": "s1"}
    listed = Reader(company, linked(company, parts=parts)["secret"])
    assert listed.count(filters={"field": "question", "op": "contains", "value": "parcel"}) == 1
    assert refusal(listed.query(filters=session)) == (403, "beyond_embed_link")
    assert Reader(company, linked(company, parts=parts, filters=session)["secret"]).count(period="30d") == 2


@pytest.mark.parametrize("by_link", [False, True])
def test_each_question_of_a_batch(company: Tenant, by_link: bool) -> None:
    """What holds for one question holds for each of a batch: bot, locked filters, days, texts of visitors."""
    only = {"filters": GERMAN, "parts": ["cards"], "first_day": "2026-03-11", "last_day": "2026-03-17"}
    reader = Reader(company, linked(company, **only)["secret"])
    card = {"metrics": ["conversations"], "period": {"from": "2026-03-16", "to": "2026-03-17"}}
    asked = {
        "german": card,
        "english": {**card, "filters": {"field": "language", "op": "is", "value": "en"}},
        "other": {**card, "chatbots": ["shop"]},
        "before": {**card, "period": "30d"},
        "texts": {**card, "metrics": ["questions"], "dimensions": ["question"]},
    }
    answer = reader.get("/v1/queries", q=json.dumps(asked)) if by_link else reader.batch(asked)
    body = answer.json()
    counted = {name: found["rows"][0]["conversations"] for name, found in body["answers"].items()}
    assert counted == {"german": 1, "english": 0}
    beyond = {"before": "beyond_embed_link", "texts": "beyond_embed_link"}
    refused = {name: error["error"]["code"] for name, error in body["errors"].items()}
    assert refused == {"other": "unknown_chatbot", **beyond}


def test_days(company: Tenant) -> None:
    """What lies outside of the days of a link is refused: as a period, as all time, to compare, to read."""
    days = {"first_day": "2026-03-11", "last_day": "2026-03-17", "transcripts": True}
    reader = Reader(company, linked(company, **days)["secret"])
    shown = {"from": "2026-03-16", "to": "2026-03-17"}
    assert reader.count(period=shown) == 2
    for period in ("7d", "all", {"from": "2026-03-10", "to": "2026-03-12"}):
        assert refusal(reader.query(period=period)) == (403, "beyond_embed_link")
    before = {"from": "2026-03-01", "to": "2026-03-02"}
    assert refusal(reader.query(period=shown, compare=before)) == (403, "beyond_embed_link")
    assert reader.refused("/v1/conversations/p") == (404, "unknown_conversation")
    assert reader.get("/v1/conversations/b").status_code == 200


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Etc/GMT+12", "Asia/Tokyo"])
@pytest.mark.parametrize("own", ["UTC", "Pacific/Apia"])
def test_days_are_of_the_zone_of_the_bot(company: Tenant, zone: str, own: str) -> None:
    """Another zone would show hours before the first day, or after the last one; so would the company's."""
    company.put("bot", timezone=own)
    company.send(message("early", "1", "Hi", "2026-03-10T20:00:00Z"))  # on the 11th in Apia, which is UTC+13
    days = {"first_day": "2026-03-11", "last_day": "2026-03-17", "transcripts": True}
    reader = Reader(company, linked(company, **days)["secret"])
    shown = {"from": "2026-03-11", "to": "2026-03-12"}
    assert refusal(reader.query(period=shown, timezone=zone)) == (403, "beyond_embed_link")
    for path, more in (("/v1/conversations", {}), ("/v1/values", {"field": "language"})):
        assert reader.refused(path, tz=zone, **shown, **more) == (403, "beyond_embed_link")
    expected = {"UTC": 0, "Pacific/Apia": 1}[own]
    for named in ({}, {"chatbots": ["bot"]}, {"timezone": own}):
        assert reader.count(period=shown, **named) == expected
    assert (reader.get("/v1/conversations/early").status_code == 200) == bool(expected)
    anyday = Reader(company, linked(company)["secret"])
    assert anyday.query(timezone=zone).json()["meta"]["timezone"] == zone
    assert anyday.query().json()["meta"]["timezone"] == own


@pytest.mark.parametrize(
    ("filters", "known"),
    [
        ([], "part"),
        ({"field": "language", "op": "is", "value": "fr"}, "part"),
        (GERMAN, "nothing"),
        ({"field": "session_kind", "op": "is", "value": "returning"}, "nothing"),
    ],
    ids=str,
)
def test_since_when_there_is_anything_to_see(company: Tenant, filters: Any, known: str) -> None:
    """Of what the link shows: since when the bot has had others is not told by what a comparison knows."""
    reader = Reader(company, linked(company, filters=filters)["secret"])
    compared = reader.query(compare="previous_period").json()
    assert compared["meta"]["compared"]["known"] == known
    (change,) = compared["compare"]["change"]["conversations"]
    assert (change["unsaid"] == "nothing_before") == (known == "nothing")


def test_days_that_go_along_with_today(company: Tenant) -> None:
    """`history_days` before today: the page is told the first of them."""
    reader = Reader(company, linked(company, history_days=6)["secret"])
    assert reader.count(period="7d") == 2
    assert refusal(reader.query(period="8d")) == (403, "beyond_embed_link")
    assert reader.get("/v1/embed").json()["first_day"] == "2026-03-12"


def test_nothing_else(company: Tenant) -> None:
    """Every other route of the API refuses it, and tells nothing."""
    reader = Reader(company, linked(company, transcripts=True)["secret"])
    paths = company.world.client.get("/openapi.json").json()["paths"]
    open_to_it = {
        *(
            "query",
            "queryByLink",
            "queries",
            "queriesByLink",
            "listValues",
            "getCatalogue",
            "listConversations",
            "getConversation",
            "live",
            "getEmbed",
        ),
        *("isAlive", "isReady", "getCounters", "logIn", "peekAtLogin", "logOut"),
    }
    asked = 0
    for path, methods in paths.items():
        for method, operation in methods.items():
            if operation["operationId"] in open_to_it:
                continue
            asked += 1
            url = path.replace("{chatbot_id}", "bot").replace("{company_id}", company.company.id)
            answer = company.world.client.request(method, url, headers=reader.headers, json={})
            assert answer.status_code in (401, 403), (method, url, answer.text)
    assert asked >= 20


def test_its_readers_are_no_senders(company: Tenant) -> None:
    """What they try to send is refused, and is not among what the company is told of its own senders."""
    reader = Reader(company, linked(company)["secret"])
    refused = company.world.client.post("/v1/events", json={"events": []}, headers=reader.headers)
    assert refusal(refused) == (403, "missing_scope")
    assert company.get("/v1/rejections") == {"rejections": []}


COMING_BACK = [
    # Both come first in German. One comes again in English, the other in German, a week later and two.
    message("m", "1", "Hallo", "2026-03-02T10:00:00Z", session_id="x", language="de"),
    message("n", "1", "Hello", "2026-03-10T10:00:00Z", session_id="x", language="en"),
    message("o", "1", "Hallo", "2026-03-03T10:00:00Z", session_id="y", language="de"),
    message("q", "1", "Hallo", "2026-03-11T10:00:00Z", session_id="y", language="de"),
    message("r", "1", "Hallo", "2026-03-16T10:00:00Z", session_id="y", language="de"),
]


FIRST_WEEK = {"from": "2026-03-02", "to": "2026-03-08"}


@pytest.mark.parametrize(
    ("filters", "days", "expected"),
    [
        ([], {}, [2, 2, 1]),
        (GERMAN, {}, [2, 1, 1]),
        (GERMAN, {"last_day": "2026-03-11"}, [2, 1]),
        ([{"field": "reopened", "op": "is", "value": False}], {}, [2, 2, 1]),
        ([{"field": "reopened", "op": "is", "value": False}], {"last_day": "2026-03-09"}, [2, 0]),
    ],
    ids=["all", "german", "german until a day", "known of sessions", "known of sessions until a day"],
)
def test_who_comes_back_is_counted_of_what_may_be_seen(
    company: Tenant, filters: list[Any], days: dict[str, str], expected: list[int]
) -> None:
    """Each figure is of conversations that the link shows, and its list has them all; no week is after."""
    company.send(*COMING_BACK)
    link = linked(company, filters=filters, transcripts=True, parts=["retention"], **days)
    reader = Reader(company, link["secret"])
    asked = {"metrics": ["retained_sessions"], "dimensions": ["cohort_week", "weeks_later"]}
    rows = reader.query(**asked, period=FIRST_WEEK).json()["rows"]
    assert [row["retained_sessions"] for row in rows] == expected
    for row in rows:
        cell = [{"field": name, "op": "is", "value": row[name]} for name in ("cohort_week", "weeks_later")]
        params = {"metric": "retained_sessions", "filters": json.dumps(cell), **FIRST_WEEK}
        listed = reader.get("/v1/conversations", **params).json()
        assert listed["total"] == row["retained_sessions"]
