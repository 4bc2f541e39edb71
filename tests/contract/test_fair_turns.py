"""One company never keeps another waiting: turns over HTTP, and questions that need none."""

import asyncio
from collections import Counter
from collections.abc import Callable
from typing import Any

import httpx2
import pytest
from structlog.testing import capture_logs

from botlens.answers.conversations import export
from botlens.api import desk
from botlens.api.routes import export as export_route
from botlens.api.turns import Turns
from tests.conftest import Tenant
from tests.contract.asking import Held, over_one_loop, until
from tests.events import message

QUESTION = "/v1/query?metrics=conversations&period=week"


def bare(tenant: Tenant, path: str, query: str = "") -> dict[str, Any]:
    """A request as a server hands it to an app."""
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "method": "GET",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "scheme": "http",
        "query_string": query.encode(),
        "headers": [(name.lower().encode(), value.encode()) for name, value in tenant.headers.items()],
        "client": ("127.0.0.1", 1),
        "server": ("test", 80),
    }


async def never() -> dict[str, Any]:
    """A client that says no more and stays."""
    await asyncio.Event().wait()
    return {}


@pytest.fixture
def loud(new_tenant: Callable[..., Tenant]) -> Tenant:
    tenant = new_tenant()
    tenant.send(message("a", "1"))
    return tenant


@pytest.fixture
def quiet(new_tenant: Callable[..., Tenant]) -> Tenant:
    tenant = new_tenant()
    tenant.send(message("b", "1"))
    return tenant


