"""Commits of one process of several: of the companies whose slots it has, each at its shard."""

import math
import time
from collections.abc import Iterator, Sequence
from functools import partial
from typing import TypeVar

import structlog

from botlens.cluster.frames import FrameSum, FrameTable
from botlens.cluster.holdings import Holdings, SlotHolding
from botlens.cluster.node import ClusterNode
from botlens.cluster.ownership import Here
from botlens.cluster.secret import shared_secret
from botlens.cluster.slot_moves import SlotMoveTable
from botlens.cluster.slot_user import SlotUser
from botlens.cluster.slots import NodeName, SlotTable, slot_of
from botlens.commit.cluster.entrance import ShardEntrance
from botlens.commit.cluster.erasing_beside import erase_beside
from botlens.commit.cluster.routed_commits import RoutedCommits, check_that_it_lasted
from botlens.commit.cluster.routed_snapshots import RoutedSnapshots
from botlens.commit.cluster.shard_room import ShardRoom
from botlens.commit.cluster.slot_mover import Quiet, SlotMover
from botlens.commit.port import Wait
from botlens.commit.snapshot import Snapshots
from botlens.commit.thresholds import AskThresholds
from botlens.database.database import Database
from botlens.database.single import SingleStatements
from botlens.errors import BotlensError, OverloadedError
from botlens.jobs.workers import Worker
from botlens.live.registry import LiveNumbers
from botlens.monitoring.health import Health
from botlens.monitoring.telemetry import Telemetry

T = TypeVar("T")

log = structlog.get_logger(__name__)

_STOP_SECONDS = 20.0
_GIVE_UP_SECONDS = 5.0
_PATIENCE_SECONDS = 20.0
_COUNT_SECONDS = 5.0
_LATELY_SECONDS = 24 * 3_600.0


