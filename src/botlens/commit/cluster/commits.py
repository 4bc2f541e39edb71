"""Commits of one process of several: of the companies whose slots it has, each at its shard."""

import math
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import ExitStack, contextmanager
from typing import TypeVar

import structlog

from botlens.cluster.frames import FrameSum, FrameTable
from botlens.cluster.holdings import Holdings, SlotHolding
from botlens.cluster.node import ClusterNode
from botlens.cluster.ownership import Here
from botlens.cluster.secret import shared_secret
from botlens.cluster.slot_user import SlotUser
from botlens.cluster.slots import NodeName, SlotTable
from botlens.commit.cluster.routed_snapshots import RoutedSnapshots
from botlens.commit.cluster.shard_room import ShardRoom
from botlens.commit.columns import EventColumns, LoadedRows
from botlens.commit.derivation import RebuildProgress, Stop, never
from botlens.commit.port import Commits, Wait
from botlens.commit.snapshot import Snapshots
from botlens.commit.submission import Refused
from botlens.commit.thresholds import AskThresholds, Thresholds
from botlens.commit.watching import Changed
from botlens.database.database import Database
from botlens.errors import BotlensError, NotHereError, OverloadedError
from botlens.events.record import Record
from botlens.jobs.workers import Worker
from botlens.live.registry import LiveNumbers
from botlens.monitoring.health import Health
from botlens.monitoring.telemetry import Telemetry
from botlens.store.connection import ClickHouse

T = TypeVar("T")

log = structlog.get_logger(__name__)

_STOP_SECONDS = 20.0
_PATIENCE_SECONDS = 20.0
_COUNT_SECONDS = 5.0


