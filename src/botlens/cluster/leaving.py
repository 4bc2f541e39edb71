"""Slots that a node lets go of, in order: what was committed of them is written first, and nobody waits long.

What a shard does not take in time stays in the journal, where the next owner reads it. So nothing here waits
for a shard for longer than a few seconds, whatever that does.
"""

import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from threading import Lock, Thread

from botlens.cluster.holdings import Holdings, SlotHolding
from botlens.cluster.rollout import Rollout
from botlens.cluster.share_changes import NOT_REACHED, OTHER_DEFINITION, SHARES, ShareChanges
from botlens.cluster.shares import ShardReach, abandoned, surplus
from botlens.cluster.slot_user import SlotUser
from botlens.cluster.slots import SlotState, SlotTable

_UNDER_WAY_SECONDS = 0.2  # what is being answered when a slot is let go should be answered here
_WRITES_SECONDS = 5.0
_REST_SECONDS = 2.0
_AGAIN_SECONDS = 10.0
_SILENT_SECONDS = 40.0
"""After so long a shard is taken to be closed for this node alone, if others say that they reach it."""


class LeavingSlots:
    """Lets go of slots.

    Args:
        table: has them.
        instance: of the node.
        holdings: what it has.
        user: works with them.
        failed: is told what goes wrong in the background.
        changes: hears what was let go, and why.
    """

    def __init__(
        self,
        table: SlotTable,
        instance: str,
        holdings: Holdings,
        user: SlotUser,
        failed: Callable[[str, Exception], None],
        changes: ShareChanges,
    ) -> None:
        self._changes = changes
        self._table, self._instance = table, instance
        self._holdings, self._user, self._failed = holdings, user, failed
        self._lock = Lock()  # one lets go at a time
        self._writing: dict[int, Thread] = {}
        self._marking = Lock()
        self._not_before: dict[int, float] = {}  # by shard
        self._thread = ThreadPoolExecutor(1, "botlens-leave")
        self._begun: Future[None] | None = None

    def begin(
        self,
        states: Sequence[SlotState],
        held: Collection[int],
        silent: Mapping[int, float],
        others: Sequence[Collection[int]],
        rollout: Rollout,
    ) -> None:
        """Let go, in a thread of its own, of what others should have, unless that is busy with it already.

        These are slots that are too many, of which those stay for now whose shard does not take what is
        written; and those of shards that this node has not reached for long, with which it can do nothing.

        Args:
            states: all slots.
            held: those that the node has.
            silent: the shards that it does not reach, and for how many seconds it has not.
            others: the shards that each other node does not reach.
            rollout: of which definitions nodes are.
        """
        if self._begun is not None and not self._begun.done():
            return
        for_long = [shard for shard, seconds in silent.items() if seconds > _SILENT_SECONDS]
        forsaken = abandoned(states, held, ShardReach(for_long, others))
        resting = {shard for shard, until in self._not_before.items() if time.monotonic() < until}
        unwritten = {*silent, *resting}
        staying = {*held} - {*rollout.kept}
        too_many = surplus(states, staying, ShardReach(unwritten, others))
        writable = {each.slot for each in states if each.slot in staying and each.shard not in unwritten}
        going = rollout.leaving(states, writable, too_many)
        if going or forsaken:
            why = OTHER_DEFINITION if rollout.gives_way else SHARES
            self._begun = self._thread.submit(self._let_go_of_both, going, forsaken, why)

    def _let_go_of_both(self, too_many: Sequence[int], forsaken: Sequence[int], why: str) -> None:
        try:
            with self._lock:
                self._changes.let_go(self.release(self._found(forsaken)), NOT_REACHED)
            self._changes.let_go(len(self.let_go(too_many)), why)
        except Exception as error:  # what PostgreSQL was not told is claimed anew, or ends by itself
            self._failed("let_go", error)

    def let_go(self, slots: Collection[int], *, at_any_rate: bool = False) -> list[int]:
        """Let go of those slots that the node serves, shard by shard; returns which they are.

        Args:
            slots: which.
            at_any_rate: also of those that cannot be written out: the node ends.

        Raises:
            OverloadedError: PostgreSQL does not answer.
        """
        with self._lock:
            leaving = [each for each in self._found(slots) if each.serving]
            silent = self._user.silent()
            gone: list[int] = []
            # None stands still while another is written; those that would wait in vain come last.
            for shard in sorted({each.shard for each in leaving}, key=lambda each: (each in silent, each)):
                own = [each for each in leaving if each.shard == shard]
                gone += self._let_go_of(shard, own, at_any_rate=at_any_rate)
        return gone

    def _found(self, slots: Collection[int]) -> list[SlotHolding]:
        found = (self._holdings.of_slot(slot) for slot in slots)
        return [each for each in found if each is not None]

    def _let_go_of(self, shard: int, holdings: Sequence[SlotHolding], *, at_any_rate: bool) -> list[int]:
        """Let go of slots of one shard; returns those that are let go."""
        with self.marked(holdings) as leaving:
            if not leaving:
                return []
            # While they work: so that little is left for the moment below.
            written = self._write_out(shard, leaving, _WRITES_SECONDS)
            if not written and not at_any_rate:
                self._not_before[shard] = time.monotonic() + _AGAIN_SECONDS
                return []
            for each in leaving:
                each.serving = False
            time.sleep(_UNDER_WAY_SECONDS)
            if written:
                self._write_out(shard, leaving, _REST_SECONDS)
            self._release(leaving)
        return [each.slot for each in leaving]

    def _write_out(self, shard: int, leaving: Sequence[SlotHolding], seconds: float) -> bool:
        """Have a shard hold what was committed; whether it does by then."""
        before = self._writing.get(shard)
        if before is not None and before.is_alive():  # it hangs since the last time
            return False
        done: list[bool] = []
        thread = Thread(
            target=lambda: done.append(self._user.write_out(leaving)), name="botlens-write-out", daemon=True
        )
        self._writing[shard] = thread
        thread.start()
        thread.join(seconds)
        return done == [True]

    def release(self, holdings: Sequence[SlotHolding]) -> int:
        """Let go of slots at once, so that others take them; what is not written is in the journal.

        Returns:
            How many were let go: of those that somebody else sees to none is.

        Raises:
            OverloadedError: PostgreSQL does not answer.
        """
        with self.marked(holdings) as leaving:
            self._release(leaving)
            return len(leaving)

    def _release(self, leaving: Sequence[SlotHolding]) -> None:
        self._holdings.end(leaving)
        self._user.close_slots(leaving)
        self._table.release(self._instance, {each.slot: each.epoch for each in leaving})
        for each in leaving:
            self._holdings.remove(each)

    @contextmanager
    def marked(self, holdings: Sequence[SlotHolding]) -> Iterator[list[SlotHolding]]:
        """Those that have not ended and are not leaving already: nobody else sees to these meanwhile.

        Marked first and looked at then: one that ended before may be closed by now, and the slot had anew.
        """
        leaving: list[SlotHolding] = []
        with self._marking:
            for each in holdings:
                if not each.leaving:
                    each.leaving = True
                    each.leaving = not each.ended
                    if each.leaving:
                        leaving.append(each)
        try:
            yield leaving
        finally:
            for each in leaving:
                each.leaving = False

    def stop(self) -> None:
        """Begin nothing any more."""
        self._thread.shutdown(wait=False, cancel_futures=True)
