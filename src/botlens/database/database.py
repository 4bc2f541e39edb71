"""The accounts database: which one, how it is opened and migrated, and how one reads and writes in it."""

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final

import structlog
from sqlalchemy import Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, InterfaceError, InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.orm import Session
from sqlalchemy.schema import CreateSchema

from botlens.addresses import is_host
from botlens.clock import Clock
from botlens.database import tables as _tables  # noqa: F401 - declared where it is opened
from botlens.database.condition import check_condition, has_condition
from botlens.database.memory import COUNT_ON, Memory
from botlens.database.newest import has_newest_schema
from botlens.database.patience import impatient
from botlens.database.postgres import POSTGRES_SCHEMA, heard_postgres, postgres
from botlens.database.refused import mend_of_refusal
from botlens.database.single import UNANSWERED, SingleStatements, failure_sentence
from botlens.errors import InvalidError, OverloadedError

_EXAMPLES: Final = "Use sqlite:///folder/accounts.db or postgresql://user:password@host/database."
_WAIT_SECONDS: Final = 10
_MIGRATION_LOCK: Final = 0x626F746C656E73  # "botlens", for pg_advisory_xact_lock
_LOCKED: Final = "55P03"  # SQLSTATE: a lock was not had in time
_LOCKED_SECONDS: Final = 2
_PAUSE_SECONDS: Final = 3.0
_GIVES_WAY_SECONDS: Final = 30.0
_READ_FOR_LONG: Final = (
    "This version has to change tables of the accounts database that somebody reads for long, a dump say: "
    "see pg_stat_activity there. Try again once that has ended."
)
_WRITES: Final = "botlens_writes"
_OUT_OF_REACH: Final = (OperationalError, InterfaceError, PoolTimeoutError)
_CUT_OFF: Final = frozenset({"25P03", "25P04"})  # a transaction that stood still, or took too long
_NOT_BEHIND: Final = "SELECT set_config('lock_timeout', '8s', true)"
"""Who waits for a lock is ended by the server, before it is given up here: else it would wait on there."""
_BOUNDED: Final = f"{_NOT_BEHIND}, set_config('idle_in_transaction_session_timeout', '10s', true)"
"""And one of several processes that stands still, or is lost, keeps no other from what it has locked."""
_one_migration_at_a_time = threading.Lock()
log = structlog.get_logger(__name__)


class AccountsRefusedError(OverloadedError):
    """The server answers, and lets nobody in before somebody changes something there or here."""

    code = "accounts_unavailable"


