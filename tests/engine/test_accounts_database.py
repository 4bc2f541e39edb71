"""How the accounts stand on their database: opened together, migrated, locked, lost, and told apart."""

import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, text
from structlog.testing import capture_logs

from botlens.cluster import tables as _cluster  # noqa: F401 - its tables are among those of `Base`
from botlens.database import database
from botlens.errors import InvalidError, OverloadedError
from botlens.gaps.life_cycle import tables as _gaps  # noqa: F401 - likewise
from botlens.jobs import tables as _jobs  # noqa: F401 - likewise
from botlens.sources.postgres import tables as _followed  # noqa: F401 - likewise
from botlens.tenants.accounts import Accounts
from botlens.tenants.tables import Base
from tests.engine.behind import rows
from tests.engine.cluster_nodes import eventually

OPEN_WHEN_TOLD = """
import pathlib, sys, time
from botlens.tenants.accounts import Accounts
url, go, ready = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
ready.touch()
while not go.exists():
    time.sleep(0.001)
with Accounts.open(url) as accounts:
    accounts.create_company("Acme", owner="ann")
"""


def test_processes_that_open_a_new_database_at_once_all_succeed(new_accounts_url, tmp_path):
    """A server and commands may start together on an empty database: one migrates, the others wait."""
    (tmp_path / "new folder").mkdir()
    go, ready = tmp_path / "go", [tmp_path / f"ready{n}" for n in range(3)]
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", OPEN_WHEN_TOLD, new_accounts_url, go, flag],
            stderr=subprocess.PIPE,
            text=True,
        )
        for flag in ready
    ]
    until = time.monotonic() + 60
    while not all(flag.exists() for flag in ready) and time.monotonic() < until:
        time.sleep(0.01)
    go.touch()
    errors = [process.communicate(timeout=60)[1] for process in processes]
    assert [process.returncode for process in processes] == [0, 0, 0], errors
    with Accounts.open(new_accounts_url) as accounts:
        assert len(accounts.companies()) == 3


def test_threads_share_accounts_and_lose_nothing(accounts):
    """Writes from many threads all arrive; a chatbot that many create at once is created once."""
    company = accounts.create_company("Acme", owner="ann")

    def work(number: int) -> bool:
        accounts.put_chatbot(company.id, f"bot{number}")
        accounts.set_plan(company.id, ["pro", "starter"][number % 2])
        _, secret = accounts.create_key(company.id)
        assert accounts.caller_by_key(secret).company.id == company.id
        return accounts.put_chatbot(company.id, "shared", name=str(number))[1]

    with ThreadPoolExecutor(12) as pool:
        created = list(pool.map(work, range(24)))
    assert created.count(True) == 1
    assert len(accounts.chatbots(company.id)) == 25
    assert len(accounts.keys(company.id)) == 24
    assert accounts.company(company.id).plan in {"pro", "starter"}


def test_a_database_from_a_newer_botlens_is_refused_with_advice(accounts_url):
    """An old botlens does not write into a schema that it does not know."""
    Accounts.open(accounts_url).close()
    rows(accounts_url, "UPDATE {t}alembic_version SET version_num = '9999'")
    with pytest.raises(InvalidError, match="upgrade botlens"):
        Accounts.open(accounts_url)


def downgrade(url: str) -> None:
    """As the version of before has left it."""
    connected = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    with connected.begin() as connection:
        connection.execute(text("SET search_path TO botlens"))
        config = Config()
        config.set_main_option("script_location", "botlens.database:migrations")
        config.attributes.update(connection=connection, schema="botlens")
        command.downgrade(config, "-1")
    connected.dispose()


def test_a_migration_lets_others_pass(new_postgres: Callable[[], str], monkeypatch: pytest.MonkeyPatch):
    """Behind one that waits for who reads for long (a dump) all would wait: it gives way, and tries again."""
    monkeypatch.setattr(database, "_LOCKED_SECONDS", 1)
    monkeypatch.setattr(database, "_PAUSE_SECONDS", 0.1)
    monkeypatch.setattr(database, "_GIVES_WAY_SECONDS", 300.0)
    url = new_postgres()
    Accounts.open(url).close()
    downgrade(url)
    with capture_logs() as logs, ThreadPoolExecutor(1) as pool:
        with psycopg.connect(url) as reader:
            reader.execute("LOCK TABLE botlens.alembic_version IN EXCLUSIVE MODE")  # the last that it changes
            opening = pool.submit(Accounts.open, url)
            eventually(lambda: len([each for each in logs if each["event"] == "migration_waits"]) > 1)
            waits = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
            eventually(lambda: reader.execute(waits).fetchone() == (0,))  # who waits does not all the time
            assert not opening.done()
        opening.result().close()
    monkeypatch.setattr(database, "_GIVES_WAY_SECONDS", 0)
    downgrade(url)
    with psycopg.connect(url) as reader:
        reader.execute("LOCK TABLE botlens.alembic_version IN EXCLUSIVE MODE")
        with pytest.raises(OverloadedError, match="somebody reads for long"):
            Accounts.open(url)


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_migrations_lead_to_what_the_models_say(engine, tmp_path, request):
    """A model that is changed without a migration fails here."""
    url = f"sqlite:///{tmp_path}/a.db" if engine == "sqlite" else request.getfixturevalue("new_postgres")()
    Accounts.open(url).close()
    connected = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    with connected.connect() as connection:
        if engine == "postgresql":
            connection.execute(text("SET search_path TO botlens"))
            connection.dialect.default_schema_name = "botlens"
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []
    connected.dispose()


