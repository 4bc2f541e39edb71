"""The journal of a cluster: a table in PostgreSQL, whose rows are written by the owner of a slot alone.

That is the fence. A frame is appended by one statement that looks at the epoch of its slot and holds the row
until the frame is there. Whoever takes the slot raises the epoch, waits for such a statement if there is one,
and reads the frames afterwards. So it reads each that was acknowledged, and none is acknowledged after that.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from struct import Struct
from typing import Any, ClassVar, Final
from zlib import crc32

import pyarrow as pa

from botlens.cluster.now import NOW
from botlens.database.single import SingleStatements
from botlens.errors import BotlensError

_READ_AT_ONCE = 100
_SMALL_BYTES: Final = 2_000
"""Rows of PostgreSQL have room for about as much; of more, pieces are made, each a row of another table."""
_LZ4: Final = pa.Codec("lz4_raw")
_MOST_TIMES: Final = 256  # as much longer is at most what LZ4 has packed
_PACKED: Final = b"\0"
_HEADER: Final = Struct("<cII")  # then a block of LZ4


class DamagedFrameError(BotlensError):
    """A row of the journal is not what was written."""

    status = 503
    code = "journal_damaged"


@dataclass(frozen=True, slots=True)
class JournalFrame:
    """A commit's part of one slot. `payload`: as `commit.room.segments.packed` makes it."""

    slot: int
    epoch: int
    seq: int
    payload: bytes


@dataclass(frozen=True, slots=True)
class FrameSum:
    """What the journal holds: frames, bytes, and the age of the oldest in seconds (0 without any)."""

    frames: int
    size: int
    oldest: float


def _stored(payload: bytes) -> bytes:
    """A payload as it stands in the table.

    A third of what a large one has of bytes is written by PostgreSQL in a third of the time, to its log as
    well as to its table; to make it so takes a fraction of that.
    """
    if len(payload) < _SMALL_BYTES and not payload.startswith(_PACKED):
        return payload
    block: bytes = _LZ4.compress(payload, asbytes=True)
    return _HEADER.pack(_PACKED, len(payload), crc32(payload)) + block


def _payload(stored: bytes) -> bytes:
    """What stands in the table as it was; also of a version that packed none, which begins with other bytes.

    Raises:
        ValueError: it is damaged.
    """
    if not stored.startswith(_PACKED):
        return stored
    if len(stored) < _HEADER.size:
        raise ValueError("it is cut off")
    _, size, checksum = _HEADER.unpack_from(stored)
    block = memoryview(stored)[_HEADER.size :]
    if size > _MOST_TIMES * len(block):
        raise ValueError("it cannot be as long as it says")
    try:
        payload: bytes = _LZ4.decompress(block, size, asbytes=True)
    except OSError as error:
        raise ValueError(str(error)) from error
    if crc32(payload) != checksum:
        raise ValueError("its checksum is another one")
    return payload


