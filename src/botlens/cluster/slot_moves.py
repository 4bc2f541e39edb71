"""Slots on their way to another shard, in PostgreSQL: what is intended, how far it is, and what stays behind.

A move is a row. The owner of the slot brings its rows to the other shard, whoever that is by then, and ends
the move by one statement, which gives the slot its new shard and itself a new epoch, and notes that rows lie
where the slot was.
"""

from dataclasses import dataclass

from botlens.cluster.now import NOW
from botlens.cluster.slots import SLOTS
from botlens.database.single import SingleStatements
from botlens.errors import ConflictError, InvalidError, NotFoundError

REMAINS_SECONDS = 24 * 3_600.0
"""For so long a slot does not come back to a shard: a node taken for dead may write there, or erase."""

ERASED_AFTER_SECONDS = 60.0
"""What was read where a slot lay before is answered, or thrown away, by then."""

_LOOKED_AT_AGAIN_SECONDS = 3_600.0


@dataclass(frozen=True, slots=True)
class SlotMove:
    """A move that is under way: see `SlotMoveRow`."""

    slot: int
    target: int
    rows: int = 0
    total: int = 0
    said: str = ""


@dataclass(frozen=True, slots=True)
class SlotRemains:
    """Rows of a slot may lie on a shard where the slot is not."""

    slot: int
    shard: int