@pytest.mark.parametrize(
    "url",
    [
        *(
            "accounts.db",
            "mysql://host/db",
            "sqlite://",
            "sqlite:///:memory:",
            "",
            "postgresql+psycopg2://h/d",
        ),
        *("postgresql://...", "postgresql://u:p@db..example/d"),
    ],
)
def test_a_url_that_cannot_be_used_is_refused_with_examples(url):
    """The message shows URLs that work."""
    with pytest.raises(InvalidError, match=r"sqlite:///folder/accounts\.db or postgresql://") as refused:
        Accounts.open(url)
    assert refused.value.field == "accounts_url"


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    """The message names the folder."""
    (tmp_path / "file").touch()
    with pytest.raises(InvalidError, match="file/folder"):
        Accounts.open(f"sqlite:///{tmp_path}/file/folder/accounts.db")


def test_without_the_driver_postgresql_says_what_to_install(monkeypatch):
    """The driver is an extra; the message is the command that installs it."""
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(InvalidError, match=r"pip install 'botlens\[postgres\]'"):
        Accounts.open("postgres://host/db")


def test_a_database_that_is_out_of_reach_is_named_without_its_password(tmp_path):
    """The operator sees where it tried to go; the log does not get the password."""
    with pytest.raises(OverloadedError) as refused:
        Accounts.open(f"postgres://ann:hunter2@/db?host={tmp_path}")
    assert str(tmp_path) in refused.value.message
    assert "hunter2" not in refused.value.message


def test_a_locked_sqlite_file_is_busy_not_a_crash(tmp_path, monkeypatch):
    """A lock that lasts is answered with 'try again', and reads go on meanwhile."""
    monkeypatch.setattr(database, "_WAIT_SECONDS", 0.1)
    with Accounts.open(f"sqlite:///{tmp_path}/accounts.db") as accounts:
        company = accounts.create_company("Acme", owner="ann")
        other = sqlite3.connect(tmp_path / "accounts.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(OverloadedError) as busy:
            accounts.create_company("Other", owner="bob")
        assert accounts.companies() == [company]
        other.execute("ROLLBACK")
        other.close()
        accounts.create_company("Other", owner="bob")
    assert busy.value.code == "accounts_unavailable"
    assert busy.value.headers["Retry-After"]


def test_on_postgresql_the_tables_stand_beside_an_applications_own(new_postgres: Callable[[], str]):
    """An application that has its own `companies` keeps it untouched, and nothing of ours is in `public`."""
    url = new_postgres()
    with psycopg.connect(url) as connection:
        connection.execute(
            "CREATE TABLE companies (mine int); CREATE TABLE alembic_version (version_num text)"
        )
        connection.execute("INSERT INTO alembic_version VALUES ('theirs')")
    with Accounts.open(url.replace("postgresql://", "postgres://")) as accounts:
        accounts.create_company("Acme", owner="ann")
    with psycopg.connect(url) as connection:
        public = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
        assert public.fetchall() == [("alembic_version",), ("companies",)]
        assert connection.execute("SELECT * FROM alembic_version").fetchall() == [("theirs",)]
        assert connection.execute("SELECT * FROM companies").fetchall() == []


def test_on_postgresql_a_lost_connection_is_replaced(new_postgres: Callable[[], str]):
    """A database that restarted does not cost the next request an error."""
    url = new_postgres()
    with Accounts.open(url) as accounts:
        accounts.ping()
        with psycopg.connect(url) as connection:
            killed = connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            ).fetchall()
        assert killed
        accounts.ping()


def test_on_postgresql_rights_to_make_a_schema_are_not_needed_where_it_exists(
    new_postgres: Callable[[], str],
):
    """A careful administrator may make the schema and give botlens nothing else."""
    url = new_postgres()
    with psycopg.connect(url, autocommit=True) as connection:
        role = "r" + url.split("/t_")[1][:8]
        connection.execute(f"CREATE ROLE {role} LOGIN")
        connection.execute(f"CREATE SCHEMA botlens AUTHORIZATION {role}")
    with Accounts.open(url.replace("postgres@", f"{role}@")) as accounts:
        assert accounts.companies() == []


def test_sqlite_readers_do_not_wait_for_a_writer(tmp_path: Path):
    """The file is in WAL mode, whoever opens it."""
    url = f"sqlite:///{tmp_path}/accounts.db"
    Accounts.open(url).close()
    assert rows(url, "PRAGMA journal_mode") == [("wal",)]
