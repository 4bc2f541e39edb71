"""A connection to a PostgreSQL that is read: what is promised of it, and what is said when there is none."""

import socket
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from botlens.errors import BotlensError
from botlens.sources.postgres.address import SourceAddressError, parse_address
from botlens.sources.postgres.changes import BridgeNeededError
from botlens.sources.postgres.connection import connect
from botlens.sources.postgres.refusals import SourceError, refusal_of, reported
from tests.engine.pooler import Pooler

PASSWORD = "s3cret-pass"


@pytest.fixture
def pooler(postgres_server: str) -> Iterator[Pooler]:
    found = Pooler(postgres_server)
    yield found
    found.close()


@pytest.fixture
def guarded(postgres_server: str) -> Iterator[str]:
    """A role that must say its password."""
    rules = Path(postgres_server) / "data" / "pg_hba.conf"
    before = rules.read_text()
    with psycopg.connect(f"postgresql://postgres@/postgres?host={postgres_server}", autocommit=True) as admin:
        admin.execute(f"CREATE ROLE guarded LOGIN PASSWORD '{PASSWORD}'")
        rules.write_text("local all guarded scram-sha-256\n" + before)
        admin.execute("SELECT pg_reload_conf()")
        yield "guarded"
        rules.write_text(before)
        admin.execute("SELECT pg_reload_conf()")
        admin.execute("DROP ROLE guarded")


def refusal(url: str, *, replication: bool = False) -> BotlensError:
    """What is said of a URL; nothing of it has the password, wherever it is printed."""
    with pytest.raises(BotlensError) as raised:
        connect(parse_address(url), replication=replication)
    error = raised.value
    printed = "".join(traceback.format_exception(error))
    assert PASSWORD not in f"{printed} {error!r} {error.body()}"
    return error


def test_a_connection_reads_and_hides_nothing(new_postgres: Callable[[], str]) -> None:
    """It says who it is, never writes, never times out, and values come in UTC and ISO."""
    connection = connect(parse_address(new_postgres()))
    names = ("application_name", "row_security", "statement_timeout", "TimeZone", "DateStyle")
    found = [connection.execute(f"SHOW {name}").fetchone() for name in names]
    assert found == [("botlens",), ("off",), ("0",), ("UTC",), ("ISO, YMD",)]
    with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
        connection.execute("CREATE TABLE ours (id int)")
    connection.close()


def test_limits_of_the_role_are_lifted(new_postgres: Callable[[], str]) -> None:
    """Whatever the role, or its database, sets: nothing that is read ends because it takes long."""
    url = new_postgres()
    limits = (
        "statement_timeout",
        "lock_timeout",
        "transaction_timeout",
        "idle_in_transaction_session_timeout",
        "idle_session_timeout",
    )
    with psycopg.connect(url, autocommit=True) as owner:
        owner.execute("CREATE ROLE limited LOGIN")
        for name in limits:
            owner.execute(f"ALTER ROLE limited SET {name} = '30s'")
        connection = connect(parse_address(url.replace("postgres@", "limited@")))
        assert [connection.execute(f"SHOW {name}").fetchone() for name in limits] == [("0",)] * len(limits)
        connection.close()
        owner.execute("DROP ROLE limited")


def test_what_is_refused_is_no_lost_connection(new_postgres: Callable[[], str]) -> None:
    """The sentence says what the server said, and does not send anybody to look for the network."""
    address = parse_address(new_postgres())
    with connect(address) as connection:
        for statement in (
            "SET statement_timeout = 1; SELECT pg_sleep(9)",
            "SELECT pg_cancel_backend(pg_backend_pid())",
        ):
            with pytest.raises(SourceError, match="canceling statement") as raised, reported(address):
                connection.execute(statement)
            assert raised.value.code == "source_unavailable"
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_a_text_that_is_none(new_postgres: Callable[[], str]) -> None:
    """A database that takes any bytes may hold some that are no text: the sentence says why."""
    url = new_postgres()
    name = "ascii_" + url.partition("/t_")[2].partition("?")[0]
    with psycopg.connect(url, autocommit=True) as owner:
        owner.execute(f"CREATE DATABASE {name} ENCODING 'SQL_ASCII' TEMPLATE template0")
    address = parse_address(url.replace("/t_", "/ascii_"))
    refused = pytest.raises(SourceError, match="SQL_ASCII")
    with connect(address) as connection, refused as raised, reported(address):
        connection.execute(b"SELECT E'caf\\xe9 ole'")
    assert raised.value.code == "wrong_source_encoding"


def test_rows_that_are_hidden_are_an_error(new_postgres: Callable[[], str]) -> None:
    """Never an empty table: the sentence names the right that is missing."""
    url = new_postgres()
    with psycopg.connect(url, autocommit=True) as owner:
        owner.execute("CREATE TABLE notes (id int); INSERT INTO notes VALUES (1)")
        owner.execute("ALTER TABLE notes ENABLE ROW LEVEL SECURITY; CREATE ROLE reads LOGIN")
        owner.execute("GRANT SELECT ON notes TO reads")
        address = parse_address(url.replace("postgres@", "reads@"))
        connection = connect(address)
        with pytest.raises(SourceError, match="ALTER ROLE reads BYPASSRLS") as raised, reported(address):
            connection.execute("SELECT * FROM notes")
        assert raised.value.code == "source_right_missing"
        connection.close()
        owner.execute("DROP OWNED BY reads; DROP ROLE reads")


