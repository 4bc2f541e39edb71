"""Slots, leases and epochs in a real PostgreSQL: who owns what, and who is there."""

import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from threading import Thread

import pytest

from botlens.cli.doctor.cluster import node_findings
from botlens.cluster import view as view_of_cluster
from botlens.cluster.ownership import Nowhere
from botlens.cluster.secret import shared_secret
from botlens.cluster.slots import FIRST_DEFINITION, FIRST_EPOCH, SLOTS, NodeName, SlotTable, slot_of
from botlens.cluster.view import ClusterView
from botlens.database.database import Database
from botlens.errors import InvalidError
from botlens.moving.move import _prepare_slots
from tests.clocks import SetTime
from tests.engine.cluster_nodes import eventually
from tests.engine.slot_tables import ANN, BEN, SECONDS, take

LONGER = 600.0  # by a clock that is set


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


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SetTime:
    """Of views."""
    found = SetTime()
    monkeypatch.setattr(view_of_cluster, "time", found)
    return found


def free(view: ClusterView, slots: SlotTable) -> bool:
    return view.is_free(view.look(slots)[7])


def test_a_slot_is_free_when_nobody_renewed_it_for_a_lease(
    slots: SlotTable, database: Database, clock: SetTime
) -> None:
    """By the clock of who looks, whatever that of PostgreSQL says: it jumps ahead here, and back."""
    take(slots, ANN, 7)
    view, jump = ClusterView(BEN.instance, LONGER), database.statements()
    for expires in (1.0, 1e12):
        slots.renew(ANN.instance)
        assert not free(view, slots)
        for _ in range(5):
            clock.now += 0.9 * LONGER
            assert not free(view, slots)
            slots.renew(ANN.instance)
            jump.run("UPDATE botlens.slots SET expires = %(at)s + random()", {"at": expires})
            assert not free(view, slots)
        clock.now += 1.1 * LONGER
        assert free(view, slots)
    clock.now += LONGER
    assert isinstance(view.whereabouts(7), Nowhere)
    jump.close()


def test_the_lease_of_the_owner_is_waited_for(slots: SlotTable, database: Database, clock: SetTime) -> None:
    """It may be set longer than that of who looks, who waits for as long."""
    take(SlotTable(database.statements(), LONGER), ANN, 7)
    view = ClusterView(BEN.instance, SECONDS)
    assert not free(view, slots)
    clock.now += 0.9 * LONGER
    assert not free(view, slots)
    clock.now += 0.2 * LONGER
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
    slots: SlotTable, database: Database, clock: SetTime
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
    clock.now += 1.1 * LONGER
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


def test_nodes_share_a_secret(database: Database, slots: SlotTable, new_postgres: Callable[[], str]) -> None:
    """Whoever asks first makes it; it is as long as it must be, and another one in another cluster."""
    with closing(database.statements()) as statements:
        first = shared_secret(statements)
        assert shared_secret(statements) == first
    assert len(first) == 32
    with closing(Database.open(new_postgres())) as other, closing(other.statements()) as theirs:
        SlotTable(theirs, 1.0).prepare(2)
        assert shared_secret(theirs) != first
