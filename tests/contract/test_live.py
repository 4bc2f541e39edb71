"""`GET /v1/live`: who hears what, how often, for how long, and how many may listen."""

import asyncio
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest
from fastapi import FastAPI

from botlens.api.app import Serving, create_app
from botlens.api.auth.callers import caller_dependency
from botlens.api.auth.public_address import DEFAULT_URL, PublicAddress
from botlens.api.dispatch import App
from botlens.api.routes.live import live_router
from botlens.events.record import MESSAGE, USER, Record
from botlens.tenants.credentials import TokenVerifier
from tests.conftest import Tenant
from tests.contract.embedding import linked
from tests.contract.gap_story import GIFT, ask, change, gap_about, relink
from tests.contract.streaming import Listener, listening
from tests.events import message

LIVE = "/v1/live"


@pytest.fixture
def app(tenant: Tenant) -> App:
    return create_app(tenant.world.engine, TokenVerifier(), local_token="local")


async def sent(tenant: Tenant, *events: dict[str, Any]) -> None:
    await asyncio.to_thread(tenant.send, *events)


def test_a_change_is_told_and_nothing_of_it(tenant: Tenant, app: App) -> None:
    """The state at once, then each change with the chatbots that it is about: no figure, no text."""

    async def check() -> None:
        async with listening(app, LIVE, tenant.headers) as live:
            assert live.headers["content-type"].startswith("text/event-stream")
            assert live.headers["cache-control"] == "no-store, no-transform"
            assert "content-encoding" not in live.headers
            assert "content-length" not in live.headers
            first = (await live.until(1))[0]
            assert first["data"] == {"version": first["data"]["version"], "chatbots": []}
            await sent(tenant, message("a", "1", content="a secret"))
            second = (await live.until(2))[1]
            assert second["data"]["chatbots"] == ["bot"]
            assert second["data"]["version"] > first["data"]["version"]
            assert second["id"] != first["id"]
            assert "secret" not in live.text

    asyncio.run(check())


def test_gaps_are_told(tenant: Tenant, app: App) -> None:
    """That questions were linked, and that somebody changed a gap: whoever looks at gaps asks again."""

    async def check() -> None:
        await asyncio.to_thread(ask, tenant, "2026-03-17", GIFT, fails=True)
        async with listening(app, LIVE, tenant.headers) as live:
            first = (await live.until(1))[0]
            await asyncio.to_thread(relink, tenant)
            linked_now = (await live.until(2))[1]
            gap = await asyncio.to_thread(gap_about, tenant, "gift")
            await asyncio.to_thread(change, tenant, gap["id"], title="Gift wrapping")
            changed = (await live.until(3))[2]
        versions = [each["data"]["version"] for each in (first, linked_now, changed)]
        assert versions == sorted(set(versions))
        assert len({each["id"] for each in (first, linked_now, changed)}) == 3

    asyncio.run(check())


def test_gzip_keeps_nothing_back(tenant: Tenant, app: App) -> None:
    """Whoever takes gzip hears as soon as anybody else."""

    async def check() -> None:
        async with listening(app, LIVE, {**tenant.headers, "Accept-Encoding": "gzip"}) as live:
            assert len(await live.until(1)) == 1
            assert "content-encoding" not in live.headers

    asyncio.run(check())


def test_at_most_one_a_second(new_tenant: Callable[..., Tenant], app: App) -> None:
    """Many commits within a second are one event that names all their chatbots."""
    tenant = new_tenant(chatbots=("bot", "other"))

    async def check() -> None:
        async with listening(app, LIVE, tenant.headers) as live:
            first = (await live.until(1))[0]["data"]["version"]
            began = time.monotonic()
            for number in range(20):
                chatbot = "other" if number == 7 else "bot"
                await sent(tenant, message("a", str(number), chatbot_id=chatbot))
                await asyncio.sleep(0.1)
            async with asyncio.timeout(60):
                while live.told[-1]["data"]["version"] < first + 20:
                    await live.news()
            told = [each["data"] for each in live.told[1:]]
            assert 2 <= len(told) <= time.monotonic() - began + 1
            assert {chatbot for each in told for chatbot in each["chatbots"]} == {"bot", "other"}
            versions = [each["version"] for each in told]
            assert versions == sorted(set(versions))
            assert versions[-1] == first + 20

    asyncio.run(check())


