"""What the storm's PostgreSQL tells of a cluster: it would find owners and frames that must not be."""

import time
from collections.abc import Iterator
from contextlib import closing

import pytest

from botlens.cluster.frames import FrameTable, JournalFrame
from botlens.cluster.slots import NodeName, SlotTable
from botlens.database.database import Database as Accounts
from tests.soak.database import Database

ANN, BEN = (NodeName(f"{name}-1", name, f"http://{name}") for name in ("ann", "ben"))
LEASE = 1.0


@pytest.fixture
def database() -> Iterator[Database]:
    """As in a storm it is prepared before the first node makes the slots."""
    found = Database()
    with closing(Accounts.open(found.url())):
        found.prepare()
    yield found
    found.close()


def claim(slots: SlotTable, node: NodeName) -> int:
    """Have a node take a slot, whoever has it; returns the epoch."""
    ((found,),) = [slots.claim(node, [each for each in slots.states() if each.slot == 7])]
    return found.epoch


def test_what_it_finds(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """A lease that was not waited for, by the real clock, and a frame of who has the slot no more."""
    with closing(Accounts.open(database.url())) as accounts:
        slots, frames = SlotTable(accounts.statements(), LEASE), FrameTable(accounts.statements())
        slots.prepare(2)
        epoch = claim(slots, ANN)
        assert frames.append([JournalFrame(7, epoch, 1, b"one")])
        database.jump(100)
        slots.renew(ANN.instance)
        database.jump(0)
        time.sleep(1.2 * LEASE)
        claim(SlotTable(accounts.statements(), 600.0), BEN)  # which it has to the end, however slow this is
        assert not frames.append([JournalFrame(7, epoch, 2, b"two")])
        assert database.faults_of_ownership() == []
        assert database.takings() == 2
        monkeypatch.setattr(FrameTable, "FENCE", "")
        assert frames.append([JournalFrame(7, epoch, 2, b"two")])
        (fault,) = database.faults_of_ownership()
        assert fault == f"slot 7: a frame of epoch {epoch} was written in epoch {epoch + 1}"
        claim(slots, ANN)
        assert "taken from ben-1" in database.faults_of_ownership()[0]
