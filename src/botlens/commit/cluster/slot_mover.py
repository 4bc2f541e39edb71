"""Brings slots of this node to another shard, while they are served; and erases what stays where they were.

Rows are brought while all goes on, then those that came meanwhile, until that is done within a second. Then
nothing of the slot is written to its shard for a moment (commits go on, into the journal), the last rows are
brought, both sides are compared, and one statement gives the slot its new shard, and a new epoch. Whatever
is in the journal by then is brought in there, as after any other change of owner.

Cut off anywhere, the owner of the slot begins again, and finds by comparing what is there already.

Where a slot lies only PostgreSQL knows. If that came back from a backup it may name the shard that the slot
has left: to bring what lies there, which is nothing, would remove the only copy at the other. So nothing is
removed of conversations that the shard of the slot has never had.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

import structlog

from botlens.cluster.holdings import Holdings, SlotHolding
from botlens.cluster.node import ClusterNode
from botlens.cluster.slot_moves import SlotMove, SlotMoveTable, SlotRemains
from botlens.cluster.slots import slot_of
from botlens.commit.cluster.companies_there import CompaniesThere
from botlens.commit.cluster.entrance import ShardEntrance
from botlens.commit.cluster.shard_room import ShardRoom
from botlens.commit.cluster.slot_way import NotWantedError, SlotWay, TooMuchError, check_none, said_of_a_move
from botlens.commit.port import Wait
from botlens.commit.thresholds import AskThresholds
from botlens.errors import BotlensError, NotHereError, cause_of
from botlens.jobs.job import StoppedError
from botlens.monitoring.telemetry import Telemetry
from botlens.store.carrying import CompanyCarrier, NotTheSameError, companies_of
from botlens.store.connection import ClickHouse
from botlens.store.erasure import WholeErasure
from botlens.store.failures import TooSlowError
from botlens.store.never_had import has_never_had

log = structlog.get_logger(__name__)

_SOON_SECONDS: Final = 1.0
_ROUNDS: Final = 10
_HELD_SECONDS: Final = 5.0
"""So long nothing of a slot is written at most before it is given up for now."""

_ATTEMPTS: Final = 5
_AGAIN_SECONDS: Final = 10.0
_FIRST_WAIT, _LONGEST_WAIT = 0.05, 1.0

Belongs = Callable[[str], bool]
Quiet = Callable[[Belongs], AbstractContextManager[Callable[[], None]]]
"""Nothing is written of some companies past commits as long as the block lasts, nor later by who began;
what the block gets is called where they have not moved: then it is."""


@dataclass(frozen=True, slots=True)
class _Sides:
    """From where, with the room that writes there, and where to."""

    room: ShardRoom
    source: ClickHouse
    target: ClickHouse


class SlotMover:
    """Moves slots. For one thread.

    Args:
        node: has them.
        moves: what is intended.
        holdings: the slots of this node.
        rooms: those of the shards, in their order.
        entrances: say whether a shard can be used.
        quiet: see there.
        chatbots: that a company has; their ids are the keys.
        telemetry: counts failures.
    """

    def __init__(
        self,
        node: ClusterNode,
        moves: SlotMoveTable,
        holdings: Holdings,
        rooms: Sequence[ShardRoom],
        entrances: Sequence[ShardEntrance],
        quiet: Quiet,
        chatbots: AskThresholds,
        telemetry: Telemetry,
    ) -> None:
        self._node = node
        self._moves = moves
        self._holdings = holdings
        self._rooms = rooms
        self._entrances = entrances
        self._quiet = quiet
        self._chatbots = chatbots
        self._telemetry = telemetry
        self._not_before: dict[tuple[int, int], float] = {}

    def work(self, wait: Wait) -> None:
        """Move the slots of this node that are to be moved, and erase what stays where slots were.

        What cannot be done now is said where the move is, and tried again a little later.

        Args:
            wait: called between parts; what it raises ends it.
        """
        instance = self._node.name.instance
        for move in self._moves.moves(instance):
            self._try((move.slot, move.target), partial(self._move, move, wait))
        there = CompaniesThere()
        for each in self._moves.remains(instance, due=True):
            self._try((each.slot, ~each.shard), partial(self._erase, each, there, wait))

    def _try(self, what: tuple[int, int], work: Callable[[], None]) -> None:
        """Do it unless it failed a moment ago."""
        if time.monotonic() < self._not_before.get(what, 0.0):
            return
        try:
            work()
        except (NotWantedError, NotHereError):
            return
        except BotlensError as error:
            self._not_before[what] = time.monotonic() + _AGAIN_SECONDS
            self._telemetry.failed("slot_move", error)
            log.warning("slot_not_moved", slot=what[0], reason=error.message, cause=cause_of(error))
        except StoppedError:
            raise
        except Exception as error:  # of one slot: the others are moved, and what stayed behind is erased
            self._not_before[what] = time.monotonic() + _AGAIN_SECONDS
            self._telemetry.failed("slot_move", error)
            log.exception("slot_not_moved", slot=what[0])

    def _held_slot(self, slot: int) -> SlotHolding:
        holding = self._holdings.of_slot(slot)
        if holding is None or not holding.serving or not holding.lasts or self._node.is_stopping:
            raise NotWantedError
        return holding

    def _move(self, move: SlotMove, wait: Wait) -> None:
        holding = self._held_slot(move.slot)
        if holding.shard == move.target:
            self._moves.done(move)  # it was begun again beside its end
            return
        way = SlotWay(self._moves, holding, wait, replace(move, rows=0, total=0, said=""))
        try:
            source, target = (self._store_of(each).within(way.rest) for each in (holding.shard, move.target))
            self._bring(way, _Sides(self._rooms[holding.shard], source, target))
        except BotlensError as error:
            self._moves.note(replace(way.move, said=said_of_a_move(error)))
            raise
        except (NotWantedError, StoppedError):
            raise
        except Exception:
            said = f"Node {self._node.name.name}, which has the slot, made a mistake: its log says which."
            self._moves.note(replace(way.move, said=said))
            raise

    def _store_of(self, shard: int) -> ClickHouse:
        if shard >= len(self._rooms):
            message = (
                f"Node {self._node.name.name}, which has the slot, knows no shard {shard + 1}: name it at "
                "the end of BOTLENS_SHARDS of every node, and start them again one by one."
            )
            raise NotTheSameError(message)
        if problem := self._entrances[shard].problem():
            raise NotTheSameError(f"Shard {shard + 1} cannot be used: {problem.rstrip('.')}.")
        return self._entrances[shard].store  # read over connections of readers; who writes waits for pages

    def _bring(self, way: SlotWay, sides: _Sides) -> None:
        """Bring all of a slot, again and again what came meanwhile, and have it there."""
        first = bound = self._flushed(way, sides)
        companies = self._companies(way, sides)
        self._check_known(
            way.move.slot, companies, (way.holding.shard, sides.source), (way.move.target, sides.target)
        )
        for carrier in self._carriers(way, sides, companies):
            different = carrier.differences()
            way.move = replace(way.move, total=way.move.total + carrier.rows)
            carrier.bring(different)
        for _ in range(_ROUNDS):
            begun = time.monotonic()
            newest = self._flushed(way, sides)
            companies = self._companies(way, sides)
            for carrier in self._carriers(way, sides, companies):
                carrier.bring_newer(bound)
            bound = newest
            if time.monotonic() - begun < _SOON_SECONDS:
                break
        way.note()
        for attempt in range(_ATTEMPTS):
            try:
                self._finish(way, sides, companies, first, bound)
            except (NotTheSameError, TooSlowError) as error:
                if attempt + 1 == _ATTEMPTS:
                    raise error if isinstance(error, NotTheSameError) else TooMuchError from error
                way.until = None
                bound, companies = self._flushed(way, sides), self._companies(way, sides)
                for carrier in self._carriers(way, sides, companies):
                    carrier.bring(carrier.differences())
            else:
                return

    @staticmethod
    def _flushed(way: SlotWay, sides: _Sides) -> int:
        """The number up to which what is committed of a slot is in its store; of recounts, not all may be."""
        number = way.holding.number
        sides.room.flush()
        way.heard(0)
        return number

    @staticmethod
    def _companies(way: SlotWay, sides: _Sides) -> set[str]:
        """Those of the slot that have anything on either side: all of both stores is looked through."""
        found = companies_of(sides.source) | companies_of(sides.target)
        way.heard(0)
        return {each for each in found if slot_of(each) == way.move.slot}

    def _check_known(
        self, slot: int, companies: Iterable[str], here: tuple[int, ClickHouse], there: tuple[int, ClickHouse]
    ) -> None:
        """Pass if what lies of companies at another shard was at the one where their slot is.

        Raises:
            NotTheSameError: it was not.
        """
        for company_id in sorted(companies):
            if has_never_had(here[1], there[1], company_id, self._chatbots(company_id)):
                raise NotTheSameError(
                    f"Shard {there[0] + 1} has conversations of slot {slot} that shard {here[0] + 1}, where "
                    "PostgreSQL says that the slot lies, has never had. Nothing of them is removed. Did "
                    "PostgreSQL come back from a backup of before the slot was moved? Then end all nodes and "
                    "say where it lies: see docs/how-to/operate-a-cluster.md, back up and restore."
                )

    @staticmethod
    def _carriers(way: SlotWay, sides: _Sides, companies: Iterable[str]) -> Iterator[CompanyCarrier]:
        for company_id in sorted(companies):
            yield CompanyCarrier(sides.source, sides.target, company_id, way.heard)

    def _finish(self, way: SlotWay, sides: _Sides, companies: set[str], first: int, bound: int) -> None:
        """Bring the last rows while nothing is written, compare, and have the slot at its new shard.

        Of companies those are given that were there before; the room knows those that came since.
        """

        def belongs(company_id: str) -> bool:
            return slot_of(company_id) == way.move.slot

        with self._node.leaving.marked([way.holding]) as marked:
            if not marked or self._node.is_stopping:
                raise NotWantedError
            with self._quiet(belongs) as have_stayed, sides.room.held(belongs):
                begun = time.monotonic()
                way.until = begun + _HELD_SECONDS
                try:
                    came = filter(belongs, sides.room.written())
                    for carrier in self._carriers(way, sides, companies.union(came)):
                        self._bring_last(carrier, first, bound)
                    way.heard(0)
                except Exception:
                    have_stayed()
                    raise
                try:
                    self._end(way, sides.room)
                except NotTheSameError:
                    have_stayed()
                    raise
        held = round(time.monotonic() - begun, 3)
        log.info("slot_moved", slot=way.move.slot, shard=way.move.target + 1, held=held)

    @staticmethod
    def _bring_last(carrier: CompanyCarrier, first: int, bound: int) -> None:
        """Bring what is newer than `bound`, and see that both hold the same; all it says, after `first`."""
        carrier.bring_newer(bound)
        if different := carrier.differences(contents=False):
            carrier.bring(different)
            different = carrier.differences(contents=False)
        check_none(different or carrier.differences(first))

    def _end(self, way: SlotWay, room: ShardRoom) -> None:
        before, until = way.holding, time.monotonic() + _SOON_SECONDS
        while True:
            begun = time.monotonic()
            if (epoch := self._ended(way, room)) is not None:
                break
            if not self._moves.is_wanted(way.move, self._node.name.instance, before.epoch):
                raise NotWantedError
            if time.monotonic() > until:
                raise NotTheSameError("The slot's row in PostgreSQL is always in use. It is tried again.")
            time.sleep(_FIRST_WAIT)
        self._node.exchange(
            before, SlotHolding(before.slot, way.move.target, epoch, begun + self._node.seconds)
        )

    def _ended(self, way: SlotWay, room: ShardRoom) -> int | None:
        """Have the slot at its new shard; its epoch there, or None: it is as before."""
        before = way.holding
        # A commit of several companies is there as a whole, or not at all: with the old epoch of this slot
        # among them it would be refused for all, and their slots would end.
        with room.uncommitted():
            try:
                epoch = self._moves.end(way.move, self._node.name.instance, before.epoch, self._node.seconds)
            except BaseException:  # done or not: it is looked at anew, and opened where it lies
                self._holdings.end([before])
                self._node.wake()
                raise
            if epoch is not None:
                self._holdings.end([before])
        return epoch

    def _erase(self, remains: SlotRemains, there: CompaniesThere, wait: Wait) -> None:
        """Erase what lies of a slot on a shard where it is not."""
        holding = self._held_slot(remains.slot)
        store = self._store_of(remains.shard)
        if companies := there.of_slot(store, remains):
            here = (holding.shard, self._store_of(holding.shard))
            self._check_known(remains.slot, companies, here, (remains.shard, store))
        for company_id in companies:
            rows, seconds = WholeErasure(store, company_id, None), _FIRST_WAIT
            while rows.remaining():
                if holding.shard == remains.shard or not holding.lasts:
                    raise NotWantedError
                if seconds == _FIRST_WAIT:
                    rows.begin()
                rows.check()
                wait(seconds)
                seconds = min(2 * seconds, _LONGEST_WAIT)
        self._moves.erased(remains)
        log.info("slot_erased", slot=remains.slot, shard=remains.shard + 1)
