"""`/v1/queries`: several questions of one moment and one state, each with its own answer or error."""

import asyncio
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx2
import pytest

from botlens.answers import statements
from botlens.answers.statements import Statements
from botlens.errors import BotlensError
from botlens.store.failures import StoreError, TooSlowError
from tests.conftest import NOON, Tenant
from tests.contract.asking import Held, over_one_loop, until
from tests.contract.small_company import WEEK
from tests.events import message

ENGLISH = {"field": "language", "op": "is", "value": "en"}
COMPARED = {"period": WEEK, "compare": "previous_period"}
VIEW: dict[str, dict[str, Any]] = {
    "cards": {"metrics": ["conversations", "unanswered_rate", "csat", "latency_p50"], **COMPARED},
    "chart": {"metrics": ["conversations", "unique_sessions"], "dimensions": ["day"], **COMPARED},
    "languages": {"metrics": ["conversations", "average_rating"], "dimensions": ["language"], **COMPARED},
    # One of these keys can be computed of another, and none of them may be left out for that.
    "units": {"metrics": ["messages"], "dimensions": ["month", "week", "day"], "period": WEEK},
    "channels": {"metrics": ["conversations"], "dimensions": ["channel", "hour"], "period": WEEK},
    "new": {"metrics": ["new_sessions", "rephrase_rate"], "dimensions": ["day"], "period": WEEK},
    "first": {"metrics": ["messages"], "dimensions": ["first_question"], "period": WEEK, "labels": True},
    "top": {"metrics": ["questions"], "dimensions": ["question"], "period": WEEK, "limit": 2, "labels": True},
    # Of the same rows, in another order, and other numbers of them.
    "failed": {
        "metrics": ["unanswered_answers", "questions"],
        "dimensions": ["question"],
        "period": WEEK,
        "limit": 3,
    },
    "seldom": {
        "metrics": ["questions", "unanswered_answers"],
        "dimensions": ["question"],
        "period": WEEK,
        "order_by": ["questions", "-question"],
        "limit": 1,
    },
    "few": {"metrics": ["handoff_rate"], "dimensions": ["chatbot"], "period": WEEK, "limit": 1, "n": True},
    "outcomes": {"metrics": ["conversion_rate"], "dimensions": ["outcome"], "period": WEEK},
    "cohorts": {"metrics": ["retention_rate"], "dimensions": ["cohort_week", "weeks_later"], "period": "all"},
    "shop": {"metrics": ["conversations"], "chatbots": ["shop"], "period": "all", "dimensions": ["month"]},
    "english": {"metrics": ["conversations", "csat"], "period": WEEK, "filters": ENGLISH, "n": ["csat"]},
    "tokyo": {"metrics": ["conversations"], "dimensions": ["day"], "period": WEEK, "timezone": "Asia/Tokyo"},
}


def post(tenant: Tenant, questions: Any, **headers: str) -> httpx2.Response:
    return tenant.world.client.post("/v1/queries", json=questions, headers={**tenant.headers, **headers})


def get(tenant: Tenant, questions: Any, **headers: str) -> httpx2.Response:
    params = {"q": json.dumps(questions)}
    return tenant.world.client.get("/v1/queries", params=params, headers={**tenant.headers, **headers})


def alone(tenant: Tenant, question: dict[str, Any]) -> Any:
    """The answer, or the error, to one question."""
    asked = {"n": False, **question}
    return tenant.world.client.post("/v1/query", json=asked, headers=tenant.headers).json()


def test_each_answer_is_that_of_its_question_alone(company: Tenant) -> None:
    """Whatever else is asked beside it; what values stand on comes where it is asked for, and only there."""
    company.world.now = NOON + timedelta(seconds=31)
    found = post(company, VIEW).json()
    assert found["as_of"] == "2026-03-18T12:00:00.000000Z"
    assert found["errors"] == {}
    assert list(found["answers"]) == list(VIEW)
    for name, question in VIEW.items():
        assert found["answers"][name] == alone(company, question), name
    assert found["answers"]["cards"]["rows"][0]["conversations"] == 3
    assert found["answers"]["cards"]["meta"]["n"] == found["answers"]["cards"]["compare"]["n"] == {}
    assert list(found["answers"]["english"]["meta"]["n"]) == ["csat"]
    assert get(company, VIEW).json() == found


