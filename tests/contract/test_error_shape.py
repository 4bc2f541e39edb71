"""Every error of every route has one shape."""

import itertools
from typing import Any

import pytest
from structlog.testing import capture_logs

from tests.conftest import Tenant, World


def routes(world: World) -> list[tuple[str, str]]:
    paths = world.client.get("/openapi.json").json()["paths"]
    return [(method, path) for path, methods in paths.items() for method in methods]


OF_A_PLAN = {"feature", "needs_plan", "oldest_allowed"}
"""What refusals for a plan say besides."""


def is_error(body: object) -> bool:
    return (
        isinstance(body, dict)
        and set(body) == {"detail", "error"}
        and body["detail"] == body["error"]["message"]
        and {"code", "message"} <= set(body["error"]) <= {"code", "message", "field", *OF_A_PLAN}
        and all(isinstance(value, str) and value for value in body["error"].values())
    )


def test_every_route_without_credentials(world: World) -> None:
    """Each route that needs credentials answers 401 in the one shape; the others are of health and login."""
    open_routes = set()
    for method, path in routes(world):
        answer = world.client.request(method, path.replace("{chatbot_id}", "bot"))
        if answer.status_code == 401:
            assert is_error(answer.json())
        else:
            open_routes.add(path)
    assert open_routes == {"/healthz", "/readyz", "/metrics", "/v1/session", "/v1/session/peek"}


def test_every_route_with_the_wrong_method(world: World) -> None:
    """A method that a route does not take: 405 in the one shape."""
    known = set(routes(world))
    paths = {path for _, path in known}
    of_gaps = {"/v1/gaps/questions", "/v1/gaps/export", "/v1/gaps/relink"}
    for path, method in itertools.product(paths, ["delete", "patch"]):
        if (method, path) in known or (method == "patch" and path in of_gaps):  # ids that no gap has
            continue
        answer = world.client.request(method, path.replace("{chatbot_id}", "bot"))
        assert answer.status_code == 405
        assert is_error(answer.json())


def test_unknown_address(world: World) -> None:
    """An address that does not exist: 404 in the one shape."""
    answer = world.client.get("/analytics/nothing/here")
    assert (answer.status_code, is_error(answer.json())) == (404, True)


@pytest.mark.parametrize(
    ("path", "params", "code"),
    [
        ("/analytics/overview", {"tz": "Mars/Olympus"}, "unknown_timezone"),
        ("/analytics/overview", {"tz": "../../etc/passwd"}, "unknown_timezone"),
        ("/analytics/overview", {"from": "soon"}, "invalid_time"),
        ("/analytics/chatbot/bot", {"to": "2026-03-01T00:00:00"}, "invalid_time"),
        ("/analytics/chatbot/bot", {"from": "2026-02-30"}, "invalid_time"),
        ("/analytics/chatbot/bot/gaps", {"from": "2026-03-02", "to": "2026-03-01"}, "invalid_period"),
        ("/v1/conversations", {"tz": "Mars/Olympus"}, "unknown_timezone"),
        ("/v1/conversations", {"cursor": "x"}, "invalid_cursor"),
        ("/v1/export", {"format": "xlsx"}, "invalid_parameter"),
    ],
)
def test_bad_parameters(tenant: Tenant, path: str, params: dict[str, str], code: str) -> None:
    """A parameter that cannot be right: 422 with the parameter's name."""
    answer = tenant.world.client.get(path, params=params, headers=tenant.headers)
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, code)
    assert answer.json()["error"]["field"] in params
    assert is_error(answer.json())


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{", 400),
        (b"[]", 422),
        (b'{"confidence_threshold": 7}', 422),
        (b'{"timezone": "Mars"}', 422),
        (b'{"nmae": "x"}', 422),
        (b'{"name": 5}', 422),
        (b'{"confidence_threshold": false}', 422),
        (b'{"confidence_threshold": "0.5"}', 422),
        (b'{"is_published": "yes"}', 422),
        (b'{"is_published": 1}', 422),
        (b'{"timezone": "localtime"}', 422),
        (b'{"name": "\xff"}', 400),
        (b'{"name": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", 400),
    ],
)
def test_bad_chatbot(tenant: Tenant, body: bytes, status: int) -> None:
    """Settings of a chatbot that cannot be right change nothing."""
    before = tenant.get("/v1/chatbots")
    headers = {**tenant.headers, "Content-Type": "application/json"}
    answer = tenant.world.client.put("/v1/chatbots/bot", content=body, headers=headers)
    assert (answer.status_code, is_error(answer.json())) == (status, True)
    assert status == 422 or answer.json()["error"]["code"] == "invalid_json"
    assert tenant.get("/v1/chatbots") == before


def slips(logs: list[Any]) -> list[Any]:
    """Other threads of this process may log besides."""
    return [each for each in logs if each["event"] == "unknown_parameters"]


@pytest.mark.parametrize(
    "path", ["/analytics/overview", "/analytics/chatbot/bot", "/analytics/chatbot/bot/gaps"]
)
def test_unknown_parameters_of_the_seed_routes(tenant: Tenant, path: str) -> None:
    """Front ends of the contract may send what they like; the log tells whoever looks for a slip."""
    with capture_logs() as logs:
        plain = tenant.get(path)
        assert slips(logs) == []
        assert tenant.get(path, form="2026-01-01", page="2") == plain
    (line,) = slips(logs)
    assert line["log_level"] == "warning"
    assert (line["path"], line["parameters"]) == (path, ["form", "page"])


def test_fault_of_ours(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault inside botlens is a 500 in the one shape, and tells nothing of its inside."""

    def fail(*_: object) -> None:
        raise RuntimeError("the secret inside")

    monkeypatch.setattr(tenant.world.engine.answers.seed, "overview", fail)
    answer = tenant.world.client.get("/analytics/overview", headers=tenant.headers)
    assert (answer.status_code, is_error(answer.json())) == (500, True)
    assert "secret" not in answer.text


def test_the_words_of_the_engine(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the event store says of a statement is for the log, and never for a tenant."""
    store = tenant.world.engine.store
    broken = lambda *_, **__: store.maintain("SELECT the_inside FROM conversation_facts")  # noqa: E731
    monkeypatch.setattr(tenant.world.engine.answers.seed, "overview", broken)
    with capture_logs() as logs:
        answer = tenant.world.client.get("/analytics/overview", headers=tenant.headers)
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "store_unavailable")
    assert is_error(answer.json())
    for word in ("the_inside", "conversation_facts", "Exception", "Code:", str(tenant.world.engine.store)):
        assert word not in answer.text
    assert any("the_inside" in each.get("cause", "") for each in logs)
