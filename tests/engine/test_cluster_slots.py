"""Slots, leases, epochs and the fence in a real PostgreSQL: who owns what, and what a zombie may still do."""

import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, suppress
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from sqlalchemy import text

from botlens.cli.doctor.cluster import node_findings
from botlens.cluster.frames import FrameSum, FrameTable, JournalFrame
from botlens.cluster.ownership import Nowhere
from botlens.cluster.secret import shared_secret
from botlens.cluster.slots import FIRST_DEFINITION, FIRST_EPOCH, SLOTS, Claim, NodeName, SlotTable, slot_of
from botlens.cluster.view import ClusterView
from botlens.database import silence
from botlens.database.database import Database
from botlens.errors import InvalidError, OverloadedError
from botlens.moving.move import _prepare_slots
from tests.engine.cluster_nodes import eventually

ANN, BEN = (NodeName(f"{name}-1", name, f"http://{name}") for name in ("ann", "ben"))
SECONDS = 0.4
LONGER = 1.2


@pytest.fixture
def database(new_accounts: Callable[[], str]) -> Iterator[Database]:
    found = Database.open(new_accounts())
    yield found
    found.close()


@pytest.fixture
def slots(database: Database) -> SlotTable:
    found = SlotTable(database.statements(), SECONDS)
    found.prepare(2)
    return found


@pytest.fixture
def frames(database: Database) -> FrameTable:
    return FrameTable(database.statements())


def payloads(frames: FrameTable, slot: int) -> list[bytes]:
    return [each.payload for each in frames.read(slot)]


def test_a_cluster_keeps_its_shards_and_its_identity(slots: SlotTable) -> None:
    """Slots are dealt out to shards once. Shards may be added, which get none; who names fewer is refused.

    To name more adds none: that may be a mistake.
    """
    identity = slots.prepare(2)
    assert slots.prepare(2) == identity
    assert slots.prepare(3) == identity
    assert (slots.prepare(2), slots.shards()) == (identity, 2)
    slots.add_shards(3)
    slots.add_shards(2)
    assert (slots.prepare(3), slots.shards()) == (identity, 3)
    with pytest.raises(InvalidError, match="has 3 shards"):
        slots.prepare(2)
    shards = [each.shard for each in slots.states()]
    assert len(shards) == SLOTS
    assert shards.count(0) == shards.count(1) == SLOTS / 2
    assert len({slot_of(f"company {number}") for number in range(5_000)}) == SLOTS


def test_a_folder_is_moved_to_as_many_shards_as_slots_were_dealt_out_to(slots: SlotTable) -> None:
    """Rows of companies go where their slots lie."""
    _prepare_slots(slots, 2)
    with pytest.raises(InvalidError, match="a cluster of 2 shards"):
        _prepare_slots(slots, 3)


def test_a_file_is_no_place_for_a_cluster(tmp_path: Path) -> None:
    """The error says what is."""
    file = Database.open(f"sqlite:///{tmp_path}/accounts.db")
    with closing(file), pytest.raises(InvalidError, match="in a PostgreSQL"):
        file.statements()


def take(slots: SlotTable, node: NodeName, *numbers: int) -> list[Claim]:
    """Claim slots as they are at this moment."""
    return slots.claim(node, [each for each in slots.states() if each.slot in numbers])


def test_a_slot_is_claimed_as_it_was_seen(slots: SlotTable) -> None:
    """Whoever renewed, took or let go of it meanwhile has it; each owner has a higher epoch."""
    (first,) = take(slots, ANN, 7)
    assert (first.slot, first.shard, first.epoch) == (7, 1, FIRST_EPOCH)
    seen = slots.states()[7]
    assert slots.renew(ANN.instance) == {7: FIRST_EPOCH}
    assert slots.claim(BEN, [seen]) == []
    seen = slots.states()[7]
    (second,) = slots.claim(BEN, [seen])
    assert slots.claim(ANN, [seen]) == []
    assert second.epoch == first.epoch + 1
    assert slots.renew(ANN.instance) == {}
    slots.release(BEN.instance, {7: first.epoch})  # of an epoch that is over
    assert slots.states()[7].owner == BEN.instance
    slots.release(BEN.instance, {7: second.epoch})
    assert slots.states()[7].is_over
    assert take(slots, ANN, 7)[0].epoch == first.epoch + 2
    seen = slots.states()[7]
    slots.renew(ANN.instance)
    assert slots.claim(ANN, [seen])[0].epoch == first.epoch + 3  # its own, opened again


