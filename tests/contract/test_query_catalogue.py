"""`GET /v1/metrics` and `GET /v1/query`: what can be asked, and asking by a link."""

from botlens.metrics.catalogue import METRICS
from botlens.metrics.dimensions import DIMENSIONS
from botlens.metrics.fields import FIELDS
from tests.conftest import Tenant, World
from tests.contract.small_company import WEEK, ask


def test_the_catalogue(company: Tenant) -> None:
    """`GET /v1/metrics` lists everything that can be asked, each with the same keys."""
    found = company.get("/v1/metrics")
    assert set(found) == {
        "definition_version",
        "metrics",
        "dimensions",
        "filters",
        "left_out",
        "periods",
        "comparisons",
    }
    (csat,) = [each for each in found["metrics"] if each["name"] == "csat"]
    assert csat == {
        "name": "csat",
        "label": "CSAT",
        "short": "CSAT",
        "group": "Satisfaction",
        "definition": "Ratings of 4 and 5, of all ratings.",
        "unit": "share",
        "type": "decimal",
        "better": "up",
        "kind": "rate",
        "adds_up": "a ratio of sums: the whole is never the mean of its parts",
        "dimensions": csat["dimensions"],
        "excluded": [],
        "when_null": "no rating yet",
        "drill": {"total": "numerator", "fields": {}},
    }
    assert all(set(each) == set(csat) for each in found["metrics"])
    (channel,) = [each for each in found["dimensions"] if each["name"] == "channel"]
    assert channel == {
        "name": "channel",
        "label": "Channel",
        "short": "Channel",
        "definition": "The channel; null if it is not known.",
        "type": "text",
        "operators": ["is", "is not", "contains"],
        "nullable": True,
        "labelled": False,
        "partitions": True,
        "order": "values",
    }
    assert [each["name"] for each in found["dimensions"] if each["labelled"]] == [
        "chatbot",
        "first_question",
        "question",
    ]
    words = {each["name"]: (each["one"], each["many"]) for each in found["left_out"]}
    assert words["test_conversations"] == ("test conversation", "test conversations")
    assert {name for each in found["metrics"] for name in each["excluded"]} < set(words)
    assert [each["name"] for each in found["metrics"]] == list(METRICS)
    assert [each["name"] for each in found["dimensions"]] == list(DIMENSIONS)
    assert [each["name"] for each in found["filters"]] == list(FIELDS)


def test_what_openapi_says_of_values(world: World) -> None:
    """Cells are texts, numbers or null; up, down or neither is better; what a value stands on has shapes."""
    schemas = world.client.get("/openapi.json").json()["components"]["schemas"]
    cells = schemas["QueryAnswer"]["properties"]["rows"]["items"]["additionalProperties"]
    assert {each["type"] for each in cells["anyOf"]} == {"string", "integer", "number", "null"}
    assert schemas["Better"]["enum"] == ["up", "down", "none"]
    bases = schemas["QueryMeta"]["properties"]["n"]["additionalProperties"]["items"]["anyOf"]
    shapes = [set(schemas[each["$ref"].rpartition("/")[2]]["required"]) for each in bases]
    assert shapes == [
        {"numerator", "denominator", "interval"},
        {"numerator", "denominator"},
        {"n"},
    ]


def test_everything_in_the_catalogue_can_be_asked(company: Tenant) -> None:
    """Every metric by every dimension that it says it can be split by, as many as a question may have of
    those at once; and every period.
    """
    found = company.get("/v1/metrics")
    asked: dict[tuple[str, ...], list[str]] = {}
    for metric in found["metrics"]:
        special = set(metric["dimensions"]) & {"cohort_week", "weeks_later"}
        plain = [(name,) for name in metric["dimensions"] if name not in special]
        for by in [*plain, *([("cohort_week", "weeks_later")] if special else [])]:
            asked.setdefault(by, []).append(metric["name"])
    assert len(asked) > 10
    for by, names in asked.items():
        for some in (names[start : start + 20] for start in range(0, len(names), 20)):
            for row in ask(company, *some, dimensions=list(by), period="month")["rows"]:
                assert set(row) == {*some, *by}
    for period in found["periods"]:
        assert ask(company, "conversations", period=period)["rows"][0]["conversations"] >= 0
    for compare in found["comparisons"]:
        assert ask(company, "conversations", compare=compare)["compare"]["rows"][0]["conversations"] >= 0


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
        align="weekday",
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
        align="weekday",
        filters={"field": "chatbot", "op": "is", "value": "bot"},
    )
