"""Statements that are a transaction each, on one connection that is kept: for who cannot wait for more.

A session costs a look whether its connection lives, a beginning and an end: four ways to the server instead
of one. And whoever runs a statement here can be freed by another thread, where the server never answers.
"""

import os
import socket
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from threading import Lock
from typing import Any, Final

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, InterfaceError, InvalidRequestError, OperationalError

from botlens.database.ending import end_at_server
from botlens.database.patience import require_patience
from botlens.errors import OverloadedError

UNANSWERED: Final = "The accounts database does not answer. Try again."
_READ_ONLY, _NONE_TAKES_CHANGES = "25006", "session is read-only"
_SAID: Final = {
    _READ_ONLY: "The accounts database takes no changes just now: it is read-only. Try again.",
    "53100": "The accounts database takes no changes just now: its disk is full. Try again.",
}
"""By the state that the server says."""
_IDLE_SECONDS = 10.0


class OutOfReachError(OverloadedError):
    """The server does not answer, or cannot be reached; it is not the statement that is wrong."""

    code = "accounts_unavailable"


class SingleStatements:
    """One connection to a PostgreSQL. For any thread; one statement at a time.

    Args:
        engine: connects.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._lock = Lock()
        self._connection: Connection | None = None
        self._socket: socket.socket | None = None  # ours: a number of the driver's may be another's by now
        self._giving_up = Lock()  # held for no call that waits
        self._since: float | None = None
        self._used = 0.0

    def run(self, statement: str, parameters: Mapping[str, Any] | None = None) -> Sequence[Sequence[Any]]:
        """What a statement returns; it is durable by then, where it changes something.

        Args:
            statement: with parameters as psycopg writes them, `%(name)s`.
            parameters: their values.

        Raises:
            OutOfReachError: the server does not answer. What the statement did is not known.
            OverloadedError: the server refuses it.
        """
        require_patience()
        with self._lock:
            self._since = time.monotonic()
            try:
                return self._run(statement, parameters or {})
            except Exception as error:  # of the driver, of the pool, of a socket that was shut
                self._drop()
                if isinstance(error, OperationalError | InterfaceError):
                    raise OutOfReachError(failure_sentence(error)) from error
                raise OverloadedError(failure_sentence(error), code="accounts_unavailable") from error
            finally:
                self._since = None
                self._used = time.monotonic()

    def _run(self, statement: str, parameters: Mapping[str, Any]) -> Sequence[Sequence[Any]]:
        if self._connection is None:
            self._connection = self._engine.connect()
            self._socket = _socket_of(self._connection)
        found = self._connection.exec_driver_sql(statement, dict(parameters))
        return found.fetchall() if found.returns_rows else []

    def give_up(self, seconds: float) -> bool:
        """Have a statement fail that has run for so long, as if the server had gone; whether one had."""
        with self._giving_up:
            since, connection = self._since, self._connection
            if since is None or self._socket is None or time.monotonic() - since < seconds:
                return False
            with suppress(DBAPIError, InvalidRequestError):  # it may have come to its end just now
                end_at_server(connection and connection.connection.driver_connection)
            with suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)
        return True

    def freshen(self) -> None:
        """See whether a connection lives that was not used for a while: one that has gone is made anew."""
        if self._connection is None or time.monotonic() - self._used < _IDLE_SECONDS:
            return
        with suppress(OverloadedError):
            self.run("SELECT 1")

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        with self._giving_up:
            if self._socket is not None:
                self._socket.close()
                self._socket = None
        if connection is not None:
            with suppress(DBAPIError, OSError):
                connection.invalidate()
                connection.close()

    def close(self) -> None:
        """Close the connection."""
        with self._lock:
            self._drop()


def failure_sentence(error: Exception) -> str:
    """What to say of a database that failed: what it said itself, where that helps who reads it."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    if _NONE_TAKES_CHANGES in str(cause):  # of several servers; there is no state then
        return _SAID[_READ_ONLY]
    return _SAID.get(getattr(cause, "sqlstate", None) or "", UNANSWERED)


def _socket_of(connection: Connection) -> socket.socket:
    """Another descriptor for what a connection of psycopg speaks over."""
    return socket.socket(fileno=os.dup(connection.connection.driver_connection.fileno()))  # type: ignore[union-attr]
