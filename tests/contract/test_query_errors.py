"""Questions that cannot be answered: which status and code, and a sentence that says what to do."""

import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.conftest import Tenant
from tests.contract.test_error_shape import is_error
from tests.events import message

CARD = {"metrics": ["conversations"]}


def leaf(field: str = "language", op: str = "is", value: Any = "en", **more: Any) -> dict[str, Any]:
    return {"filters": {"field": field, "op": op, "value": value, **more}}


def refusal(tenant: Tenant, body: Any, key: str | None = None) -> tuple[int, dict[str, Any]]:
    headers = {"Authorization": f"Bearer {key or tenant.key}"}
    found = tenant.world.client.post("/v1/query", json=body, headers=headers)
    assert found.is_error, found.text
    assert is_error(found.json())
    error: dict[str, Any] = found.json()["error"]
    return found.status_code, error


@pytest.mark.parametrize(
    ("body", "code", "field", "says"),
    [
        # Names that are none, with what may have been meant.
        ({}, "no_metrics", "metrics", "GET /v1/metrics"),
        ({"metrics": []}, "no_metrics", "metrics", "GET /v1/metrics"),
        ({"metrics": ["conversation"]}, "unknown_metric", "metrics", "did you mean `conversations`"),
        ({"metrics": ["zzz"]}, "unknown_metric", "metrics", "there are conversations, "),
        ({**CARD, "dimensions": ["days"]}, "unknown_dimension", "dimensions", "did you mean `day`"),
        ({**CARD, "dimension": ["day"]}, "unknown_parameter", "dimension", "did you mean `dimensions`"),
        ({**CARD, "tz": "UTC"}, "unknown_parameter", "tz", "A query has no `tz`"),
        ({**CARD, **leaf("langage")}, "unknown_field", "filters", "did you mean `language`"),
        ({**CARD, **leaf(op="equals")}, "unknown_operator", "filters", "`is`, `is not`, `contains`"),
        ({**CARD, **leaf("chatbot", "contains")}, "unknown_operator", "filters", "`is`, `is not`, not"),
        ({**CARD, "order_by": "-messages"}, "unknown_order", "order_by", "not among what is asked for"),
        ({**CARD, "timezone": "Mars"}, "unknown_timezone", "timezone", "Europe/Berlin"),
        # What does not go together.
        (
            {"metrics": ["csat"], "dimensions": ["question"]},
            "impossible_pairing",
            "dimensions",
            "these can: questions, unanswered_answers",
        ),
        ({"metrics": ["reached"]}, "impossible_pairing", "dimensions", "goes with the dimension `exchange`"),
        (
            {"metrics": ["retention_rate"], "dimensions": ["cohort_week"]},
            "impossible_pairing",
            "dimensions",
            "asked for together",
        ),
        (
            {"metrics": ["questions"], "dimensions": ["question", "outcome"]},
            "impossible_pairing",
            "dimensions",
            "both take conversations apart",
        ),
        # Periods.
        ({**CARD, "period": "30 days"}, "invalid_period", "period", "30d"),
        ({**CARD, "period": "0d"}, "invalid_period", "period", "30d"),
        ({**CARD, "period": 30}, "invalid_period", "period", "30d"),
        ({**CARD, "period": {}}, "invalid_period", "period", "`from` and `to`"),
        ({**CARD, "period": {"since": "2026-03-01"}}, "invalid_period", "period", "`from` and `to`"),
        ({**CARD, "period": {"from": "soon"}}, "invalid_time", "from", "2026-03-01"),
        ({**CARD, "period": {"from": "2026-03-01T00:00:00"}}, "invalid_time", "from", "offset"),
        ({**CARD, "period": {"from": "2026-03-02", "to": "2026-03-01"}}, "invalid_period", "from", "swap"),
        (
            {**CARD, "period": "all", "compare": "previous_period"},
            "invalid_period",
            "compare",
            "before `all`",
        ),
        ({**CARD, "compare": "last_year"}, "invalid_period", "compare", "`previous_year`"),
        ({**CARD, "compare": "previous_period", "align": "day"}, "invalid", "align", "`weekday`"),
        ({**CARD, "align": "weekday"}, "impossible_pairing", "align", "`compare`"),
        (
            {**CARD, "compare": {"from": "2026-03-01"}, "align": "weekday"},
            "impossible_pairing",
            "align",
            "by its name",
        ),
        (
            {**CARD, "compare": "previous_period", "period": {"from": "2026-03-01"}},
            "invalid_period",
            "compare",
            "",
        ),
        # Values.
        ({**CARD, **leaf("rating", value="5")}, "invalid_filter", "filters", "whole number"),
        ({**CARD, **leaf("rating", "between", 5)}, "invalid_filter", "filters", "[lowest, highest]"),
        ({**CARD, **leaf("unanswered", value="yes")}, "invalid_filter", "filters", "true or false"),
        ({**CARD, **leaf("day", value="1 March")}, "invalid_filter", "filters", "2026-03-01"),
        ({**CARD, **leaf("month", value="2026-13")}, "invalid_filter", "filters", "2026-03"),
        ({**CARD, **leaf("date_hour", value="2026-03-01T10")}, "invalid_filter", "filters", "offset"),
        ({**CARD, **leaf("date_hour", value="noon")}, "invalid_filter", "filters", "offset"),
        ({**CARD, **leaf("language", value=None)}, "invalid_filter", "filters", "never null"),
        ({**CARD, **leaf("question", "contains", "?!")}, "invalid_filter", "filters", "empty text"),
        ({**CARD, **leaf(more=1)}, "invalid_filter", "filters", "`field`, `op` and `value`"),
        ({**CARD, "filters": "language"}, "invalid_filter", "filters", "object"),
        ({**CARD, "filters": {"and": "x"}}, "invalid_filter", "filters", "list"),
        # Bounds.
        ({**CARD, "limit": 0}, "invalid", "limit", "1 to 10,000"),
        ({**CARD, "limit": 10_001}, "invalid", "limit", "1 to 10,000"),
        ({**CARD, "limit": True}, "invalid", "limit", "whole number"),
        ({**CARD, "resolution_hours": 8_761}, "invalid", "resolution_hours", "1 to 8,760"),
        ({"metrics": ["conversations"] * 2}, "invalid", "metrics", "twice"),
        (
            {"metrics": ["conversations", *(f"m{n}" for n in range(20))]},
            "invalid",
            "metrics",
            "20",
        ),
        (
            {**CARD, "dimensions": ["day", "hour", "weekday", "chatbot", "channel"]},
            "invalid",
            "dimensions",
            "4",
        ),
        ({"metrics": 5}, "invalid", "metrics", "list of names"),
        ({**CARD, "chatbots": [5]}, "invalid", "chatbots", "list of names"),
        ([], "invalid_query", None, "object"),
    ],
    ids=str,
)
def test_what_is_asked_wrongly(tenant: Tenant, body: Any, code: str, field: str | None, says: str) -> None:
    """422 with a code for programs, the key that is wrong, and a sentence that teaches."""
    status, error = refusal(tenant, body)
    assert (status, error["code"], error.get("field")) == (422, code, field)
    assert says in error["message"]


