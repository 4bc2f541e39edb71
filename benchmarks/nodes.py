"""Several nodes over one PostgreSQL and two shards, with companies to send to: what `cluster` measures.

The shards are the stand-ins of the tests: the embedded engine behind the protocol of a ClickHouse server,
each in a process of its own. They share the cores with the nodes, as do PostgreSQL and the clients.
"""

import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import psycopg
from tests.clickhouse_server import ClickHouseServer

from benchmarks.dataset import Chatbot
from benchmarks.server import Server
from botlens.cluster.slots import SLOTS, slot_of
from botlens.tenants.accounts import Accounts

LEASE_SECONDS = 5
_PLAN = "enterprise"
_COMPANIES = 8
_WAIT_SECONDS = 120
_POLL_SECONDS = 0.05
_IDLE_SHARE, _IDLE_SECONDS, _BUSY_FOR_SECONDS = 0.9, 1.0, 60
SETTINGS = ("fsync=on", "full_page_writes=on", "wal_level=replica", "max_connections=200")
"""Of the PostgreSQL, which has the journal: what it says is there must be on the disk."""


@dataclass(frozen=True, slots=True)
class Tenant:
    """A company with the chatbot that is measured, and who may send to it."""

    id: str
    headers: dict[str, str]


def tenants(accounts_url: str, chatbot: Chatbot, count: int = _COMPANIES) -> list[Tenant]:
    """New companies in some accounts."""
    accounts = Accounts.open(accounts_url)
    made = []
    for number in range(count):
        company = accounts.create_company(f"Company {number}", owner=f"owner-{number}", plan=_PLAN)
        accounts.put_chatbot(company.id, chatbot.id, name=chatbot.name)
        headers = {"Authorization": f"Bearer {accounts.create_key(company.id)[1]}"}
        made.append(Tenant(company.id, headers))
    accounts.close()
    return made


class Nodes:
    """Nodes that come and go; all end with the `with` block.

    Args:
        url: of a PostgreSQL.
        folder: for what they write.
    """

    def __init__(self, url: str, folder: Path) -> None:
        self._url, self._folder = url, folder
        self._closing = ExitStack()
        self.running: dict[str, Server] = {}

    def __enter__(self) -> Self:
        shards = []
        for _ in range(2):
            shards.append(ClickHouseServer())
            self._closing.callback(shards[-1].close)
        self._settings = {
            "BOTLENS_ACCOUNTS_URL": self._url,
            "BOTLENS_SHARDS": ",".join(each.new_database("benchmark") for each in shards),
            "BOTLENS_LEASE_SECONDS": str(LEASE_SECONDS),
        }
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for name in list(self.running):
            self.end(name)
        self._closing.close()

    def begin(self, name: str, *, core: int | None = None) -> Server:
        """A node that is ready, and has its share of the slots; it may be bound to one core."""
        folder = self._folder / name
        folder.mkdir(exist_ok=True)
        port = _free_port()
        own = {"BOTLENS_NODE_NAME": name, "BOTLENS_NODE_URL": f"http://127.0.0.1:{port}"}
        with _bound_to(core):
            self.running[name] = node = Server(folder, port=port, **self._settings, **own)
        many = len(self.running)
        wait_until(lambda: min(self.slots(each) for each in self.running) >= SLOTS // many - 1)
        return node

    def end(self, name: str) -> None:
        """In the orderly way."""
        self.running.pop(name).end()

    def kill(self, name: str) -> None:
        """As a machine ends that loses its power."""
        self.running.pop(name).kill()

    def slots(self, name: str) -> int:
        """How many slots a node has."""
        return sum(owner == name for owner in self._owners().values())

    def owner(self, tenant: Tenant) -> str:
        """The name of the node that has a company."""
        return self._owners()[slot_of(tenant.id)]

    def _owners(self) -> dict[int, str]:
        with psycopg.connect(self._url) as connection:
            rows: list[Any] = connection.execute("SELECT slot, node FROM botlens.slots").fetchall()
        return dict(rows)


@contextmanager
def _bound_to(core: int | None) -> Iterator[None]:
    """What is started inside runs on one core alone."""
    before = os.sched_getaffinity(0)
    try:
        if core is not None:
            os.sched_setaffinity(0, {sorted(before)[core % len(before)]})
        yield
    finally:
        os.sched_setaffinity(0, before)


def wait_until(true: Callable[[], bool]) -> None:
    """Wait until something is true."""
    began = time.monotonic()
    while not true():
        if time.monotonic() - began > _WAIT_SECONDS:
            raise RuntimeError(f"it did not happen in {_WAIT_SECONDS} s")
        time.sleep(_POLL_SECONDS)


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def until_idle() -> None:
    """Wait until the processors have next to nothing to do: for a minute, if others are busy."""
    for _ in range(_BUSY_FOR_SECONDS):
        idle, everything = _processor_times()
        time.sleep(_IDLE_SECONDS)
        idle_then, everything_then = _processor_times()
        if idle_then - idle > _IDLE_SHARE * (everything_then - everything):
            return


def _processor_times() -> tuple[int, int]:
    """Of all cores since the start of the machine, in ticks: idle or waiting for a disk, and in all."""
    times = list(map(int, Path("/proc/stat").read_text().splitlines()[0].split()[1:9]))
    return times[3] + times[4], sum(times)
