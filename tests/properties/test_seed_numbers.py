"""Every seed field is what the oracle computes, whatever events come, in whatever order and batches."""

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from botlens.answers.seed import SeedRequest
from botlens.engine import Engine
from botlens.tenants.values import Company
from tests.oracle import seed as oracle
from tests.oracle import strategies
from tests.properties.companies import new_company, send, send_in_parts, verified
from tests.properties.examples import examples

relaxed = examples(20)


def check(engine: Engine, company: Company, events: list[dict], chatbots: list[dict], now: datetime) -> None:
    zone = company.timezone
    expected = oracle.overview(events, chatbots, now=now, zone=zone, plan="pro", limit=10_000)
    seed, scope = engine.answers.seed, engine.answers.scope(company, now)
    assert seed.overview(scope) == expected
    for chatbot in chatbots:
        name = chatbot["chatbot_id"]
        expected = oracle.chatbot_object(events, chatbot, now=now, zone=zone, top=10)
        assert seed.chatbot(scope, name) == expected
        assert seed.gaps(scope, name) == oracle.gaps(events, chatbot)


@pytest.mark.slow
@relaxed
@given(data=st.data())
def test_any_history(engine: Engine, data: st.DataObject) -> None:
    """Any events with resends and revisions, live or loaded: all routes agree with the oracle."""
    events = data.draw(strategies.histories(), label="events")
    now = data.draw(strategies.moments(near=events), label="now")
    chatbots = sorted(data.draw(strategies.chatbots()), key=lambda chatbot: chatbot["chatbot_id"])
    company = new_company(engine, data.draw(strategies.zones(), label="zone"), chatbots)
    if data.draw(st.booleans(), label="live from the start"):
        engine.answers.seed.overview(engine.answers.scope(company, now))
    send_in_parts(engine, company, events, data)
    check(engine, company, events, chatbots, now)
    assert verified(engine, company)


@pytest.mark.slow
@relaxed
@given(data=st.data())
def test_any_window(engine: Engine, data: st.DataObject) -> None:
    """The same for the conversations of any window, in any zone of the request."""
    events = data.draw(strategies.histories(), label="events")
    now = data.draw(strategies.moments(near=events), label="now")
    chatbots = sorted(data.draw(strategies.chatbots()), key=lambda chatbot: chatbot["chatbot_id"])
    home, zone = data.draw(strategies.zones(), label="home"), data.draw(strategies.zones(), label="zone")
    company = new_company(engine, home, chatbots)
    send(engine, company, events)
    start, end = data.draw(strategies.windows(near=events), label="window")
    ask = SeedRequest(*(edge and edge.isoformat() for edge in (start, end)), timezone=zone)
    seed, scope = engine.answers.seed, engine.answers.scope(company, now)
    window = {"start": start, "end": end}
    assert seed.overview(scope, ask) == oracle.overview(
        events, chatbots, now=now, zone=zone, plan="pro", limit=10_000, company_zone=home, **window
    )
    for chatbot in chatbots:
        expected = oracle.chatbot_object(events, chatbot, now=now, zone=zone, top=10, **window)
        assert seed.chatbot(scope, chatbot["chatbot_id"], ask) == expected
        assert seed.gaps(scope, chatbot["chatbot_id"], ask) == oracle.gaps(events, chatbot, **window)


@pytest.mark.slow
@relaxed
@given(data=st.data())
def test_any_order(engine: Engine, data: st.DataObject) -> None:
    """A settled history gives the same numbers in any order, with any of its events sent again."""
    events = data.draw(strategies.settled_histories(), label="events")
    shuffled = data.draw(st.permutations(events), label="order")
    again = data.draw(st.lists(st.sampled_from(events), max_size=5), label="again") if events else []
    now = data.draw(strategies.moments(near=events), label="now")
    chatbots = sorted(data.draw(strategies.chatbots()), key=lambda chatbot: chatbot["chatbot_id"])
    company = new_company(engine, data.draw(strategies.zones(), label="zone"), chatbots)
    send_in_parts(engine, company, [*shuffled, *again], data)
    check(engine, company, events, chatbots, now)


@pytest.mark.slow
@relaxed
@given(data=st.data())
def test_companies_apart(engine: Engine, data: st.DataObject) -> None:
    """What another company sends, with the same ids of bots, conversations and messages, changes nothing."""
    mine, theirs = data.draw(strategies.histories(), label="mine"), data.draw(strategies.histories())
    now = data.draw(strategies.moments(near=mine), label="now")
    chatbots = sorted(data.draw(strategies.chatbots()), key=lambda chatbot: chatbot["chatbot_id"])
    company = new_company(engine, "UTC", chatbots)
    other = new_company(engine, "UTC", chatbots)
    engine.answers.seed.overview(engine.answers.scope(company, now))
    send(engine, company, mine)
    send(engine, other, theirs)
    check(engine, company, mine, chatbots, now)
    check(engine, other, theirs, chatbots, now)
