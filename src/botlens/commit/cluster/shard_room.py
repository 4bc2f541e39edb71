"""Commits of the slots of one shard: the parts of one process over one store, and how slots come and go."""

from collections import defaultdict
from collections.abc import Callable, Sequence

import structlog

from botlens.cluster.frames import FrameTable, JournalFrame
from botlens.cluster.holdings import Holdings, SlotHolding
from botlens.cluster.slots import slot_of
from botlens.commit.cluster.slot_numbering import SlotNumbering
from botlens.commit.cluster.table_intentions import LOADS, REBUILDS, TableIntentions
from botlens.commit.cluster.table_journal import ReplayedJournal, TableJournal
from botlens.commit.journaling import Commit
from botlens.commit.local.batches import Batches
from botlens.commit.local.entry import StateKey
from botlens.commit.local.ledger import Ledger
from botlens.commit.local.pending import joined_pending
from botlens.commit.local.recovery import replay
from botlens.commit.local.room import Keeping, Room
from botlens.commit.local.segments import unpacked_commit
from botlens.commit.numbering import SingleNumbering
from botlens.commit.thresholds import AskThresholds
from botlens.database.database import Database
from botlens.live.registry import LiveNumbers
from botlens.moments import DAY
from botlens.monitoring.health import Health
from botlens.monitoring.telemetry import Telemetry
from botlens.store.connection import ClickHouse

log = structlog.get_logger(__name__)


class ShardRoom(Room):
    """Takes commits for the slots of one shard that this process has.

    Args:
        store: the shard.
        database: has the journal.
        holdings: the slots.
        ended: called when some have ended; it must be quick.
        live: the numbers that follow each commit.
        thresholds: of a company's chatbots; may wait.
        telemetry: counts what happens.
        health: gets what does not work.
        share: of what one process may have waiting.
    """

    def __init__(
        self,
        store: ClickHouse,
        database: Database,
        holdings: Holdings,
        ended: Callable[[], None],
        live: LiveNumbers,
        thresholds: AskThresholds,
        telemetry: Telemetry,
        health: Health,
        *,
        share: float,
    ) -> None:
        self.appending = database.statements()
        self.beside = database.statements()
        self._frames = FrameTable(self.beside)
        self._journal = TableJournal(FrameTable(self.appending), self._frames, holdings, ended, telemetry)
        self._rebuilds = TableIntentions(self.beside, holdings, REBUILDS, ended)
        self._loads = TableIntentions(self.beside, holdings, LOADS, ended)
        keeping = Keeping(self._journal, self._rebuilds, self._loads, SlotNumbering(holdings))
        super().__init__(store, keeping, live, thresholds, telemetry, health, share=share)
        health.watch(
            "journal",
            lambda: None if self._journal.works else "the journal cannot be written; events are refused",
        )

    def start(self) -> None:
        """Take submissions; there are none before a slot is opened."""
        self._begin()

    def close(self) -> None:
        """Let go of the connections, after `stop`."""
        self.appending.close()
        self.beside.close()

    def journal_bytes(self) -> float:
        """Of all slots, also those of other nodes."""
        return float(self._frames.total().size)

    def open_slots(self, holdings: Sequence[SlotHolding]) -> None:
        """Bring in what earlier owners left, and do what they did not finish.

        Raises:
            BotlensError: the shard or PostgreSQL does not answer. Those that are `opened` by then work.
        """
        slots = [each.slot for each in holdings]
        # Of one that works already there are frames of our own: to number them anew would lower its numbers.
        unopened = [each for each in holdings if not each.opened]
        used = self._frames.slots_with_frames([each.slot for each in unopened])
        for each in unopened:
            if each.slot in used:
                self._recover(each)
            each.opened = True
        for key in self._rebuilds.unfinished_of(slots):
            self._recounts.rebuild(*key)
            self._rebuilds.done(*key)
        if loads := self._loads.unfinished_of(slots):
            self._recounts.expect_loaded(loads)

    def _recover(self, holding: SlotHolding) -> None:
        """Have the store hold what is in the journal of a slot, in a ledger of its own."""
        numbering = SingleNumbering()
        numbering.rise(holding.number)
        ledger = Ledger(self._store, ReplayedJournal(), LiveNumbers(), self._book, numbering)
        days: defaultdict[StateKey, set[int]] = defaultdict(set)

        def see(batches: Batches) -> None:
            for company_id, records in batches.items():
                for each in records:
                    if each.created_at is not None:
                        days[company_id, each.chatbot_id, each.conversation_id].add(each.created_at // DAY)

        def write() -> None:
            pending = joined_pending(ledger.backlog.take(ledger.backlog.companies()).values())
            pending.insert_lines(self._store)
            pending.find_moved(self._store)
            pending.vacate_other_days(self._store, days)
            pending.insert_derived(self._store)

        replay(ledger, map(_commit_of, self._frames.read(holding.slot)), write, see)
        for company_id, chatbot_id in ledger.stale.all():
            self._rebuilds.write(company_id, chatbot_id, holding.slot, holding.epoch)
        holding.number = numbering.highest
        self._frames.delete({holding.slot: (holding.epoch, 0)})
        log.info("slot_recovered", slot=holding.slot, epoch=holding.epoch)

    def close_slots(self, holdings: Sequence[SlotHolding]) -> None:
        """Forget all that is known of the companies of slots that have ended."""
        slots = {each.slot for each in holdings}

        def belongs(company_id: str) -> bool:
            return slot_of(company_id) in slots

        with self._ledger.lock:
            self._journal.forget(holdings)
            self._ledger.drop(belongs)
        self._recounts.drop(belongs)
        self._rebuilds.drop(belongs)
        self._loads.drop(belongs)
        self._flusher.forget()


def _commit_of(frame: JournalFrame) -> Commit:
    return unpacked_commit(frame.payload, f"the journal of slot {frame.slot}")
