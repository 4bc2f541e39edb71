"""Exports as streams: in parts of any size, for readers of any speed, whole or visibly broken."""

import io
import json
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from typing import Any

import httpx2
import pyarrow.parquet as pq
import pytest
import uvicorn
from structlog.testing import capture_logs

from botlens.answers import formats
from botlens.answers.conversations import export
from botlens.api.auth import lasting
from botlens.errors import OverloadedError, UnauthorizedError
from botlens.tenants.credentials import TokenVerifier
from tests.conftest import Tenant
from tests.contract.test_who_may import token
from tests.events import message

PATH = "/v1/export"
PATIENCE = 60.0  # seconds; a client has five of its own, which a busy machine may take


def got(tenant: Tenant, **params: Any) -> httpx2.Response:
    found = tenant.world.client.get(PATH, params=params, headers=tenant.headers)
    assert found.status_code == 200, found.text
    return found


def objects(tenant: Tenant, **params: Any) -> list[dict[str, Any]]:
    return [json.loads(line) for line in got(tenant, format="jsonl", **params).text.splitlines()]


@pytest.mark.parametrize("metric", [None, "new_sessions", "contained_without_return_rate"])
def test_small_parts(tenant: Tenant, monkeypatch: pytest.MonkeyPatch, metric: str | None) -> None:
    """However small the parts are that it is read in, the file is the same."""
    for number in range(7):
        tenant.send(
            *(
                message(
                    f"c{number}",
                    f"{turn}",
                    "where is my order",
                    f"2026-03-{10 + number // 2}T10:{number:02d}:{turn:02d}Z",
                    session_id=f"s{number // 2}",
                )
                for turn in range(number % 3 + 1)
            )
        )
    asked = {} if metric is None else {"metric": metric}
    whole = {data: objects(tenant, data=data, **asked) for data in ("conversations", "messages")}
    assert whole["conversations"]
    assert len(whole["messages"]) == sum(row["messages"] for row in whole["conversations"])
    for keys, conversations, messages in ((1, 1, 1), (3, 2, 2)):
        monkeypatch.setattr(export, "_KEYS", keys)
        monkeypatch.setattr(export, "_CONVERSATIONS", conversations)
        monkeypatch.setattr(export, "_MESSAGES", messages)
        for data, rows in whole.items():
            assert objects(tenant, data=data, **asked) == rows


