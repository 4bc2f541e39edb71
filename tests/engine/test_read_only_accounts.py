"""A PostgreSQL that takes no changes, as one does that another has taken over from: what reads goes on."""

from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import psycopg
import pytest

from botlens.errors import InvalidError, OverloadedError
from botlens.tenants.accounts import Accounts
from botlens.tenants.login_sessions import IDLE
from tests.engine.behind import rows
from tests.events import NOON


class Database:
    """One database of a server, which may be read-only."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._name = urlsplit(url).path[1:]

    def set(self, *, read_only: bool) -> None:
        """From the next connection on; those that there are end."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute("SET default_transaction_read_only = off")
            how = "SET default_transaction_read_only = on" if read_only else "RESET ALL"
            connection.execute(f"ALTER DATABASE {self._name} {how}")
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )


@pytest.fixture
def database(new_postgres: Callable[[], str]) -> Iterator[Database]:
    found = Database(new_postgres())
    Accounts.open(found.url).close()
    yield found
    found.set(read_only=False)


class Hand:
    """A clock whose time a test sets."""

    now: datetime = NOON

    def __call__(self) -> datetime:
        return self.now


def test_what_would_change_something_is_refused_and_what_reads_is_not(database: Database) -> None:
    """It is no fault of ours (500), and says what is the matter; it goes on by itself once it may."""
    database.set(read_only=True)
    with Accounts.open(database.url) as accounts:  # also a start need change nothing
        assert accounts.companies() == []
        with pytest.raises(OverloadedError, match="read-only") as refused:
            accounts.create_company("Acme", owner="ann")
        assert (refused.value.status, refused.value.code) == (503, "accounts_unavailable")
        with closing(accounts.database.statements()) as statements:  # as nodes of a cluster run them
            with pytest.raises(OverloadedError, match="read-only"):
                statements.run("CREATE TABLE notes ()")
            with pytest.raises(OverloadedError, match="disk is full"):
                statements.run("DO $$ BEGIN RAISE USING ERRCODE = 'disk_full'; END $$")
        database.set(read_only=False)
        assert accounts.create_company("Acme", owner="ann").name == "Acme"


def test_a_connection_to_a_standby_is_let_go(database: Database) -> None:
    """Its server was the first of several that answered, or became one; the next connection may do."""
    with Accounts.open(database.url) as accounts:
        with accounts.database._engine.connect() as connection:  # the pool has this one alone
            connection.exec_driver_sql("SET default_transaction_read_only = on")
            connection.commit()
        with pytest.raises(OverloadedError, match="read-only"):
            accounts.create_company("Acme", owner="ann")
        assert accounts.create_company("Acme", owner="ann").name == "Acme"


def test_of_several_servers_the_one_that_takes_changes(database: Database) -> None:
    """One that does not knows thresholds and keys of a while ago. Whoever wants that one says so."""
    several = f"{database.url}&host={urlsplit(database.url).query.partition('=')[2]}"
    with Accounts.open(several) as accounts:
        assert accounts.create_company("Acme", owner="ann").name == "Acme"
        database.set(read_only=True)
        for _ in range(2):  # by a connection that there was, and by one that is made for it
            with pytest.raises(OverloadedError, match="read-only"):
                accounts.create_company("Other", owner="ann")
        with Accounts.open(f"{several}&target_session_attrs=any") as standby:
            assert len(standby.companies()) == 1


def test_a_port_beside_each_host_is_said_to_be_wrong(database: Database) -> None:
    """It is written otherwise: not with a traceback."""
    with pytest.raises(InvalidError, match="not the URL of a database"):
        Accounts.open("postgresql://postgres@a:1,b:2/x")


def test_who_is_logged_in_reads_on(database: Database) -> None:
    """That a session is used is written down now and then; where it cannot be, it is tried again later."""
    clock = Hand()
    with closing(Accounts.open(database.url, clock=clock)) as accounts:
        company = accounts.create_company("Acme", owner="ann", plan="pro")
        _, secret = accounts.log_in_by_user("ann")
        database.set(read_only=True)
        clock.now += timedelta(minutes=10)
        for _ in range(3):
            caller = accounts.caller_by_session(secret)
            assert (caller.user, caller.company) == ("ann", company)
            clock.now += timedelta(seconds=10)
        database.set(read_only=False)
        assert accounts.caller_by_session(secret).user == "ann"  # too soon to be tried again
        assert _seen(database) == NOON
        clock.now += timedelta(minutes=1)
        accounts.caller_by_session(secret)
        assert _seen(database) == clock.now
        clock.now += IDLE - timedelta(seconds=1)
        assert accounts.caller_by_session(secret).user == "ann"


def test_a_session_is_not_tried_to_be_noted_at_each_request(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A database that is read-only, or hangs, would be asked to write by every look at a page."""
    clock, tried = Hand(), []
    with closing(Accounts.open(database.url, clock=clock)) as accounts:
        accounts.create_company("Acme", owner="ann", plan="pro")
        _, secret = accounts.log_in_by_user("ann")
        database.set(read_only=True)
        clock.now += timedelta(minutes=10)
        see = accounts._see

        def noted(digest: str, now: datetime) -> None:
            tried.append(now)
            see(digest, now)

        monkeypatch.setattr(accounts, "_see", noted)
        for _ in range(13):
            accounts.caller_by_session(secret)
            clock.now += timedelta(seconds=10)
    assert [each - tried[0] for each in tried] == [timedelta(minutes=minute) for minute in range(3)]


def _seen(database: Database) -> datetime:
    ((seen,),) = rows(database.url, "SELECT seen_at FROM {t}login_sessions")
    return seen


@pytest.mark.parametrize("state", ["idle_in_transaction_session_timeout", "transaction_timeout"])
def test_a_transaction_that_the_server_cut_off_is_to_be_sent_again(database: Database, state: str) -> None:
    """It stood still for longer than it may, as a process does that is stopped: nobody's fault but time's."""
    with Accounts.open(database.url) as accounts:

        def stand_still() -> None:
            with accounts.database.writing() as session:
                run = session.connection().exec_driver_sql
                run(f"SET LOCAL {state} = 100")
                with psycopg.connect(database.url) as other:
                    other.execute("SELECT pg_sleep(0.5)")
                run("SELECT 1")

        with psycopg.connect(database.url) as other:
            has = other.execute("SELECT count(*) FROM pg_settings WHERE name = %s", [state]).fetchone()
        if not has[0]:
            pytest.skip("this PostgreSQL is older")
        with pytest.raises(OverloadedError) as refused:
            stand_still()
        assert refused.value.code == "accounts_unavailable"