def test_a_connection_that_is_gone(new_postgres: Callable[[], str]) -> None:
    """What was being read must be bridged."""
    url = new_postgres()
    address = parse_address(url)
    connection = connect(address)
    with psycopg.connect(url, autocommit=True) as owner:
        owner.execute("SELECT pg_terminate_backend(%s)", (connection.info.backend_pid,))
    with pytest.raises(BridgeNeededError) as raised, reported(address):
        connection.execute("SELECT 1")
    assert raised.value.code == "connection_lost"


def test_a_wrong_password(postgres_server: str, guarded: str) -> None:
    """Also none at all."""
    wrong = refusal(f"postgresql://{guarded}:{PASSWORD}x@/postgres?host={postgres_server}")
    assert wrong.code == refusal(f"postgresql://{guarded}@/postgres?host={postgres_server}").code
    assert wrong.code == "wrong_source_password"
    assert "the role `guarded`" in wrong.message


def test_an_unknown_role_and_an_unknown_database(postgres_server: str) -> None:
    """The message names what is not there."""
    role = refusal(f"postgresql://nobody_here:{PASSWORD}@/postgres?host={postgres_server}")
    assert (role.code, "`nobody_here`" in role.message) == ("unknown_source_role", True)
    database = refusal(f"postgresql://postgres:{PASSWORD}@/nowhere?host={postgres_server}")
    assert (database.code, "/nowhere" in database.message) == ("unknown_source_database", True)


def test_nobody_is_there() -> None:
    """The message names host and port; where there is IPv6 only, the session pooler."""
    with socket.socket() as bound:  # so that nobody else gets the port
        bound.bind(("127.0.0.1", 0))
        port = bound.getsockname()[1]
        nobody = refusal(f"postgresql://botlens:{PASSWORD}@127.0.0.1:{port}/postgres")
    assert nobody.code == "source_unreachable"
    assert f"127.0.0.1:{port}" in nobody.message
    newer = refusal(f"postgresql://botlens:{PASSWORD}@[::1]:{port}/postgres")
    assert newer.code == "source_only_ipv6"
    assert "session pooler" in newer.message


def test_no_descriptor_is_free() -> None:
    """That is this machine's fault, and said to be: nobody looks for it in the network."""
    said = "connection failed: could not create socket: Too many open files"
    found = refusal_of(psycopg.OperationalError(said), parse_address("postgresql://ann@db.example/app"))
    assert found.code == "machine_refuses"
    assert "ulimit -n" in found.message


def test_no_tls(pooler: Pooler) -> None:
    """It is wanted of foreign hosts, unless the URL says otherwise; not of private networks."""
    error = refusal(f"postgresql://postgres:{PASSWORD}@127.0.0.1:{pooler.port}/postgres?sslmode=require")
    assert error.code == "source_without_tls"
    connect(parse_address(f"postgresql://postgres@127.0.0.1:{pooler.port}/postgres")).close()
    hosts = ["127.0.0.1", "[::1]", "10.1.2.3", "192.168.0.7", "%2Ftmp", "8.8.8.8", "[2a05:d014::1]"]
    foreign = [parse_address(f"postgresql://botlens@{host}/postgres").is_foreign for host in hosts]
    assert foreign == [False, False, False, False, False, True, True]


def test_a_pooler_swallows_the_wish_to_stream(pooler: Pooler) -> None:
    """It is noticed at once; statements go through it."""
    url = f"postgresql://postgres:{PASSWORD}@127.0.0.1:{pooler.port}/postgres"
    error = refusal(url, replication=True)
    assert error.code == "source_behind_pooler"
    assert "by statements" in error.message
    connect(parse_address(url)).close()


def test_the_right_to_stream_is_missing(new_postgres: Callable[[], str]) -> None:
    """The statement that gives it is said."""
    url = new_postgres()
    with psycopg.connect(url, autocommit=True) as owner:
        owner.execute("CREATE ROLE only_reads LOGIN")
        error = refusal(url.replace("postgres@", "only_reads@"), replication=True)
        owner.execute("DROP ROLE only_reads")
    assert error.code == "source_right_missing"
    assert "ALTER ROLE only_reads REPLICATION" in error.message


def test_the_transaction_pooler_is_refused() -> None:
    """By its port, before anything is asked."""
    with pytest.raises(SourceAddressError, match="session pooler") as raised:
        parse_address(f"postgresql://botlens.abc:{PASSWORD}@aws-0-eu.pooler.supabase.com:6543/postgres")
    assert raised.value.code == "transaction_pooler"
    assert PASSWORD not in str(raised.value)


@pytest.mark.parametrize(
    "url",
    [
        "mysql://botlens@host/db",
        f"postgresql://botlens:{PASSWORD}@x@host/db",
        f"postgresql://botlens:1/{PASSWORD}@host/db",
        f"postgresql://botlens:%zz{PASSWORD}@host/db",
        f"postgresql://botlens:{PASSWORD}@host:port/db",
        f"postgresql://botlens:{PASSWORD}@host/db?nothing=1",
        f"postgresql://botlens:{PASSWORD}@...:5432/postgres",
        "postgresql://...",
        "",
    ],
)
def test_what_is_no_url(url: str) -> None:
    """It is refused with an example, and not quoted: a part of it may be of the password."""
    with pytest.raises(SourceAddressError, match="postgresql://ROLE:PASSWORD@HOST") as raised:
        parse_address(url)
    assert PASSWORD not in "".join(traceback.format_exception(raised.value))


def test_an_address_does_not_show_its_password() -> None:
    """Wherever it is printed."""
    address = parse_address(f"postgresql://botlens:{PASSWORD}@db.example.com/postgres")
    assert PASSWORD not in f"{address} {address!r}"
    assert str(address) == "db.example.com:5432/postgres"