class Database:
    """An open, migrated accounts database. Safe to share between threads."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._writing_engine = engine.execution_options(**{_WRITES: True})
        # Connections that are kept take none from sessions, of which there may be few at once.
        self._keeping_engine = engine if self.is_a_file else postgres(engine.url)
        if self.is_a_file:
            self.memory = Memory(str(engine.url.database))
        else:
            self.memory = Memory(SingleStatements(heard_postgres(engine.url, kept=False)))

    @classmethod
    def open(cls, url: str) -> "Database":
        """Open a database and bring it to the newest schema, whoever else may be doing the same.

        Args:
            url: `sqlite:///path` (its folder is made if need be) or `postgresql://...`, also `postgres://...`.

        Raises:
            InvalidError: The URL cannot be used, its driver is missing, or a newer botlens made the database.
            AccountsRefusedError: The server lets nobody in.
            OverloadedError: The database cannot be reached or is locked.
        """
        parsed = _parse(url)
        is_a_file = parsed.get_backend_name() == "sqlite"
        engine = _sqlite(parsed) if is_a_file else heard_postgres(parsed, kept=True)
        database = cls(engine)
        try:
            with _reporting_opening(parsed):
                if engine.dialect.name == "sqlite":
                    _switch_to_wal(engine)
                database._migrate()
        except BaseException:
            database.close()
            raise
        return database

    def statements(self) -> SingleStatements:
        """A connection of its own for statements that are a transaction each; the caller closes it.

        Raises:
            InvalidError: it is not a PostgreSQL.
        """
        self._require_a_server()
        return SingleStatements(self._keeping_engine)

    def brief_statements(self) -> SingleStatements:
        """The same for who looks after nothing: a statement is given up that has no answer for some seconds.

        Raises:
            InvalidError: it is not a PostgreSQL.
        """
        self._require_a_server()
        return SingleStatements(heard_postgres(self._engine.url, kept=False))

    def _require_a_server(self) -> None:
        if self.is_a_file:
            message = f"Several processes need their accounts in a PostgreSQL. {_EXAMPLES}"
            raise InvalidError(message, field="accounts_url")

    def ping(self) -> None:
        """Pass if the database answers.

        It is seen, too, whether somebody wrote: what is remembered stands in from there on (see `Memory`).
        """
        self.memory.changes()
        with self.reading() as session:
            session.execute(text("SELECT 1"))

    def close(self) -> None:
        """Close every connection."""
        self.memory.close()
        self._engine.dispose()

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session to read with."""
        self.memory.require_reach()
        with _reporting(), impatient(), Session(self._engine) as session:
            yield session

    @contextmanager
    def writing(self, *, remembered: bool = True) -> Iterator[Session]:
        """A session that is committed at the end, or rolled back by an exception.

        Args:
            remembered: whether anybody may remember what is changed (`memory`), and has to read it anew.
        """
        self.memory.require_reach()
        may_have_written = False
        try:
            with (
                _reporting(),
                impatient(so=False),  # who writes may read beside, all the while
                Session(self._writing_engine) as session,
                session.begin(),
            ):
                if not self.is_a_file:
                    session.execute(text(_BOUNDED if has_condition() or not remembered else _NOT_BEHIND))
                yield session
                if not self.is_a_file:
                    session.flush()
                    # Late, so that nobody waits for another with it; and the condition, which holds what
                    # others need every second, behind whatever may be waited for.
                    if remembered:
                        session.execute(text(COUNT_ON))
                    check_condition(session)
                may_have_written = remembered
        finally:
            if may_have_written:
                self.memory.expire()

    @property
    def is_a_file(self) -> bool:
        """Whether it is a SQLite file, and no server's."""
        return self._engine.dialect.name == "sqlite"

    @contextmanager
    def still(self) -> Iterator[Callable[[], bytes]]:
        """Nobody writes meanwhile: for milliseconds. Gives what makes a copy, a SQLite file as bytes.

        Raises:
            OverloadedError: somebody else writes for long.
        """
        with self.writing() as session:
            session.connection()  # takes the lock of those who write
            yield self._copy

    def _copy(self) -> bytes:
        source = self._engine.raw_connection()
        try:
            with closing(sqlite3.connect(":memory:")) as target:
                source.driver_connection.backup(target)  # type: ignore[union-attr]
                return bytes(target.serialize())
        finally:
            source.close()

    def _migrate(self) -> None:
        # Whoever wants a table that somebody reads for long (a dump, an open transaction) has all others wait
        # behind: so they are let pass now and then.
        until = time.monotonic() + _GIVES_WAY_SECONDS
        while True:
            try:
                return self._migrate_now()
            except OperationalError as error:
                if getattr(error.orig, "sqlstate", None) != _LOCKED:
                    raise
                if time.monotonic() > until:
                    raise OverloadedError(_READ_FOR_LONG, code="accounts_unavailable") from error
                log.warning("migration_waits", why=_READ_FOR_LONG)
            time.sleep(_PAUSE_SECONDS)

    def _migrate_now(self) -> None:
        # Between processes the database's own lock decides; within one, Alembic keeps its context in globals.
        # A PostgreSQL is waited for as long as others migrate, and as tables take to be made anew.
        engine = self._writing_engine if self.is_a_file else self._keeping_engine
        with _one_migration_at_a_time, engine.begin() as connection:
            schema = None
            if connection.dialect.name == "postgresql":
                schema = POSTGRES_SCHEMA
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATION_LOCK})
                # Asked first, for CREATE ... IF NOT EXISTS needs the right to create even if it does exist.
                if not inspect(connection).has_schema(schema):
                    connection.execute(CreateSchema(schema))
            if not has_newest_schema(connection, schema):
                # Loaded here: most starts have nothing to change, and alembic is a tenth of what they load.
                from botlens.database.migrating import migrate_to_newest

                if schema is not None:
                    connection.execute(text(f"SET LOCAL lock_timeout = '{_LOCKED_SECONDS}s'"))
                migrate_to_newest(connection, schema)


