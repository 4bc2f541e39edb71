"""`botlens serve` in a process that dies or stands still where it is told to, with another clock on the wall.

python -m tests.soak.node PORT FOLDER [SWITCH ...]

Each line of stdin is JSON. `{"point": P, "after": bool, "does": "kill" | "stop" | "wait", "seconds": S}` says
what happens once, when it comes to that point: it dies, stands still, or the thread that came there waits (or
nothing, after all: `null`);
`{"clock": SECONDS}`, how wrong its clock on the wall is. When stdin ends, so does the process. SIGUSR1 has it
write where each of its threads is. A switch takes something out of the product of which we want to see that
the storm finds out, or makes it another version. The product knows nothing of all this.
"""

import faulthandler
import functools
import importlib
import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta, tzinfo
from importlib.util import find_spec
from typing import Any

from botlens import clock, opening
from botlens.cli.main import app
from botlens.cluster import slot_moves
from botlens.commit.room import pending
from botlens.store.connection import ClickHouse

ORPHANED = 17
DEFINITION = "definition"
POINTS: dict[str, tuple[str, ...]] = {
    "journal": (
        "botlens.cluster.frames:FrameTable.append",
        "botlens.commit.local.journal:FileJournal.append",
    ),
    "events": ("botlens.commit.room.pending:insert_events",),
    "facts": ("botlens.commit.room.pending:insert_facts",),
    "cut": ("botlens.cluster.frames:FrameTable.delete", "botlens.commit.local.journal:FileJournal.delete"),
    "renew": ("botlens.cluster.slots:SlotTable.renew",),
    "look": ("botlens.cluster.slots:SlotTable.states",),
    "claim": ("botlens.cluster.slots:SlotTable.claim",),
    "release": ("botlens.cluster.slots:SlotTable.release",),
    "read": ("botlens.cluster.frames:FrameTable.read",),
    "bring": ("botlens.store.carrying:CompanyCarrier.bring",),
    "compare": ("botlens.store.carrying:figures_within",),
    "move": ("botlens.cluster.slot_moves:SlotMoveTable.end",),
}
"""Where it can die: whatever of these functions there is."""


class Orders:
    """What was ordered and has not happened yet."""

    def __init__(self) -> None:
        self._next: dict[str, dict[str, Any]] = {}
        self.skew = 0.0

    def obey(self) -> None:
        """Take orders until there are no more."""
        for line in sys.stdin:
            order = json.loads(line)
            if "clock" in order:
                self.skew = order["clock"]
            else:
                self._next[order["point"]] = order
        os._exit(ORPHANED)

    def at(self, point: str, *, after: bool) -> None:
        """The process has come to a point."""
        order = self._next.get(point)
        if order and order["after"] == after and self._next.pop(point, None):
            if order["does"] is None:
                return
            if order["does"] == "wait":
                time.sleep(order["seconds"])
            else:
                os.kill(os.getpid(), signal.SIGKILL if order["does"] == "kill" else signal.SIGSTOP)

    def around(self, point: str, call: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(call)
        def watched(*arguments: Any, **named: Any) -> Any:
            self.at(point, after=False)
            found = call(*arguments, **named)
            self.at(point, after=True)
            return found

        return watched


def place_points(orders: Orders) -> None:
    """Put the points where they belong."""
    for point, names in POINTS.items():
        for name in names:
            module, _, path = name.partition(":")
            if find_spec("botlens.cluster") is None and ".cluster." in name:
                continue
            holder: Any = importlib.import_module(module)
            *outer, last = path.split(".")
            for each in outer:
                holder = getattr(holder, each)
            setattr(holder, last, orders.around(point, getattr(holder, last)))
    assert hasattr(pending.insert_events, "__wrapped__")


def bend_clock(orders: Orders) -> None:
    """Have the clock on the wall say what was ordered; the monotonic one is what it is."""
    real, real_ns = time.time, time.time_ns

    class Bent(datetime):
        """The time on this wall."""

        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
            return datetime.now(tz) + timedelta(seconds=orders.skew)

    setattr(clock, "datetime", Bent)  # noqa: B010 - a class in place of a class
    setattr(time, "time", lambda: real() + orders.skew)  # noqa: B010
    setattr(time, "time_ns", lambda: real_ns() + int(orders.skew * 1e9))  # noqa: B010


def leave_gaps() -> None:
    """Group no questions: that takes a process of its own, whose work is seconds at each start."""
    setattr(opening, "engine_of", functools.partial(_without_links, opening.engine_of))  # noqa: B010


def _without_links(engine_of: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
    return engine_of(*arguments, **(named | {"link": False}))


def erase_soon() -> None:
    """Where a slot was is erased within the time of a storm."""
    slot_moves.ERASED_AFTER_SECONDS = 5.0


def take_out_fence() -> None:
    """Frames are written whoever owns the slot by now."""
    from botlens.cluster.frames import FrameTable

    FrameTable.FENCE = ""


def take_out_lease() -> None:
    """Answers are sent whether the lease has lasted or not."""
    from botlens.cluster.node import ClusterNode

    ClusterNode.CHECKS_LEASE = False


def take_out_epoch() -> None:
    """Numbers of arrival, and versions, begin at the same number whoever owns a slot."""
    from botlens.cluster import holdings
    from botlens.cluster.slots import FIRST_EPOCH

    class Same(holdings.SlotHolding):
        def __post_init__(self) -> None:
            self.number = FIRST_EPOCH << holdings.NUMBER_BITS

    from botlens.cluster import node

    setattr(node, "SlotHolding", Same)  # noqa: B010 - a class in place of a class


def have_another_definition() -> None:
    """Facts are of another version of botlens, though the same: slots are derived where they change hands."""
    from botlens.commit.cluster import opening as of_shards

    made = of_shards.ClickHouse

    def made_for_another(*args: Any, **options: Any) -> ClickHouse:
        store = made(*args, **options)
        store.facts.definition += 1  # also as long as it does not answer
        return store

    of_shards.DEFINITION_VERSION += 1
    setattr(of_shards, "ClickHouse", made_for_another)  # noqa: B010 - a function in place of a class


SWITCHES: dict[str, Callable[[], None]] = {
    "fence": take_out_fence,
    "lease": take_out_lease,
    "epoch": take_out_epoch,
    DEFINITION: have_another_definition,
}


def main(port: str, folder: str, *switches: str) -> None:
    faulthandler.register(signal.SIGUSR1, all_threads=True)
    orders = Orders()
    threading.Thread(target=orders.obey, name="orders", daemon=True).start()
    place_points(orders)
    bend_clock(orders)
    leave_gaps()
    erase_soon()
    for each in switches:
        SWITCHES[each]()
    app(["serve", "--port", port, "--data-dir", folder])


if __name__ == "__main__":
    main(*sys.argv[1:])
