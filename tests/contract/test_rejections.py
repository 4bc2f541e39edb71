"""`GET /v1/rejections`: what was not taken lately, and why."""

from collections.abc import Callable
from datetime import UTC, datetime

from botlens.monitoring.rejections import RejectedLately, Rejections
from tests.conftest import Tenant
from tests.contract.test_administration import as_user
from tests.events import message

NOW = "2026-03-18T12:00:00.000000Z"


def test_rejected_events_and_requests(new_tenant: Callable[..., Tenant]) -> None:
    """Each with time, key, code, field and the sentence, the latest first; of this company alone."""
    tenant, other = new_tenant(), new_tenant()
    engine, client = tenant.world.engine, tenant.world.client
    _, reader = engine.accounts.create_key(tenant.company.id, scopes=["read"], name="reader")
    _, sender = engine.accounts.create_key(tenant.company.id, scopes=["ingest"], name="sender")
    bearer = {"Authorization": f"Bearer {sender}"}
    events = [
        message("a", "1"),
        message("a", "2", chatbot_id="nobody"),
        {"type": "gossip"},
        message("a", "3", role="king"),
    ]
    assert client.post("/v1/events", json={"events": events}, headers=bearer).json()["accepted"] == 1
    client.post("/v1/events", content=b"{", headers=bearer)
    client.post("/v1/events", json={"events": []}, headers={"Authorization": f"Bearer {reader}"})
    client.post("/v1/events", json={"events": []}, headers={"Authorization": "Bearer blk_nobody"})
    found = tenant.get("/v1/rejections")["rejections"]
    assert [(each["at"], each["by"], each["code"], each["field"]) for each in found] == [
        (NOW, "key:reader", "missing_scope", None),
        (NOW, "key:sender", "invalid_json", None),
        (NOW, "key:sender", "invalid_value", "role"),
        (NOW, "key:sender", "unknown_type", "type"),
        (NOW, "key:sender", "unknown_chatbot", "chatbot_id"),
    ]
    assert "There is no chatbot `nobody`" in found[-1]["message"]
    assert other.get("/v1/rejections") == {"rejections": []}


def test_words_are_for_admins(tenant: Tenant) -> None:
    """A sentence may repeat what somebody wrote: who only reads sees the rest."""
    tenant.post(b'{"events": [{"type": "gossip"}]}')
    (seen,) = tenant.world.client.get("/v1/rejections", headers=as_user(tenant, "vera", "viewer")).json()[
        "rejections"
    ]
    assert (seen["code"], seen["message"]) == ("unknown_type", None)


def test_the_last_hundred(tenant: Tenant) -> None:
    """However many are sent; and nothing of a company that was deleted."""
    lines = b"\n".join(b'{"type": "no%d"}' % number for number in range(150))
    tenant.post(lines, **{"Content-Type": "application/x-ndjson"})
    tenant.post(b'{"events": [{"type": "message"}]}')
    found = tenant.get("/v1/rejections")["rejections"]
    assert len(found) == 100
    assert [each["code"] for each in found[:2]] == ["missing_field", "unknown_type"]
    local = {"Authorization": "Bearer local", "X-Botlens-Company": tenant.company.id}
    assert tenant.world.client.delete(f"/v1/companies/{tenant.company.id}", headers=local).status_code == 202
    assert tenant.world.engine.rejections.of(tenant.company.id) == []


def test_memory_is_bounded() -> None:
    """Beyond so many of all, the company whose last one is the oldest loses its own."""
    at = datetime(2026, 3, 18, tzinfo=UTC)
    kept = Rejections(of_one=3, in_all=5)

    def reject(company: str, *codes: str) -> None:
        kept.note(company, [RejectedLately(at, "key:k", code, "No.") for code in codes])

    def codes(company: str) -> list[str]:
        return [each.code for each in kept.of(company)]

    reject("a", "1", "2", "3", "4")
    reject("b", "1", "2")
    assert (codes("a"), codes("b")) == (["4", "3", "2"], ["2", "1"])
    reject("a", "5")
    reject("c", "1")
    assert (codes("a"), codes("b"), codes("c")) == (["5", "4", "3"], [], ["1"])
    kept.forget("a")
    reject("d", "1", "2", "3")
    assert (codes("a"), codes("c"), codes("d")) == ([], ["1"], ["3", "2", "1"])
