"""Every answer of every route, good and bad, is what the OpenAPI document says, and nothing besides.

All answers that the client of the tests gets are held against the document (see `tests/conformance.py`). Here
each operation gives good answers and bad ones; and the rule itself is shown to notice what it must.
"""

import json
from datetime import timedelta
from typing import Any

import pytest

from botlens.api.app import Serving, create_app
from botlens.engine import Engine
from botlens.tenants.credentials import TokenVerifier
from tests.conformance import Answer, Conformance
from tests.conftest import NOON, Tenant, World
from tests.contract.gap_story import GIFT, PARCEL, gap_about, relink
from tests.contract.gap_story import ask as fail_on
from tests.contract.small_company import EVENTS
from tests.events import message

CARD = {"metrics": ["conversations", "csat"], "compare": "previous_period", "dimensions": ["day"]}
JSON = "application/json"
TOO_LARGE = b" " * (1 << 20) + b"{}"
EMBED = {"chatbot_id": "bot", "name": "Portal", "parts": ["cards"], "origins": ["https://app.example"]}
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
        (200, {"json": {**CARD, "totals": True, "n": ["csat"], "labels": True}}),
        (200, {"json": {"metrics": ["csat"], "format": "csv", "bom": True}}),
        (200, {"json": {"metrics": ["csat"], "format": "parquet"}}),
        (422, {"json": {"metrics": ["luck"]}}),
    ],
    "queries": [
        (200, {"json": {"card": {**CARD, "totals": True, "n": True}, "luck": {"metrics": ["luck"]}}}),
        (400, {"content": b"["}),
        (413, {"content": b" " * (1 << 20) + b"{}"}),
        (422, {"json": []}),
    ],
    "queriesByLink": [
        (200, {"params": {"q": json.dumps({"card": CARD, "luck": {"metrics": ["luck"]}})}}),
        (422, {"params": {"q": "{"}}),
        (422, {}),
    ],
    "queryByLink": [
        (200, {"params": {"metrics": "csat", "format": "csv", "bom": "true", "totals": "false"}}),
        (200, {"params": {"metrics": "conversations,csat", "dimensions": "chatbot"}}),
        (422, {"params": {"metrics": "luck"}}),
        (422, {"params": {"metrics": "csat", "limit": "many"}}),
    ],
    "getCatalogue": [(200, {})],
    "listConversations": [
        (200, {"params": {"limit": "1", "period": "all"}}),
        (200, {"params": {"search": "parcel", "near": "a", "chatbot": "bot"}}),
        (404, {"params": {"near": "nobody", "chatbot": "bot"}}),
        (422, {"params": {"sort": "luck"}}),
        (422, {"params": {"cursor": "no"}}),
    ],
    "getConversation": [
        (200, {}),
        (200, {"params": {"search": "parcel"}}),
        (404, {"of": "nobody"}),
        (422, {"params": {"search": " "}}),
    ],
    "listValues": [
        (200, {"params": {"field": "question", "contains": "parcel"}}),
        (200, {"params": {"field": "unanswered"}}),
        (422, {"params": {"field": "luck"}}),
        (422, {}),
    ],
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
    "getCompany": [(200, {})],
    "changeCompany": [(200, {"json": {"name": "New"}}), (422, {"json": {"name": ""}})],
    "listMembers": [(200, {})],
    "addMember": [(200, {"json": {"user": "ada"}}), (422, {"json": {"user": ""}})],
    "removeMember": [(404, {})],
    "listKeys": [(200, {})],
    "createKey": [(201, {"json": {"scopes": ["read"]}}), (422, {"json": {"scopes": []}})],
    "revokeKey": [(404, {})],
    "listRejections": [(200, {})],
    "getMe": [(200, {})],
    "logIn": [
        (422, {"json": {}}),
        (401, {"json": {"token": "x"}}),
        (413, {"content": b" " * (1 << 20) + b"{}"}),
    ],
    "peekAtLogin": [
        (422, {"json": {}}),
        (401, {"json": {"token": "x"}}),
        (413, {"content": b" " * (1 << 20) + b"{}"}),
    ],
    "logOut": [(204, {})],
    "live": [(200, {"params": {"seconds": "0"}}), (422, {"params": {"seconds": "-1"}})],
    "listMarkers": [(200, {})],
    "createMarker": [
        (201, {"json": {"at": "2026-03-16T00:00:00Z", "text": "Release"}}),
        (422, {"json": {"text": "Release"}}),
        (413, {"content": TOO_LARGE}),
    ],
    "changeMarker": [(200, {"json": {"text": "Other"}}), (404, {"of": "none", "json": {}})],
    "deleteMarker": [(404, {"of": "none"}), (204, {})],
    "getMarkerEffect": [
        (200, {"params": {"metric": "csat", "days": "1"}}),
        (422, {"params": {"metric": "luck"}}),
        (404, {"of": "none", "params": {"metric": "csat"}}),
    ],
    "listGaps": [
        (200, {"params": {"period": "all", "order": "newest", "limit": "1"}}),
        (404, {"params": {"chatbot_id": "nobody"}}),
        (422, {"params": {"state": "luck"}}),
        (422, {"params": {"limit": "many"}}),
        (422, {"params": {"cursor": "no"}}),
        (422, {"params": {"colour": "red"}}),
    ],
    "getGap": [
        (200, {"params": {"period": "all"}}),
        (404, {"of": "none"}),
        (422, {"params": {"tz": "Mars"}}),
    ],
    "listGapQuestions": [
        (200, {"params": {"period": "all", "chatbot_id": "bot"}}),
        (422, {"params": {"period": "luck"}}),
    ],
    "exportGaps": [
        (200, {"params": {"period": "all"}}),
        (200, {"params": {"format": "markdown"}}),
        (422, {"params": {"format": "xlsx"}}),
    ],
    "relinkGaps": [(200, {"params": {"wait": "120"}}), (422, {"params": {"wait": "-1"}})],
    "changeGap": [
        (200, {"json": {"state": "fixed", "note": "Written."}}),
        (409, {"json": {"title": "Other", "if_version": 99}}),
        (404, {"of": "none", "json": {"title": "Other"}}),
        (422, {"json": {"state": "verified"}}),
        (413, {"content": TOO_LARGE}),
    ],
    "mergeGaps": [
        (404, {"json": {"with": ["none"]}}),
        (422, {"json": {"with": []}}),
        (200, {"json": {"with": ["{other_id}"]}}),
    ],
    "splitGap": [
        (422, {"json": {"questions": ["Nobody asks this"]}}),
        (200, {"json": {"questions": ["How do I wrap a gift?"]}}),
        (404, {"of": "none", "json": {"questions": ["x"]}}),
    ],
    "listViews": [(200, {})],
    "createView": [
        (201, {"json": {"name": "All", "query": "p=30d", "shared": True}}),
        (403, {"json": {"name": "Mine", "query": "p=30d"}}),
        (422, {"json": {"name": "", "query": "p=30d"}}),
    ],
    "changeView": [(200, {"json": {"name": "Other"}}), (404, {"of": "none", "json": {}})],
    "deleteView": [(404, {"of": "none"}), (204, {})],
    "listEmbedLinks": [(200, {})],
    "createEmbedLink": [
        (201, {"json": EMBED}),
        (201, {"json": {**EMBED, "first_day": "2026-03-01", "accent": "#006dd6", "language": "de"}}),
        (422, {"json": {**EMBED, "theme": "sepia"}}),
    ],
    "createEmbedToken": [
        (201, {"json": {}}),
        (422, {"json": {"seconds": 1}}),
        (404, {"of": "none", "json": {}}),
    ],
    "revokeEmbedLink": [(404, {"of": "none"}), (200, {})],
    "getEmbed": [(404, {})],
    "createLoginLink": [(201, {"json": {"user": "ada"}}), (422, {"json": {"user": ""}})],
}
WITHOUT_A_GOOD_ONE = {"deleteCompany", "logIn", "peekAtLogin", "removeMember", "revokeKey", "getEmbed"}
OPEN = {"isAlive", "isReady", "getCounters", "logIn", "peekAtLogin", "logOut"}
PLANS_OF_LINKS = {"live", "getEmbed"}
"""A plan may not include them for whoever reads by an embed link; others need none, or have no such page."""

