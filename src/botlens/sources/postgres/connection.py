"""Connections to a PostgreSQL that is read: the one place where they are opened."""

import math
import os
from contextlib import suppress
from select import POLLIN, poll
from typing import Any, Final, LiteralString

import psycopg
from psycopg import sql
from psycopg.rows import TupleRow

from botlens.sources.postgres.address import SourceAddress
from botlens.sources.postgres.refusals import SourceError, refusal_of

APPLICATION: Final = "botlens"

_CONNECT_SECONDS: Final = "10"

# Of the driver. A peer that is gone is noticed within a minute.
_PARAMETERS: Final = {
    "application_name": APPLICATION,
    "connect_timeout": _CONNECT_SECONDS,
    "keepalives_idle": "30",
    "keepalives_interval": "10",
    "keepalives_count": "3",
    "client_encoding": "UTF8",
}
# Of the session. They are set by statements, since poolers pass none in the first message.
_SESSION: Final[dict[LiteralString, str]] = {
    # Rows that the role may not see are an error, never nothing.
    "row_security": "off",
    "statement_timeout": "0",
    "lock_timeout": "0",
    "idle_in_transaction_session_timeout": "0",
    "idle_session_timeout": "0",
    "default_transaction_read_only": "on",
    # How values are written: the same from every server.
    "DateStyle": "ISO, YMD",
    "IntervalStyle": "iso_8601",
    "TimeZone": "UTC",
    "bytea_output": "hex",
    "extra_float_digits": "1",
    # A server notices that we are gone, and ends what was ours.
    "tcp_keepalives_idle": "30",
}
# Of servers that know it: a sweep, and the making of a slot, is one transaction, and may take long.
_SINCE_17: Final[dict[LiteralString, str]] = {"transaction_timeout": "0"}
_VERSION_17: Final = 170_000
# Not on every system; there a statement that waits ends when what it waits for does.
_CHECK: Final = "SET client_connection_check_interval = '10s'"

SourceConnection = psycopg.Connection[TupleRow]


def connect(address: SourceAddress, *, replication: bool = False) -> SourceConnection:
    """Opens a connection, each statement its own transaction, that reads and never writes.

    Values come in UTC, ISO; row level security that would hide rows is an error; no statement times out.

    Args:
        address: where.
        replication: it can stream the log.

    Raises:
        SourceError: it cannot be opened; the message says what to do, and holds no password.
    """
    try:
        connection = psycopg.connect(
            autocommit=True, prepare_threshold=None, **_parameters(address, replication)
        )
    except psycopg.Error as error:
        # The driver's error knows the whole URL.
        raise refusal_of(error, address) from None
    try:
        if replication:
            connection.execute("IDENTIFY_SYSTEM")
        settings = _SESSION | (_SINCE_17 if connection.info.server_version >= _VERSION_17 else {})
        connection.execute(sql.SQL("; ").join(_setting(name, value) for name, value in settings.items()))
        with suppress(psycopg.errors.InvalidParameterValue):
            connection.execute(_CHECK)
    except psycopg.errors.SyntaxError:
        connection.close()
        message = (
            f"{address} is a pooler, through which the log cannot be streamed: use the direct connection, "
            "or let the "
            "slot be read by statements."
        )
        raise SourceError(message, code="source_behind_pooler", field="url") from None
    except psycopg.Error as error:
        connection.close()
        raise refusal_of(error, address) from None
    return connection


def _parameters(address: SourceAddress, replication: bool) -> dict[str, Any]:
    """What the driver is given: what the URL says comes before what we would choose."""
    secure = {"sslmode": "require"} if "PGSSLMODE" not in os.environ and address.is_foreign else {}
    found = {**_PARAMETERS, **secure, **address.parameters, "application_name": APPLICATION}
    return {**found, "replication": "database"} if replication else found


def _setting(name: LiteralString, value: str) -> sql.Composed:
    return sql.SQL("SET " + name + " = {}").format(value)


def has_news(connection: SourceConnection, seconds: float) -> bool:
    """Waits until the server says something, for so long at most; whether it did."""
    connection.pgconn.flush()
    news = poll()  # which needs no descriptor, and so nothing to be made and closed each time
    news.register(connection.pgconn.socket, POLLIN)
    return bool(news.poll(math.ceil(seconds * 1_000)))