def test_one_error_by_name(company: Tenant) -> None:
    """It is the error of the question alone, and takes nothing from the others."""
    card = {"metrics": ["conversations"], "period": WEEK}
    wrong: dict[str, Any] = {
        "no metric": {"metrics": ["luck"]},
        "no chatbot": {"metrics": ["conversations"], "chatbots": ["bot", "theirs"]},
        "no zone": {"metrics": ["conversations"], "timezone": "Mars"},
        "no period": {"metrics": ["conversations"], "period": "all", "compare": "previous_period"},
        "no key": {"metrics": ["conversations"], "colour": "red"},
        "no object": ["conversations"],
    }
    found = post(company, {**wrong, "card": card}).json()
    assert found["answers"] == {"card": alone(company, card)}
    assert list(found["errors"]) == list(wrong)
    for name in wrong.keys() - {"no object"}:
        assert found["errors"][name] == alone(company, wrong[name]), name
    codes = [found["errors"][name]["error"]["code"] for name in ("no chatbot", "no object")]
    assert codes == ["unknown_chatbot", "invalid_query"]


def test_the_plan_refuses_questions_one_by_one(new_tenant: Callable[..., Tenant]) -> None:
    """Starter looks back a year: that is told of the question that looks further."""
    tenant = new_tenant(plan="starter")
    questions = {
        "card": {"metrics": ["conversations"]},
        "ever": {"metrics": ["conversations"], "period": "all"},
    }
    found = post(tenant, questions).json()
    assert list(found["answers"]) == ["card"]
    assert found["errors"]["ever"]["error"]["code"] == "plan_required"


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ([], "invalid_query"),
        ({}, "invalid_query"),
        ("cards", "invalid_query"),
        ({"": {"metrics": ["conversations"]}}, "invalid_query"),
        ({"n" * 101: {"metrics": ["conversations"]}}, "invalid_query"),
        ({f"n{place}": {"metrics": ["conversations"]} for place in range(21)}, "too_many_in_a_batch"),
    ],
)
def test_what_is_no_batch(tenant: Tenant, said: Any, code: str) -> None:
    """It is refused as a whole, in either way of asking."""
    for answer in (post(tenant, said), get(tenant, said)):
        assert (answer.status_code, answer.json()["error"]["code"]) == (422, code)


def test_a_link_says_nothing_else(tenant: Tenant) -> None:
    """A slip must not mean another question."""
    params = {"q": json.dumps({"card": {"metrics": ["conversations"]}}), "period": "7d"}
    answer = tenant.world.client.get("/v1/queries", params=params, headers=tenant.headers)
    assert (answer.status_code, answer.json()["error"]["field"]) == (422, "period")
    bare = tenant.world.client.get("/v1/queries", params={"q": "{"}, headers=tenant.headers)
    assert (bare.status_code, bare.json()["error"]["field"]) == (422, "q")


def test_a_batch_that_the_client_has(company: Tenant) -> None:
    """304 until an event, a chatbot's name or zone or threshold, the plan, or the minute is another one."""
    questions = {"bots": {"metrics": ["conversations"], "dimensions": ["chatbot"], "labels": True}}
    accounts = company.world.engine.accounts
    changes: list[Callable[[], object]] = [
        lambda: company.send(message("new", "1")),
        lambda: company.put("shop", name="The shop"),
        lambda: company.put("shop", name="The shop", timezone="Asia/Tokyo"),
        lambda: company.put("shop", name="The shop", confidence_threshold=0.7),
        lambda: accounts.set_plan(company.company.id, "enterprise"),
        lambda: setattr(company.world, "now", NOON + timedelta(minutes=1)),
    ]
    etag = get(company, questions).headers["etag"]
    for change in changes:
        kept = {"If-None-Match": etag}
        assert get(company, questions, **kept).status_code == 304
        assert post(company, questions, **kept).status_code == 304
        change()
        again = get(company, questions, **kept)
        assert again.status_code == 200
        etag = again.headers["etag"]
    assert again.json()["answers"]["bots"]["meta"]["labels"]["chatbot"]["shop"] == "The shop"
    other = {"bots": {**questions["bots"], "labels": False}}
    assert get(company, other, **{"If-None-Match": etag}).status_code == 200


