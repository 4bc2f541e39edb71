"""One process of a cluster: keeps its leases, takes slots that are free, and knows where all others are."""

import time
from collections.abc import Sequence
from threading import Event, Lock
from typing import ClassVar

import structlog

from botlens.cluster.holdings import Holdings, SlotHolding
from botlens.cluster.leaving import LeavingSlots
from botlens.cluster.openers import SlotOpeners
from botlens.cluster.ownership import Here, Nowhere, Ownership, Whereabouts
from botlens.cluster.returned import ReturnedSlots
from botlens.cluster.rollout import Rollout
from botlens.cluster.share_changes import ASKED_TO_LEAVE, ShareChanges
from botlens.cluster.shares import wanted
from botlens.cluster.slot_user import SlotUser
from botlens.cluster.slots import FIRST_DEFINITION, NodeName, SlotState, SlotTable, slot_of
from botlens.cluster.troubles import Troubles
from botlens.cluster.view import ClusterView
from botlens.errors import BotlensError
from botlens.jobs.workers import Worker
from botlens.monitoring.health import Health
from botlens.monitoring.telemetry import Telemetry

log = structlog.get_logger(__name__)

LEASE_SECONDS = 5.0
_LOOKS_EVERY = 0.25  # for what has become free: a node that ends lets go of its slots
_JOIN_SECONDS = 10.0
_STAYS_SECONDS = 3.0

_LEAVING = "the node ends, and hands its companies over"
_UNSURE = "The node cannot be sure at the moment that it still has this company; send it again in a moment."