IDS = {
    "chatbot_id": "bot",
    "conversation_id": "a",
    "company_id": "nobody",
    "user": "nobody",
    "key_id": "k_0",
} | {"gap_id": "g_0"}


def document(world: World) -> dict[str, Any]:
    """What `/openapi.json` answers."""
    found: dict[str, Any] = world.client.app.product.openapi()
    return found


def operations(world: World) -> dict[str, tuple[str, str]]:
    """Method and path of each operation, by its name."""
    return {
        operation["operationId"]: (method, path)
        for path, methods in document(world)["paths"].items()
        for method, operation in methods.items()
        if method != "head"
    }


def kept(tenant: Tenant) -> dict[str, str]:
    """The ids of a marker, a view and an embed link that the company has."""
    accounts, company_id = tenant.world.engine.accounts, tenant.company.id
    owner = accounts.caller_by_user(tenant.company.owner)
    marker = accounts.add_marker(company_id, "Release", NOON - timedelta(days=2), who="local")
    view = accounts.add_view(company_id, "View", "p=30d", by=owner, shared=True)
    link, _ = accounts.create_embed_link(company_id, "bot", who="local", name="n", parts=["cards"])
    return {"marker_id": marker.id, "view_id": view.id, "link_id": link.id}


def linked(tenant: Tenant) -> dict[str, str]:
    """The ids of two gaps that the company has."""
    fail_on(tenant, "2026-03-17", (*GIFT, *PARCEL), fails=True)
    relink(tenant)
    return {"gap_id": gap_about(tenant, "gift")["id"], "other_id": gap_about(tenant, "parcel")["id"]}


