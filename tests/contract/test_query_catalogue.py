"""`GET /v1/metrics` and `GET /v1/query`: what can be asked, and asking by a link."""

import pytest

from botlens.metrics.catalogue import METRICS
from botlens.metrics.dimensions import DIMENSIONS
from botlens.metrics.fields import FIELDS
from tests.conftest import Tenant
from tests.contract.small_company import WEEK, ask


def test_the_catalogue(company: Tenant) -> None:
    """`GET /v1/metrics` lists everything that can be asked, each with the same keys."""
    found = company.get("/v1/metrics")
    assert set(found) == {"definition_version", "metrics", "dimensions", "filters", "periods"}
    keys = {"name", "label", "group", "definition", "unit", "kind", "adds_up", "dimensions", "excluded"}
    assert all(set(each) == keys for each in found["metrics"])
    assert [each["name"] for each in found["metrics"]] == list(METRICS)
    assert [each["name"] for each in found["dimensions"]] == list(DIMENSIONS)
    assert [each["name"] for each in found["filters"]] == list(FIELDS)


@pytest.mark.slow
def test_everything_in_the_catalogue_can_be_asked(company: Tenant) -> None:
    """Every metric by every dimension that it says it can be split by, and every period."""
    found = company.get("/v1/metrics")
    for metric in found["metrics"]:
        special = set(metric["dimensions"]) & {"cohort_week", "weeks_later"}
        plain = [[name] for name in metric["dimensions"] if name not in special]
        for by in [*plain, *([["cohort_week", "weeks_later"]] if special else [])]:
            name = metric["name"]
            for row in ask(company, name, dimensions=by, period="month")["rows"]:
                assert set(row) == {name, *by}
    for period in found["periods"]:
        assert ask(company, "conversations", period=period)["rows"][0]["conversations"] >= 0


def test_by_a_link(company: Tenant) -> None:
    """`GET /v1/query` answers the same as the body that says the same."""
    by_link = company.get(
        "/v1/query",
        metrics="conversations,csat",
        dimensions="language",
        period=WEEK,
        order_by="-language",
        limit="2",
        compare="previous_period",
        filter="chatbot:is:bot",
    )
    assert by_link == ask(
        company,
        "conversations",
        "csat",
        dimensions=["language"],
        order_by="-language",
        limit=2,
        compare="previous_period",
        filters={"field": "chatbot", "op": "is", "value": "bot"},
    )
