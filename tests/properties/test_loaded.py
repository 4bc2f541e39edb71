"""A history of which any parts are loaded as columns has the numbers of one that was sent."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from botlens.engine import Engine
from botlens.tenants.values import Company
from tests.columns import by_type, columns_of
from tests.oracle import strategies
from tests.properties.companies import new_company, send, verified
from tests.properties.examples import examples
from tests.properties.test_seed_numbers import check


def load(engine: Engine, company: Company, events: list[dict]) -> None:
    """Load events, but for deletions: these are sent."""
    for each in by_type(events):
        if each[0]["type"] == "deletion":
            send(engine, company, each)
        else:
            loaded = engine.commits.load(company.id, columns_of(each))
            assert (loaded.kept, loaded.refused) == (len(each), ())


@pytest.mark.slow
@examples(12)
@given(data=st.data())
def test_any_history_loaded_in_parts(engine: Engine, data: st.DataObject) -> None:
    """Loaded or sent, written to the store or not, counted between or not, all of it once more at the end."""
    events = data.draw(strategies.settled_histories(), label="events")
    now = data.draw(strategies.moments(near=events), label="now")
    chatbots = sorted(data.draw(strategies.chatbots()), key=lambda chatbot: chatbot["chatbot_id"])
    company = new_company(engine, data.draw(strategies.zones(), label="zone"), chatbots)
    at = 0
    while at < len(events):
        size = data.draw(st.integers(1, 8), label="batch")
        how = data.draw(st.sampled_from((load, load, send)), label="how")
        how(engine, company, events[at : at + size])
        at += size
        for step in data.draw(st.sets(st.sampled_from(("flush", "count", "ask"))), label="then"):
            if step == "flush":
                engine.commits.flush()
            elif step == "count":
                engine.commits.count_loaded(company.id)
            else:
                engine.answers.seed.overview(engine.answers.scope(company, now))
    for again in (False, data.draw(st.booleans(), label="again")):
        if again:
            load(engine, company, events)
        engine.commits.count_loaded(company.id)
        assert not engine.commits.uncounted(company.id)
        check(engine, company, events, chatbots, now)
        assert verified(engine, company)
