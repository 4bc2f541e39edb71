"""The seed routes and the query language say the same of every number that both have."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import Tenant, World
from tests.oracle import strategies
from tests.oracle.periods import Window
from tests.oracle.query_histories import local_chatbots, nows, visits
from tests.oracle.seed_and_query import Asked, chatbot_is_the_same, overview_is_the_same
from tests.properties.companies import new_company, send_in_parts
from tests.properties.examples import examples

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
OPEN = Window(None, None)


def asking(tenant: Tenant):
    """The way to ask `POST /v1/query`."""

    def ask(request: dict) -> dict:
        answer = tenant.world.client.post("/v1/query", json=request, headers=tenant.headers)
        assert answer.status_code == 200, answer.text
        return answer.json()

    return ask


def check(tenant: Tenant, chatbots: list[dict], window: Window, tz: str | None) -> None:
    """Each chatbot and the company, over a window, in the zone of the request or in their own."""
    ends = {"from": window.start, "to": window.end}
    params = {name: moment.isoformat() for name, moment in ends.items() if moment is not None}
    params |= {"tz": tz} if tz else {}
    overview, home, now = tenant.overview(**params), tenant.company.timezone, tenant.world.now
    ids = [chatbot["chatbot_id"] for chatbot in chatbots]
    overview_is_the_same(overview, Asked(asking(tenant), ids, window, tz or home, now))
    used = Asked(asking(tenant), ids, OPEN, home, now).this_month()
    assert overview["conversations_used"] == used
    for chatbot, listed in zip(chatbots, overview["chatbots"], strict=True):
        name, zone = chatbot["chatbot_id"], tz or chatbot["timezone"] or home
        asked = Asked(asking(tenant), [name], window, zone, now)
        alone = tenant.chatbot(name, **params)
        chatbot_is_the_same(alone, asked)
        assert {each: listed[each] for each in listed if each != "top_queries"} == {
            each: alone[each] for each in alone if each != "top_queries"
        }
        assert listed["top_queries"] == alone["top_queries"][:5]
        gaps = tenant.gaps(name, **params)
        assert gaps[:5] == alone["unanswered_queries"]


@examples(12)
@given(data=st.data(), chatbots=local_chatbots(), home=strategies.zones())
def test_any_history(shared_world: World, data: st.DataObject, chatbots: list[dict], home: str) -> None:
    """Of any events, in any parts, at any time: over all of them, and over any window in any zone."""
    events = data.draw(st.one_of(visits(), strategies.histories()), label="events")
    engine = shared_world.engine
    company = new_company(engine, home, chatbots)
    tenant = Tenant(shared_world, company, engine.accounts.create_key(company.id)[1])
    send_in_parts(engine, company, events, data)
    now = data.draw(nows(events), label="now")
    shared_world.now = now.replace(second=0, microsecond=0)  # as every answer has it
    check(tenant, chatbots, OPEN, None)
    window = Window(*data.draw(strategies.windows(near=events), label="window"))
    check(tenant, chatbots, window, data.draw(st.none() | strategies.zones(), label="tz"))
