"""`totals` in a query: each metric of the whole beside the rows, never added up from them."""

from typing import Any

import pytest

from tests.conftest import Tenant
from tests.contract.small_company import ONE_OF_ONE, ONE_OF_THREE, ONE_OF_TWO, WEEK, ask
from tests.events import message

BY = {
    "language": ["language"],
    "day": ["day"],
    "rating": ["rating"],
    "nothing": [],
}
HERE = {"conversations": 3, "unique_sessions": 2, "unanswered_rate": 1 / 3, "latency_p50": 2_000.0}


@pytest.mark.parametrize("dimensions", BY.values(), ids=BY)
def test_the_whole(company: Tenant, dimensions: list[str]) -> None:
    """The same by whatever the rows are split: of three conversations, two sessions, one of three answers."""
    found = ask(company, *HERE, dimensions=dimensions, totals=True)["totals"]
    assert found["row"] == pytest.approx(HERE)
    assert found["n"] == {"unanswered_rate": ONE_OF_THREE, "latency_p50": {"n": 4}}


def test_uniques_are_not_added_up(tenant: Tenant) -> None:
    """One session of two days is one session of both."""
    tenant.send(
        message("a", "1", at="2026-03-16T10:00:00Z", session_id="s"),
        message("b", "1", at="2026-03-17T10:00:00Z", session_id="s"),
    )
    found = ask(tenant, "unique_sessions", dimensions=["day"], totals=True)
    assert sum(row["unique_sessions"] for row in found["rows"]) == 2
    assert found["totals"]["row"] == {"unique_sessions": 1}


def test_beside_another_period(company: Tenant) -> None:
    """The whole of the other period, too."""
    asked: dict[str, Any] = {"dimensions": ["language"], "compare": "previous_period", "totals": True}
    found = ask(company, "conversations", "unanswered_rate", **asked)["totals"]
    assert found["row"]["conversations"] == 3
    assert found["compare"]["row"] == {"conversations": 1, "unanswered_rate": 1.0}
    assert found["compare"]["n"] == {"unanswered_rate": ONE_OF_ONE}


def test_a_limit_cuts_rows_alone(company: Tenant) -> None:
    """The whole is that of all rows; and where rows take conversations apart, that of conversations."""
    found = ask(company, "conversations", dimensions=["language"], limit=1, totals=True)
    assert (len(found["rows"]), found["totals"]["row"]) == (1, {"conversations": 3})
    found = ask(company, "questions", dimensions=["question"], limit=1, totals=True)
    assert (len(found["rows"]), found["totals"]["row"]) == (1, {"questions": 4})


def test_nothing(company: Tenant) -> None:
    """Of nothing the whole is zero, or null."""
    nobody = {"field": "language", "op": "is", "value": "xx"}
    found = ask(company, "conversations", "csat", dimensions=["language"], filters=nobody, totals=True)
    assert found["rows"] == []
    assert found["totals"]["row"] == {"conversations": 0, "csat": None}
    assert found["totals"]["n"]["csat"]["interval"] is None


def test_without_being_asked(company: Tenant) -> None:
    """There are none."""
    assert "totals" not in ask(company, "conversations")
    assert "totals" not in ask(company, "conversations", totals=False)


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"metrics": ["reached"], "dimensions": ["exchange"], "totals": True}, "impossible_pairing"),
        ({"metrics": ["conversations"], "totals": "yes"}, "invalid"),
    ],
)
def test_what_has_no_total(company: Tenant, asked: dict[str, Any], code: str) -> None:
    """A metric that is only there by one dimension has none of a whole without it."""
    found = company.world.client.post("/v1/query", json=asked, headers=company.headers)
    assert (found.status_code, found.json()["error"]["code"]) == (422, code)
    assert found.json()["error"]["field"] == "totals"


@pytest.mark.parametrize(
    ("n", "told"),
    [
        (None, ["csat", "handoff_rate"]),
        (True, ["csat", "handoff_rate"]),
        (False, []),
        ("csat", ["csat"]),
        ([], []),
    ],
)
def test_n_by_metric(company: Tenant, n: Any, told: list[str]) -> None:
    """What values stand on is told of the metrics that `n` names, in rows and totals; of all by default."""
    found = ask(company, "csat", "handoff_rate", "conversations", n=n, totals=True, compare="previous_period")
    for place in (found["meta"], found["compare"], found["totals"], found["totals"]["compare"]):
        assert list(place["n"]) == told
    if "csat" in told:
        assert found["meta"]["n"]["csat"] == [ONE_OF_TWO]


def test_n_of_what_is_not_asked_for(company: Tenant) -> None:
    """It is refused, and what there is named."""
    asked = {"metrics": ["csat"], "n": ["csta"]}
    error = company.world.client.post("/v1/query", json=asked, headers=company.headers).json()["error"]
    assert (error["code"], error["field"]) == ("unknown_metric", "n")
    assert "`csat`" in error["message"]


def test_as_a_link(company: Tenant) -> None:
    """`totals` and `n` are parameters, too."""
    params = {"metrics": "csat,handoff_rate", "dimensions": "day", "period": WEEK, "totals": "true"}
    for n, told in (("csat", ["csat"]), ("true", ["csat", "handoff_rate"]), ("false", [])):
        found = company.get("/v1/query", **params, n=n)
        assert list(found["totals"]["n"]) == list(found["meta"]["n"]) == told
