"""Commits of the slots of one shard: the parts of one process over one store, and how slots come and go."""

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import AbstractContextManager, contextmanager

import structlog

from botlens.cluster.frames import FrameTable, JournalFrame
from botlens.cluster.holdings import ShardHoldings, SlotHolding
from botlens.cluster.slot_facts import SlotFacts
from botlens.cluster.slots import slot_of
from botlens.commit.cluster.slot_derivation import SlotDerivation
from botlens.commit.cluster.slot_numbering import SlotNumbering
from botlens.commit.cluster.table_intentions import LOADS, REBUILDS, TableIntentions
from botlens.commit.cluster.table_journal import ReplayedJournal, TableJournal
from botlens.commit.counted_intentions import IntentionKey
from botlens.commit.journaling import Commit
from botlens.commit.numbering import SingleNumbering
from botlens.commit.room.batches import Batches
from botlens.commit.room.entry import StateKey
from botlens.commit.room.ledger import Ledger
from botlens.commit.room.pending import joined_pending
from botlens.commit.room.replaying import replay
from botlens.commit.room.room import Keeping, Room
from botlens.commit.room.segments import unpacked_commit
from botlens.commit.submission import Refused
from botlens.commit.thresholds import AskThresholds, Thresholds
from botlens.database.database import Database
from botlens.errors import NotHereError, OverloadedError
from botlens.events.record import Record
from botlens.live.registry import LiveNumbers
from botlens.moments import DAY
from botlens.monitoring.health import Health
from botlens.monitoring.telemetry import Telemetry
from botlens.store.connection import ClickHouse
from botlens.store.failures import StoreError
from botlens.store.upgrades import look_for_others

log = structlog.get_logger(__name__)

_BUSY_SECONDS, _AGAIN_SECONDS = 300.0, 1.0
"""So long, and so often, facts are asked for again that are derived while all connections are others'."""

