"""Every answer of the query language is what the oracle gives, whatever events came and whatever is asked."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from botlens.engine import Engine
from botlens.tenants.values import Company
from tests import events as plain
from tests.oracle.answers import answer
from tests.oracle.query_histories import local_chatbots, nows, visits
from tests.oracle.query_strategies import (
    EVERY_METRIC,
    EVERY_PLAIN,
    dimensions_for,
    fewest_dimensions,
    requests,
)
from tests.oracle.sameness import same
from tests.oracle.strategies import histories, zones
from tests.properties.companies import new_company, send, send_in_parts
from tests.properties.examples import examples

# To make a failing example small may take hypothesis five minutes.
pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
relaxed = examples(12)
# In these a conversation is nearly alone, so that nothing hides in a sum.
SMALL_PARTS = ["chatbot", "depth", "session_kind", "channel"]
NOW = datetime(2026, 3, 18, 12, tzinfo=UTC)
BOT = {
    "chatbot_id": "bot",
    "name": None,
    "is_published": True,
    "confidence_threshold": 0.2,
    "average_rating": None,
    "timezone": None,
}


def check(engine: Engine, company: Company, known: tuple, request: dict, now: datetime) -> None:
    """`known` are the events and the records of the chatbots."""
    ours = answer(*known, request, now=now, zone=company.timezone)
    same(ours, engine.answers.queries.query(engine.answers.scope(company, now), request))


@relaxed
@given(data=st.data(), chatbots=local_chatbots(), home=zones())
def test_any_history_and_request(
    engine: Engine, data: st.DataObject, chatbots: list[dict], home: str
) -> None:
    """Of visitors who come back as of noise, sent in any parts, written to the store or not."""
    events = data.draw(st.one_of(visits(), visits(), histories()), label="events")
    company = new_company(engine, home, chatbots)
    send_in_parts(engine, company, events, data)
    now = data.draw(nows(events), label="now")
    for metrics in EVERY_PLAIN:
        for dimensions in ([], SMALL_PARTS):
            request = {"metrics": metrics, "dimensions": dimensions, "period": "all"}
            check(engine, company, (events, chatbots), request, now)
    for _ in range(3):
        check(engine, company, (events, chatbots), data.draw(requests(events, home), label="request"), now)


@examples(5)
@given(many=st.lists(st.integers(0, 3000), min_size=15, max_size=45), home=zones())
def test_places_among_many(engine: Engine, many: list[int], home: str) -> None:
    """Median and percentiles of more values than a small history has."""
    events = [
        plain.answer(f"c{number % 7}", str(place), latency_ms=number) for place, number in enumerate(many)
    ]
    company = new_company(engine, home, [BOT])
    send(engine, company, events)
    request = {"metrics": ["median_messages", "latency_p50", "latency_p95"], "period": "all"}
    for dimensions in ([], ["depth"], ["confidence_band"]):
        check(engine, company, (events, [BOT]), {**request, "dimensions": dimensions}, NOW)


@pytest.mark.parametrize("metric", EVERY_METRIC)
def test_each_metric(engine: Engine, metric: str) -> None:
    """Of all time alone, and with all that may be asked beside it: no metric is left to chance."""

    @examples(4)
    @given(data=st.data(), chatbots=local_chatbots(), home=zones())
    def compare(data: st.DataObject, chatbots: list[dict], home: str) -> None:
        events, company = data.draw(visits(), label="events"), new_company(engine, home, chatbots)
        now = data.draw(nows(events), label="now")
        send(engine, company, events)
        fewest = fewest_dimensions(metric)
        alone = {"metrics": [metric], "dimensions": fewest, "period": "all"}
        check(engine, company, (events, chatbots), alone, now)
        for dimensions in (fewest, data.draw(dimensions_for(metric), label="dimensions")):
            request = data.draw(requests(events, home, metric, dimensions), label="request")
            check(engine, company, (events, chatbots), request, now)

    compare()
