"""One real engine for the tests of a run, and companies on it that know nothing of each other.

The embedded store belongs to one process and one folder, so the engine is shared; every test makes its own
company, and the company is what keeps tests apart, as it keeps tenants apart.
"""

import gc
import itertools
import json
import zoneinfo
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, settings

from botlens.answers.scope import Scope
from botlens.api.app import Serving, create_app
from botlens.engine import Engine
from botlens.tenants.accounts import Accounts
from botlens.tenants.credentials import TokenVerifier
from botlens.tenants.values import Company
from tests.clickhouse_server import ClickHouseServer
from tests.conformance import watch
from tests.events import NOON
from tests.logs import log_plainly

# One profile for the whole suite: no example is judged by its time, which on a busy machine says nothing of
# the code. It adds to the profile that hypothesis chooses itself (in CI the same examples at each run).
settings.register_profile("botlens", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("botlens")

log_plainly()

# The zones of tests are those of the product: the machine may know others.
zoneinfo.reset_tzpath(to=())

SECRET = "a secret of the tests that is long enough"
SITE = "http://testserver"  # what the client of the tests calls it


@dataclass
class World:
    """The engine behind an app whose clock the tests hold; each answer to its client must be as described."""

    engine: Engine
    now: datetime = NOON
    client: TestClient = field(init=False)
    numbers: Iterator[int] = field(default_factory=itertools.count)

    def __post_init__(self) -> None:
        tokens = TokenVerifier(secret=SECRET, audience="botlens", issuer="https://login.example")
        app = create_app(
            self.engine,
            tokens,
            local_token="local",
            clock=lambda: self.now,
            serving=Serving(public_url=SITE),
        )
        self.client = TestClient(app, raise_server_exceptions=False)
        watch(self.client, app)


@dataclass
class Tenant:
    """A company with a full-access key and the client that it would write."""

    world: World
    company: Company
    key: str

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.key}"}

    @property
    def scope(self) -> Scope:
        """What the company may ask about now, for questions from Python."""
        return self.world.engine.answers.scope(self.company, self.world.now)

    def query(self, request: dict[str, Any]) -> dict[str, Any]:
        return self.world.engine.answers.queries.query(self.scope, request)

    def verified(self) -> dict[str, Any]:
        return self.world.engine.answers.verification.verify(self.scope)

    def get(self, path: str, **params: str) -> Any:
        answer = self.world.client.get(path, params=params, headers=self.headers)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def status(self, path: str, **params: str) -> tuple[int, str]:
        answer = self.world.client.get(path, params=params, headers=self.headers)
        return answer.status_code, answer.json()["error"]["code"]

    def overview(self, **params: str) -> dict[str, Any]:
        return self.get("/analytics/overview", **params)

    def chatbot(self, chatbot_id: str = "bot", **params: str) -> dict[str, Any]:
        return self.get(f"/analytics/chatbot/{chatbot_id}", **params)

    def gaps(self, chatbot_id: str = "bot", **params: str) -> list[dict[str, Any]]:
        return self.get(f"/analytics/chatbot/{chatbot_id}/gaps", **params)

    def put(self, chatbot_id: str, **settings: Any) -> dict[str, Any]:
        answer = self.world.client.put(f"/v1/chatbots/{chatbot_id}", json=settings, headers=self.headers)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, content: bytes, **headers: str) -> Any:
        return self.world.client.post("/v1/events", content=content, headers={**self.headers, **headers})

    def send(self, *events: dict[str, Any]) -> None:
        answer = self.post(json.dumps({"events": events}).encode())
        assert answer.status_code == 200, answer.text
        said = answer.json()
        assert (said["accepted"], said["rejected"]) == (len(events), [])
        assert set(said.get("warning_counts", {})) <= {"time_ahead"}, said


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Who opens a store of their own first, as a process has one at a time; who opens a browser last.

    What steers the browser has an event loop that runs in the main thread for as long as the browser does,
    and other tests start theirs there.
    """

    def turn(item: pytest.Item) -> int:
        return 0 if item.get_closest_marker("own_store") else 2 if item.get_closest_marker("browser") else 1

    items.sort(key=turn)


def pytest_sessionstart() -> None:
    gc.disable()  # until all tests are collected


def pytest_collection_finish() -> None:
    """What is there now stays to the end: a tenth of the work of all tests was to look for garbage in it."""
    gc.collect()
    gc.freeze()
    gc.enable()


@pytest.fixture(scope="session")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    folder: Path = tmp_path_factory.mktemp("botlens")
    accounts = Accounts.open(f"sqlite:///{folder}/accounts.db")
    with Engine(
        accounts, clickhouse_url=f"chdb://{folder}/events", journal_folder=folder / "journal"
    ) as engine:
        yield engine


@pytest.fixture(scope="session")
def clickhouse_server() -> Iterator[ClickHouseServer]:
    """A ClickHouse server, as far as tests have one; what goes wrong in a test is for that test to end."""
    server = ClickHouseServer()
    yield server
    server.close()


@pytest.fixture(scope="session")
def shared_world(engine: Engine) -> World:
    return World(engine)


@pytest.fixture
def world(shared_world: World) -> World:
    shared_world.now = NOON
    return shared_world


@pytest.fixture
def new_tenant(world: World) -> Iterator[Callable[..., Tenant]]:
    """Makes companies: `new_tenant(plan="pro", timezone="UTC", chatbots=("bot",))`.

    What was loaded into them is counted in the end: what lacks it is said of all companies together.
    """
    made: list[Tenant] = []

    def make(
        plan: str = "pro",
        timezone: str = "UTC",
        chatbots: tuple[str, ...] = ("bot",),
        owner: str | None = None,
    ) -> Tenant:
        number = next(world.numbers)
        accounts = world.engine.accounts
        company = accounts.create_company(
            f"Company {number}", owner=owner or f"owner-{number}", plan=plan, timezone=timezone
        )
        _, secret = accounts.create_key(company.id)
        tenant = Tenant(world, company, secret)
        for chatbot in chatbots:
            tenant.put(chatbot, name=chatbot.title())
        made.append(tenant)
        return tenant

    yield make
    for tenant in made:
        if world.engine.commits.uncounted(tenant.company.id):
            world.engine.commits.count_loaded(tenant.company.id)


@pytest.fixture
def tenant(new_tenant: Callable[..., Tenant]) -> Tenant:
    """A company on the plan pro, in UTC, with one chatbot `bot`."""
    return new_tenant()
