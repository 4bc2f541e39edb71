"""Every answer of every route, good and bad, is what the OpenAPI document says, and nothing besides.

All answers that the client of the tests gets are held against the document (see `tests/conformance.py`). Here
each operation gives good answers and bad ones; and the rule itself is shown to notice what it must.
"""

import json
from typing import Any

import pytest

from tests.conformance import Answer, Conformance
from tests.conftest import Tenant, World
from tests.contract.small_company import EVENTS
from tests.events import message

CARD = {"metrics": ["conversations", "csat"], "compare": "previous_period", "dimensions": ["day"]}
JSON = "application/json"
Asked = tuple[int, dict[str, Any]]

# By operation: the status, and what is asked besides its method and path.
ASKED: dict[str, list[Asked]] = {
    "getOverview": [(200, {}), (200, {"params": {"from": "2026-03-10"}}), (422, {"params": {"tz": "Mars"}})],
    "getChatbotNumbers": [(200, {}), (404, {"of": "nobody"}), (422, {"params": {"from": "soon"}})],
    "getChatbotGaps": [(200, {}), (404, {"of": "nobody"}), (422, {"params": {"to": "soon"}})],
    "sendEvents": [
        (
            200,
            {"json": {"events": [message("n", "1"), {"type": "nothing"}, message("n", "2", colour="red")]}},
        ),
        (400, {"content": b"{", "headers": {"Content-Type": JSON}}),
        (413, {"json": {"events": [{}] * 10_001}}),
        (415, {"content": b"", "headers": {"Content-Type": "text/csv"}}),
    ],
    "query": [
        (200, {"json": CARD}),
        (200, {"json": {"metrics": ["questions"], "dimensions": ["question"], "wording": True}}),
        (200, {"json": {"metrics": ["latency_p50"], "period": "all"}}),
        (400, {"content": b"["}),
        (413, {"content": b" " * (1 << 20) + b"{}"}),
        (422, {"json": {"metrics": ["luck"]}}),
    ],
    "queryByLink": [
        (200, {"params": {"metrics": "conversations,csat", "dimensions": "chatbot"}}),
        (422, {"params": {"metrics": "luck"}}),
        (422, {"params": {"metrics": "csat", "limit": "many"}}),
    ],
    "getCatalogue": [(200, {})],
    "listConversations": [
        (200, {"params": {"limit": "1", "period": "all"}}),
        (422, {"params": {"sort": "luck"}}),
        (422, {"params": {"cursor": "no"}}),
    ],
    "getConversation": [(200, {}), (404, {"of": "nobody"})],
    "export": [
        (200, {"params": {"format": "csv"}}),
        (200, {"params": {"format": "jsonl", "data": "messages"}}),
        (200, {"params": {"format": "parquet"}}),
        (422, {"params": {"format": "xlsx"}}),
    ],
    "putChatbot": [
        (200, {"json": {"name": "Bot"}}),
        (400, {"content": b"{"}),
        (413, {"content": b" " * (1 << 20) + b"{}"}),
        (422, {"json": {"colour": "red"}}),
    ],
    "listChatbots": [(200, {})],
    "verify": [(200, {})],
    "isAlive": [(200, {})],
    "isReady": [(200, {})],
    "getCounters": [(200, {})],
    "deleteConversation": [(404, {"of": "nobody"}), (204, {})],
    "listJobs": [(200, {})],
    "deleteChatbot": [(404, {"of": "nobody"}), (202, {})],
    "deleteCompany": [(404, {})],
}
NOT_FOR_KEYS = {"deleteCompany"}
OPEN = {"isAlive", "isReady", "getCounters"}
IDS = {"chatbot_id": "bot", "conversation_id": "a", "company_id": "nobody"}


def operations(world: World) -> dict[str, tuple[str, str]]:
    """Method and path of each operation, by its name."""
    return {
        operation["operationId"]: (method, path)
        for path, methods in world.client.get("/openapi.json").json()["paths"].items()
        for method, operation in methods.items()
        if method != "head"
    }


def ask(world: World, operation: str, key: str | None, asked: dict[str, Any]) -> int:
    """The status of an answer, which is held against the document on its way here."""
    method, path = operations(world)[operation]
    for name, known in IDS.items():
        path = path.replace(f"{{{name}}}", asked.get("of", known))
    headers = {**({"Authorization": f"Bearer {key}"} if key else {}), **asked.get("headers", {})}
    more = {name: value for name, value in asked.items() if name not in ("of", "headers")}
    return world.client.request(method, path, headers=headers, **more).status_code


