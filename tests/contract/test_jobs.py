"""`/v1/jobs`, and who may delete a chatbot or a company."""

from collections.abc import Callable

from tests.conftest import Tenant
from tests.contract.small_company import EVENTS
from tests.events import message

PATIENCE = 60.0


def delete(tenant: Tenant, path: str, **headers: str) -> tuple[int, str]:
    answer = tenant.world.client.delete(path, headers={**tenant.headers, **headers})
    return answer.status_code, answer.json().get("error", {}).get("code", "")


def test_jobs_are_listed(tenant: Tenant) -> None:
    """With what they do, how far they are and why they failed; metrics say the same of each."""
    assert tenant.world.engine.jobs.finish("erasure", PATIENCE)
    found = {each["name"]: each for each in tenant.get("/v1/jobs")["jobs"]}
    assert set(found) >= {"erasure", "retention"}
    erasure = found["erasure"]
    assert (erasure["once"], erasure["every_seconds"], erasure["error"]) == ("store", 60, None)
    assert erasure["succeeded_at"].endswith("Z")
    metrics = tenant.world.client.get("/metrics").text
    assert 'botlens_job_failing{job="erasure"} 0.0' in metrics
    assert 'botlens_job_success_age_seconds{job="erasure"}' in metrics
    assert 'botlens_job_running{job="retention"}' in metrics


def test_jobs_are_for_admins(tenant: Tenant) -> None:
    """What is said of a failure is for those who may do something about it."""
    _, reader = tenant.world.engine.accounts.create_key(tenant.company.id, scopes=("read",))
    answer = tenant.world.client.get("/v1/jobs", headers={"Authorization": f"Bearer {reader}"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "missing_scope")


def test_who_may_delete_a_chatbot(new_tenant: Callable[..., Tenant]) -> None:
    """The scope admin, on any plan; another company's is as if it were not there; no address is bent."""
    tenant, other = new_tenant(plan="free"), new_tenant(chatbots=("theirs",))
    tenant.send(*EVENTS[:1])
    _, reader = tenant.world.engine.accounts.create_key(tenant.company.id, scopes=("read", "ingest"))
    assert delete(tenant, "/v1/chatbots/bot", Authorization=f"Bearer {reader}") == (403, "missing_scope")
    assert delete(other, "/v1/chatbots/bot") == (404, "unknown_chatbot")
    assert delete(tenant, "/v1/chatbots/theirs") == (404, "unknown_chatbot")
    assert delete(tenant, "/v1/chatbots/bot/") == (404, "not_found")
    assert delete(tenant, "/v1/chatbots/bot") == (202, "")


def test_who_may_delete_a_company(new_tenant: Callable[..., Tenant]) -> None:
    """Its owner and commands of this machine; no API key, however much it may; and no other company."""
    tenant, other = new_tenant(), new_tenant()
    tenant.send(message("c", "1"))
    path = f"/v1/companies/{tenant.company.id}"
    assert delete(tenant, path) == (403, "owner_only")
    assert delete(other, path) == (404, "unknown_company")
    local = {"Authorization": "Bearer local", "X-Botlens-Company": tenant.company.id}
    answer = tenant.world.client.delete(f"{path}?wait=60", headers=local)
    assert (answer.status_code, answer.json()) == (202, {"job": "erasure", "done": True})
    assert other.chatbot()["total_conversations"] == 0
