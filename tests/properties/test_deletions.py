"""Numbers after deletions are those of a history in which the deleted conversations never were."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from botlens.engine import Engine
from botlens.events.record import deletion_of
from botlens.tenants.values import Company
from tests.oracle import strategies
from tests.properties.companies import new_company, send_in_parts, verified
from tests.properties.examples import examples
from tests.properties.test_seed_numbers import check

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def delete(engine: Engine, company: Company, keys: list[tuple[str, str]]) -> None:
    records = [deletion_of(chatbot_id, conversation_id, NOW) for chatbot_id, conversation_id in keys]
    if records:
        engine.commits.submit(company.id, records).result()


def key_of(event: dict) -> tuple[str, str]:
    named = "id" if event["type"] == "conversation" else "conversation_id"
    return event["chatbot_id"], event[named]


@pytest.mark.slow
@examples(12)
@given(data=st.data())
def test_as_if_it_had_never_been(engine: Engine, data: st.DataObject) -> None:
    """Whenever the deletion comes: before, between or after the events, written to the store or not."""
    events = data.draw(strategies.histories(), label="events")
    now = data.draw(strategies.moments(near=events), label="now")
    chatbots = sorted(data.draw(strategies.chatbots()), key=lambda chatbot: chatbot["chatbot_id"])
    company = new_company(engine, data.draw(strategies.zones(), label="zone"), chatbots)
    keys = sorted({key_of(event) for event in events})
    deleted = data.draw(st.lists(st.sampled_from(keys), unique=True), label="deleted") if keys else []
    when = data.draw(st.integers(0, len(events)), label="when")
    send_in_parts(engine, company, events[:when], data)
    delete(engine, company, deleted)
    send_in_parts(engine, company, events[when:], data)
    left = [event for event in events if key_of(event) not in deleted]
    check(engine, company, left, chatbots, now)
    assert verified(engine, company)