def test_sixty_callers_of_a_company(loud: Tenant, quiet: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two of its questions run, sixteen wait, the others get 429; nobody else waits, nor do live numbers."""
    held = Held(monkeypatch, loud.world.engine.answers.conversations, "page")
    monkeypatch.setitem(Turns.__init__.__kwdefaults__, "seconds", 120.0)  # none is refused for its waiting

    async def act(client: httpx2.AsyncClient) -> None:
        await client.get("/analytics/overview", headers=loud.headers)  # which brings it to memory
        asked = [
            asyncio.ensure_future(
                client.get("/v1/conversations", params={"limit": number}, headers=loud.headers)
            )
            for number in range(1, 61)
        ]
        await until(lambda: sum(each.done() for each in asked) == 42)
        assert held.running == 2
        for tenant in (quiet, loud):
            live = await client.get("/analytics/overview", headers=tenant.headers)
            assert (live.status_code, live.json()["total_conversations"]) == (200, 1)
        answer = await client.get(QUESTION, headers=quiet.headers)
        assert answer.json()["rows"] == [{"conversations": 1}]
        for path in ("/healthz", "/readyz", "/metrics"):
            assert (await client.get(path)).status_code == 200
        shown = (await client.get("/metrics")).text
        assert "\nbotlens_questions_running 2.0\n" in shown
        assert "\nbotlens_questions_waiting 16.0\n" in shown
        held.door.set()
        answers = await asyncio.gather(*asked)
        assert Counter(each.status_code for each in answers) == {200: 18, 429: 42}
        refused = next(each for each in answers if each.status_code == 429)
        assert refused.json()["error"]["code"] == "too_many_questions"
        assert int(refused.headers["retry-after"]) > 0

    over_one_loop(loud, act)


def test_equal_questions_are_computed_once(loud: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    """However they are put; an event in between makes them different ones."""
    held = Held(monkeypatch, loud.world.engine.answers.queries, "query")

    async def act(client: httpx2.AsyncClient) -> None:
        body = {"period": "week", "metrics": ["conversations"]}
        link = [client.get(QUESTION, headers=loud.headers) for _ in range(20)]
        posted = [client.post("/v1/query", json=body, headers=loud.headers) for _ in range(20)]
        asked = [asyncio.ensure_future(each) for each in (*link, *posted)]
        await until(lambda: held.calls == 1)
        event = {"events": [message("later", "1")]}
        assert (await client.post("/v1/events", json=event, headers=loud.headers)).status_code == 200
        later = asyncio.ensure_future(client.get(QUESTION, headers=loud.headers))
        await until(lambda: held.calls == 2)
        held.door.set()
        answers = await asyncio.gather(*asked)
        assert {each.status_code for each in answers} == {200}
        assert len({each.content for each in answers}) == 1
        assert (await later).json()["rows"] == [{"conversations": 2}]

    over_one_loop(loud, act)
    assert held.calls == 2


def test_who_goes_away_leaves_the_line(loud: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    """What waits is not computed for a client that is gone; what runs keeps its turn until it ends."""
    held = Held(monkeypatch, loud.world.engine.answers.conversations, "page")

    async def act(client: httpx2.AsyncClient) -> None:
        def ask(limit: int) -> "asyncio.Task[httpx2.Response]":
            return asyncio.ensure_future(
                client.get("/v1/conversations", params={"limit": limit}, headers=loud.headers)
            )

        asked = [ask(number) for number in (1, 2)]
        await until(lambda: held.running == 2)
        gone = ask(3)
        stays = ask(4)
        await asyncio.sleep(0.05)
        gone.cancel()
        asked[0].cancel()
        await asyncio.wait((gone, asked[0]))
        assert held.running == 2
        held.door.set()
        assert [(await each).status_code for each in (asked[1], stays)] == [200, 200]

    over_one_loop(loud, act)
    assert held.calls == 3


def test_a_client_that_hangs_up(loud: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server tells an app of it by `http.disconnect`: the same as if it were cancelled."""
    held = Held(monkeypatch, loud.world.engine.answers.conversations, "page")

    async def act(client: httpx2.AsyncClient) -> None:
        app = client._transport.app
        asked = [
            asyncio.ensure_future(client.get(f"/v1/conversations?limit={number}", headers=loud.headers))
            for number in (1, 2)
        ]
        await until(lambda: held.running == 2)
        messages = [{"type": "http.request", "body": b"", "more_body": False}, {"type": "http.disconnect"}]
        sent = []

        async def receive() -> dict[str, Any]:
            return messages.pop(0) if messages else await never()

        async def send(part: dict[str, Any]) -> None:
            sent.append(part)

        await asyncio.wait_for(app(bare(loud, "/v1/conversations", "limit=3"), receive, send), 60)
        assert sent[0]["status"] == 499
        assert "\nbotlens_questions_waiting 0.0\n" in (await client.get("/metrics")).text
        held.door.set()
        await asyncio.gather(*asked)

    over_one_loop(loud, act)
    assert held.calls == 2


@pytest.mark.parametrize("data", ["conversations", "messages"])
def test_an_export_holds_nothing_while_its_reader_is_slow(
    loud: Tenant, monkeypatch: pytest.MonkeyPatch, data: str
) -> None:
    """No turn and no thread between its parts; other questions of the company are answered."""
    loud.send(*(message(f"c{number}", "1") for number in range(9)))
    monkeypatch.setattr(export, "_CONVERSATIONS", 2)
    monkeypatch.setattr(export, "_MESSAGES", 2)
    monkeypatch.setattr(export_route, "_PIECE", 10)

    query = f"data={data}&format=jsonl&period=all"

    async def act(client: httpx2.AsyncClient) -> None:
        app = client._transport.app
        taken: list[bytes] = []
        reading = asyncio.Event()

        async def send(part: dict[str, Any]) -> None:
            if body := part.get("body"):
                taken.append(body)
                await reading.wait()

        files = [asyncio.ensure_future(app(bare(loud, "/v1/export", query), never, send)) for _ in range(4)]
        await until(lambda: len(taken) == 4)
        assert all(len(part) == 10 for part in taken)
        assert "\nbotlens_questions_running 0.0\n" in (await client.get("/metrics")).text
        assert (await client.get(QUESTION, headers=loud.headers)).status_code == 200
        fifth = await client.get("/v1/export", headers=loud.headers)
        assert (fifth.status_code, fifth.json()["error"]["code"]) == (429, "too_many_exports")
        reading.set()
        await asyncio.gather(*files)
        assert b"".join(taken).count(b"\n") == 4 * 10
        assert (await client.get("/v1/export", headers=loud.headers)).status_code == 200

    over_one_loop(loud, act)


def test_a_reader_that_stands_still_is_cut_off(loud: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that it does not keep its part in memory, and its place among the exports, for good."""
    monkeypatch.setattr(export_route, "_STALLED_SECONDS", 0.1)

    async def act(client: httpx2.AsyncClient) -> None:
        app = client._transport.app

        async def send(part: dict[str, Any]) -> None:
            if part.get("body"):
                await asyncio.Event().wait()

        for _ in range(5):
            with capture_logs(), pytest.raises(export_route.BrokenOffError):
                await asyncio.wait_for(app(bare(loud, "/v1/export"), never, send), 60)

    over_one_loop(loud, act)


def test_sixty_new_thresholds_of_a_company(
    loud: Tenant, quiet: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Recounts take long: one of a company runs at a time, and no thread that others need waits for it."""
    held = Held(monkeypatch, loud.world.engine.chatbots, "put")
    monkeypatch.setattr(desk, "_RECOUNT_WAITS", 120.0)  # the door is opened when the machine comes to it

    async def act(client: httpx2.AsyncClient) -> None:
        def put(number: int) -> asyncio.Future[httpx2.Response]:
            settings = {"confidence_threshold": number / 100}
            return asyncio.ensure_future(client.put("/v1/chatbots/bot", json=settings, headers=loud.headers))

        asked = [put(number) for number in range(30, 90)]
        await until(lambda: sum(each.done() for each in asked) == 43)
        assert held.running == 1
        listed = await asyncio.wait_for(client.get("/v1/chatbots", headers=quiet.headers), 60)
        assert listed.status_code == 200
        held.door.set()
        statuses = Counter(answer.status_code for answer in await asyncio.gather(*asked))
        assert statuses == {200: 17, 429: 43}

    over_one_loop(loud, act)