def is_of_plans(world: World, operation: str) -> bool:
    """Whether the document says that a plan may not include it."""
    method, path = operations(world)[operation]
    return "402" in world.client.get("/openapi.json").json()["paths"][path][method]["responses"]


def test_what_plans_include(world: World) -> None:
    """All that answers with numbers, conversations or the catalogue says that a plan may not include it."""
    free = {"sendEvents", "putChatbot", "listChatbots", "verify", "listJobs", *OPEN}
    free |= {"deleteConversation", "deleteChatbot", "deleteCompany"}
    assert {name for name in ASKED if not is_of_plans(world, name)} == free


def test_each_operation_is_asked(world: World) -> None:
    """A new route gives a good answer here, and a bad one where it takes anything."""
    assert set(ASKED) == set(operations(world))
    for name in ASKED.keys() - NOT_FOR_KEYS:
        assert any(status < 300 for status, _ in ASKED[name]), name


@pytest.mark.parametrize("operation", ASKED)
def test_answers(company: Tenant, operation: str) -> None:
    """Good ones, and those to what cannot be right."""
    for status, asked in ASKED[operation]:
        assert ask(company.world, operation, company.key, asked) == status, asked


@pytest.mark.parametrize("operation", [name for name in ASKED if name not in OPEN])
def test_refusals(new_tenant: Any, operation: str) -> None:
    """Without credentials, without a scope, without a plan that includes it."""
    tenant = new_tenant(plan="free")
    accounts, asked = tenant.world.engine.accounts, ASKED[operation][0][1]
    tenant.send(*(event for event in EVENTS if event["chatbot_id"] == "bot"))
    _, other = accounts.create_key(
        tenant.company.id, scopes=["read" if operation == "sendEvents" else "ingest"]
    )
    assert ask(tenant.world, operation, None, asked) == 401
    assert ask(tenant.world, operation, other, asked) == 403
    if is_of_plans(tenant.world, operation):
        assert ask(tenant.world, operation, tenant.key, asked) == 402


def test_not_modified(company: Tenant) -> None:
    """304 has no body."""
    client = company.world.client
    for path in ("/analytics/overview", "/v1/metrics", "/v1/query?metrics=csat", "/v1/conversations/a"):
        etag = client.get(path, headers=company.headers).headers["etag"]
        again = client.get(path, headers={**company.headers, "If-None-Match": etag})
        assert (again.status_code, again.content) == (304, b"")


GOOD = {"chatbots": [{"chatbot_id": "bot", "name": None, "is_published": True}]}
GOOD["chatbots"][0] |= {"confidence_threshold": 0.2, "timezone": None, "average_rating": None}
ERROR = {"detail": "No.", "error": {"code": "no", "message": "No."}}


def problems(world: World, status: int, body: Any, **headers: str) -> list[str]:
    """Of an answer to `GET /v1/chatbots`."""
    found = Conformance(world.client.get("/openapi.json").json())
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return found.problems(Answer("GET", "/v1/chatbots", status, {"content-type": JSON, **headers}, content))


def test_what_is_as_described(world: World) -> None:
    """It is let through."""
    assert problems(world, 200, GOOD) == []
    assert problems(world, 503, ERROR, **{"Retry-After": "1"}) == []


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, {**GOOD, "total": 1}),
        (200, {"chatbots": [{**GOOD["chatbots"][0], "colour": "red"}]}),
        (200, {"chatbots": [{"chatbot_id": "bot"}]}),
        (200, {"chatbots": [{**GOOD["chatbots"][0], "name": 1}]}),
        (200, b"chatbots"),
        (201, GOOD),
        (404, {"detail": "No."}),
        (404, {**ERROR, "hint": "Ask somebody."}),
        (418, ERROR),
        (503, ERROR),  # it does not say when to try again
    ],
)
def test_what_is_not_as_described(world: World, status: int, body: Any) -> None:
    """A field too much or too few, another type, a status or header that is not as the document has it."""
    assert problems(world, status, body)


def test_another_type_of_content(world: World) -> None:
    """It is looked at, too."""
    assert problems(world, 200, GOOD, **{"content-type": "text/plain"})
