"""What happens to the shards and the PostgreSQL of a cluster, and slots that are moved meanwhile."""

import random
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

from tests.clickhouse_server import INSERTS, READ_ONLY, WRITES, ClickHouseServer
from tests.soak.database import Database
from tests.soak.nodes import Node

UNTOLD = {"does": "untold", "statements": INSERTS, "share": 0.03}
"""Always: three of a hundred inserts are done, and answered with an error."""


class IllStores:
    """Those of one storm.

    Args:
        nodes: processes that serve.
        shards: stand-ins for ClickHouse servers.
        database: the PostgreSQL.
        note: takes down what is done.
        counts: how often something happened, by its name.
        lease: seconds that one lasts.
    """

    def __init__(
        self,
        nodes: list[Node],
        shards: list[ClickHouseServer],
        database: Database,
        note: Callable[[str], None],
        counts: Counter[str],
        lease: float,
    ) -> None:
        self._nodes, self._shards, self._database = nodes, shards, database
        self._note, self._counts, self._lease = note, counts, lease
        self.choices: dict[str, tuple[int, Callable[[random.Random], None]]] = {
            "shard killed": (2, self._shard_killed),
            "shard frozen": (2, self._shard_frozen),
            "shard slow": (2, self._shard_slow),
            "shard read-only": (2, self._shard_read_only),
            "postgres killed": (2, self._postgres_killed),
            "postgres frozen": (2, self._postgres_frozen),
            "postgres slow": (2, self._postgres_slow),
            "postgres lets go": (2, lambda _: self._database.cut()),
            "postgres' clock": (3, self._postgres_clock),
            "slot moved": (4, self._slot_moved),
        }
        """By name: how often it comes, beside the others, and what does it."""

    def see_shards(self) -> None:
        """Start again a stand-in that has ended by itself: nobody would answer in its place."""
        for number, shard in enumerate(self._shards):
            if (code := shard.code) is not None:
                self._counts["shard that died by itself"] += 1
                said = (shard.folder / "log").read_text()[-1_000:]
                self._note(f"shard {number + 1} died by itself, with {code}: {said}")
                shard.kill()
                shard.start()
                shard.goes_wrong(UNTOLD)

    def _shard_killed(self, chance: random.Random) -> None:
        shard = chance.choice(self._shards)
        shard.kill()
        time.sleep(chance.uniform(0, 2.5))
        shard.start()
        shard.goes_wrong(UNTOLD | {"seed": chance.randrange(1_000)})

    def _shard_frozen(self, chance: random.Random) -> None:
        """It holds its connections and says nothing: no node ends for that, nor waits for it for long."""
        shard = chance.choice(self._shards)
        shard.freeze()
        try:
            time.sleep(chance.choice((chance.uniform(5, 15), chance.uniform(15, 60))))
        finally:
            shard.thaw()

    def _ill_shard(self, chance: random.Random, *faults: dict[str, Any]) -> None:
        shard = chance.choice(self._shards)
        shard.goes_wrong(UNTOLD, *faults)
        time.sleep(chance.uniform(0.5, 3))
        shard.goes_wrong(UNTOLD)

    def _shard_slow(self, chance: random.Random) -> None:
        self._ill_shard(chance, {"does": "delay", "statements": ".*", "seconds": chance.uniform(0.1, 1)})

    def _shard_read_only(self, chance: random.Random) -> None:
        self._ill_shard(chance, {"does": "refuse", "statements": WRITES, "code": READ_ONLY})

    def _postgres_killed(self, chance: random.Random) -> None:
        self._database.crash()
        time.sleep(chance.uniform(0, 2))
        self._database.start()

    def _postgres_frozen(self, chance: random.Random) -> None:
        self._database.freeze()
        try:
            time.sleep(chance.uniform(0.2, 2 * self._lease))
        finally:
            self._database.thaw()

    def _postgres_slow(self, chance: random.Random) -> None:
        self._database.slow(chance.choice((0.2, 1.0)))
        time.sleep(chance.uniform(1, 4))
        self._database.slow(0)

    def _slot_moved(self, chance: random.Random) -> None:
        """Some are on their way at once, while the rest goes on."""
        for _ in range(chance.randint(1, 3)):
            self._database.move_a_slot(chance)
        time.sleep(chance.uniform(0, 1))

    def _postgres_clock(self, chance: random.Random) -> None:
        """It jumps ahead, and back: no lease ends or lasts for that, also where renewals are late."""
        for node in self._nodes:
            if chance.random() < 0.7:
                node.order(point="renew", after=False, does="wait", seconds=0.7 * self._lease)
        time.sleep(self._lease / 4)
        self._database.jump(chance.uniform(1, 3) * self._lease)
        time.sleep(1.2 * self._lease)
        self._database.jump(0)
        time.sleep(0.5 * self._lease)
