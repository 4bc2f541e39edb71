"""The second witness keeps the laws of every answer, whatever events and requests are generated."""

import json
import random
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.oracle.answers import answer
from tests.oracle.dimensions import PARTITIONS
from tests.oracle.laws import days_make_the_window, nothing_is_zero_or_null, parts_make_the_whole
from tests.oracle.query_histories import local_chatbots, nows, visits
from tests.oracle.query_strategies import EVERY_METRIC, periods, requests
from tests.oracle.sameness import same
from tests.oracle.strategies import settled, zones

relaxed = settings(suppress_health_check=list(HealthCheck), max_examples=40)


def asking(events: list[dict], chatbots: list[dict], now: datetime, zone: str):
    return lambda request: answer(events, chatbots, request, now=now, zone=zone)


@relaxed
@given(data=st.data(), chatbots=local_chatbots(), home=zones(), seed=st.integers(0, 1000))
def test_order_and_resends_change_nothing(data, chatbots, home, seed):
    """In histories that say nothing in two ways; requests and answers are JSON."""
    events = settled(data.draw(visits()))
    now = data.draw(nows(events))
    request = data.draw(requests(events, home))
    shuffled = events + events[:3]
    random.Random(seed).shuffle(shuffled)
    one, other = (asking(these, chatbots, now, home)(request) for these in (events, shuffled))
    same(one, other)
    assert json.loads(json.dumps([request, one])) == [request, one]


@pytest.mark.parametrize("metric", EVERY_METRIC)
def test_every_metric_is_answered(metric):
    """With the dimensions it allows, in as many rows as it says."""

    @settings(relaxed, max_examples=5)
    @given(data=st.data(), chatbots=local_chatbots(), home=zones())
    def check(data, chatbots, home):
        events = data.draw(visits())
        request = data.draw(requests(events, home, metric))
        seen = asking(events, chatbots, data.draw(nows(events)), home)(request)
        assert all(set(row) == {*request["dimensions"], *request["metrics"]} for row in seen["rows"])
        assert len(seen["rows"]) == min(seen["meta"]["rows_total"], request.get("limit", 10**9))
        assert all(len(counts) == len(seen["rows"]) for counts in seen["meta"]["n"].values())
        if "compare" in seen:
            assert len(seen["compare"]["rows"]) == len(seen["rows"])

    check()


@relaxed
@given(data=st.data(), chatbots=local_chatbots(), home=zones())
def test_parts_make_the_whole(data, chatbots, home):
    """Over every dimension of which a conversation has exactly one value."""
    events = data.draw(visits())
    ask = asking(events, chatbots, data.draw(nows(events)), home)
    dimension = data.draw(st.sampled_from(list(PARTITIONS)))
    parts_make_the_whole(ask, {"period": data.draw(periods(events, [dimension], home))}, dimension)


@settings(relaxed, max_examples=10)
@given(data=st.data(), chatbots=local_chatbots())
def test_days_make_the_window(data, chatbots):
    """Where the clocks go forward."""
    first = date(2024, 3, 30)
    start = datetime(2024, 3, 30, 23, tzinfo=UTC)
    events = data.draw(visits(near=st.just(start)))
    ask = asking(events, chatbots, data.draw(nows(events)), "UTC")
    days_make_the_window(ask, first, first + timedelta(days=3), "Europe/Berlin")


@settings(relaxed, max_examples=10)
@given(data=st.data(), chatbots=local_chatbots(), home=zones())
def test_nothing_is_zero_or_null(data, chatbots, home):
    """In a year in which nothing happened."""
    events = data.draw(visits())
    ask = asking(events, chatbots, data.draw(nows(events)), home)
    nothing_is_zero_or_null(ask, {"period": {"from": "1999-01-01", "to": "1999-01-03"}})