class ClusterNode(Ownership):
    """Keeps its part of the slots.

    Args:
        leases: has the slots; on a connection for leases alone.
        table: has them, too; for all else.
        name: of this process.
        seconds: how long a lease lasts.
        holdings: what this process has; shared with `user`.
        user: works with them.
        telemetry: counts failures and losses.
        health: gets what does not work.
        definition: of its facts.

    Attributes:
        name: the same.
        seconds: how long a lease lasts.
        leaving: lets go of slots, and knows which somebody sees to just now.
    """

    CHECKS_LEASE: ClassVar[bool] = True
    """Tests take the look at the lease out, to see that they would find it."""

    def __init__(
        self,
        leases: SlotTable,
        table: SlotTable,
        name: NodeName,
        seconds: float,
        holdings: Holdings,
        user: SlotUser,
        telemetry: Telemetry,
        health: Health,
        definition: int = FIRST_DEFINITION,
    ) -> None:
        self._leases = leases
        self._table = table
        self.name = name
        self.seconds = seconds
        self._holdings = holdings
        self._user = user
        self._rollout, self._returned = Rollout(definition), ReturnedSlots()
        self._telemetry = telemetry
        self._wake, self._stopping = Event(), False
        self._nodes = 0
        self._view = ClusterView(name.instance, seconds)
        self._problem: str | None = "the node has not begun yet"
        self._troubles, self._changes = Troubles(telemetry), ShareChanges()
        failed = self._troubles.failed
        self._openers = SlotOpeners(table, name.instance, user, self._view, self._opened, telemetry, failed)
        self.leaving = LeavingSlots(table, name.instance, holdings, user, failed, self._changes)
        # Two threads: what the second does may wait for a store, and leases are kept meanwhile.
        self._workers = (
            Worker("lease", self._lease_round, telemetry=telemetry, health=health),
            Worker("cluster", self._slot_round, telemetry=telemetry, health=health),
        )
        self._ended = Event()
        self._looking = Lock()
        health.watch("cluster", lambda: _LEAVING if self._stopping else self._problem)
        health.watch_warning("node_url", lambda: self._view.shared_url(name.url))

    def shard_of(self, company_id: str) -> int:
        """The number of the shard where a company lies, as this node knows it.

        Raises:
            NotHereError: it has not looked yet.
        """
        slot = slot_of(company_id)
        holding = self._holdings.of_slot(slot)
        return self._view.shard_of(slot) if holding is None else holding.shard

    @property
    def is_stopping(self) -> bool:
        """Whether the node lets go of all it has."""
        return self._stopping

    def exchange(self, before: SlotHolding, after: SlotHolding) -> None:
        """Have a slot under another epoch, at another shard, in the place of what it was; then open it."""
        self._holdings.end([before])
        self._user.close_slots([before])
        self._holdings.add(after)
        self._openers.open([after])

    # For whoever answers requests

    def place_of(self, company_id: str) -> Whereabouts:
        """See `Ownership`."""
        slot = slot_of(company_id)
        holding, now = self._holdings.of_slot(slot), time.monotonic()
        if holding is not None and not holding.ended:
            if not self._is_valid(holding, now):
                return Nowhere(1, _UNSURE)
            if holding.serving:
                return Here(slot, holding.epoch)
            return self._view.begins(slot)
        return self._view.whereabouts(slot)

    def still_here(self, place: Here) -> bool:
        """See `Ownership`."""
        holding = self._holdings.of_slot(place.slot)
        return (
            holding is not None
            and holding.epoch == place.epoch
            and holding.works
            and self._is_valid(holding, time.monotonic())
        )

    def _is_valid(self, holding: SlotHolding, now: float) -> bool:
        return now < holding.valid_until or not self.CHECKS_LEASE

    def slots(self) -> list[SlotState]:
        """All slots as this node saw them last."""
        return self._view.states()

    def wake(self) -> None:
        """Have a look now: something has ended."""
        self._wake.set()

    # Its life

    def start(self, patience: float = 0.0) -> None:
        """Begin; returns once it works in each slot that it could take, or after so many seconds."""
        for each in self._workers:
            each.start()
        until = time.monotonic() + patience
        while time.monotonic() < until and not self._has_its_share():
            time.sleep(0.02)

    def _has_its_share(self) -> bool:
        held = self._holdings.all()
        states = self.slots()
        free = any(each.is_over and self._user.can_open(each.shard) for each in states)
        return bool(states) and not free and all(each.serving for each in held)

    def stop(self) -> None:
        """Take nothing more, and keep the leases until `leave`."""
        self._stopping = True

    def hand_over(self) -> None:
        """Let go of all slots in order, while requests are still answered: others have them in a moment."""
        self._stopping = True
        begun = time.monotonic()
        with self._looking:  # nothing is being taken any more
            self._table.leave(self.name.instance)  # first: so the others' shares are larger by then
        # What is being opened others begin at once; what they find half done they do again.
        try:
            self.leaving.release([each for each in self._holdings.all() if not each.serving])
        except BotlensError as error:  # they end by themselves; those that serve are let go all the same
            self._troubles.failed("leave", error)
        slots = self.leaving.let_go([each.slot for each in self._holdings.all()], at_any_rate=True)
        self._table.leave(self.name.instance)  # it may have said meanwhile that it lives
        self._changes.let_go(len(slots), ASKED_TO_LEAVE)
        self._changes.say(len(self._holdings.all()), at_once=True)
        until = time.monotonic() + _STAYS_SECONDS
        while time.monotonic() < until and self._nodes and not self._view.all_have_owners(slots):
            time.sleep(_LOOKS_EVERY / 5)
        if self._nodes:
            time.sleep(2 * _LOOKS_EVERY)  # by then all others know who has them
        log.info("slots_handed_over", seconds=round(time.monotonic() - begun, 2))

    def leave(self) -> None:
        """Let go of all slots, so that others take them at once."""
        for worker in self._workers:
            worker.stop()
        self._ended.set()
        self._wake.set()
        for worker in self._workers:
            worker.join(_JOIN_SECONDS)
        self.leaving.stop()
        # Nobody waits for facts that are being derived: whoever has the slot next goes on with them.
        self._holdings.end([each for each in self._holdings.all() if not each.serving])
        self._openers.shutdown()
        held = self._holdings.all()
        self._holdings.end(held)
        try:
            self._table.release_all(self.name.instance)
            self._table.leave(self.name.instance)
        except Exception as error:  # the leases end by themselves
            self._troubles.failed("leave", error)
        for each in held:
            self._holdings.remove(each)

    def _lease_round(self) -> bool:
        try:
            self._keep_leases()
            self._problem = None
            self._troubles.works("lease")
        except Exception as error:
            said = error.message if isinstance(error, BotlensError) else type(error).__name__
            self._problem = f"leases cannot be renewed, and end meanwhile: {said}"
            self._troubles.failed("lease", error, comes_again=True)
        return not self._ended.wait(
            min(self.seconds / 4, _LOOKS_EVERY) if self._problem else self.seconds / 4
        )

    def _keep_leases(self) -> None:
        """Renew; a slot that is another's by now has ended."""
        held = self._holdings.all()  # first: one that is claimed meanwhile is not among what is renewed
        begun = time.monotonic()
        known = self._leases.renew(self.name.instance)
        lost = 0
        for each in held:
            if known.get(each.slot) == each.epoch:
                each.valid_until = begun + self.seconds
            elif not each.ended:
                each.ended = True
                lost += 1
        if lost:
            self._telemetry.lost_leases.inc(lost)
            log.warning("leases_lost", slots=lost, why="not renewed in time: other nodes have them, or will")
            self.wake()
        if not self._stopping:
            self._leases.seen(self.name, self._user.silent().keys(), self._rollout.definition)

    def _slot_round(self) -> bool:
        try:
            with self._looking:
                self._close_what_ended()
                self._look()
            self._troubles.works("cluster")
        except Exception as error:
            self._troubles.failed("cluster", error, comes_again=True)
        self._changes.say(len(self._holdings.all()))
        self._wake.wait(min(_LOOKS_EVERY, self.seconds / 4))
        self._wake.clear()
        return not self._ended.is_set()

    def _close_what_ended(self) -> None:
        ended = [each for each in self._holdings.all() if each.ended and not each.leaving]
        if ended:
            self._user.close_slots(ended)
            for each in ended:
                self._holdings.remove(each)

    def _look(self) -> None:
        """See where all slots are, let go of some that are too many, and take some that are free."""
        states = self._view.look(self._table)
        living = self._view.living(self._table)
        self._nodes = len(living)
        if self._nodes == 0 or self._stopping:  # it has not said yet that it lives
            return
        silent = self._user.silent()
        others = [each for each in living if each.instance != self.name.instance]
        self._returned.gone(each.slot for each in states if self._rollout.is_served_by_newer(each))
        self._rollout = Rollout(self._rollout.definition, others, self._returned.kept())
        reach = self._rollout.reach(states, silent.keys())
        held = self._holdings.all()
        slots = {each.slot for each in held}
        staying = {each.slot for each in held if not each.leaving}
        self.leaving.begin(states, staying, silent, reach.others, self._rollout)
        own = [each for each in states if each.owner == self.name.instance and each.slot not in slots]
        own = [each for each in own if not self._view.rests(each.slot)]
        slots |= {each.slot for each in own}
        free = wanted(states, slots, reach, self._can_take)
        taken = self._rollout.some_of(free, states, held, reach, self._can_take, self._view.unchanged)
        self._take([*own, *taken])

    def _can_take(self, state: SlotState) -> bool:
        # One that rests must leave its place to others, or those wait for as long as it cannot be opened.
        return (
            self._view.is_free(state)
            and self._user.can_open(state.shard)
            and not self._view.rests(state.slot)
            and not self._rollout.rests(state, self._view.failed_ago(state.slot))
            and self._rollout.may_take(state, self.slots(), self._view.unchanged(state))
        )

    def _take(self, seen: Sequence[SlotState]) -> None:
        if not seen:
            return
        begun = time.monotonic()
        claims = self._table.claim(self.name, seen)
        holdings = [SlotHolding(each.slot, each.shard, each.epoch, begun + self.seconds) for each in claims]
        for each in holdings:
            self._holdings.add(each)
        slots = {each.slot for each in claims}
        self._changes.took([each for each in seen if each.slot in slots], self.name.instance)
        self._openers.open(holdings)

    def _opened(self, slot: int) -> None:
        if self._rollout.has_newer:
            self._returned.served(slot)