class ClusterCommits(RoutedCommits, SlotUser):
    """Makes records durable in PostgreSQL, and counted at the shard of their company: see `Commits`.

    Args:
        entrances: the ways into the shards, in their order.
        database: a PostgreSQL, with slots and journal.
        name: of this node.
        lease_seconds: how long a lease lasts.
        live: the numbers that follow each commit.
        thresholds: of a company's chatbots; may wait.
        telemetry: counts what happens.
        health: gets what does not work.

    Attributes:
        node: knows where companies are.
        shard_of: the number of the shard of a company, from 0.
        secret: that all nodes of the cluster share.
    """

    def __init__(
        self,
        entrances: Sequence[ShardEntrance],
        database: Database,
        name: NodeName,
        lease_seconds: float,
        live: LiveNumbers,
        thresholds: AskThresholds,
        telemetry: Telemetry,
        health: Health,
    ) -> None:
        holdings = Holdings()
        self._memory = database.memory
        self._entrances = entrances
        self._lease_seconds = lease_seconds
        self._keeping_leases, self._moving_slots = database.statements(), database.statements()
        self.node = ClusterNode(
            SlotTable(self._keeping_leases, lease_seconds),
            SlotTable(self._moving_slots, lease_seconds),
            name,
            lease_seconds,
            holdings,
            self,
            telemetry,
            health,
            entrances[0].store.facts.definition,
        )
        self.shard_of = self.node.shard_of
        rooms = [
            ShardRoom(
                each.store,
                database,
                holdings.at(number),
                self.node.wake,
                live,
                thresholds,
                telemetry,
                health.part(f"shard {number + 1}"),
                share=1 / len(entrances),
                number=number,
            )
            for number, each in enumerate(entrances)
        ]
        super().__init__(rooms, holdings)
        self._telemetry, self._ask_thresholds = telemetry, thresholds
        self.secret = shared_secret(self._moving_slots)
        self._snapshots = RoutedSnapshots(lambda each: self._room(each).snapshots, self._rooms[0].snapshots)
        self._ended = False
        self._frames: FrameSum | None = None
        self._count_again = 0.0
        # Two threads: what the second does may wait for PostgreSQL, and is given up by the first.
        self._watch = Worker("statements", self._give_up_some, telemetry=telemetry, health=health)
        self._upkeep = Worker("connections", self._freshen_all, telemetry=telemetry, health=health)

    @property
    def snapshots(self) -> Snapshots:
        """For everybody who reads the store."""
        return self._snapshots

    def start(self) -> None:
        """Take what slots there are; those that others have are theirs."""
        for each in self._rooms:
            each.start()
        self._watch.start()
        self._upkeep.start()
        self.node.start(_PATIENCE_SECONDS)

    def derive_all(self, patience: float) -> None:
        """Nothing to do: facts of another definition are derived when a slot is opened, before it serves."""

    def wait_for_facts(self) -> None:
        """They are there, of each slot that is served."""

    def hand_over(self) -> None:
        """Let others have all companies, in order, before `stop`: what is asked meanwhile is passed on."""
        try:
            self.node.hand_over()
        except BotlensError as error:  # `stop` tries it again, and leases end by themselves
            log.warning("not_handed_over", error=str(error))

    def stop(self, seconds: float = _STOP_SECONDS) -> None:
        """Finish what was submitted, write it to the shards, and let others have the slots at once."""
        until = time.monotonic() + seconds
        self.node.stop()
        for each in self._rooms:
            each.stop(max(0.0, until - time.monotonic()))
        self.node.leave()
        self._ended = True
        self._watch.stop()
        self._upkeep.stop()
        for each in self._rooms:
            each.close()
        self._keeping_leases.close()
        self._moving_slots.close()

    def mover(self, quiet: Quiet) -> SlotMover:
        """What brings slots of this node to other shards; `quiet`: see there."""
        moves = SlotMoveTable(self._moving_slots)
        return SlotMover(
            self.node,
            moves,
            self._holdings,
            self._rooms,
            self._entrances,
            quiet,
            self._ask_thresholds,
            self._telemetry,
        )

    def erase(self, company_id: str, chatbot_id: str | None, wait: Wait) -> None:
        """See `Commits`."""
        holding = self._holdings.of(company_id)
        super().erase(company_id, chatbot_id, wait)
        erase_beside(
            SlotMoveTable(self._moving_slots),
            self._entrances,
            holding,
            company_id,
            chatbot_id,
            partial(check_that_it_lasted, holding),
            wait,
        )

    def has(self, company_id: str) -> bool:
        """Whether the company is here, now: for jobs, which are run by whoever has it."""
        return isinstance(self.node.place_of(company_id), Here)

    def got_lately(self, company_id: str) -> bool:
        """Whether the company is here, and was another's until lately: that may write of it yet."""
        holding = self._holdings.of_slot(slot_of(company_id))
        return (
            holding is not None
            and self.has(company_id)
            and time.monotonic() - holding.since < _LATELY_SECONDS
        )

    def is_held(self, company_id: str) -> bool:
        """Whether nothing of a company is written for a moment, since its slot moves. Waits for nothing."""
        shard = self.shard_of(company_id)
        return shard < len(self._rooms) and self._rooms[shard].is_held(company_id)

    @property
    def slots(self) -> int:
        """How many slots this node serves."""
        return sum(each.serving and not each.ended for each in self._holdings.all())

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
        """Free whoever waits for a PostgreSQL that does not answer, however long a lease lasts.

        Waits for no statement: else nobody would be freed.
        """
        patience = min(self._lease_seconds, _GIVE_UP_SECONDS)
        time.sleep(patience / 8)
        for each in self._kept:
            each.give_up(patience)
        if any(each.lasts for each in self._holdings.all()):
            self._memory.answers_others(self._lease_seconds)
        return not self._ended

    def _freshen_all(self) -> bool:
        time.sleep(self._lease_seconds / 8)
        for each in self._kept:
            each.freshen()
        self._count_frames()
        return not self._ended

    @property
    def _kept(self) -> list[SingleStatements]:
        """The connections that are kept."""
        of_rooms = (statements for each in self._rooms for statements in (each.appending, each.beside))
        return [*of_rooms, self._keeping_leases, self._moving_slots]

    # Slots that come and go

    def can_open(self, shard: int) -> bool:
        """See `SlotUser`."""
        # One that was added is known to nodes that began since.
        return shard < len(self._entrances) and self._entrances[shard].is_open

    def silent(self) -> dict[int, float]:
        """See `SlotUser`."""
        known = len(self._entrances)
        unknown = dict.fromkeys((each.shard for each in self.node.slots() if each.shard >= known), math.inf)
        return unknown | {
            number: each.silent_for for number, each in enumerate(self._entrances) if each.silent_for > 0
        }

    def open_slots(self, holdings: Sequence[SlotHolding]) -> Iterator[SlotHolding]:
        """See `SlotUser`."""
        self._memory.expire()  # another process may have set a threshold until the moment before
        for number, room in enumerate(self._rooms):
            if own := [each for each in holdings if each.shard == number]:
                yield from room.open_slots(own)

    def close_slots(self, holdings: Sequence[SlotHolding]) -> None:
        """See `SlotUser`."""
        for number, room in enumerate(self._rooms):
            if own := [each for each in holdings if each.shard == number]:
                room.close_slots(own)

    def write_out(self, holdings: Sequence[SlotHolding]) -> bool:
        """See `SlotUser`."""
        is_written = True
        for number in {each.shard for each in holdings}:
            try:
                self._rooms[number].flush()
            except (BotlensError, OSError) as error:
                log.warning(
                    "flush_failed_before_release", shard=number + 1, error=str(error), kept="in the journal"
                )
                is_written = False
        return is_written

    def journal_bytes(self) -> float:
        """Bytes of the journal, of all nodes."""
        return math.nan if self._frames is None else float(self._frames.size)
