"""Statements on a connection that is kept: what has no answer is given up, and leaves nothing behind."""

import os
import socket
import time
from collections.abc import Callable
from contextlib import ExitStack, closing, suppress
from threading import Thread
from typing import Any

import pytest
from sqlalchemy import text

from botlens.cluster.slots import SlotTable
from botlens.database import silence
from botlens.database.database import Database
from botlens.errors import OverloadedError
from tests.engine.cluster_nodes import eventually


def test_a_statement_that_never_ends_is_given_up(database: Database) -> None:
    """As beside a server that is cut off: whoever waits gets an error, and the next statement works."""
    statements = database.statements()
    assert not statements.give_up(0)
    failed = []

    def hang() -> None:
        try:
            statements.run("SELECT pg_sleep(300)")
        except OverloadedError as error:
            failed.append(error)

    thread = Thread(target=hang)
    thread.start()
    until = time.monotonic() + 60
    while not statements.give_up(0.2) and time.monotonic() < until:
        time.sleep(0.02)
    thread.join(60)
    assert not thread.is_alive()
    assert len(failed) == 1
    assert statements.run("SELECT 1")[0][0] == 1
    statements.close()


def waiting_for_locks(database: Database) -> int:
    with closing(database.statements()) as looking:
        ((count,),) = looking.run(
            "SELECT count(*) FROM pg_stat_activity "
            "WHERE wait_event_type = 'Lock' AND datname = current_database()"
        )
    return int(count)


def quietly(ask: Callable[[], object]) -> Callable[[], None]:
    def asked() -> None:
        with suppress(OverloadedError):
            ask()

    return asked


@pytest.mark.usefixtures("slots")
def test_what_is_given_up_leaves_nobody_behind_at_the_server(database: Database) -> None:
    """The slots are locked. Each that is given up would wait on there, until no more may come."""
    with closing(database.statements()) as statements, database.reading() as other:
        other.execute(text("LOCK TABLE botlens.slots"))
        thread = Thread(target=quietly(SlotTable(statements, 1.0).states))
        thread.start()
        eventually(lambda: waiting_for_locks(database) == 1)
        assert statements.give_up(0)
        thread.join(60)
        eventually(lambda: waiting_for_locks(database) == 0)


@pytest.mark.usefixtures("slots")
def test_a_command_waits_for_no_lock_for_long(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever called it hears that there is no answer, and nothing is left behind at the server."""
    monkeypatch.setattr(silence, "ALONE_SECONDS", 0.5)
    with closing(database.brief_statements()) as statements, database.reading() as other:
        other.execute(text("LOCK TABLE botlens.slots"))
        with pytest.raises(OverloadedError):
            SlotTable(statements, 1.0).states()
        eventually(lambda: waiting_for_locks(database) == 0)


def test_connections_that_are_kept_take_none_from_sessions(database: Database) -> None:
    """A node keeps two for each shard: accounts answer all the same, however many shards there are."""
    with ExitStack() as stack:
        for _ in range(16):  # more than a pool gives out at once
            statements = stack.enter_context(closing(database.statements()))
            assert statements.run("SELECT 1")[0][0] == 1
        database.ping()


def test_giving_up_shuts_no_socket_of_another(database: Database) -> None:
    """The driver has let go of its socket by itself, and something else has its number by now."""
    statements = database.statements()
    statements.run("SELECT 1")
    kept: Any = statements._connection
    ours, theirs = socket.socketpair()
    with ours, theirs:
        os.dup2(ours.fileno(), kept.connection.driver_connection.fileno())
        statements._since = 0.0
        assert statements.give_up(0)
        ours.send(b"well")
        assert theirs.recv(4) == b"well"
        statements.close()
