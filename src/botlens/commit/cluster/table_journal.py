"""A journal that is a table in PostgreSQL: of the slots of one shard, each with its fence (see `frames`)."""

from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from threading import Lock

import structlog

from botlens.cluster.frames import FrameTable, JournalFrame
from botlens.cluster.holdings import ShardHoldings, SlotHolding
from botlens.commit.journaling import Commit, Journal
from botlens.commit.room.segments import packed
from botlens.errors import BotlensError, NotHereError, OverloadedError, cause_of
from botlens.monitoring.telemetry import Telemetry

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class SlotPart:
    """The frames of a slot up to one of them."""

    holding: SlotHolding
    seq: int


class TableJournal(Journal):
    """Appends frames for the slots of one shard, and deletes them.

    Whatever goes wrong with an append, nobody can know whether the frame is there. So the slots that it was
    for end at once; they are opened again with another epoch, and what is there is read.

    Args:
        appending: writes frames.
        deleting: the same table, on another connection.
        holdings: the slots that this process has.
        ended: called when some have ended; it must be quick.
        telemetry: counts failures.
    """

    is_far = True

    def __init__(
        self,
        appending: FrameTable,
        deleting: FrameTable,
        holdings: ShardHoldings,
        ended: Callable[[], None],
        telemetry: Telemetry,
    ) -> None:
        self._appending = appending
        self._deleting = deleting
        self._holdings = holdings
        self._ended = ended
        self._telemetry = telemetry
        self._lock = Lock()  # of the two below
        self._open: dict[SlotHolding, int] = {}  # seq of the last frame that is not in a part yet
        self._sealed: list[SlotPart] = []
        self._failures, self._healed = 0, 0

    def append(self, commit: Commit) -> None:
        """Write one commit; it is durable when this returns.

        Raises:
            NotHereError: another node has one of the slots.
            OverloadedError: PostgreSQL does not answer; it may be there or not.
        """
        by_holding: dict[SlotHolding, list[tuple[str, bytes]]] = {}
        for company_id, lines in commit:
            by_holding.setdefault(self._holdings.of(company_id), []).append((company_id, lines))
        if not by_holding:
            return
        frames = [
            JournalFrame(each.slot, each.epoch, each.seq + 1, packed(lines))
            for each, lines in by_holding.items()
        ]
        try:
            there = self._appending.append(frames)
        except BaseException:
            self._failures += 1
            self._end(by_holding)
            raise
        self._healed = self._failures
        if not there:
            self._telemetry.fenced.inc()
            self._end(by_holding)
            raise NotHereError
        with self._lock:
            for each in by_holding:
                each.seq += 1
                self._open[each] = each.seq

    def _end(self, holdings: dict[SlotHolding, list[tuple[str, bytes]]]) -> None:
        self._holdings.end(holdings)
        log.warning("slots_ended", slots=[each.slot for each in holdings])
        self._ended()

    def rotate(self, next_arrival: int) -> list[SlotPart]:
        """Divide what was appended from what comes; returns all parts before, of slots that are still here.

        What is pending of others is not given back where a write fails, so their frames may be needed.
        """
        with self._lock:
            self._sealed += [SlotPart(each, seq) for each, seq in self._open.items()]
            self._open = {}
        return self.sealed

    def forget(self, holdings: Collection[SlotHolding]) -> None:
        """Slots have ended, and what was pending of them is dropped: their frames stay for who has them next.

        Under the lock of the ledger: nothing may be divided between the two.
        """
        with self._lock:
            for each in holdings:
                self._open.pop(each, None)
            self._sealed = [each for each in self._sealed if each.holding not in holdings]

    @property
    def sealed(self) -> list[SlotPart]:
        """The parts before the one that commits go to, of slots that are still here."""
        with self._lock:
            self._sealed = [each for each in self._sealed if not each.holding.ended]
            return list(self._sealed)

    def delete(self, sealed: Sequence[SlotPart]) -> None:
        """Delete parts whose events are all in the store; what cannot be deleted is `sealed` still."""
        ends = {each.holding.slot: (each.holding.epoch, each.seq) for each in sealed}
        try:
            self._deleting.delete(ends)
        except BotlensError as error:
            self._telemetry.failed("journal", error)
            log.warning("journal_not_deleted", error=str(error), cause=cause_of(error))
            return
        done = set(sealed)
        with self._lock:
            self._sealed = [each for each in self._sealed if each not in done]

    def heal(self) -> None:
        """See whether PostgreSQL can be written again, if it did not take the last append.

        What is sent cannot be waited for: while a node is not ready, nothing may be sent to it.
        """
        failures = self._failures  # another append may fail meanwhile
        if self._healed != failures:
            with suppress(OverloadedError):
                if self._deleting.can_be_written():
                    self._healed = max(self._healed, failures)

    @property
    def works(self) -> bool:
        """Whether PostgreSQL took the last append, or can be written since."""
        return self._healed == self._failures

    def close(self) -> None:
        """The connections are somebody else's."""


class ReplayedJournal(Journal):
    """The journal of a ledger that only reads what another process has left: nothing is appended."""

    def append(self, commit: Commit) -> None:
        """Nothing is committed while a slot is opened."""
        raise NotHereError

    def rotate(self, next_arrival: int) -> list[SlotPart]:
        """There are no parts."""
        return []

    @property
    def sealed(self) -> list[SlotPart]:
        """There are no parts."""
        return []

    def delete(self, sealed: Sequence[SlotPart]) -> None:
        """There are no parts."""

    def heal(self) -> None:
        """It cannot fail."""

    @property
    def works(self) -> bool:
        """It does."""
        return True

    def close(self) -> None:
        """It was never open."""