def test_filters_have_bounds(tenant: Tenant) -> None:
    """Too deep and too many: an error, never a crash of the parser."""
    deep: Any = leaf()["filters"]
    for _ in range(300):
        deep = {"not": deep}
    wide = [leaf()["filters"]] * 101
    empty = {"or": [[]] * 100_000}
    for filters in (deep, wide, leaf(value=["x"] * 1_001)["filters"], empty):
        status, error = refusal(tenant, {**CARD, "filters": filters})
        assert (status, error["code"]) == (422, "invalid_filter")


def test_too_many_rows(tenant: Tenant) -> None:
    """More than 10,000 rows are never cut silently: an error that says how to ask, and `limit` is one way."""
    for half in range(2):
        day = f"2026-03-{17 + half}T10:00:00Z"
        tenant.send(*(message(f"c-{half}-{n}", "1", f"question {half} {n}", day) for n in range(5_001)))
    each = {"metrics": ["questions"], "dimensions": ["question"], "period": "30d"}
    status, error = refusal(tenant, each)
    assert (status, error["code"], error["field"]) == (422, "too_many_rows", "dimensions")
    assert "10,002" in error["message"]
    found = tenant.world.client.post("/v1/query", json={**each, "limit": 3}, headers=tenant.headers).json()
    assert (len(found["rows"]), found["meta"]["rows_total"]) == (3, 10_002)


def test_a_limit_of_empty_days(tenant: Tenant) -> None:
    """A limit cuts rows, those in which nothing happened too, and says how many there are."""
    century = {**CARD, "dimensions": ["day"], "period": {"from": "1990-01-01", "to": "2025-12-31"}}
    found = tenant.world.client.post("/v1/query", json={**century, "limit": 3}, headers=tenant.headers).json()
    assert [row["day"] for row in found["rows"]] == ["1990-01-01", "1990-01-02", "1990-01-03"]
    assert found["meta"]["rows_total"] == 13_149


def test_many_dimensions_of_decades(tenant: Tenant) -> None:
    """Of days, hours and weekdays of decades only those that occur."""
    tenant.send(message("a", "1"))
    begun = time.process_time()
    dimensions = ["day", "hour", "weekday"]
    body = {**CARD, "dimensions": dimensions, "period": {"from": "1980-01-01", "to": "2026-12-31"}}
    found = tenant.world.client.post("/v1/query", json=body, headers=tenant.headers).json()
    assert found["rows"] == [{"day": "2026-03-18", "hour": 10, "weekday": 3, "conversations": 1}]
    assert found["meta"]["filled"] is False
    assert time.process_time() - begun < 30  # all days of decades, by hour and weekday, take minutes


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b"{", 400, "invalid_json"),
        (b"", 400, "invalid_json"),
        (b'{"metrics": ["\xff"]}', 400, "invalid_json"),
        (b"[" * 100_000, 400, "invalid_json"),
        (b'{"metrics": ["conversations"], "chatbots": ["' + b"x" * (1 << 20) + b'"]}', 413, "too_large"),
    ],
    ids=["cut off", "empty", "not text", "too deep", "too large"],
)
def test_a_body_that_is_no_json(tenant: Tenant, content: bytes, status: int, code: str) -> None:
    """400 for what cannot be read, 413 for what is too much."""
    found = tenant.world.client.post("/v1/query", content=content, headers=tenant.headers)
    assert (found.status_code, found.json()["error"]["code"]) == (status, code)
    assert is_error(found.json())


