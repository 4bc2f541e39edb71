"""The log read by statements: how often, and over sessions of a pooler."""

import contextlib
import time
from types import SimpleNamespace

import pytest

from botlens.sources.postgres import server_work, slot
from botlens.sources.postgres.address import parse_address
from botlens.sources.postgres.transactions import Transactions
from tests.engine.origin import Origin, changes, told


def test_statements_are_paced(origin: Origin, monkeypatch: pytest.MonkeyPatch) -> None:
    """After one that took the server a while, without the way there and back, 20 times that passes."""
    began: list[float] = []
    trips: list[float] = []
    ask = slot.PolledLog._ask

    def noted(self: slot.PolledLog) -> bool:
        began.append(time.monotonic())
        trips.append(self._work._trip)  # of the look before
        return ask(self)

    slept = " UNION ALL SELECT ''::bytea FROM pg_sleep(0.05) AS slept WHERE slept::text = 'never') TO STDOUT"
    monkeypatch.setattr(slot, "_PEEK", slot._PEEK.replace(") TO STDOUT", slept))
    monkeypatch.setattr(slot.PolledLog, "_ask", noted)
    with contextlib.closing(origin.follow("slot")) as follower:
        until = time.monotonic() + 60
        while len(began) < 2 and time.monotonic() < until:
            list(follower.batches(0.1))
    assert began[1] - began[0] >= 20 * (0.05 - trips[1])


@pytest.mark.usefixtures("unpaced")
def test_what_is_done_here_is_none_of_the_servers_work(
    origin: Origin, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However long it takes to understand what came: the server is not asked later for that."""
    receive, take, slow, worked = slot.PolledLog._receive, Transactions.take, [600.0], []
    ahead: list[float] = []
    clock = SimpleNamespace(monotonic=lambda: time.monotonic() + sum(ahead))
    monkeypatch.setattr(server_work, "time", clock)

    def slowly(self: Transactions, message: bytes) -> None:
        if slow:
            ahead.append(slow.pop())
        take(self, message)

    def noted(self: slot.PolledLog) -> bool:
        found = receive(self)
        worked.append(self._work._waited)  # of which the way, on a busy machine, may be all
        return found

    monkeypatch.setattr(Transactions, "take", slowly)
    monkeypatch.setattr(slot.PolledLog, "_receive", noted)
    with contextlib.closing(origin.follow("slot")) as follower:
        origin.run("INSERT INTO notes VALUES (1, 'a', 0)")
        assert told(changes(follower)) == [("put", "1", {"id": "1", "content": "a", "score": "0"})]
    assert not slow
    assert 0 < max(worked) < 600.0


@pytest.mark.usefixtures("unpaced")
def test_a_slot_left_over_in_a_session_of_a_pooler(origin: Origin) -> None:
    """A session that is given to us again still has it: it is dropped before another is made."""
    from botlens.sources.postgres.connection import connect
    from botlens.sources.postgres.temporary_slot import make_slot

    address = parse_address(origin.url)
    with connect(address) as session, connect(address) as side:
        make_slot(session, "botlens_of_before", lambda: side, print)
        make_slot(session, "botlens_of_now", lambda: side, print)
        found = side.execute(
            "SELECT slot_name FROM pg_replication_slots WHERE database = current_database()"
        ).fetchall()
    assert found == [("botlens_of_now",)]