class Repository:
    """Something that keeps its records in the accounts database."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    @property
    def database(self) -> Database:
        """Where; for others who keep theirs in the same one."""
        return self._database

    @property
    def clock(self) -> Clock:
        """Says when something is made or changed; for these others."""
        return self._clock


@contextmanager
def _reporting_opening(url: URL) -> Iterator[None]:
    try:
        yield
    except (*_OUT_OF_REACH, InternalError) as error:
        _sentence_of(error)  # others are faults of ours
        cause = error.orig if isinstance(error, DBAPIError) else error
        where, said = url.render_as_string(hide_password=True), str(cause).strip()
        mend = mend_of_refusal(said, url)
        if mend is not None:
            message = f"Cannot open the accounts database {where}. {mend}. It says: {said}"
            raise AccountsRefusedError(message) from error
        message = f"Cannot open the accounts database {where}: {said}"
        raise OverloadedError(message, code="accounts_unavailable") from error


@contextmanager
def _reporting() -> Iterator[None]:
    # Who calls here may be anyone: which host failed, and how, is for the log (it is the error's cause).
    try:
        yield
    except (*_OUT_OF_REACH, InternalError) as error:
        raise OverloadedError(_sentence_of(error), code="accounts_unavailable") from error


def _sentence_of(error: Exception) -> str:
    """What to say of a database that does not do what it should; raises what says nothing of that."""
    said = failure_sentence(error)
    if isinstance(error, InternalError):
        state = getattr(error.orig, "sqlstate", None)
        if said == UNANSWERED and state not in _CUT_OFF:
            raise error
    return said


def _parse(url: str) -> URL:
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError) as error:  # ports beside several hosts are none
        raise InvalidError(f"This is not the URL of a database. {_EXAMPLES}", field="accounts_url") from error
    if parsed.drivername in {"sqlite", "sqlite+pysqlite"}:
        return parsed.set(drivername="sqlite+pysqlite")
    if parsed.drivername in {"postgres", "postgresql", "postgresql+psycopg"}:
        if parsed.host and not all(map(is_host, parsed.host.split(","))):  # several, of which one answers
            raise InvalidError(f"There cannot be a host of that name. {_EXAMPLES}", field="accounts_url")
        return parsed.set(drivername="postgresql+psycopg")
    message = f"Accounts cannot be kept in '{parsed.drivername}'. {_EXAMPLES}"
    raise InvalidError(message, field="accounts_url")


def _sqlite(url: URL) -> Engine:
    if url.database in {None, "", ":memory:"} or str(url.database).startswith("file:"):
        # Each connection would have an empty database of its own.
        message = f"Accounts need a file that all threads share. {_EXAMPLES}"
        raise InvalidError(message, field="accounts_url")
    folder = Path(str(url.database)).parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        message = f"Cannot make the folder {folder} for the accounts database: {error.strerror}."
        raise InvalidError(message, field="accounts_url") from error
    engine = create_engine(url, connect_args={"timeout": _WAIT_SECONDS})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: sqlite3.Connection, _record: Any) -> None:
    # Python's driver would begin transactions late and never around DDL; we begin them ourselves.
    connection.isolation_level = None
    connection.execute("PRAGMA foreign_keys = ON")


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that starts reading and then writes fails at once if another wrote in between, without
    # waiting; one that takes the write lock first waits its turn.
    writes = connection.get_execution_options().get(_WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _switch_to_wal(engine: Engine) -> None:
    """Let readers and a writer work side by side. The file remembers it."""
    until = time.monotonic() + _WAIT_SECONDS
    while True:
        raw = engine.raw_connection()
        try:
            raw.cursor().execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            # SQLite does not wait for this lock by itself when two processes make the switch at once.
            if "locked" not in str(error) or time.monotonic() > until:
                raise OperationalError("PRAGMA journal_mode = WAL", None, error) from error
            time.sleep(0.02)
        else:
            return
        finally:
            raw.close()
