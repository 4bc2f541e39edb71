"""A slot of ours: it is temporary, and ends with the connection that made it."""

import secrets
import time
from collections.abc import Callable, Iterator
from typing import Final

import psycopg
from psycopg import pq, sql

from botlens.sources.postgres.changes import Lag
from botlens.sources.postgres.connection import SourceConnection, has_news
from botlens.sources.postgres.positions import position_of

PREFIX: Final = "botlens_"

Waiting = Callable[[str], object]
"""Told, every second, for whom the making of a slot waits. What it raises ends the wait; no slot stays."""

_SECONDS: Final = 1.0
_HOLDERS: Final = """
SELECT DISTINCT a.pid, a.usename::text, a.application_name FROM pg_catalog.pg_stat_activity a
WHERE a.pid = ANY (pg_blocking_pids(%(making)s)) OR a.pid IN (
  SELECT l.pid FROM pg_catalog.pg_locks l WHERE l.locktype = 'transactionid' AND l.granted
  AND age(l.transactionid) > age(%(before)s::text::xid8::xid))
ORDER BY a.pid LIMIT 3
"""
_PREPARED: Final = (
    "SELECT gid FROM pg_catalog.pg_prepared_xacts WHERE prepared < now() - interval '1 s' LIMIT 3"
)
_LAG: Final = """
SELECT pg_current_wal_lsn() - confirmed_flush_lsn, safe_wal_size, wal_status,
       (SELECT setting::bigint * 1024 * 1024 FROM pg_catalog.pg_settings WHERE name =
       'max_slot_wal_keep_size')
FROM pg_catalog.pg_replication_slots WHERE slot_name = %s
"""
# Behind a pooler a session may outlive its client, and be given to us again.
_LEFT_OVER: Final = """
SELECT pg_drop_replication_slot(slot_name) FROM pg_catalog.pg_replication_slots
WHERE temporary AND active_pid = pg_backend_pid() AND starts_with(slot_name, {})
"""
_VISIBLE: Final = "SELECT pg_snapshot_xmin(pg_current_snapshot()) >= %s::text::xid8"
_NEWEST: Final = "SELECT pg_snapshot_xmax(pg_current_snapshot())::text"


def new_slot_name() -> str:
    """One that nobody else has."""
    return PREFIX + secrets.token_hex(6)


def make_slot(
    connection: SourceConnection, name: str, side: Callable[[], SourceConnection], waiting: Waiting
) -> int:
    """Makes a slot, over a connection for replication or any other; where it starts.

    The server waits for all transactions that have written and are still open. When it is made, all that was
    committed before its start can be seen.

    Args:
        connection: to which it belongs.
        name: of the slot.
        side: gives another connection, to see for whom it waits.
        waiting: is told.

    Raises:
        psycopg.Error: it cannot be made.
    """
    # Without parameters, which no connection for replication takes.
    connection.execute(sql.SQL(_LEFT_OVER).format(PREFIX))
    # By a statement also where the log will be streamed: what the protocol has for it does not notice, while
    # it waits, that we are gone, and the slot would stay until nobody holds it up any more.
    made = sql.SQL("SELECT lsn FROM pg_create_logical_replication_slot({}, 'pgoutput', true)").format(name)
    connection.pgconn.send_query(made.as_bytes(connection))
    try:
        for _ in _until_done(connection):
            waiting(_sentence(side(), connection.info.backend_pid, None))
        found = _value(connection)
        _wait_until_visible(side(), waiting)
    except BaseException:
        if not connection.closed:
            connection.cancel_safe(timeout=5)
            connection.close()
        raise
    return found


def _until_done(connection: SourceConnection) -> Iterator[None]:
    """Yields every second until a statement that was sent has its answer."""
    wire = connection.pgconn
    while True:
        if has_news(connection, _SECONDS):
            wire.consume_input()
            if not wire.is_busy():
                return
        else:
            yield


def _value(connection: SourceConnection) -> int:
    """The place in the WAL that a statement gave."""
    wire = connection.pgconn
    results = []
    while (result := wire.get_result()) is not None:
        results.append(result)
    for result in results:
        if result.status == pq.ExecStatus.FATAL_ERROR:
            raise psycopg.errors.error_from_result(result, encoding="utf-8")
    value = results[0].get_value(0, 0)
    if value is None:
        raise psycopg.DataError("a slot without a start")
    return position_of(value.decode())


def _wait_until_visible(side: SourceConnection, waiting: Waiting) -> None:
    """A commit stands in the WAL before it can be seen: until all that are in it can be."""
    (newest,) = side.execute(_NEWEST).fetchone() or ("0",)
    said = time.monotonic()
    while not (side.execute(_VISIBLE, (newest,)).fetchone() or (False,))[0]:
        if time.monotonic() - said >= _SECONDS:
            said = time.monotonic()
            waiting(_sentence(side, 0, newest))
        time.sleep(0.02)


def _sentence(side: SourceConnection, making: int, before: str | None) -> str:
    """For whom it waits."""
    holders = side.execute(_HOLDERS, {"making": making, "before": before}).fetchall()
    names = [
        f"process {pid} of the role `{role}`" + (f" ({application})" if application else "")
        for pid, role, application in holders
    ]
    if not names:
        names = [f"the prepared transaction `{name}`" for (name,) in side.execute(_PREPARED)]
    whom = ", ".join(names) or "a transaction that has just ended"
    return (
        f"Following waits for transactions that have written and are still open: {whom}. If one was "
        "forgotten: "
        "SELECT pg_terminate_backend(PROCESS)."
    )


def slot_lag(side: SourceConnection, name: str) -> Lag:
    """How far a slot is behind.

    Raises:
        psycopg.Error: that cannot be read.
    """
    found = side.execute(_LAG, (name,)).fetchone()
    if found is None:
        return Lag(0, status="lost")
    behind, room, status, limit = found
    limit = None if limit is None or limit < 0 else int(limit)
    return Lag(int(behind or 0), None if room is None else int(room), limit, status)
