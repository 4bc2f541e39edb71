"""`/metrics`: what those who look after the server see."""

from typing import Any

from tests import events as plain
from tests.conftest import Tenant


def samples(tenant: Tenant) -> dict[str, float]:
    text = tenant.world.client.get("/metrics").text
    lines = (line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
    return {name: float(value) for name, value in lines}


def test_what_became_of_events_is_counted(tenant: Tenant) -> None:
    """Each reason on its own; everything that was acknowledged is committed."""
    before = samples(tenant)
    bad: dict[str, Any] = plain.message("c", "b", at="yesterday")
    answer = tenant.world.client.post(
        "/v1/events",
        json={"events": [plain.message("c", "a"), bad, plain.answer("c", "d", 0.1)]},
        headers=tenant.headers,
    )
    assert answer.json()["accepted"] == 2
    after = samples(tenant)

    def more(name: str) -> float:
        return after[name] - before.get(name, 0.0)

    assert more("botlens_events_accepted_total") == 2
    assert more('botlens_events_rejected_total{code="invalid_time"}') == 1
    assert after["botlens_events_waiting"] == 0


def test_the_size_of_the_store_is_shown(tenant: Tenant) -> None:
    """By table, once something is written; no company is named."""
    tenant.send(plain.message("c", "a"))
    tenant.world.engine.commits.flush()
    found = samples(tenant)
    assert found['botlens_store_bytes{table="raw_events"}'] > 0
    assert found['botlens_store_bytes{table="conversation_facts"}'] > 0
    assert found["botlens_events_pending"] == 0
    assert tenant.company.id not in tenant.world.client.get("/metrics").text