def test_a_chatbot_of_another_company(new_tenant: Callable[..., Tenant]) -> None:
    """Somebody else's chatbot and one that does not exist: the same 404, byte for byte."""
    mine, _ = new_tenant(chatbots=()), new_tenant(chatbots=("secret",))
    answers = [
        mine.world.client.post("/v1/query", json={**CARD, "chatbots": [name]}, headers=mine.headers)
        for name in ("secret", "none")
    ]
    assert [each.status_code for each in answers] == [404, 404]
    assert answers[0].content == answers[1].content
    assert answers[0].json()["error"]["code"] == "unknown_chatbot"


def test_conversations_of_another_company_are_never_counted(new_tenant: Callable[..., Tenant]) -> None:
    """The same ids in two companies: each counts its own, whatever the filters say."""
    mine, theirs = new_tenant(), new_tenant()
    theirs.send(message("a", "1", "secret", session_id="x"))
    body = {**CARD, "filters": {"or": [{"field": "conversation", "op": "is", "value": "a"}, []]}}
    for tenant, count in ((mine, 0), (theirs, 1)):
        found = tenant.world.client.post("/v1/query", json=body, headers=tenant.headers).json()
        assert found["rows"] == [{"conversations": count}]


@pytest.mark.parametrize("path", ["/v1/query", "/v1/metrics"])
def test_the_plan_must_include_it(new_tenant: Callable[..., Tenant], path: str) -> None:
    """The plan free has no analytics: 402 that names plans that have, before the question is looked at."""
    tenant = new_tenant(plan="free")
    method = "POST" if path == "/v1/query" else "GET"
    found = tenant.world.client.request(method, path, content=b"{", headers=tenant.headers)
    assert (found.status_code, found.json()["error"]["code"]) == (402, "plan_required")
    assert "starter" in found.json()["error"]["message"]


def test_the_history_of_a_plan(new_tenant: Callable[..., Tenant]) -> None:
    """Starter looks back 365 days, in comparisons too; further back is 402 and never a short answer."""
    tenant = new_tenant(plan="starter")
    headers, client = tenant.headers, tenant.world.client
    year = {**CARD, "period": {"from": "2025-03-18", "to": "2026-03-18"}}
    assert client.post("/v1/query", json=year, headers=headers).status_code == 200
    for body in (
        {**CARD, "period": {"from": "2025-03-17"}},
        {**CARD, "period": "all"},
        {**year, "compare": "previous_period"},
    ):
        status, error = refusal(tenant, body)
        assert (status, error["code"]) == (402, "plan_required")
        assert "2025-03-18" in error["message"]


def test_the_scope_must_be_read(tenant: Tenant) -> None:
    """A key that may only send events asks nothing: 403 names the scope; no key at all is 401."""
    accounts = tenant.world.engine.accounts
    _, writer = accounts.create_key(tenant.company.id, scopes=["ingest"])
    status, error = refusal(tenant, CARD, writer)
    assert (status, error["code"]) == (403, "missing_scope")
    assert "read" in error["message"]
    assert refusal(tenant, CARD, "blk_nobody")[0] == 401
    _, reader = accounts.create_key(tenant.company.id, scopes=["read"])
    good = {"Authorization": f"Bearer {reader}"}
    assert tenant.world.client.post("/v1/query", json=CARD, headers=good).status_code == 200


def test_nothing_that_is_sent_is_ever_a_statement(tenant: Tenant) -> None:
    """Values and names full of SQL are values, or names that do not exist."""
    tenant.send(message("a", "1"))
    for text in ("' OR 1=1 --", "{p0:String}", "\\", "a`b", "%", "\x00", "'; DROP TABLE messages"):
        for field in ("language", "question", "conversation", "outcome", "session"):
            for op in ("is", "contains"):
                body = {**CARD, **leaf(field, op, text)}
                found = tenant.world.client.post(
                    "/v1/query", content=json.dumps(body), headers=tenant.headers
                )
                assert found.json()["rows"] == [{"conversations": 0}], body
        assert refusal(tenant, {"metrics": [text]})[1]["code"] == "unknown_metric"
        assert refusal(tenant, {**CARD, "dimensions": [text]})[1]["code"] == "unknown_dimension"