def test_row_groups(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    """Parquet is written group by group, as soon as one is full: by rows or by bytes."""
    tenant.send(*(message(f"c{number}", "1") for number in range(5)))
    monkeypatch.setattr(export, "_CONVERSATIONS", 2)
    for limit, groups in (("_ROWS_IN_GROUP", 3), ("_BYTES_IN_GROUP", 3), (None, 1)):
        with monkeypatch.context() as smaller:
            if limit:
                smaller.setattr(formats, limit, 2)
            file = pq.ParquetFile(io.BytesIO(got(tenant, format="parquet").content))
        assert (file.num_row_groups, file.metadata.num_rows) == (groups, 5)


def test_slow_readers_hold_nothing_up(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    """More exports than there are connections stop halfway: events and questions do not wait for them."""
    tenant.send(*(message(f"c{number}", "1", at=f"2026-03-1{number}T10:00:00Z") for number in range(3)))
    monkeypatch.setattr(export, "_CONVERSATIONS", 1)
    export_ = tenant.world.engine.answers.conversations.export
    with ThreadPoolExecutor(1) as elsewhere:  # locks know which thread holds them
        begun = [elsewhere.submit(export_, tenant.scope, {"format": "jsonl"}) for _ in range(9)]
        files = [each.result().chunks for each in begun]
        firsts = [elsewhere.submit(next, each).result() for each in files]
        tenant.send(message("c3", "1", at="2026-03-13T10:00:00Z"))
        assert tenant.get("/v1/conversations")["total"] == 4
        rests = [elsewhere.submit(b"".join, each).result() for each in files]
    for first, rest in zip(firsts, rests, strict=True):
        found = [json.loads(line)["conversation_id"] for line in (first + rest).splitlines()]
        assert found[:3] == ["c0", "c1", "c2"]


def test_a_store_that_does_not_answer(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first part is read before the answer begins: a store that fails then is a 503 like any other."""
    tenant.send(message("a", "1"))
    monkeypatch.setattr(export, "conversations", _failing)
    answer = tenant.world.client.get(PATH, headers=tenant.headers)
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "overloaded")


def _failing(*_: Any, **__: Any) -> None:
    raise OverloadedError("The store is tired.")


@contextmanager
def served(tenant: Tenant) -> Iterator[str]:
    """The app behind a real server."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        config = uvicorn.Config(tenant.world.client.app, log_level="critical", lifespan="off")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


def asked(url: str, tenant: Tenant, format_: str) -> AbstractContextManager[httpx2.Response]:
    """The answer as it comes."""
    params = {"format": format_}
    return httpx2.stream("GET", url + PATH, params=params, headers=tenant.headers, timeout=PATIENCE)


@pytest.mark.parametrize("format_", ["csv", "jsonl", "parquet"])
def test_an_error_after_the_first_byte(tenant: Tenant, monkeypatch: pytest.MonkeyPatch, format_: str) -> None:
    """The status is sent by then: the connection breaks off, so that nobody takes the half for the whole."""
    tenant.send(*(message(f"c{number}", "1") for number in range(4)))
    monkeypatch.setattr(export, "_CONVERSATIONS", 1)
    whole = export.conversations
    calls = iter(range(100))
    monkeypatch.setattr(
        export, "conversations", lambda *args: whole(*args) if next(calls) < 2 else _failing()
    )
    with (
        capture_logs() as logged,
        served(tenant) as url,
        asked(url, tenant, format_) as answer,
    ):
        assert answer.status_code == 200
        with pytest.raises(httpx2.RemoteProtocolError):
            answer.read()
    (fault,) = (each["exc_info"] for each in logged if each["event"] == "unexpected_error")
    assert str(fault) == "An export broke off: The store is tired."


def _revoked(tenant: Tenant) -> None:
    accounts = tenant.world.engine.accounts
    (key,) = accounts.keys(tenant.company.id)
    accounts.revoke_key(tenant.company.id, key.id)


def _lowered(tenant: Tenant) -> None:
    tenant.world.engine.accounts.set_plan(tenant.company.id, "free")


def _unreachable(tenant: Tenant) -> None:
    """Accounts that do not answer are waited for, and then have the last word."""
    tries = iter(range(3))

    def look(*_: Any) -> Any:
        if next(tries) < 2:
            raise OverloadedError("The accounts database does not answer.", code="accounts_unavailable")
        look_again.undo()
        _revoked(tenant)
        return tenant.world.engine.accounts.caller_by_key(tenant.key)

    look_again = pytest.MonkeyPatch()
    look_again.setattr(tenant.world.engine.accounts, "caller_by_key", look)


@pytest.mark.parametrize(
    ("change", "said"), [(_revoked, "revoked"), (_lowered, "plan"), (_unreachable, "revoked")]
)
def test_who_may_read_no_more_gets_no_more(
    tenant: Tenant, monkeypatch: pytest.MonkeyPatch, change: Callable[[Tenant], None], said: str
) -> None:
    """A reader that takes a part a minute would have hours of conversations by a key that was revoked."""
    tenant.send(*(message(f"c{number}", "1") for number in range(4)))
    monkeypatch.setattr(export, "_CONVERSATIONS", 1)
    monkeypatch.setattr(lasting, "_LOOKS_EVERY", 0.0)
    monkeypatch.setattr(lasting, "_TRIES_EVERY", 0.01)
    whole, calls = export.conversations, iter(range(100))

    def change_before_the_third(*args: Any) -> Any:
        if next(calls) == 2:
            change(tenant)
        return whole(*args)

    monkeypatch.setattr(export, "conversations", change_before_the_third)
    parts: list[bytes] = []
    with (
        capture_logs() as logged,
        served(tenant) as url,
        asked(url, tenant, "jsonl") as answer,
        pytest.raises(httpx2.RemoteProtocolError),
    ):
        parts.extend(answer.iter_bytes())
    assert b"".join(parts).count(b"\n") < 4
    (fault,) = (each["exc_info"] for each in logged if each["event"] == "unexpected_error")
    assert str(fault).startswith("An export broke off: ")
    assert said in str(fault)


def test_a_file_outlives_the_token_that_asked_for_it(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tokens of five minutes are usual, and a long file could never be had by one."""
    tenant.send(*(message(f"c{number}", "1") for number in range(4)))
    monkeypatch.setattr(export, "_CONVERSATIONS", 1)
    monkeypatch.setattr(lasting, "_LOOKS_EVERY", 0.0)
    known, looks = TokenVerifier.subject, iter(range(100))

    def expires(verifier: TokenVerifier, token: str) -> str:
        if next(looks):
            raise UnauthorizedError("The token has expired. Log in again.", code="expired_token")
        return known(verifier, token)

    monkeypatch.setattr(TokenVerifier, "subject", expires)
    headers = {"Authorization": f"Bearer {token(tenant.company.owner)}"}
    found = tenant.world.client.get(PATH, params={"format": "jsonl"}, headers=headers)
    assert (found.status_code, found.text.count("\n")) == (200, 4)
    assert next(looks) > 2


def test_over_a_real_server(tenant: Tenant) -> None:
    """A file that is whole ends cleanly, and holds what came right before it was asked for."""
    with served(tenant) as url:
        tenant.send(message("a", "1"))
        found = httpx2.get(url + PATH, params={"format": "parquet"}, headers=tenant.headers, timeout=PATIENCE)
        assert found.headers["transfer-encoding"] == "chunked"
        (row,) = pq.read_table(io.BytesIO(found.content)).to_pylist()
    assert row["started_at"] == datetime(2026, 3, 18, 10, tzinfo=UTC)
