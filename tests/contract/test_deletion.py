"""`DELETE /v1/conversations/{id}`: gone for good, from every answer."""

from collections.abc import Callable

from tests.conftest import Tenant
from tests.events import message


def delete(tenant: Tenant, path: str, key: str | None = None) -> tuple[int, str]:
    headers = {"Authorization": f"Bearer {key or tenant.key}"}
    answer = tenant.world.client.delete(f"/v1/conversations/{path}", headers=headers)
    return answer.status_code, answer.json()["error"]["code"] if answer.content else ""


def test_gone_for_good(tenant: Tenant) -> None:
    """From numbers, lists and transcripts; deleting again is fine; a resend does not bring it back."""
    tenant.send(message("c/1", "1", "Why?"), message("d", "1", "How?"))
    assert delete(tenant, "c/1") == (204, "")
    assert delete(tenant, "c/1") == (204, "")
    tenant.send(message("c/1", "1", "Why?"))
    assert tenant.chatbot()["total_conversations"] == 1
    listed = tenant.get("/v1/conversations", period="all")
    assert ([each["conversation_id"] for each in listed["conversations"]], listed["total"]) == (["d"], 1)
    assert tenant.status("/v1/conversations/c/1") == (404, "unknown_conversation")


def test_which_one(new_tenant: Callable[..., Tenant]) -> None:
    """An id of several chatbots needs one of them named; what never was cannot be deleted."""
    tenant = new_tenant(chatbots=("bot", "other"))
    tenant.send(message("c", "1"), message("c", "1") | {"chatbot_id": "other"})
    assert delete(tenant, "c") == (422, "ambiguous_conversation")
    assert delete(tenant, "c?chatbot=other") == (204, "")
    assert tenant.chatbot("bot")["total_conversations"] == 1
    assert tenant.chatbot("other")["total_conversations"] == 0
    assert delete(tenant, "never") == (404, "unknown_conversation")
    assert delete(tenant, "c?chatbot=nobody") == (404, "unknown_chatbot")


def test_who_may(new_tenant: Callable[..., Tenant]) -> None:
    """It takes the scope admin, and another company's conversation is as if it were not there."""
    tenant, other = new_tenant(), new_tenant()
    tenant.send(message("c", "1"))
    _, reader = tenant.world.engine.accounts.create_key(tenant.company.id, scopes=("read", "ingest"))
    assert delete(tenant, "c", reader) == (403, "missing_scope")
    assert delete(other, "c") == (404, "unknown_conversation")
    assert tenant.chatbot()["total_conversations"] == 1
