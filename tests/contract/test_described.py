"""The API does what its description says: schemathesis asks what that allows, and what it does not."""

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.config import SchemathesisConfig
from schemathesis.generation import GenerationMode

from botlens.api.app import create_app
from botlens.api.routes import live
from botlens.events.types import EVENT_TYPES
from botlens.tenants.credentials import TokenVerifier
from tests.conftest import Tenant, World
from tests.events import message

EXAMPLES = 10
REFUSED_ALONE = {"sendEvents", "queries", "queriesByLink"}
OPERATIONS = {
    "getOverview": ("GET", "/analytics/overview"),
    "getChatbotNumbers": ("GET", "/analytics/chatbot/{chatbot_id}"),
    "getChatbotGaps": ("GET", "/analytics/chatbot/{chatbot_id}/gaps"),
    "sendEvents": ("POST", "/v1/events"),
    "query": ("POST", "/v1/query"),
    "queryByLink": ("GET", "/v1/query"),
    "queries": ("POST", "/v1/queries"),
    "queriesByLink": ("GET", "/v1/queries"),
    "getCatalogue": ("GET", "/v1/metrics"),
    "listValues": ("GET", "/v1/values"),
    "listConversations": ("GET", "/v1/conversations"),
    "getConversation": ("GET", "/v1/conversations/{conversation_id}"),
    "deleteConversation": ("DELETE", "/v1/conversations/{conversation_id}"),
    "export": ("GET", "/v1/export"),
    "putChatbot": ("PUT", "/v1/chatbots/{chatbot_id}"),
    "listChatbots": ("GET", "/v1/chatbots"),
    "deleteChatbot": ("DELETE", "/v1/chatbots/{chatbot_id}"),
    "deleteCompany": ("DELETE", "/v1/companies/{company_id}"),
    "listJobs": ("GET", "/v1/jobs"),
    "verify": ("POST", "/v1/verify"),
    "getCompany": ("GET", "/v1/company"),
    "changeCompany": ("PATCH", "/v1/company"),
    "listMembers": ("GET", "/v1/members"),
    "addMember": ("POST", "/v1/members"),
    "removeMember": ("DELETE", "/v1/members/{user}"),
    "listKeys": ("GET", "/v1/keys"),
    "createKey": ("POST", "/v1/keys"),
    "revokeKey": ("DELETE", "/v1/keys/{key_id}"),
    "listRejections": ("GET", "/v1/rejections"),
    "getMe": ("GET", "/v1/me"),
    "logIn": ("POST", "/v1/session"),
    "peekAtLogin": ("POST", "/v1/session/peek"),
    "logOut": ("DELETE", "/v1/session"),
    "createLoginLink": ("POST", "/v1/login-links"),
    "live": ("GET", "/v1/live"),
    "listMarkers": ("GET", "/v1/markers"),
    "createMarker": ("POST", "/v1/markers"),
    "changeMarker": ("PATCH", "/v1/markers/{marker_id}"),
    "deleteMarker": ("DELETE", "/v1/markers/{marker_id}"),
    "getMarkerEffect": ("GET", "/v1/markers/{marker_id}/effect"),
    "listViews": ("GET", "/v1/views"),
    "createView": ("POST", "/v1/views"),
    "changeView": ("PATCH", "/v1/views/{view_id}"),
    "deleteView": ("DELETE", "/v1/views/{view_id}"),
    "listEmbedLinks": ("GET", "/v1/embed-links"),
    "createEmbedLink": ("POST", "/v1/embed-links"),
    "revokeEmbedLink": ("DELETE", "/v1/embed-links/{link_id}"),
    "createEmbedToken": ("POST", "/v1/embed-links/{link_id}/tokens"),
    "getEmbed": ("GET", "/v1/embed"),
    "listGaps": ("GET", "/v1/gaps"),
    "listGapQuestions": ("GET", "/v1/gaps/questions"),
    "exportGaps": ("GET", "/v1/gaps/export"),
    "relinkGaps": ("POST", "/v1/gaps/relink"),
    "getGap": ("GET", "/v1/gaps/{gap_id}"),
    "changeGap": ("PATCH", "/v1/gaps/{gap_id}"),
    "mergeGaps": ("POST", "/v1/gaps/{gap_id}/merge"),
    "splitGap": ("POST", "/v1/gaps/{gap_id}/split"),
    "isAlive": ("GET", "/healthz"),
    "isReady": ("GET", "/readyz"),
    "getCounters": ("GET", "/metrics"),
}
HEALTH = {"isAlive", "isReady", "getCounters"}
OPEN = {*HEALTH, "logIn", "peekAtLogin", "logOut"}
WITHOUT_PARAMETERS = {
    "getCatalogue",
    "getMe",
    "getCompany",
    "listMembers",
    "listKeys",
    "listRejections",
    "listChatbots",
    "listJobs",
    "verify",
    "listViews",
    "listEmbedLinks",
    "getEmbed",
    "logOut",
    *HEALTH,
}
RULES_BEYOND_SCHEMAS = ["2xx", "3xx", "400", "401", "402", "403", "404", "422", "429"]


