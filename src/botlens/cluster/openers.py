"""Opens slots that a node has taken, in threads of their own; one that cannot be opened is left to others."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import structlog

from botlens.cluster.holdings import SlotHolding
from botlens.cluster.slot_user import SlotUser
from botlens.cluster.slots import SlotTable
from botlens.cluster.view import ClusterView
from botlens.errors import BotlensError, cause_of
from botlens.monitoring.telemetry import Telemetry

log = structlog.get_logger(__name__)

_THREADS = 8
_RETRY_SECONDS = 1.0  # a slot that could not be opened is tried again, here or elsewhere


class SlotOpeners:
    """Opens slots.

    Args:
        table: has them.
        instance: of the node.
        user: works with them.
        view: hears which could not be opened.
        opened: hears which were.
        telemetry: counts failures.
        failed: is told what goes wrong besides.
    """

    def __init__(
        self,
        table: SlotTable,
        instance: str,
        user: SlotUser,
        view: ClusterView,
        opened: Callable[[int], None],
        telemetry: Telemetry,
        failed: Callable[[str, Exception], None],
    ) -> None:
        self._table, self._instance = table, instance
        self._user, self._view, self._opened = user, view, opened
        self._telemetry, self._failed = telemetry, failed
        self._pool = ThreadPoolExecutor(_THREADS, "botlens-open")

    def open(self, holdings: Sequence[SlotHolding]) -> None:
        """Begin to open slots, shard by shard: one that hangs keeps none of another closed."""
        for shard in sorted({each.shard for each in holdings}):
            self._pool.submit(self._open, [each for each in holdings if each.shard == shard])

    def shutdown(self) -> None:
        """Begin nothing more, and wait for what was begun."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _open(self, holdings: list[SlotHolding]) -> None:
        """Open slots of a shard; where one cannot be, each is tried by itself, then let go for a while."""
        try:
            for each in self._user.open_slots(holdings):
                self._view.opened(each.slot)
                each.serving = True
                self._opened(each.slot)
        except Exception as error:
            if len(holdings) > 1:
                for each in holdings:
                    if not (each.serving or each.ended):
                        self._open([each])
                return
            self._not_opened(holdings[0], error)

    def _not_opened(self, holding: SlotHolding, error: Exception) -> None:
        self._telemetry.failed("open_slot", error)
        if isinstance(error, BotlensError):  # a shard is down: all of its slots say so each second
            log.warning(
                "slot_not_opened",
                slot=holding.slot,
                epoch=holding.epoch,
                reason=error.message,
                cause=cause_of(error),
            )
        else:
            log.error("slot_not_opened", slot=holding.slot, epoch=holding.epoch, exc_info=error)
        self._view.not_opened(holding.slot, _RETRY_SECONDS)
        holding.ended = True
        try:
            self._table.release(self._instance, {holding.slot: holding.epoch})
        except Exception as failed:  # its lease ends by itself, or it is claimed anew
            self._failed("open_slot", failed)
