"""Two nodes in one process, over one PostgreSQL and one store, which do what a test says, when it does."""

import itertools
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any
from unittest.mock import patch

from botlens.answers.answers import Answers
from botlens.chatbots import ChatbotSettings
from botlens.cluster.node import ClusterNode
from botlens.cluster.ownership import Here
from botlens.cluster.slots import NodeName, slot_of
from botlens.commit.cluster.commits import ClusterCommits
from botlens.commit.cluster.entrance import ShardEntrance
from botlens.commit.room import flush_job
from botlens.live.registry import LiveNumbers
from botlens.monitoring.health import Health
from botlens.monitoring.telemetry import Telemetry
from botlens.store.connection import ClickHouse
from botlens.tenants.accounts import Accounts

PATIENCE = 120.0
_numbers = itertools.count(1)


class Node:
    """One node: commits, answers and settings as an engine has them. It takes no slot by itself.

    Args:
        stores: the shards.
        accounts: in PostgreSQL; the node's own.
        lease: seconds.
    """

    def __init__(self, stores: list[ClickHouse], accounts: Accounts, *, lease: float = 600.0) -> None:
        number = next(_numbers)
        self.accounts, self.live = accounts, LiveNumbers()
        self.telemetry, self.health = Telemetry(), Health()
        name = NodeName(f"instance-{number}", f"node-{number}", f"http://node-{number}")
        of_all = (self.live, accounts.thresholds, self.telemetry, self.health)
        self.commits = ClusterCommits(
            [ShardEntrance(each) for each in stores], accounts.database, name, lease, *of_all
        )
        self.answers = Answers(accounts, self.commits, self.live)
        self.chatbots = ChatbotSettings(accounts, self.commits)
        self.node: ClusterNode = self.commits.node
        for worker in self.node._workers:
            worker._work = _idle
        with patch.object(flush_job, "_FLUSH_SECONDS", 3_600.0):
            self.commits._rooms[0].start()
            for room in self.commits._rooms[1:]:
                room.start()

    @property
    def room(self) -> Any:
        return self.commits._rooms[0]

    def room_of(self, company: Any) -> Any:
        """The room of the shard where a company lies."""
        return self.commits._room(company.id)

    def has(self, company_id: str) -> bool:
        return isinstance(self.node.place_of(company_id), Here)

    def look(self) -> None:
        """What its threads do again and again, once: see what it has, and forget what it has not."""
        self.node._keep_leases()
        self.node._close_what_ended()

    def take(self, company_id: str) -> None:
        """Take the slot of a company, whose lease has ended, or which was let go."""
        slot = slot_of(company_id)
        self.look()
        self.node._take([each for each in self.node._view.look(self.node._table) if each.slot == slot])
        eventually(lambda: (holding := self.node._holdings.of_slot(slot)) is not None and holding.serving)

    def let_go(self, company_id: str) -> None:
        """As at an orderly end."""
        self.node.leaving.let_go([slot_of(company_id)], at_any_rate=True)

    def flush_quietly(self) -> None:
        """Write what is pending, whether that is still wanted or not."""
        with suppress(OSError):
            self.commits.flush()

    def expire(self, company_id: str) -> None:
        """The lease of a company's slot ends, whoever has it; who has it does not know yet.

        Nodes of tests take what they are told to, whether they have seen it unchanged for long enough or not.
        """
        run = self.commits._moving_slots.run
        run("UPDATE botlens.slots SET expires = 1 WHERE slot = %(slot)s", {"slot": slot_of(company_id)})

    def close(self) -> None:
        self.node._stopping = True
        for room in self.commits._rooms:
            room._committer.stop()
            room._flushes.stop()
            room._recounting.stop()
            room.close()
        self.node._openers.shutdown()
        self.commits._keeping_leases.close()
        self.commits._moving_slots.close()
        self.accounts.close()


def _idle() -> bool:
    time.sleep(0.05)
    return True


def eventually(true: Callable[[], Any], seconds: float = PATIENCE) -> Any:
    """Wait until something is true."""
    until = time.monotonic() + seconds
    while not (found := true()):
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.005)
    return found
