"""The real input: 1,111 conversations of 789 people with 5 bots."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from botlens.sources.files.formats import open_source
from tests.conftest import Tenant
from tests.oracle import seed as oracle

FILE = Path(__file__).parents[3] / "shared" / "data" / "convai2_volunteers.json"

pytestmark = pytest.mark.skipif(not FILE.exists(), reason=f"{FILE.name} is not beside the project")


@pytest.mark.slow
def test_every_number(new_tenant) -> None:
    """Imported twice, every number of the three routes equals the oracle's, in a zone of half hours."""
    zone = "America/St_Johns"
    tenant: Tenant = new_tenant(timezone=zone, chatbots=())
    tenant.world.now = now = datetime(2018, 10, 31, 2, 15, tzinfo=UTC)
    events: list[dict] = []
    for round_number in range(2):
        for batch in open_source(FILE).batches(size=2_000):
            for chatbot in batch.chatbots:
                tenant.put(chatbot.id, name=chatbot.defaults.get("name"))
            body = b"".join(json.dumps(event).encode() + b"\n" for event in batch.events)
            found = tenant.post(body, **{"Content-Type": "application/x-ndjson"}).json()
            # Times may be ahead of the clock of this test, which it says.
            assert (found["accepted"], found["rejected"]) == (len(batch.events), [])
            if round_number == 0:
                events += batch.events
    chatbots = [{**each, "average_rating": None} for each in tenant.get("/v1/chatbots")["chatbots"]]
    expected = oracle.overview(events, chatbots, now=now, zone=zone, plan="pro", limit=10_000)
    assert expected["total_conversations"] == 1_111
    assert tenant.overview() == expected
    for chatbot in chatbots:
        name = chatbot["chatbot_id"]
        assert tenant.chatbot(name) == oracle.chatbot_object(events, chatbot, now=now, zone=zone, top=10)
        assert tenant.gaps(name) == oracle.gaps(events, chatbot)
    assert tenant.verified() == {
        "equal": True,
        "conversations": 1_111,
        "differences": [],
    }