def test_leases_are_renewed_in_the_order_in_which_frames_are_appended(
    slots: SlotTable, database: Database
) -> None:
    """An append that holds one slot gets the next, wherever rows lie: else it and a renewal deadlock."""
    take(slots, ANN, 0, 1)
    with closing(database.statements()) as other, database._engine.connect() as append:
        (row,) = other.run("DELETE FROM botlens.slots WHERE slot = 0 RETURNING *")
        values = ", ".join(f"%(value{n})s" for n in range(len(row)))
        other.run(
            f"INSERT INTO botlens.slots VALUES ({values})", {f"value{n}": each for n, each in enumerate(row)}
        )
        order = other.run("SELECT slot FROM botlens.slots WHERE slot < 2 ORDER BY ctid")
        assert [each[0] for each in order] == [1, 0]  # a scan meets them the other way round
        append.exec_driver_sql("SELECT 1 FROM botlens.slots WHERE slot = 0 FOR SHARE")
        renewing = Thread(target=slots.renew, args=(ANN.instance,))
        renewing.start()
        eventually(lambda: other.run("SELECT count(*) FROM pg_locks WHERE NOT granted")[0][0])
        append.exec_driver_sql("SELECT 1 FROM botlens.slots WHERE slot = 1 FOR SHARE NOWAIT")
        append.rollback()
        renewing.join(60)
        assert not renewing.is_alive()


def free(view: ClusterView, slots: SlotTable) -> bool:
    return view.is_free(view.look(slots)[7])


def test_a_slot_is_free_when_nobody_renewed_it_for_a_lease(slots: SlotTable, database: Database) -> None:
    """By the clock of who looks, whatever that of PostgreSQL says: it jumps ahead here, and back."""
    take(slots, ANN, 7)
    view, jump = ClusterView(BEN.instance, LONGER), database.statements()
    for expires in (1.0, 1e12):
        slots.renew(ANN.instance)
        assert not free(view, slots)
        begun = time.monotonic()
        while time.monotonic() - begun < 1.5 * LONGER:
            slots.renew(ANN.instance)
            jump.run("UPDATE botlens.slots SET expires = %(at)s + random()", {"at": expires})
            assert not free(view, slots)
            time.sleep(SECONDS / 8)
        assert not free(view, slots)
        time.sleep(1.1 * LONGER)
        assert free(view, slots)
    time.sleep(LONGER)
    assert isinstance(view.whereabouts(7), Nowhere)
    jump.close()


def test_the_lease_of_the_owner_is_waited_for(slots: SlotTable, database: Database) -> None:
    """It may be set longer than that of who looks, who waits for as long."""
    take(SlotTable(database.statements(), 2.5), ANN, 7)
    view = ClusterView(BEN.instance, SECONDS)
    assert not free(view, slots)
    time.sleep(1)
    assert not free(view, slots)
    time.sleep(1.6)
    assert free(view, slots)