def document(world: World) -> dict[str, Any]:
    found: dict[str, Any] = world.client.get("/openapi.json").json()
    return found


@pytest.fixture(scope="module")
def described(shared_world: World) -> Any:
    config = SchemathesisConfig.from_dict(
        {"checks": {"positive_data_acceptance": {"expected-statuses": RULES_BEYOND_SCHEMAS}}}
    )
    app = create_app(shared_world.engine, TokenVerifier())
    return schemathesis.openapi.from_asgi("/openapi.json", app, config=config)


@pytest.mark.parametrize(
    ("name", "mode"),
    [
        (name, mode)
        for name in OPERATIONS
        for mode in GenerationMode
        if not (mode is GenerationMode.NEGATIVE and name in WITHOUT_PARAMETERS)
    ],
)
def test_as_described(
    described: Any, tenant: Tenant, monkeypatch: pytest.MonkeyPatch, name: str, mode: GenerationMode
) -> None:
    """Whatever is asked: no 500, no status, type, header or shape that is not described; nonsense is refused.

    A bad event, or question of a batch, is refused alone, in an answer of 200: nonsense there is left out.
    """
    tenant.send(message("c", "1"))
    monkeypatch.setattr(live, "LONGEST", 0.0)  # a stream that is asked for would last as long as it is to
    method, path = OPERATIONS[name]
    refusal = schemathesis.checks.CHECKS.get_one("negative_data_rejection")
    left_out = [refusal] if name in REFUSED_ALONE else []

    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        deadline=None,
        database=None,
        phases=(Phase.explicit, Phase.generate),
        suppress_health_check=list(HealthCheck),
    )
    @given(described[path][method].as_strategy(generation_mode=mode))
    def ask(case: Any) -> None:
        case.call_and_validate(headers=tenant.headers, excluded_checks=left_out)

    ask()


def test_every_operation_has_a_name(world: World) -> None:
    """A name that says what it does, for clients that are made of the description."""
    names = {
        operation["operationId"]: (method.upper(), path)
        for path, methods in document(world)["paths"].items()
        for method, operation in methods.items()
        if method != "head"
    }
    assert names == OPERATIONS


def test_every_operation_has_a_title_of_its_own(world: World) -> None:
    """What `/docs` shows beside each address: its name in words, which no other operation has."""
    titles = [
        operation["summary"]
        for methods in document(world)["paths"].values()
        for method, operation in methods.items()
        if method != "head"
    ]
    assert len(set(titles)) == len(titles)
    assert {"List chatbots", "List conversations", "Send events", "Get chatbot gaps", "Verify"} <= set(titles)


def test_who_may_call(world: World) -> None:
    """Every operation but those of health and login takes a key, a JWT or a session, and says so."""
    found = document(world)
    schemes = found["components"]["securitySchemes"]
    assert {name: (each["type"], each.get("scheme"), each.get("name")) for name, each in schemes.items()} == {
        "ApiKey": ("http", "bearer", None),
        "Jwt": ("http", "bearer", None),
        "Session": ("apiKey", None, "botlens-80"),
    }
    for methods in found["paths"].values():
        for operation in methods.values():
            needed = [] if operation["operationId"] in OPEN else [{name: []} for name in schemes]
            assert operation.get("security", []) == needed
            if needed:
                assert {"401", "403", "404", "408", "431", "503"} <= set(operation["responses"])


def test_errors_are_described_in_their_one_shape(world: World) -> None:
    """Each with an example; who may try again later is told when."""
    for methods in document(world)["paths"].values():
        for operation in methods.values():
            for status, answer in operation["responses"].items():
                if int(status) < 400:
                    continue
                content = answer["content"]["application/json"]
                assert content["schema"] == {"$ref": "#/components/schemas/ErrorBody"}
                assert {"code", "message"} <= set(content["example"]["error"])
                assert content["example"]["detail"] == content["example"]["error"]["message"]
                assert ("Retry-After" in answer.get("headers", {})) == (status in {"429", "503"})


def test_the_examples_of_events_are_taken(tenant: Tenant) -> None:
    """One of each type, and all of them in one body."""
    tenant.put("helpdesk")
    body = document(tenant.world)["paths"]["/v1/events"]["post"]["requestBody"]
    examples = body["content"]["application/json"]["examples"]
    assert set(examples) == {"all", *EVENT_TYPES}
    for name, example in examples.items():
        events = example["value"]["events"]
        assert name == "all" or [event["type"] for event in events] == [name]
        tenant.send(*events)


def test_the_examples_of_queries_are_answered(tenant: Tenant) -> None:
    """As they stand."""
    tenant.put("helpdesk")
    body = document(tenant.world)["paths"]["/v1/query"]["post"]["requestBody"]
    examples = body["content"]["application/json"]["examples"]
    assert examples
    for example in examples.values():
        answer = tenant.world.client.post("/v1/query", json=example["value"], headers=tenant.headers)
        assert answer.status_code == 200, answer.text