def test_many_commits_wake_the_loop_once(tenant: Tenant, app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    """The thread that commits pays one call of the loop for all that it commits within a second."""
    records = [
        Record("bot", f"c{each}", MESSAGE, "1", 0, 0, 1_773_828_000_000_000, role=USER, content="Hi")
        for each in range(50)
    ]

    def commit_all() -> None:
        for each in records:
            tenant.world.engine.commits.submit(tenant.company.id, [each]).result()

    async def check() -> None:
        loop, calls = asyncio.get_running_loop(), list[str]()
        real = loop.call_soon_threadsafe

        def counted(callback: Callable[..., Any], *arguments: Any, **more: Any) -> Any:
            calls.append(getattr(callback, "__qualname__", ""))
            return real(callback, *arguments, **more)

        async with listening(app, LIVE, tenant.headers) as live:
            await live.until(1)
            await asyncio.sleep(1.1)  # of what the accounts told
            monkeypatch.setattr(loop, "call_soon_threadsafe", counted)
            began = time.monotonic()
            await asyncio.to_thread(commit_all)
            await live.until(2)
            seconds = time.monotonic() - began
            assert 1 <= sum("_Company" in each for each in calls) <= seconds + 2  # at once, and for the rest

    asyncio.run(check())


def test_another_company_hears_nothing(new_tenant: Callable[..., Tenant], app: App) -> None:
    """What one company sends is no event of another."""
    tenant, other = new_tenant(), new_tenant()

    async def check() -> None:
        async with (
            listening(app, LIVE, tenant.headers) as live,
            listening(app, LIVE, other.headers) as elsewhere,
        ):
            await sent(tenant, message("a", "1"))
            await live.until(2)
            await asyncio.sleep(1.1)
            assert len(elsewhere.told) == 1

    asyncio.run(check())


def test_changes_of_the_accounts_are_told(tenant: Tenant, app: App) -> None:
    """A new name, and a marker, made by whatever process: all chatbots may be others."""

    async def check() -> None:
        async with listening(app, LIVE, tenant.headers) as live:
            first = (await live.until(1))[0]["data"]["version"]
            await asyncio.to_thread(tenant.put, "bot", name="Renamed")
            second = (await live.until(2))[1]["data"]
            assert second == {"version": first + 1, "chatbots": None}
            accounts = tenant.world.engine.accounts
            now = tenant.world.now
            await asyncio.to_thread(
                lambda: accounts.add_marker(tenant.company.id, "Release", now, who="local")
            )
            assert (await live.until(3))[2]["data"]["version"] == first + 2

    asyncio.run(check())


def test_a_reader_of_an_embed_link_hears_of_its_chatbot_alone(
    new_tenant: Callable[..., Tenant], app: App
) -> None:
    """Neither events nor ids nor numbers tell what else the company does, or how much of it."""
    tenant = new_tenant(chatbots=("bot", "other"))
    accounts, now = tenant.world.engine.accounts, tenant.world.now
    secret = linked(tenant)["secret"]
    headers = {"Authorization": f"Bearer {secret}"}

    async def state() -> tuple[str, int]:
        async with listening(app, LIVE, headers) as live:
            (event,) = await live.until(1)
            return event["id"], event["data"]["version"]

    async def check() -> None:
        before = await state()
        async with listening(app, LIVE, headers) as live:
            await live.until(1)
            for number in range(3):
                await sent(tenant, message(f"c{number}", "1", chatbot_id="other"))
            await asyncio.to_thread(tenant.put, "other", name="Renamed")
            await asyncio.to_thread(
                lambda: accounts.add_marker(tenant.company.id, "Secret", now, who="local", chatbot_id="other")
            )
            await asyncio.sleep(2.2)
            assert len(live.told) == 1
            assert await state() == before
            await sent(tenant, message("a", "1"))
            told = (await live.until(2))[1]["data"]
            assert told == {"version": before[1] + 1, "chatbots": ["bot"]}
            await asyncio.to_thread(tenant.put, "bot", name="Renamed")
            told = (await live.until(3))[2]["data"]
            assert told == {"version": before[1] + 2, "chatbots": ["bot"]}

    asyncio.run(check())


def test_coming_back(tenant: Tenant, app: App) -> None:
    """With the last id: silence if nothing changed meanwhile, else at once that something did."""

    async def check() -> None:
        async with listening(app, LIVE, tenant.headers) as live:
            known = (await live.until(1))[0]["id"]
        async with listening(app, LIVE, {**tenant.headers, "Last-Event-ID": known}) as live:
            assert live.status == 200
            assert live.told == []
        await sent(tenant, message("a", "1"))
        async with listening(app, LIVE, {**tenant.headers, "Last-Event-ID": known}) as live:
            (event,) = await live.until(1)
            assert event["data"]["chatbots"] is None
            assert event["id"] != known
        async with listening(app, LIVE, {**tenant.headers, "Last-Event-ID": "of another start"}) as live:
            assert (await live.until(1))[0]["data"]["chatbots"] is None

    asyncio.run(check())


def beating(tenant: Tenant, seconds: float) -> FastAPI:
    """An app whose streams beat so often."""
    engine = tenant.world.engine
    caller = caller_dependency(engine, TokenVerifier(), "local", PublicAddress(DEFAULT_URL))
    app = FastAPI()
    app.include_router(live_router(engine, caller, again=caller, heart_beat=seconds))
    return app


def test_a_revoked_key_hears_no_more(tenant: Tenant) -> None:
    """At the next heart beat the stream says why it ends."""
    accounts, app = tenant.world.engine.accounts, beating(tenant, 0.2)
    key, secret = accounts.create_key(tenant.company.id, scopes=["read"])

    async def check() -> None:
        async with listening(app, LIVE, {"Authorization": f"Bearer {secret}"}) as live:
            async with asyncio.timeout(60):
                while live.text.count("\n: \n\n") < 2:
                    await live.news()
            assert not live.ended
            await asyncio.to_thread(accounts.revoke_key, tenant.company.id, key.id)
            await live.until_ended()
            last = live.told[-1]
            assert (last["event"], last["data"]["error"]["code"]) == ("end", "revoked_key")

    asyncio.run(check())


def test_a_login_that_ended_hears_no_more(tenant: Tenant) -> None:
    """So does that of a member who was removed."""
    accounts, app = tenant.world.engine.accounts, beating(tenant, 0.2)
    _, secret = accounts.create_link(tenant.company.id, "ada")
    _, cookie = accounts.log_in_by_link(secret)
    headers = {"Cookie": f"{PublicAddress(DEFAULT_URL).cookie}={cookie}", "Host": "127.0.0.1:8000"}

    async def check() -> None:
        async with listening(app, LIVE, headers) as live:
            await asyncio.sleep(0.3)
            assert live.status == 200
            assert not live.ended
            await asyncio.to_thread(accounts.remove_member, tenant.company.id, "ada")
            await live.until_ended()
            assert live.told[-1]["event"] == "end"

    asyncio.run(check())


def test_on_a_plan_without_anything(new_tenant: Callable[..., Tenant], app: App) -> None:
    """It tells no figure, and so needs no feature; but a scope."""
    tenant = new_tenant(plan="free")
    _, ingest = tenant.world.engine.accounts.create_key(tenant.company.id, scopes=["ingest"])

    async def check() -> None:
        async with listening(app, LIVE, tenant.headers) as live:
            assert live.status == 200
        async with listening(app, LIVE, {"Authorization": f"Bearer {ingest}"}) as live:
            assert live.status == 403

    asyncio.run(check())


def test_bounds(new_tenant: Callable[..., Tenant]) -> None:
    """One key has half of what a company may have, a company half of all; who leaves makes room."""
    tenants = [new_tenant() for _ in range(3)]
    engine = tenants[0].world.engine
    app = create_app(engine, TokenVerifier(), serving=Serving(streams=8))
    keys = [
        {"Authorization": f"Bearer {engine.accounts.create_key(each.company.id, name=f'{number}')[1]}"}
        for each in tenants
        for number in range(3)
    ]

    async def check() -> None:
        async with AsyncExitStack() as stack:

            async def ask(headers: dict[str, str]) -> Listener:
                return await stack.enter_async_context(listening(app, LIVE, headers))

            first = await ask(keys[0])
            assert [(await ask(keys[0])).status for _ in range(2)] == [200, 429]
            assert [(await ask(keys[1])).status for _ in range(2)] == [200, 200]
            refused = await ask(keys[2])
            assert (refused.status, refused.headers["retry-after"]) == (429, "15")
            assert [(await ask(key)).status for key in (keys[3], keys[3], keys[4], keys[4])] == [200] * 4
            full = await ask(keys[6])
            assert (full.status, full.headers["retry-after"]) == (503, "15")
            first.leave()
            for _ in range(1_200):  # the server is told soon
                again = await ask(keys[6])
                if again.status == 200:
                    break
                await asyncio.sleep(0.05)
            assert again.status == 200
            assert not first.ended  # nobody was there to be told

    asyncio.run(check())


def test_embedded_pages_leave_places_to_the_company(tenant: Tenant) -> None:
    """However many links it has: their readers together have half of its streams."""
    accounts = tenant.world.engine.accounts
    app = create_app(tenant.world.engine, TokenVerifier(), serving=Serving(streams=8))
    links = [
        accounts.create_embed_link(tenant.company.id, "bot", who="local", name="n", parts=["cards"])[1]
        for _ in range(3)
    ]
    readers = [{"Authorization": f"Bearer {each}"} for each in links]

    async def check() -> None:
        async with AsyncExitStack() as stack:
            told = [
                (await stack.enter_async_context(listening(app, LIVE, each))).status
                for each in (*readers, tenant.headers, tenant.headers)
            ]
            assert told == [200, 200, 429, 200, 200]

    asyncio.run(check())


def test_nobody_is_watched_when_nobody_looks(tenant: Tenant, app: App) -> None:
    """Once all have left, commits tell nobody."""
    watching = tenant.world.engine.commits._ledger.watching

    async def check() -> None:
        async with listening(app, LIVE, tenant.headers):
            assert tenant.company.id in watching._watchers
        assert tenant.company.id not in watching._watchers

    asyncio.run(check())


def test_head_and_a_stream_of_no_seconds_end(tenant: Tenant) -> None:
    """Nothing waits for ever that wants to know the state alone."""
    client = tenant.world.client
    assert client.head(LIVE, headers=tenant.headers).status_code == 200
    answer = client.get(LIVE, headers=tenant.headers, params={"seconds": "0"})
    assert answer.status_code == 200
    assert '"chatbots":[]' in answer.text


def test_in_another_app(tenant: Tenant) -> None:
    """Mounted behind somebody else's login, which knows nothing of heart beats."""
    app = FastAPI()
    app.include_router(live_router(tenant.world.engine, lambda: tenant.company.id, heart_beat=0.2))

    async def check() -> None:
        async with listening(app, LIVE, {}) as live:
            await live.until(1)
            await sent(tenant, message("a", "1"))
            assert (await live.until(2))[1]["data"]["chatbots"] == ["bot"]

    asyncio.run(check())