def test_two_nodes_at_one_address_are_told_of(slots: SlotTable, database: Database) -> None:
    """What is passed on to one of them reaches the other: they and the doctor warn, until one ends."""
    lasting = SlotTable(database.statements(), 600.0)
    cat = NodeName("cat-1", "cat", ANN.url)
    for number, node in enumerate((ANN, BEN, cat)):
        take(lasting, node, number)
        lasting.seen(node)
    view = ClusterView(ANN.instance, 600.0)
    view.look(slots)
    assert "Node cat says" in str(view.shared_url(ANN.url))
    ben = ClusterView(BEN.instance, 600.0)
    ben.look(slots)
    assert ben.shared_url(BEN.url) is None
    wrong = [each.what for each in node_findings(lasting) if "so does another" in each.what]
    assert [each.split()[1] for each in wrong] == ["ann", "cat"]
    lasting.release_all(cat.instance)
    lasting.leave(cat.instance)
    view.look(slots)
    assert view.shared_url(ANN.url) is None
    assert not [each for each in node_findings(lasting) if "so does another" in each.what]


def test_the_doctor_says_which_node_is_of_which_definition(database: Database) -> None:
    """While an upgrade is under way; else it is that of all."""
    lasting = SlotTable(database.statements(), 600.0)
    lasting.prepare(2)
    lasting.seen(ANN)
    lasting.seen(BEN)
    said = [each.what for each in node_findings(lasting) if "Node" in each.what]
    assert len(said) == 2
    assert "definition" not in "".join(said)
    lasting.leave(BEN.instance)
    lasting.seen(BEN, definition=FIRST_DEFINITION + 1)
    ann, ben = [each.what for each in node_findings(lasting) if "Node" in each.what]
    assert f"definition {FIRST_DEFINITION}" in ann
    assert f"definition {FIRST_DEFINITION + 1}" in ben


def test_nodes_are_counted_whatever_the_clock_of_postgresql_says(
    slots: SlotTable, database: Database
) -> None:
    """One that says that it lives does, and one that has not for the time of a lease does not."""
    view, jump = ClusterView(BEN.instance, LONGER), database.statements()
    slots.seen(ANN)
    slots.seen(BEN)
    assert len(view.living(slots)) == 2
    for shift in (-1e6, 1e6):
        slots.seen(ANN)
        slots.seen(BEN)
        jump.run("UPDATE botlens.nodes SET seen = seen + %(shift)s", {"shift": shift})
        assert len(view.living(slots)) == 2
    time.sleep(1.1 * LONGER)
    slots.seen(BEN)
    assert [each.instance for each in view.living(slots)] == [BEN.instance]
    jump.close()


def test_nodes_are_seen_and_forgotten(slots: SlotTable, database: Database) -> None:
    patient = SlotTable(database.statements(), 600.0)
    slots.seen(ANN)
    slots.seen(BEN, {1, 0})
    assert list(patient.nodes()) == [ANN, BEN]
    assert {each.instance: each.closed for each in slots.beats()} == {
        ANN.instance: frozenset(),
        BEN.instance: {0, 1},
    }
    slots.seen(BEN)
    assert all(each.closed == frozenset() for each in slots.beats())
    slots.leave(BEN.instance)
    assert list(patient.nodes()) == [ANN]
    time.sleep(SECONDS * 1.2)
    assert list(slots.nodes()) == []


def test_a_node_of_before_does_not_say_which_shards_it_reaches(slots: SlotTable, database: Database) -> None:
    """During an upgrade it runs beside new ones, which must not take it for one that reaches all."""
    slots.seen(ANN)
    with closing(database.statements()) as before:
        before.run("INSERT INTO botlens.nodes (instance, name, url, seen) VALUES ('old', 'old', '', 9e9)")
    assert {each.instance: each.closed for each in slots.beats()} == {ANN.instance: frozenset(), "old": None}