def ask(
    world: World, operation: str, key: str | None, asked: dict[str, Any], ids: dict[str, str] | None = None
) -> int:
    """The status of an answer, which is held against the document on its way here."""
    method, path = operations(world)[operation]
    for name, known in {**IDS, **(ids or {})}.items():
        path = path.replace(f"{{{name}}}", asked.get("of", known))
    headers = {**({"Authorization": f"Bearer {key}"} if key else {}), **asked.get("headers", {})}
    more = {name: value for name, value in asked.items() if name not in ("of", "headers")}
    if "{other_id}" in str(more) and ids:
        more["json"] = {"with": [ids["other_id"]]}
    return world.client.request(method, path, headers=headers, **more).status_code


def is_of_plans(world: World, operation: str) -> bool:
    """Whether the document says that a plan may not include it."""
    method, path = operations(world)[operation]
    return "402" in document(world)["paths"][path][method]["responses"]


def test_what_plans_include(world: World) -> None:
    """All that answers with numbers, conversations or the catalogue says that a plan may not include it.

    So does what people keep for that: markers, views, embed links.
    """
    free = {"sendEvents", "putChatbot", "listChatbots", "verify", "listJobs", *OPEN}
    free |= {"deleteConversation", "deleteChatbot", "deleteCompany"}
    free |= {"getMe", "getCompany", "changeCompany", "listRejections", "createLoginLink"}
    free |= {"listMembers", "addMember", "removeMember", "listKeys", "createKey", "revokeKey"}
    assert {name for name in ASKED if not is_of_plans(world, name)} == free


def test_each_operation_is_asked(world: World) -> None:
    """A new route gives a good answer here, and a bad one where it takes anything."""
    assert set(ASKED) == set(operations(world))
    for name in ASKED.keys() - WITHOUT_A_GOOD_ONE:
        assert any(status < 300 for status, _ in ASKED[name]), name


@pytest.mark.parametrize("operation", ASKED)
def test_answers(company: Tenant, operation: str) -> None:
    """Good ones, and those to what cannot be right."""
    ids = kept(company)
    if "{gap_id}" in operations(company.world)[operation][1]:
        ids |= linked(company)
    for status, asked in ASKED[operation]:
        assert ask(company.world, operation, company.key, asked, ids) == status, asked


@pytest.mark.parametrize("operation", [name for name in ASKED if name not in OPEN])
def test_refusals(new_tenant: Any, operation: str) -> None:
    """Without credentials, without a scope (who one is needs none), without a plan that includes it."""
    tenant = new_tenant(plan="free")
    accounts, asked = tenant.world.engine.accounts, ASKED[operation][0][1]
    tenant.send(*(event for event in EVENTS if event["chatbot_id"] == "bot"))
    _, other = accounts.create_key(
        tenant.company.id, scopes=["read" if operation == "sendEvents" else "ingest"]
    )
    assert ask(tenant.world, operation, None, asked) == 401
    assert ask(tenant.world, operation, other, asked) == (200 if operation == "getMe" else 403)
    if operation not in PLANS_OF_LINKS and is_of_plans(tenant.world, operation):
        assert ask(tenant.world, operation, tenant.key, asked) == 402


def test_however_it_is_served(engine: Engine) -> None:
    """All apps promise the same, but for the name of the cookie under TLS."""
    ways = (Serving(), Serving(public_url="https://b.example/app", cors_origins=["*"], access_log=True))
    plain, other = (create_app(engine, TokenVerifier(), serving=each).product.openapi() for each in ways)
    assert plain["components"].pop("securitySchemes") != other["components"].pop("securitySchemes")
    assert plain == other


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
    found = Conformance(document(world))
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
