"""What holds between answers of the query language, whatever the numbers are."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from botlens.engine import Engine
from botlens.tenants.values import Company
from tests.oracle.dimensions import PARTITIONS
from tests.oracle.laws import days_make_the_window, nothing_is_zero_or_null, parts_make_the_whole
from tests.oracle.metrics import COUNTS
from tests.oracle.opening import asked_about, figure_opens
from tests.oracle.periods import start_of
from tests.oracle.query_histories import local_chatbots, nows, visits
from tests.oracle.query_strategies import periods, requests
from tests.oracle.strategies import settled, zones
from tests.properties.companies import new_company, send, send_in_parts
from tests.properties.examples import examples

# To make a failing example small may take hypothesis five minutes.
pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
relaxed = examples(8)
PARTS_OF_A_REQUEST = ("chatbots", "period", "timezone", "filters", "resolution_hours")
# In each zone days of which one is longer or shorter than others; Kathmandu has no such days.
CHANGES = [
    ("Europe/Berlin", date(2024, 3, 30)),
    ("Europe/Berlin", date(2024, 10, 26)),
    ("Australia/Lord_Howe", date(2024, 4, 6)),
    ("Australia/Lord_Howe", date(2024, 10, 5)),
    ("Asia/Kathmandu", date(2024, 3, 30)),
    ("America/St_Johns", date(2024, 3, 9)),
    ("America/St_Johns", date(2024, 11, 2)),
]


def asking(engine: Engine, company: Company, now: datetime) -> Callable[[dict], dict]:
    scope = engine.answers.scope(company, now)
    return lambda request: engine.answers.queries.query(scope, request)


def conversations_behind(engine: Engine, company: Company, request: dict, metric: str, now: datetime) -> int:
    """How many conversations the engine lists behind a figure: the one place that knows how to ask."""
    parts = {name: request[name] for name in PARTS_OF_A_REQUEST if name in request}
    scope = engine.answers.scope(company, now)
    return engine.answers.conversations.page(scope, {**parts, "metric": metric})["total"]


@examples(4)
@given(data=st.data(), chatbots=local_chatbots(), home=zones())
def test_parts_make_the_whole(engine: Engine, data: st.DataObject, chatbots: list[dict], home: str) -> None:
    """Counts and sums add up over each dimension of which a conversation has exactly one value."""
    events, company = data.draw(visits(), label="events"), new_company(engine, home, chatbots)
    send(engine, company, events)
    ask = asking(engine, company, data.draw(nows(events), label="now"))
    for dimension in PARTITIONS:
        period = data.draw(periods(events, [dimension], home), label="period")
        parts_make_the_whole(ask, {"period": period}, dimension)


@pytest.mark.parametrize(("zone", "first"), CHANGES)
def test_days_make_the_window(engine: Engine, zone: str, first: date) -> None:
    """The row of a day is the answer of that day, and counts and sums add up, where clocks change."""

    @examples(2)
    @given(data=st.data(), chatbots=local_chatbots())
    def check(data: st.DataObject, chatbots: list[dict]) -> None:
        midnight = start_of(first + timedelta(days=1), zone)
        events = data.draw(visits(near=st.just(midnight)), label="events")
        company = new_company(engine, "UTC", chatbots)
        send(engine, company, events)
        ask = asking(engine, company, data.draw(nows(events), label="now"))
        days_make_the_window(ask, first, first + timedelta(days=3), zone)

    check()


@examples(4)
@given(data=st.data(), chatbots=local_chatbots(), home=zones())
def test_nothing_is_zero_or_null(
    engine: Engine, data: st.DataObject, chatbots: list[dict], home: str
) -> None:
    """Where nothing started, whatever was before or after; or where no conversation meets the filters."""
    events, company = data.draw(visits(), label="events"), new_company(engine, home, chatbots)
    send(engine, company, events)
    ask = asking(engine, company, data.draw(nows(events), label="now"))
    nothing_is_zero_or_null(ask, {"period": {"from": "1999-01-01", "to": "1999-01-03"}})
    nobody = {"field": "conversation", "op": "is", "value": "nobody's"}
    nothing_is_zero_or_null(ask, {"period": "all", "filters": nobody})


@relaxed
@given(data=st.data(), chatbots=local_chatbots(), home=zones())
def test_companies_apart(engine: Engine, data: st.DataObject, chatbots: list[dict], home: str) -> None:
    """What another company sends, with the same ids of all kinds, changes nothing."""
    mine, theirs = data.draw(visits(), label="mine"), data.draw(visits(), label="theirs")
    company, other = (new_company(engine, home, chatbots) for _ in range(2))
    send(engine, company, mine)
    ask = asking(engine, company, data.draw(nows(mine), label="now"))
    request = data.draw(requests(mine, home), label="request")
    before = ask(request)
    send(engine, other, theirs)
    assert ask(request) == before
    engine.commits.flush()
    assert ask(request) == before


@relaxed
@given(data=st.data(), chatbots=local_chatbots(), home=zones())
def test_order_and_resends_change_nothing(
    engine: Engine, data: st.DataObject, chatbots: list[dict], home: str
) -> None:
    """Of a history that says nothing in two ways: in any order and any parts, with any of it sent again."""
    events = settled(data.draw(visits(), label="events"))
    shuffled = data.draw(st.permutations(events), label="order")
    again = data.draw(st.lists(st.sampled_from(events), max_size=5), label="again") if events else []
    now = data.draw(nows(events), label="now")
    request = data.draw(requests(events, home), label="request")
    one, other = (new_company(engine, home, chatbots) for _ in range(2))
    send(engine, one, events)
    expected = asking(engine, one, now)(request)
    send_in_parts(engine, other, [*shuffled, *again], data)
    assert asking(engine, other, now)(request) == expected
    send(engine, one, events)
    assert asking(engine, one, now)(request) == expected


@relaxed
@given(data=st.data(), chatbots=local_chatbots(), home=zones())
def test_a_figure_opens_into_as_many_conversations(
    engine: Engine, data: st.DataObject, chatbots: list[dict], home: str
) -> None:
    """Each number of conversations is the number of those that are listed behind it."""
    events, company = data.draw(visits(), label="events"), new_company(engine, home, chatbots)
    send(engine, company, events)
    now = data.draw(nows(events), label="now")
    request = data.draw(requests(events, home, "conversations", []), label="request")
    parts = {name: request[name] for name in PARTS_OF_A_REQUEST if name in request}
    (card,) = asking(engine, company, now)({**parts, "metrics": list(COUNTS)})["rows"]
    assert card == {metric: conversations_behind(engine, company, parts, metric, now) for metric in COUNTS}


@relaxed
@given(data=st.data(), chatbots=local_chatbots(), home=zones())
def test_any_cell_opens(engine: Engine, data: st.DataObject, chatbots: list[dict], home: str) -> None:
    """A row of any answer, and each of its figures: the list behind it is what the oracle counts there."""
    events, company = data.draw(visits(), label="events"), new_company(engine, home, chatbots)
    send(engine, company, events)
    now = data.draw(nows(events), label="now")
    request = data.draw(requests(events, home), label="request")
    answered = asking(engine, company, now)(request)
    if not answered["rows"]:
        return
    place = data.draw(st.integers(0, len(answered["rows"]) - 1), label="row")
    scope = engine.answers.scope(company, now)
    described = {each["name"]: each for each in engine.answers.queries.catalogue(scope)["metrics"]}
    about = asked_about((events, chatbots), request, now, company.timezone)
    for metric in request["metrics"]:
        figure_opens(
            described[metric],
            about,
            answered,
            place,
            lambda asked: engine.answers.conversations.page(scope, asked),
        )