class FrameTable:
    """Appends, reads and deletes frames. For any thread.

    Args:
        statements: run each.
    """

    FENCE: ClassVar[str] = "AND held.epoch = wanted.epoch"
    """Tests take it out, to see that they would find it."""

    def __init__(self, statements: SingleStatements) -> None:
        self._statements = statements

    def append(self, frames: Sequence[JournalFrame]) -> bool:
        """Write frames of several slots, all or none.

        Returns:
            Whether they are there: not if another node has taken one of the slots.

        Raises:
            OverloadedError: the database does not answer; they may be there or not.
        """
        values = ", ".join(
            f"(%(slot{n})s::integer, %(epoch{n})s::bigint, %(seq{n})s::bigint, %(frame{n})s::bytea)"
            for n in range(len(frames))
        )
        parameters: dict[str, Any] = {}
        for n, each in enumerate(frames):
            parameters |= {
                f"slot{n}": each.slot,
                f"epoch{n}": each.epoch,
                f"seq{n}": each.seq,
                f"frame{n}": _stored(each.payload),
            }
        written = self._statements.run(
            f"WITH wanted (slot, epoch, seq, frame) AS (VALUES {values}), "
            "owned AS (SELECT held.slot FROM botlens.slots AS held JOIN wanted "
            f"ON held.slot = wanted.slot {self.FENCE} ORDER BY held.slot FOR SHARE OF held) "
            "INSERT INTO botlens.journal (slot, epoch, seq, written, frame) "
            f"SELECT slot, epoch, seq, {NOW}, frame FROM wanted "
            f"WHERE (SELECT count(*) FROM owned) = {len(frames)} RETURNING slot",
            parameters,
        )
        return len(written) == len(frames)

    def slots_with_frames(self, slots: Sequence[int]) -> set[int]:
        """Which of some slots have any."""
        rows = self._statements.run(
            "SELECT each FROM unnest(%(slots)s::integer[]) AS each "
            "WHERE EXISTS (SELECT 1 FROM botlens.journal WHERE slot = each)",
            {"slots": list(slots)},
        )
        return {row[0] for row in rows}

    def read(self, slot: int) -> Iterator[JournalFrame]:
        """The frames of a slot in the order in which they were written.

        Raises:
            DamagedFrameError: one is not what was written.
            OverloadedError: the database does not answer.
        """
        after = (0, 0)
        while True:
            rows = self._statements.run(
                "SELECT epoch, seq, frame FROM botlens.journal WHERE slot = %(slot)s "
                f"AND (epoch, seq) > (%(epoch)s, %(seq)s) ORDER BY epoch, seq LIMIT {_READ_AT_ONCE}",
                {"slot": slot, "epoch": after[0], "seq": after[1]},
            )
            for epoch, seq, stored in rows:
                try:
                    yield JournalFrame(slot, epoch, seq, _payload(bytes(stored)))
                except ValueError as error:
                    raise DamagedFrameError(
                        f"The frame ({slot}, {epoch}, {seq}) of botlens.journal is damaged: bring PostgreSQL "
                        "back from a backup, or delete this row, and the events that it holds are lost."
                    ) from error
                after = epoch, seq
            if len(rows) < _READ_AT_ONCE:
                return

    def delete(self, ends: Mapping[int, tuple[int, int]]) -> None:
        """Delete what the event store has: frames of earlier epochs, and of this one up to a number.

        Nothing of slots that another node has taken.

        Args:
            ends: (epoch of the owner, seq of the last frame) by slot.
        """
        if not ends:
            return
        slots = sorted(ends)
        self._statements.run(
            "WITH ended AS (SELECT * FROM unnest(%(slots)s::integer[], %(epochs)s::bigint[], "
            "%(seqs)s::bigint[]) AS each (slot, epoch, seq)), "
            "owned AS (SELECT ended.slot, ended.epoch, ended.seq FROM botlens.slots AS held JOIN ended "
            "ON held.slot = ended.slot AND held.epoch = ended.epoch ORDER BY 1 FOR SHARE OF held) "
            "DELETE FROM botlens.journal AS each USING owned WHERE each.slot = owned.slot "
            "AND (each.epoch < owned.epoch OR each.epoch = owned.epoch AND each.seq <= owned.seq)",
            {
                "slots": slots,
                "epochs": [ends[each][0] for each in slots],
                "seqs": [ends[each][1] for each in slots],
            },
        )

    def can_be_written(self) -> bool:
        """Whether the database takes changes: not where it is a copy that follows another one.

        Raises:
            OverloadedError: the database does not answer.
        """
        ((setting,),) = self._statements.run("SELECT current_setting('transaction_read_only')")
        return bool(setting == "off")

    def total(self) -> FrameSum:
        """What there is of all slots."""
        (row,) = self._statements.run(
            f"SELECT count(*), coalesce(sum(octet_length(frame)), 0)::bigint, "
            f"coalesce({NOW} - min(written), 0) FROM botlens.journal"
        )
        return FrameSum(*row)