def test_it_is_packed(company: Tenant) -> None:
    """As every answer of more than 1 kB."""
    packed = post(company, VIEW, **{"Accept-Encoding": "gzip"})
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.json() == post(company, VIEW, **{"Accept-Encoding": "identity"}).json()


def test_what_takes_too_long(company: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is an error of its question, and no client keeps it: asked again, it may go well."""
    monkeypatch.setattr(statements, "SECONDS_TOGETHER", 0)
    answer = post(company, {"card": VIEW["cards"]})
    assert answer.status_code == 200
    assert answer.json()["errors"]["card"]["error"]["code"] == "query_too_large"
    assert "etag" not in answer.headers
    assert answer.headers["cache-control"] == "no-store"


def test_what_is_too_much_together_is_read_alone(company: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    """The answers are the same."""
    expected, real, refused = post(company, VIEW).json(), Statements.scan, []

    def scan(self: Statements, parts: Any, selection: Any) -> Any:
        if len(parts) > 1:
            refused.append(len(parts))
            raise TooSlowError
        return real(self, parts, selection)

    monkeypatch.setattr(Statements, "scan", scan)
    assert (
        post(company, {**VIEW, "more": VIEW["cards"]}).json()["answers"]["chart"]
        == (expected["answers"]["chart"])
    )
    assert refused


def test_what_is_asked_of_the_same_is_read_once(company: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    """Four questions of one window, three of them compared, are eleven statements.

    Of each window one for the card, one for what is by day, and so on; what is light goes together.
    """
    store, told = company.world.engine.store, []
    real = store.rows

    def rows(statement: str, parameters: dict[str, Any], **more: Any) -> Any:
        if parameters.get("company_id") == company.company.id:  # jobs of the engine ask besides
            told.append(statement)
        return real(statement, parameters, **more)

    monkeypatch.setattr(store, "rows", rows)
    post(company, {name: VIEW[name] for name in ("cards", "chart", "languages", "channels")})
    assert len([each for each in told if "GROUP BY" in each]) == 11


def test_a_batch_is_one_question(company: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    """It takes one turn however much it asks, and equal ones are answered once."""
    held = Held(monkeypatch, company.world.engine.answers.queries, "batch")

    async def act(client: httpx2.AsyncClient) -> list[httpx2.Response]:
        asking = [
            asyncio.ensure_future(client.post("/v1/queries", json=VIEW, headers=company.headers))
            for _ in range(3)
        ]
        await until(lambda: held.running == 1)
        held.door.set()
        return await asyncio.gather(*asking)

    answers = over_one_loop(company, act)
    assert [each.status_code for each in answers] == [200] * 3
    assert held.calls == 1


def test_a_store_that_does_not_answer(company: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is the fault of no question: the batch is refused, to be asked again."""

    def silent(*_: Any, **__: Any) -> Any:
        raise StoreError

    monkeypatch.setattr(company.world.engine.store, "rows", silent)
    answer = post(company, {"card": VIEW["cards"], "luck": {"metrics": ["luck"]}})
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "store_unavailable")
    assert "retry-after" in answer.headers


def test_rows_together(company: Tenant) -> None:
    """The answer with which they would be more than a batch may have is refused, and no smaller one."""
    hours = {"metrics": ["conversations"], "dimensions": ["day", "hour"], "period": "400d"}
    found = post(company, {"one": hours, "two": hours, "three": hours, "card": VIEW["cards"]}).json()
    assert list(found["answers"]) == ["one", "two", "card"]
    assert found["errors"]["three"]["error"]["code"] == "too_many_rows"


def test_from_python(company: Tenant) -> None:
    """Errors are values: those that HTTP would tell."""
    answers = company.world.engine.answers
    found = answers.queries.batch(
        answers.scope(company.company, NOON), {"card": VIEW["cards"], "luck": {"metrics": ["luck"]}}
    )
    assert list(found.answers) == ["card"]
    assert isinstance(found.errors["luck"], BotlensError)
    assert found.as_of == NOON
