"""The journal in a real PostgreSQL: who may write frames and delete them, and how they come back."""

import secrets
import time
from contextlib import closing
from threading import Thread

import pytest

from botlens.cluster.frames import DamagedFrameError, FrameSum, FrameTable, JournalFrame
from botlens.cluster.slots import SlotTable
from botlens.database.database import Database
from tests.engine.slot_tables import ANN, BEN, SECONDS, take


@pytest.fixture
def frames(database: Database) -> FrameTable:
    return FrameTable(database.statements())


def payloads(frames: FrameTable, slot: int) -> list[bytes]:
    return [each.payload for each in frames.read(slot)]


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


def test_large_frames_take_less_room_and_come_back_as_they_were(
    slots: SlotTable, frames: FrameTable, database: Database
) -> None:
    """Whatever is in them; so do those that a version left that packed none."""
    (own,) = take(slots, ANN, 5)
    said = b"".join(b'{"type":"message","id":"m%d"}\n' % number for number in range(10_000))
    wanted = [b"", b"\0", b"\0" * 5_000, secrets.token_bytes(100_000), b"x" * 1_999, b"x" * 2_000, said]
    for number, payload in enumerate(wanted):
        before = frames.total().size
        assert frames.append([JournalFrame(5, own.epoch, number + 1, payload)])
    assert frames.total().size - before < len(said) / 3
    with closing(database.statements()) as old:
        old.run(
            "INSERT INTO botlens.journal (slot, epoch, seq, written, frame) "
            "VALUES (5, %(epoch)s, 99, 0, %(frame)s)",
            {"epoch": own.epoch, "frame": said},
        )
    assert payloads(frames, 5) == [*wanted, said]


@pytest.mark.parametrize(
    "harm",
    [
        "set_byte(frame, 40, get_byte(frame, 40) # 1)",
        "set_byte(frame, 1, get_byte(frame, 1) + 1)",
        "set_byte(frame, 4, 127)",
        "substring(frame FROM 1 FOR 3)",
        "substring(frame FROM 1 FOR 200)",
    ],
    ids=["a bit", "longer", "far too long", "no head", "cut off"],
)
def test_a_damaged_frame_is_named(
    slots: SlotTable, frames: FrameTable, database: Database, harm: str
) -> None:
    """So that whoever looks after it knows what to bring back; what was before it is read."""
    (own,) = take(slots, ANN, 5)
    said = b"".join(b"conversation %d\n" % number for number in range(1_000))
    assert frames.append([JournalFrame(5, own.epoch, 1, b"whole")])
    assert frames.append([JournalFrame(5, own.epoch, 2, said)])
    with closing(database.statements()) as disk:
        disk.run(f"UPDATE botlens.journal SET frame = {harm} WHERE seq = 2")
    found = frames.read(5)
    assert next(found).payload == b"whole"
    with pytest.raises(DamagedFrameError, match=rf"\(5, {own.epoch}, 2\) of botlens.journal is damaged"):
        next(found)


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
        until = time.monotonic() + 60
        while len({each[0] for each in acknowledged}) < 20 and time.monotonic() < until:
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
