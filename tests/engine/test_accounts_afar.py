"""What is asked of accounts in a PostgreSQL while a request or a stream runs, and how often."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from botlens.api import streams
from botlens.api.routes import events
from botlens.api.streams import Streams
from botlens.engine import Engine
from botlens.intake.pipeline import decode
from botlens.tenants.accounts import Accounts
from tests.clickhouse_server import ClickHouseServer
from tests.contract.nodes import Node, nodes
from tests.engine.waiting import soon
from tests.events import message


@pytest.fixture
def url(new_postgres: Callable[[], str]) -> str:
    return new_postgres()


@pytest.fixture
def engine(url: str, clickhouse_server: ClickHouseServer, tmp_path: Path) -> Iterator[Engine]:
    """Of a process of its own, with accounts in PostgreSQL."""
    store, journal = clickhouse_server.new_database(), tmp_path / "journal"
    with Engine(Accounts.open(url), clickhouse_url=store, journal_folder=journal) as found:
        yield found


def test_what_another_process_writes_is_told_to_streams_within_seconds(
    url: str, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that a command changed, on a page that is open; nothing is read while nothing changes."""
    monkeypatch.setattr(streams, "_SELDOM", 1_000.0)  # else it is seen now and then, whoever has told it
    company = engine.accounts.create_company("Acme", owner="ann", plan="pro")
    looks: list[float] = []

    async def check() -> None:
        opened = Streams(engine, 10)
        stream = await opened.open(company.id, "ann")
        look = opened._states.look
        opened._states.look = lambda each: looks.append(1.0) or look(each)  # type: ignore[method-assign]
        assert await asyncio.to_thread(soon, lambda: bool(looks))
        looks.clear()
        await asyncio.sleep(2.5 * streams.PACE)
        assert looks == []
        with Accounts.open(url) as other:
            await asyncio.to_thread(other.put_chatbot, company.id, "bot", name="Bot")
        async with asyncio.timeout(60):
            await stream.changed()
        stream.close()

    asyncio.run(check())


@pytest.fixture
def node(engine: Engine) -> Iterator[Node]:
    world: Any = SimpleNamespace(engine=engine, now=datetime.now(UTC))
    with ExitStack() as stack:
        yield stack.enter_context(nodes(world, "ann"))[0]


def test_a_body_is_decoded_once(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where its chatbots must be asked for first, in a thread."""
    accounts, decoded = node.engine.accounts, []
    company = accounts.create_company("Acme", owner="ann", plan="pro")
    accounts.put_chatbot(company.id, "bot")
    _, secret = accounts.create_key(company.id)

    def counted(*body: Any) -> Any:
        decoded.append(body)
        return decode(*body)

    monkeypatch.setattr(events, "decode", counted)

    def send(number: int) -> int:
        sent = {"events": [message("c", str(number), at=datetime.now(UTC).isoformat())]}
        head = {"Authorization": f"Bearer {secret}"}
        return node.client.post("/v1/events", json=sent, headers=head).status_code

    for number in range(3):
        accounts.database.memory.expire()
        assert send(number) == 200
    assert len(decoded) == 3