_STAMP_BITS = 48
"""Stamps, and editions of thresholds, differ by shard: what was read at one would else be taken for what a
company has at the next."""


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
        number: of the shard, from 0.
    """

    def __init__(
        self,
        store: ClickHouse,
        database: Database,
        holdings: ShardHoldings,
        ended: Callable[[], None],
        live: LiveNumbers,
        thresholds: AskThresholds,
        telemetry: Telemetry,
        health: Health,
        *,
        share: float,
        number: int,
    ) -> None:
        self.appending = database.statements()
        self.beside = database.statements()
        self._frames = FrameTable(self.beside)
        self._journal = TableJournal(FrameTable(self.appending), self._frames, holdings, ended, telemetry)
        self._rebuilds = TableIntentions(self.beside, holdings, REBUILDS, ended)
        self._loads = TableIntentions(self.beside, holdings, LOADS, ended)
        keeping = Keeping(self._journal, self._rebuilds, self._loads, SlotNumbering(holdings))
        self._number, first_stamp = number, number << _STAMP_BITS
        super().__init__(
            store,
            keeping,
            live,
            thresholds,
            telemetry,
            health,
            share=share,
            first_stamp=first_stamp,
            of_several=share < 1,
        )
        self._slot_facts = SlotDerivation(self._store, self._book, self.beside, holdings, ended)
        health.watch(
            "journal",
            lambda: None if self._journal.works else "the journal cannot be written; events are refused",
        )

    def submit(
        self, company_id: str, records: Sequence[Record], thresholds: Thresholds | None = None
    ) -> "Future[Refused]":
        """See `Room`.

        Raises:
            NotHereError: the thresholds were asked for at another shard, where the company lay before: which
                of its chatbots were deleted since is not known here.
        """
        if thresholds is not None and thresholds.edition >> _STAMP_BITS != self._number:
            raise NotHereError
        return super().submit(company_id, records, thresholds)

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

    def open_slots(self, holdings: Sequence[SlotHolding]) -> Iterator[SlotHolding]:
        """Bring in what earlier owners left, and do what they did not finish; gives each slot that serves.

        Those of which little is to be done come first: no company waits for what is to be read or counted of
        others that it shares nothing with but the moment at which they came.

        Raises:
            BotlensError: the shard or PostgreSQL does not answer. Those that are `opened` by then work.
        """
        self._store.saved.clear()  # who had them may have saved numbers
        slots = [each.slot for each in holdings]
        rebuilds = _by_slot(self._rebuilds.unfinished_of(slots))
        loads = _by_slot(self._loads.unfinished_of(slots))
        # Of one that works already there are frames of our own: to number them anew would lower its numbers.
        unopened = [each.slot for each in holdings if not each.opened]
        used = self._frames.slots_with_frames(unopened)
        known = self._slot_facts.of(slots)
        underived = {slot for slot, facts in known.items() if not self._slot_facts.is_whole(facts)}
        self._store.facts.unsure = True  # who had them may have made a table
        if used or underived:  # else nothing is asked of the shard, which may be down
            look_for_others(self._store)
        waiting: list[SlotHolding] = []
        for each in sorted(holdings, key=lambda each: (each.slot in underived, each.slot in used)):
            if each.ended:
                continue
            rebuilds[each.slot].update(self._bring_in(each, known[each.slot], has_frames=each.slot in used))
            each.opened = True
            if keys := loads.get(each.slot):
                self._recounts.expect_loaded(sorted(keys))
            if rebuilds[each.slot] or each.slot in underived:
                waiting.append(each)
            else:
                yield each
        for each in waiting:
            if each.slot in underived:
                self._derive(each)
            for key in sorted(rebuilds[each.slot]):
                self._finish(*key)
            yield each

    def _bring_in(self, holding: SlotHolding, facts: SlotFacts, *, has_frames: bool) -> list[IntentionKey]:
        """Have the store hold what is in the journal of a slot, and what facts lack that others kept.

        Returns:
            See `_recover`.
        """
        if holding.opened:
            return []
        is_whole = self._slot_facts.is_whole(facts)
        if not is_whole:
            self._slot_facts.keep(holding, facts, self._oldest(holding.slot))
        stale = self._recover(holding) if has_frames else []
        if not is_whole:
            self._slot_facts.catch_up(holding)
        return stale

    def _oldest(self, slot: int) -> Commit | None:
        """The first commit in the journal of a slot."""
        frame = next(self._frames.read(slot), None)
        return None if frame is None else _commit_of(frame)

    def _derive(self, holding: SlotHolding) -> None:
        """Make facts anew that this definition never had, or that changed while others kept them.

        Raises:
            BotlensError: the shard or PostgreSQL does not answer, or another node has the slot.
        """
        for key in self._slot_facts.unfinished_of([holding.slot]).get(holding.slot, ()):
            if not self._is_rebuilt_in_the_end(
                holding, *key
            ):  # it is tried again, also by who has the slot next
                self._rebuilds.write(*key, holding.slot, holding.epoch)
            self._slot_facts.done(*key)
        self._slot_facts.whole(holding)

    def _is_rebuilt_in_the_end(self, holding: SlotHolding, company_id: str, chatbot_id: str) -> bool:
        """The same as `_is_rebuilt`, however much others ask: whoever had the slot next would begin anew."""
        until = time.monotonic() + _BUSY_SECONDS
        while True:
            try:
                return self._is_rebuilt(company_id, chatbot_id)
            except (NotHereError, StoreError):
                raise
            except OverloadedError:
                if not holding.lasts or time.monotonic() > until:
                    raise
                time.sleep(_AGAIN_SECONDS)

    def _finish(self, company_id: str, chatbot_id: str) -> None:
        """Make facts anew that an earlier owner did not finish.

        Raises:
            OverloadedError: the shard or PostgreSQL does not answer now.
        """
        if self._is_rebuilt(company_id, chatbot_id):
            self._rebuilds.done(company_id, chatbot_id)

    def _is_rebuilt(self, company_id: str, chatbot_id: str) -> bool:
        try:
            self._recounts.rebuild(company_id, chatbot_id)
        except OverloadedError:
            raise
        except Exception:
            # As in a folder: it is tried again and warned of, and all other companies of the slot are served.
            log.exception("rebuild_failed", company_id=company_id, chatbot_id=chatbot_id)
            return False
        return True

    def _recover(self, holding: SlotHolding) -> list[IntentionKey]:
        """Have the store hold what is in the journal of a slot, in a ledger of its own.

        Returns:
            The chatbots whose facts must be made anew, since something of them could not be counted.
        """
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
            pending.vacate_beside(self._store)
            pending.insert_derived(self._store)

        # If this process has lost the slot meanwhile, there are frames of the next owner: what is made of
        # them here would be numbered above its own.
        frames = (each for each in self._frames.read(holding.slot) if each.epoch < holding.epoch)
        replay(ledger, map(_commit_of, frames), write, see)
        stale = ledger.stale.all()
        for company_id, chatbot_id in stale:
            self._rebuilds.write(company_id, chatbot_id, holding.slot, holding.epoch)
        holding.number = numbering.highest
        self._frames.delete({holding.slot: (holding.epoch, 0)})
        log.info("slot_recovered", slot=holding.slot, epoch=holding.epoch)
        return stale

    def held(self, belongs: Callable[[str], bool]) -> AbstractContextManager[None]:
        """Nothing of some companies is written to the shard meanwhile; commits go on."""
        return self._flusher.held(belongs)

    def is_held(self, company_id: str) -> bool:
        """Whether this is so of a company now. Waits for nothing."""
        return self._flusher.is_held(company_id)

    @contextmanager
    def uncommitted(self) -> Iterator[None]:
        """Nothing is committed at the shard meanwhile: for one statement."""
        with self._ledger.lock:
            yield

    def written(self) -> set[str]:
        """The companies of which this process has ever written something to the shard, but for their gaps."""
        return self._flusher.written()

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
        self._store.unanswered.forget(belongs)


def _by_slot(keys: Iterable[IntentionKey]) -> defaultdict[int, set[IntentionKey]]:
    found: defaultdict[int, set[IntentionKey]] = defaultdict(set)
    for key in keys:
        found[slot_of(key[0])].add(key)
    return found


def _commit_of(frame: JournalFrame) -> Commit:
    return unpacked_commit(frame.payload, f"the journal of slot {frame.slot}")