class ClusterCommits(Commits, SlotUser):
    """Makes records durable in PostgreSQL, and counted at the shard of their company: see `Commits`.

    Args:
        stores: the shards, in their order, with their tables.
        database: a PostgreSQL, with slots and journal.
        name: of this node.
        lease_seconds: how long a lease lasts.
        live: the numbers that follow each commit.
        thresholds: of a company's chatbots; may wait.
        telemetry: counts what happens.
        health: gets what does not work.

    Attributes:
        node: knows where companies are.
        secret: that all nodes of the cluster share.
    """

    def __init__(
        self,
        stores: Sequence[ClickHouse],
        database: Database,
        name: NodeName,
        lease_seconds: float,
        live: LiveNumbers,
        thresholds: AskThresholds,
        telemetry: Telemetry,
        health: Health,
    ) -> None:
        self._holdings = Holdings()
        self._lease_seconds = lease_seconds
        self._keeping_leases, self._moving_slots = database.statements(), database.statements()
        self.node = ClusterNode(
            SlotTable(self._keeping_leases, lease_seconds),
            SlotTable(self._moving_slots, lease_seconds),
            name,
            lease_seconds,
            self._holdings,
            self,
            telemetry,
            health,
        )
        self._rooms = [
            ShardRoom(
                store,
                database,
                self._holdings,
                self.node.wake,
                live,
                thresholds,
                telemetry,
                health.part(f"shard {number}"),
                share=1 / len(stores),
            )
            for number, store in enumerate(stores, 1)
        ]
        self.secret = shared_secret(self._moving_slots)
        self._snapshots = RoutedSnapshots(lambda each: self._room(each).snapshots, self._rooms[0].snapshots)
        self._ended = False
        self._frames: FrameSum | None = None
        self._count_again = 0.0
        self._watch = Worker("statements", self._give_up_some, telemetry=telemetry, health=health)

    def _room(self, company_id: str) -> ShardRoom:
        return self._rooms[self._holdings.of(company_id).shard]

    @property
    def snapshots(self) -> Snapshots:
        """For everybody who reads the store."""
        return self._snapshots

    def start(self) -> None:
        """Take what slots there are; those that others have are theirs."""
        for each in self._rooms:
            each.start()
        self._watch.start()
        self.node.start(_PATIENCE_SECONDS)

    def derive_all(self, patience: float) -> None:
        """All facts are by the definitions of this version, or the shard was refused."""

    def wait_for_facts(self) -> None:
        """They are there."""

    def stop(self, seconds: float = _STOP_SECONDS) -> None:
        """Finish what was submitted, write it to the shards, and let others have the slots at once."""
        until = time.monotonic() + seconds
        self.node.stop()
        for each in self._rooms:
            each.stop(max(0.0, until - time.monotonic()))
        self.node.leave()
        self._ended = True
        self._watch.stop()
        for each in self._rooms:
            each.close()
        self._keeping_leases.close()
        self._moving_slots.close()

    def has(self, company_id: str) -> bool:
        """Whether the company is here, now: for jobs, which are run by whoever has it."""
        return isinstance(self.node.place_of(company_id), Here)

    @property
    def frames(self) -> FrameSum | None:
        """What the journal held some seconds ago, of all nodes; None if PostgreSQL did not answer."""
        return self._frames

    def _count_frames(self) -> None:
        if time.monotonic() < self._count_again:
            return
        self._count_again = time.monotonic() + _COUNT_SECONDS
        try:
            self._frames = FrameTable(self._moving_slots).total()
        except OverloadedError:
            self._frames = None

    def _give_up_some(self) -> bool:
        """Free whoever waits for a PostgreSQL that does not answer: by then the lease has ended."""
        time.sleep(self._lease_seconds / 8)
        own = (statements for each in self._rooms for statements in (each.appending, each.beside))
        for each in (*own, self._keeping_leases, self._moving_slots):
            each.give_up(self._lease_seconds)
            each.freshen()
        self._count_frames()
        return not self._ended

    # Slots that come and go

    def open_slots(self, holdings: Sequence[SlotHolding]) -> list[SlotHolding]:
        """See `SlotUser`."""
        for number, room in enumerate(self._rooms):
            if own := [each for each in holdings if each.shard == number]:
                room.open_slots(own)
        return list(holdings)

    def close_slots(self, holdings: Sequence[SlotHolding]) -> None:
        """See `SlotUser`."""
        for number, room in enumerate(self._rooms):
            if own := [each for each in holdings if each.shard == number]:
                room.close_slots(own)

    def write_out(self, holdings: Sequence[SlotHolding]) -> None:
        """See `SlotUser`."""
        for number in {each.shard for each in holdings}:
            try:
                self._rooms[number].flush()
            except (BotlensError, OSError) as error:
                log.warning(
                    "flush_failed_before_release", shard=number, error=str(error), kept="in the journal"
                )

    # The port

    def thresholds(self, company_id: str) -> Thresholds:
        """The thresholds of a company's chatbots, and thereby which it has. May wait for the accounts."""
        return self._room(company_id).thresholds(company_id)

    def submit(
        self, company_id: str, records: Sequence[Record], thresholds: Thresholds | None = None
    ) -> "Future[Refused]":
        """Have records committed; the future is done when they are durable and counted."""
        return self._room(company_id).submit(company_id, records, thresholds)

    def load(self, company_id: str, events: EventColumns) -> LoadedRows:
        """Have many events in the store at once; they are durable when this returns, and not counted yet."""
        return self._room(company_id).load(company_id, events)

    def count_loaded(self, company_id: str, stop: Stop = never) -> int:
        """Derive the facts of all chatbots that events were loaded for, chatbot by chatbot."""
        return self._room(company_id).count_loaded(company_id, stop)

    def uncounted(self, company_id: str) -> frozenset[str]:
        """The chatbots whose numbers lack some of what was loaded."""
        return self._room(company_id).uncounted(company_id)

    def flush(self) -> None:
        """Write everything that was committed here before this call to the shards."""
        for each in self._rooms:
            each.flush()

    @contextmanager
    def unwritten(self) -> Iterator[None]:
        """Bring the shards up to date, and write nothing to them as long as the block lasts."""
        with ExitStack() as stack:
            for each in self._rooms:
                stack.enter_context(each.unwritten())
            yield

    def version(self, company_id: str, chatbot_id: str | None = None) -> int:
        """A number that is higher after each commit of a company, or of a chatbot, and after each recount."""
        return sum(each.version(company_id, chatbot_id) for each in self._rooms)

    def watch(self, company_id: str, changed: Changed) -> Callable[[], None]:
        """Have somebody told of the changes of a company, until what this returns is called."""
        ends = [each.watch(company_id, changed) for each in self._rooms]

        def end() -> None:
            for each in ends:
                each()

        return end

    def rebuild(self, company_id: str, chatbot_id: str) -> int:
        """Derive all facts of a chatbot anew from its raw events; returns how many conversations it has."""
        return self._room(company_id).rebuild(company_id, chatbot_id)

    def recounted(self, company_id: str, chatbot_id: str, change: Callable[[], T]) -> T:
        """Make a change that the facts of a chatbot depend on, and derive them anew."""
        return self._room(company_id).recounted(company_id, chatbot_id, change)

    def is_stale(self, company_id: str, chatbot_id: str) -> bool:
        """Whether facts of a chatbot are still to be made anew."""
        return self._room(company_id).is_stale(company_id, chatbot_id)

    def rebuilding(self, company_id: str) -> Sequence[RebuildProgress]:
        """How far the recounts of the company's chatbots are that run now."""
        return self._room(company_id).rebuilding(company_id)

    def erase(self, company_id: str, chatbot_id: str | None, wait: Wait) -> None:
        """Erase a chatbot, or a company, that does not exist any more."""
        epoch = self._holdings.of(company_id).epoch
        self._room(company_id).erase(company_id, chatbot_id, wait)
        if self._holdings.of(company_id).epoch != epoch:  # who had it meanwhile may have read the journal
            raise NotHereError

    def compare(self, company_id: str, chatbot_id: str) -> Iterator[str | None]:
        """Compare a chatbot's facts with its raw events."""
        return self._room(company_id).compare(company_id, chatbot_id)

    @property
    def waiting(self) -> int:
        """Records that were submitted here and are not committed yet."""
        return sum(each.waiting for each in self._rooms)

    @property
    def pending(self) -> int:
        """Records that are committed here and not in the store yet."""
        return sum(each.pending for each in self._rooms)

    @property
    def stale_chatbots(self) -> int:
        """Chatbots whose facts are still to be made anew."""
        return sum(each.stale_chatbots for each in self._rooms)

    def journal_bytes(self) -> float:
        """Bytes of the journal, of all nodes."""
        return math.nan if self._frames is None else float(self._frames.size)