def test_only_the_owner_appends_and_deletes(slots: SlotTable, frames: FrameTable) -> None:
    """What a zombie writes is refused, and it takes nothing away that its successor needs."""
    (own,) = take(slots, ANN, 3)
    assert frames.append([JournalFrame(3, own.epoch, 1, b"one\0\xff")])
    time.sleep(SECONDS * 1.2)
    assert frames.append([JournalFrame(3, own.epoch, 2, b"two")])  # nobody has taken it: still its own
    (later,) = take(slots, BEN, 3)
    assert not frames.append([JournalFrame(3, own.epoch, 3, b"zombie")])
    assert payloads(frames, 3) == [b"one\0\xff", b"two"]
    frames.delete({3: (own.epoch, 9)})
    assert len(payloads(frames, 3)) == 2
    assert frames.append([JournalFrame(3, later.epoch, 1, b"three")])
    frames.delete({3: (later.epoch, 0)})  # those of before, and none of its own
    assert payloads(frames, 3) == [b"three"]
    assert frames.total().frames == 1
    frames.delete({3: (later.epoch, 1)})
    assert frames.total() == FrameSum(0, 0, 0)


def test_frames_of_several_slots_are_there_together_or_not(slots: SlotTable, frames: FrameTable) -> None:
    epochs = {each.slot: each.epoch for each in take(slots, ANN, 1, 2)}
    slots.release(ANN.instance, {2: epochs[2]})
    take(slots, BEN, 2)
    both = [JournalFrame(slot, epoch, 1, b"x") for slot, epoch in epochs.items()]
    assert not frames.append(both)
    assert frames.slots_with_frames([1, 2]) == set()
    assert frames.append(both[:1])
    assert frames.slots_with_frames([1, 2]) == {1}


def test_many_frames_are_read_in_order(slots: SlotTable, frames: FrameTable) -> None:
    (own,) = take(slots, ANN, 5)
    for number in range(230):
        assert frames.append([JournalFrame(5, own.epoch, number + 1, b"%d" % number)])
    assert payloads(frames, 5) == [b"%d" % number for number in range(230)]


def test_the_fence_is_what_refuses_a_zombie(
    slots: SlotTable, frames: FrameTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without it, what the tests above refuse is written: so they would find it missing."""
    monkeypatch.setattr(FrameTable, "FENCE", "")
    (own,) = take(slots, ANN, 3)
    slots.release(ANN.instance, {3: own.epoch})
    take(slots, BEN, 3)
    assert frames.append([JournalFrame(3, own.epoch, 1, b"zombie")])


def test_whoever_takes_a_slot_reads_what_was_acknowledged(database: Database, slots: SlotTable) -> None:
    """Appends and take-overs at once, again and again: no acknowledged frame is missed by the next owner."""
    acknowledged: list[tuple[int, int]] = []
    epoch, stopping = [take(slots, ANN, 0)[0].epoch], []

    def append() -> None:
        frames = FrameTable(database.statements())
        number = 0
        while not stopping:
            number += 1
            mine = epoch[0]
            if frames.append([JournalFrame(0, mine, number, b"x")]):
                acknowledged.append((mine, number))

    writers = [Thread(target=append)]
    for each in writers:
        each.start()
    reader = FrameTable(database.statements())
    try:
        for _ in range(30):
            time.sleep(0.01)
            claimed = take(slots, ANN, 0)  # its own: a new epoch, as a new owner has it
            if claimed:
                seen = {(each.epoch, each.seq) for each in reader.read(0)}
                late = {each for each in acknowledged if each[0] < claimed[0].epoch}
                assert late <= seen
                epoch[0] = claimed[0].epoch
    finally:
        stopping.append(True)
        for each in writers:
            each.join()
    found = {(each.epoch, each.seq) for each in reader.read(0)}
    assert set(acknowledged) == found
    assert len({each[0] for each in acknowledged}) > 5


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


def test_nodes_share_a_secret(database: Database, slots: SlotTable, new_postgres: Callable[[], str]) -> None:
    """Whoever asks first makes it; it is as long as it must be, and another one in another cluster."""
    with closing(database.statements()) as statements:
        first = shared_secret(statements)
        assert shared_secret(statements) == first
    assert len(first) == 32
    with closing(Database.open(new_postgres())) as other, closing(other.statements()) as theirs:
        SlotTable(theirs, 1.0).prepare(2)
        assert shared_secret(theirs) != first


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
