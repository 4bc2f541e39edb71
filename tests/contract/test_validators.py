"""Answers that the client has already are not sent again; large ones are packed for those who ask."""

import itertools
from datetime import timedelta
from typing import Any

import httpx2
import pytest
from fastapi.testclient import TestClient

from botlens.api.app import create_app
from botlens.tenants.credentials import TokenVerifier
from tests.conftest import NOON, Tenant
from tests.events import message

ANSWERS = [
    "/analytics/overview",
    "/analytics/overview?from=2026-03-01",
    "/analytics/chatbot/bot",
    "/analytics/chatbot/bot/gaps",
    "/v1/query?metrics=conversations&period=week",
    "/v1/conversations",
    "/v1/conversations/a",
]


def ask(tenant: Tenant, path: str, **headers: str) -> httpx2.Response:
    return tenant.world.client.get(path, headers={**tenant.headers, **headers})


@pytest.mark.parametrize("path", ANSWERS)
def test_an_answer_that_the_client_has(tenant: Tenant, path: str) -> None:
    """304 without a body, for as long as nothing has changed; then the new answer."""
    tenant.send(message("a", "1"))
    first = ask(tenant, path)
    etag = first.headers["etag"]
    assert (first.status_code, first.headers["cache-control"]) == (200, "private, no-cache")
    assert etag.startswith('W/"')  # packed or not, it is the same answer
    for said in (etag, etag.removeprefix("W/"), f'"other", {etag}', "*"):
        again = ask(tenant, path, **{"If-None-Match": said})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", etag)
        assert again.headers["cache-control"] == "private, no-cache"
    assert ask(tenant, path, **{"If-None-Match": '"other"'}).status_code == 200
    tenant.send(message("a", "2"))
    changed = ask(tenant, path, **{"If-None-Match": etag})
    assert (changed.status_code, changed.headers["etag"] == etag) == (200, False)


def test_what_makes_an_answer_another_one(tenant: Tenant) -> None:
    """Events, the minute, a chatbot's settings and the plan; the same moment of the same minute does not."""
    tenant.send(message("a", "1"))
    path = "/v1/query?metrics=conversations"
    etags = [ask(tenant, path).headers["etag"]]
    tenant.world.now = NOON + timedelta(seconds=59)
    assert ask(tenant, path).headers["etag"] == etags[0]
    tenant.world.now = NOON + timedelta(seconds=60)
    etags.append(ask(tenant, path).headers["etag"])
    tenant.send(message("b", "1"))
    etags.append(ask(tenant, path).headers["etag"])
    tenant.put("bot", timezone="Asia/Tokyo")
    etags.append(ask(tenant, path).headers["etag"])
    tenant.put("bot", confidence_threshold=0.5)
    etags.append(ask(tenant, path).headers["etag"])
    tenant.world.engine.accounts.set_plan(tenant.company.id, "enterprise")
    etags.append(ask(tenant, path).headers["etag"])
    etags.append(ask(tenant, "/v1/query?metrics=messages").headers["etag"])
    assert len(set(etags)) == len(etags)


def test_a_validator_is_of_one_company(new_tenant: Any) -> None:
    """Whoever finds another company's, or has lost the right to ask, learns nothing by it."""
    one, other = new_tenant(), new_tenant(plan="free")
    etag = ask(one, "/v1/query?metrics=conversations").headers["etag"]
    assert ask(new_tenant(), "/v1/query?metrics=conversations", **{"If-None-Match": etag}).status_code == 200
    assert ask(other, "/v1/query?metrics=conversations", **{"If-None-Match": "*"}).status_code == 402
    assert ask(one, "/v1/conversations?limit=0", **{"If-None-Match": etag}).status_code == 422


def test_errors_have_no_validator(tenant: Tenant) -> None:
    """They are never kept."""
    answer = ask(tenant, "/analytics/chatbot/nobody")
    assert (answer.status_code, answer.headers["cache-control"]) == (404, "no-store")
    assert "etag" not in answer.headers


def test_the_catalogue(tenant: Tenant) -> None:
    """It is the same for everybody who may see it, whatever happens."""
    first = ask(tenant, "/v1/metrics")
    tenant.send(message("a", "1"))
    again = ask(tenant, "/v1/metrics", **{"If-None-Match": first.headers["etag"]})
    assert (first.status_code, again.status_code, again.content) == (200, 304, b"")


def test_a_question_by_post(tenant: Tenant) -> None:
    """It has the validator of the same question as a link."""
    link = ask(tenant, "/v1/query?metrics=conversations&period=week")
    body = {"period": "week", "metrics": ["conversations"]}
    headers = {**tenant.headers, "If-None-Match": link.headers["etag"]}
    answer = tenant.world.client.post("/v1/query", json=body, headers=headers)
    assert answer.status_code == 304


def test_large_answers_are_packed(tenant: Tenant) -> None:
    """For those who ask for it, with the same validator; caches on the way are told."""
    raw = {"Accept-Encoding": "identity"}
    plain = ask(tenant, "/v1/metrics", **raw)
    for takes, packed in (("gzip", True), ("br, gzip;q=0.5", True), ("gzip;q=0", False), ("br", False)):
        answer = ask(tenant, "/v1/metrics", **{"Accept-Encoding": takes})
        assert answer.headers.get("content-encoding") == ("gzip" if packed else None)
        assert answer.content == plain.content
        assert answer.headers["etag"] == plain.headers["etag"]
        assert packed == (answer.num_bytes_downloaded < len(plain.content) / 3)
        assert takes == "gzip;q=0" or answer.headers["vary"] == "Accept-Encoding"


def test_what_is_not_packed(tenant: Tenant) -> None:
    """Small answers, those to events, and files that are packed already."""
    tenant.send(message("a", "1"))
    takes = {"Accept-Encoding": "gzip"}
    assert "content-encoding" not in ask(tenant, "/healthz", **takes).headers
    bad = b"\n".join(itertools.repeat(b"{}", 100))
    answer = tenant.post(bad, **takes, **{"Content-Type": "application/x-ndjson"})
    assert len(answer.content) > 1_024
    assert "content-encoding" not in answer.headers
    assert "content-encoding" not in ask(tenant, "/v1/export?format=parquet", **takes).headers


def test_exports_are_packed(tenant: Tenant) -> None:
    """Part by part, as they are made."""
    tenant.send(*(message(f"c{number}", "1") for number in range(100)))
    path = "/v1/export?format=jsonl"
    packed = ask(tenant, path, **{"Accept-Encoding": "gzip"})
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.text == ask(tenant, path, **{"Accept-Encoding": "identity"}).text
    assert packed.text.count("\n") == 100


def test_a_start_makes_validators_anew(tenant: Tenant) -> None:
    """What a process counted is forgotten with it: an old validator must not mean a new answer."""
    path = "/v1/query?metrics=conversations"
    etag = ask(tenant, path).headers["etag"]
    restarted = TestClient(create_app(tenant.world.engine, TokenVerifier(), clock=lambda: NOON))
    assert restarted.get(path, headers={**tenant.headers, "If-None-Match": etag}).status_code == 200


def test_a_recount_is_a_change(tenant: Tenant) -> None:
    """A new threshold changes numbers without an event: the company's version says so when it is done."""
    tenant.send(message("a", "1"))
    commits = tenant.world.engine.commits
    before = commits.version(tenant.company.id)
    commits.rebuild(tenant.company.id, "bot")
    assert commits.version(tenant.company.id) != before
