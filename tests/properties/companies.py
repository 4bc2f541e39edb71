"""Companies of one engine, and the ways to send them a history."""

import json
from datetime import UTC, datetime
from itertools import count

from hypothesis import strategies as st

from botlens.engine import Engine
from botlens.events.decode import decode_json
from botlens.events.record import record_of
from botlens.tenants.values import Company

_NUMBERS = count()


def new_company(engine: Engine, zone: str, chatbots: list[dict]) -> Company:
    name = f"property-{next(_NUMBERS)}"
    company = engine.accounts.create_company(name, owner=name, plan="pro", timezone=zone)
    for chatbot in chatbots:
        fields = ("name", "is_published", "confidence_threshold", "average_rating", "timezone")
        engine.chatbots.put(company.id, chatbot["chatbot_id"], **{name: chatbot[name] for name in fields})
    return company


def send(engine: Engine, company: Company, events: list[dict]) -> None:
    decoded = decode_json(json.dumps({"events": events}).encode())
    assert not decoded.rejected
    if decoded.events:
        engine.commits.submit(company.id, [record_of(event) for event in decoded.events]).result()


def send_in_parts(engine: Engine, company: Company, events: list[dict], data: st.DataObject) -> None:
    """Any split into batches, some of them written to the store before the next comes."""
    at = 0
    while at < len(events):
        size = data.draw(st.integers(1, 8), label="batch")
        send(engine, company, events[at : at + size])
        at += size
        if data.draw(st.booleans(), label="flush"):
            engine.commits.flush()


def verified(engine: Engine, company: Company) -> bool:
    """Whether facts and live numbers are what the raw events say."""
    found = engine.answers.verification.verify(engine.answers.scope(company, datetime.now(UTC)))
    return bool(found["equal"])