class SlotMoveTable:
    """Reads and changes moves. For any thread; each method is one statement, but for `begin`.

    Args:
        statements: run each.
    """

    def __init__(self, statements: SingleStatements) -> None:
        self._statements = statements

    def begin(self, slot: int, target: int) -> bool:
        """Intend to move a slot; whether there is anything to do: not if it lies there already.

        Doing it again changes nothing.

        Raises:
            InvalidError: there is no such slot or shard, or rows of the slot may lie there from before.
            ConflictError: it is being moved to another shard.
            OverloadedError: the database does not answer.
        """
        begun = self._statements.run(
            "INSERT INTO botlens.slot_moves (slot, target, begun) "
            f"SELECT slot, %(target)s, {NOW} FROM botlens.slots AS held WHERE slot = %(slot)s "
            "AND shard != %(target)s AND %(target)s BETWEEN 0 AND (SELECT shards - 1 FROM botlens.cluster) "
            "AND NOT EXISTS (SELECT 1 FROM botlens.slot_remains AS each "
            "WHERE each.slot = held.slot AND each.shard = %(target)s) "
            "ON CONFLICT (slot) DO NOTHING RETURNING slot",
            {"slot": slot, "target": target},
        )
        return bool(begun and not self._is_fenced(slot, target)) or self._has_begun(slot, target)

    def _is_fenced(self, slot: int, target: int) -> bool:
        """Whether a noted move is taken back: it waited for who cancelled it, and rows remain there."""
        return bool(
            self._statements.run(
                "DELETE FROM botlens.slot_moves WHERE slot = %(slot)s AND target = %(target)s AND EXISTS "
                "(SELECT 1 FROM botlens.slot_remains WHERE slot = %(slot)s AND shard = %(target)s) "
                "RETURNING slot",
                {"slot": slot, "target": target},
            )
        )

    def _has_begun(self, slot: int, target: int) -> bool:
        """Why a move was not noted: whether it was before; else what stands in the way."""
        known = self._statements.run("SELECT shards FROM botlens.cluster")
        shards = known[0][0] if known else 0
        if not shards:
            raise InvalidError("The cluster has no slots yet: no node has ever begun.", field="slot")
        if not 0 <= slot < SLOTS:
            raise InvalidError(f"Slots have the numbers 0 to {SLOTS - 1}.", field="slot")
        if not 0 <= target < shards:
            raise InvalidError(f"This cluster has the shards 1 to {shards}.", field="to")
        for move in self.moves():
            if move.slot == slot and move.target != target:
                message = f"Slot {slot} is on its way to shard {move.target + 1}: cancel that first."
                raise ConflictError(message, code="slot_moves")
            if move.slot == slot:
                return True
        for since, shard in self._statements.run(
            f"SELECT {NOW} - since, shard FROM botlens.slot_remains WHERE slot = %(slot)s", {"slot": slot}
        ):
            if shard == target:
                hours = max(0.0, REMAINS_SECONDS - since) / 3_600
                message = (
                    f"Rows of slot {slot} may still lie on shard {target + 1}, where it was before. They are "
                    f"looked for and erased for a day: move it there in {hours:.0f} hours, or to another."
                )
                raise InvalidError(message, field="to")
        return False

    def cancel(self, slot: int) -> None:
        """Give a move up; what was brought is erased.

        Raises:
            NotFoundError: it is not being moved.
        """
        cancelled = self._statements.run(
            "WITH gone AS (DELETE FROM botlens.slot_moves WHERE slot = %(slot)s RETURNING slot, target) "
            "INSERT INTO botlens.slot_remains (slot, shard, since) "
            f"SELECT slot, target, {NOW} FROM gone ON CONFLICT (slot, shard) "
            "DO UPDATE SET since = EXCLUDED.since, erased = 0 RETURNING slot",
            {"slot": slot},
        )
        if not cancelled:
            raise NotFoundError(f"Slot {slot} is not being moved.", code="no_move")

    def done(self, move: SlotMove) -> None:
        """Forget a move of a slot that lies there already."""
        self._statements.run(
            "DELETE FROM botlens.slot_moves AS each USING botlens.slots AS held WHERE each.slot = %(slot)s "
            "AND held.slot = each.slot AND held.shard = each.target AND each.target = %(target)s",
            {"slot": move.slot, "target": move.target},
        )

    def moves(self, owner: str | None = None) -> list[SlotMove]:
        """The moves under way, the oldest first: all, or those of slots that an instance owns."""
        rows = self._statements.run(
            "SELECT each.slot, each.target, each.rows, each.total, each.said FROM botlens.slot_moves AS each "
            "JOIN botlens.slots AS held USING (slot) "
            "WHERE %(owner)s::text IS NULL OR held.owner = %(owner)s ORDER BY each.begun, each.slot",
            {"owner": owner},
        )
        return [SlotMove(*row) for row in rows]

    def note(self, move: SlotMove) -> bool:
        """Say how far a move is; whether it is still wanted."""
        return bool(
            self._statements.run(
                "UPDATE botlens.slot_moves SET rows = %(rows)s, total = %(total)s, said = %(said)s "
                "WHERE slot = %(slot)s AND target = %(target)s RETURNING slot",
                {
                    "slot": move.slot,
                    "target": move.target,
                    "rows": move.rows,
                    "total": move.total,
                    "said": move.said,
                },
            )
        )

    def end(self, move: SlotMove, owner: str, epoch: int, seconds: float) -> int | None:
        """Have a slot at its new shard, under a new epoch of the same owner, all or nothing.

        Args:
            move: which.
            owner: the instance that has it.
            epoch: under which it has it.
            seconds: how long its lease lasts.

        Returns:
            The new epoch; None if another has the slot by now, or the move is not wanted any more, or
            somebody has the row for a moment (see `is_wanted`): all commits of the shard wait for this
            statement, so it waits for nobody.

        Raises:
            OverloadedError: the database does not answer; it may be done or not.
        """
        rows = self._statements.run(
            "WITH held AS (SELECT slot, shard, facts FROM botlens.slots WHERE slot = %(slot)s "
            "AND owner = %(owner)s AND epoch = %(epoch)s FOR UPDATE SKIP LOCKED), "
            "gone AS (DELETE FROM botlens.slot_moves AS each USING held WHERE each.slot = held.slot "
            "AND each.target = %(target)s RETURNING each.slot), "
            "noted AS (INSERT INTO botlens.slot_remains (slot, shard, since) "
            f"SELECT slot, shard, {NOW} FROM held JOIN gone USING (slot) ON CONFLICT (slot, shard) "
            "DO UPDATE SET since = EXCLUDED.since, erased = 0 RETURNING slot), "
            # Facts of other definitions do not go along; what is known of those that do, goes on to be so.
            "unknown AS (DELETE FROM botlens.slot_facts AS each USING noted JOIN held USING (slot) "
            "WHERE each.slot = noted.slot AND each.definition != held.facts) "
            "UPDATE botlens.slots AS each SET shard = %(target)s, epoch = each.epoch + 1, "
            f"expires = {NOW} + %(seconds)s FROM noted WHERE each.slot = noted.slot RETURNING each.epoch",
            {
                "slot": move.slot,
                "target": move.target,
                "owner": owner,
                "epoch": epoch,
                "seconds": seconds,
            },
        )
        return rows[0][0] if rows else None

    def is_wanted(self, move: SlotMove, owner: str, epoch: int) -> bool:
        """Whether a move is still intended, of a slot that this owner has under this epoch."""
        return bool(
            self._statements.run(
                "SELECT 1 FROM botlens.slots AS held JOIN botlens.slot_moves AS each USING (slot) "
                "WHERE held.slot = %(slot)s AND held.owner = %(owner)s AND held.epoch = %(epoch)s "
                "AND each.target = %(target)s",
                {"slot": move.slot, "owner": owner, "epoch": epoch, "target": move.target},
            )
        )

    def remains(self, owner: str | None = None, *, due: bool = False) -> list[SlotRemains]:
        """Where rows of slots may lie that lie elsewhere.

        Args:
            owner: of slots that this instance has; None is of all.
            due: only where they are to be erased now.
        """
        rows = self._statements.run(
            "SELECT each.slot, each.shard FROM botlens.slot_remains AS each "
            "JOIN botlens.slots AS held ON held.slot = each.slot AND held.shard != each.shard "
            "WHERE (%(owner)s::text IS NULL OR held.owner = %(owner)s) AND (NOT %(due)s "
            f"OR (erased = 0 AND abs({NOW} - since) > %(first)s) "
            f"OR (erased != 0 AND abs({NOW} - erased) > %(again)s)) ORDER BY 1, 2",
            {
                "owner": owner,
                "due": due,
                "first": ERASED_AFTER_SECONDS,
                "again": _LOOKED_AT_AGAIN_SECONDS,
            },
        )
        return [SlotRemains(*row) for row in rows]

    def erased(self, remains: SlotRemains) -> None:
        """Note that nothing lies there now; once that is so after a day, nobody looks any more."""
        self._statements.run(
            "WITH old AS (DELETE FROM botlens.slot_remains WHERE slot = %(slot)s AND shard = %(shard)s "
            f"AND abs({NOW} - since) > %(kept)s RETURNING slot) "
            f"UPDATE botlens.slot_remains SET erased = {NOW} WHERE slot = %(slot)s AND shard = %(shard)s "
            "AND NOT EXISTS (SELECT 1 FROM old)",
            {"slot": remains.slot, "shard": remains.shard, "kept": REMAINS_SECONDS},
        )
