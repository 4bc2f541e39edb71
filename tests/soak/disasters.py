"""What happens to the nodes of a cluster, and beside it to what they stand on: several things at a time."""

import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Container, Mapping
from functools import partial
from typing import Any

from botlens.serving.stopping import RESTART
from tests.clickhouse_server import ClickHouseServer
from tests.soak.clients import World
from tests.soak.database import Database
from tests.soak.forgotten import Forgotten
from tests.soak.ill_stores import IllStores
from tests.soak.nodes import Node
from tests.soak.process import STARTS_IN, BrokenPromiseError

_POINTS = (
    "journal",
    "journal",
    "journal",
    "events",
    "facts",
    "cut",
    "renew",
    "claim",
    "release",
    "read",
    "bring",
    "compare",
    "move",
)
_ASKED_SECONDS = 3.0
"""So long all ask a node that may not know yet that it has lost its companies."""
_TAKEN_SECONDS = 0.5
_WRITTEN_SECONDS = 6.5
"""So long after others have a company, events of a frame that is written then lie on the shard, too."""
_OUTLIVES = "node outlives its lease"
_OF_LEASES = ("renew", "look")
_OF_FOLDER = ("journal", "events", "facts", "cut")


class Disasters:
    """Those of one storm.

    Args:
        chance: says which, and for how long.
        nodes: processes that serve.
        shards: stand-ins for ClickHouse servers; none, if the node has a folder.
        database: the PostgreSQL; None, as above.
        world: learns of clocks, and of what fails.
        forgotten: sends what comes too late to be written.
        note: takes down what is done.
        lease: seconds that one lasts.
        without: names that shall not come.
    """

    def __init__(
        self,
        chance: random.Random,
        nodes: list[Node],
        shards: list[ClickHouseServer],
        database: Database | None,
        world: World,
        forgotten: Forgotten,
        note: Callable[[str], None],
        lease: float,
        without: Container[str] = (),
    ) -> None:
        self._nodes, self._database = nodes, database
        self._world, self._forgotten, self._note = world, forgotten, note
        self._lease, self._without = lease, without
        self._seeds = [random.Random(chance.random()) for _ in range(3)]
        self._counts: Counter[str] = Counter()
        self._stores = IllStores(nodes, shards, database, note, self._counts, lease) if database else None
        self._busy: set[str] = set()
        self._lock = threading.Lock()
        self._zombies = threading.Lock()  # one at a time: all ask that one
        self._first_is_over = threading.Event()
        if _OUTLIVES in without:
            self._first_is_over.set()

    def told(self) -> str:
        """What there was, in words."""
        return ", ".join(f"{count} x {name}" for name, count in sorted(self._counts.items()))

    def run(self, seconds: float) -> None:
        """All that happens in so many seconds; when it returns, everything runs again.

        With several nodes one outlives its lease first, while shards and PostgreSQL are well: else there are
        storms in which nobody gets to take what it has, or to change anything there.
        """
        until = time.monotonic() + seconds
        loops = [self._to_nodes]
        if self._database:
            loops = [self._to_nodes_after_the_first, self._to_nodes]
        threads = [
            threading.Thread(target=self._loop, args=(each, chance, until), daemon=True)
            for each, chance in zip(loops, self._seeds, strict=False)
        ]
        for each in threads:
            each.start()
        if self._stores:  # in this thread: a PostgreSQL ends with the thread that started it
            self._loop(partial(self._to_stores_after_the_first, self._stores), self._seeds[-1], until)
            time.sleep(0.2)
            self._stores.see_shards()
        for each in threads:
            each.join()

    def _loop(self, once: Callable[[random.Random], None], chance: random.Random, until: float) -> None:
        try:
            time.sleep(chance.uniform(0.3, 2))
            while time.monotonic() < until and not self._world.failures:
                once(chance)
                time.sleep(chance.uniform(0.2, 1.5))
        except Exception as error:
            self._world.fails(f"a disaster failed: {error!r}")

    def _does(
        self, chance: random.Random, choices: Mapping[str, tuple[int, Callable[..., Any]]], *of: Any
    ) -> None:
        names = [name for name in choices if name not in self._without]
        if not names:
            return
        (name,) = chance.choices(names, [choices[each][0] for each in names])
        self._counts[name] += 1
        self._note(f"{name} {' '.join(each.name for each in of if isinstance(each, Node))}")
        choices[name][1](chance, *of)
        self._note(f"end of {name} {' '.join(each.name for each in of if isinstance(each, Node))}")

    # Nodes

    def _to_nodes_after_the_first(self, chance: random.Random) -> None:
        if self._first_is_over.is_set():
            self._to_nodes(chance)
            return
        try:
            time.sleep(1)  # they began a moment ago, and share the slots meanwhile
            having = {each.name: len(self._postgres.companies_of(each.name)) for each in self._nodes}
            self._to_a_node(
                chance,
                {_OUTLIVES: (1, self._outlives_its_lease)},
                lambda free: max(free, key=lambda each: having[each.name]),
            )
        finally:
            self._first_is_over.set()

    def _to_nodes(self, chance: random.Random) -> None:
        choices = {
            "node killed": (3, self._killed),
            "node dies at a point": (4, self._dies),
            "node stands still": (3, self._stands_still),
            "node stands still at a point": (4, self._stops),
            "node is late at a point": (4, self._is_late),
            "node is a zombie": (5, self._is_a_zombie),
            _OUTLIVES: (3, self._outlives_its_lease),
            "node asked to end": (2, self._asked_to_end),
            "node's clock": (2, self._clock),
        }
        if self._database is None or self._zombies.locked():  # nobody takes what it has; or two would be one
            del choices["node is a zombie"], choices[_OUTLIVES]
        self._to_a_node(chance, choices)

    def _to_a_node(
        self,
        chance: random.Random,
        choices: Mapping[str, tuple[int, Callable[..., Any]]],
        chosen: Callable[[list[Node]], Node] | None = None,
    ) -> None:
        with self._lock:
            free = [each for each in self._nodes if each.name not in self._busy]
            node = chosen(free) if chosen else chance.choice(free)
            self._busy.add(node.name)
        try:
            self._does(chance, choices, node)
        finally:
            with self._lock:
                self._busy.discard(node.name)

    def _restart(self, chance: random.Random, node: Node) -> None:
        time.sleep(chance.choice((0.0, chance.uniform(0, 2 * self._lease))))
        self._note(f"{node.name} is ready after {self._begin(node):.1f} s")

    def _begin(self, node: Node) -> float:
        """Start it until it is ready: one that begins while something else is ill may end and say so."""
        begun = time.monotonic()
        while True:
            node.start()
            try:
                node.becomes_ready()
                return time.monotonic() - begun
            except BrokenPromiseError:
                if node.code != 1 or time.monotonic() - begun > self._world.pace.stretched(STARTS_IN):
                    raise
                self._counts["node that could not begin"] += 1
                node.close()
                time.sleep(0.2)

    def _killed(self, chance: random.Random, node: Node) -> None:
        node.kill()
        self._restart(chance, node)

    def _asked_to_end(self, chance: random.Random, node: Node) -> None:
        self._note(f"{node.name} ended after {node.terminate():.1f} s")
        self._restart(chance, node)

    def _point(self, chance: random.Random) -> dict[str, Any]:
        point = chance.choice(_POINTS if self._database else _OF_FOLDER)
        if self._database and point in ("bring", "compare", "move") and "slot moved" not in self._without:
            self._database.move_a_slot(chance)
        return {"point": point, "after": chance.random() < 0.5}

    def _dies(self, chance: random.Random, node: Node) -> None:
        point = self._point(chance)
        node.order(**point, does="kill")
        until = time.monotonic() + 3
        while node.lives and time.monotonic() < until:
            time.sleep(0.02)
        self._note(f"{node.name} {'did not come to' if node.lives else 'died at'} {point}")
        node.kill()
        self._restart(chance, node)

    def _still_for(self, chance: random.Random) -> float:
        return chance.choice(
            (chance.uniform(0.2, self._lease), chance.uniform(self._lease, 2.5 * self._lease))
        )

    def _stands_still(self, chance: random.Random, node: Node) -> None:
        node.send(signal.SIGSTOP)
        try:
            time.sleep(self._still_for(chance))
        finally:
            node.send(signal.SIGCONT)
        self._see(node)

    def _stops(self, chance: random.Random, node: Node) -> None:
        point = self._point(chance)
        node.order(**point, does="stop")
        until = time.monotonic() + 3
        while not node.stands_still and time.monotonic() < until:
            time.sleep(0.02)
        stopped = node.stands_still
        self._note(f"{node.name} {'stopped at' if stopped else 'did not come to'} {point}")
        node.order(**point, does=None)
        if stopped:
            time.sleep(self._still_for(chance))
        node.send(signal.SIGCONT)
        self._see(node)

    def _is_a_zombie(self, chance: random.Random, node: Node) -> None:
        """It stands still, before a frame is written if it comes to that, until others have its companies.

        Then everybody asks it, and it learns late that it has lost them: when it renews.
        """
        with self._zombies:
            self._is_the_zombie(node)
        self._see(node)

    def _is_the_zombie(self, node: Node) -> None:
        still = self._until_others_have_it
        node.order(point="renew", after=False, does="wait", seconds=still + _ASKED_SECONDS)
        node.order(point="journal", after=False, does="stop")
        until = time.monotonic() + 1
        while not node.stands_still and time.monotonic() < until:
            time.sleep(0.02)
        node.send(signal.SIGSTOP)
        self._world.avoided, self._world.avoided_since = node, time.monotonic()
        time.sleep(still)
        self._world.zombie, self._world.avoided = node, None
        node.order(point="journal", after=False, does=None)
        node.send(signal.SIGCONT)
        time.sleep(_ASKED_SECONDS)
        self._world.zombie = None
        node.order(point="renew", after=False, does=None)

    @property
    def _until_others_have_it(self) -> float:
        """So many seconds after its last renewal others have opened what a node had."""
        return 1.5 * self._lease + 1

    def _outlives_its_lease(self, chance: random.Random, node: Node) -> None:
        """What keeps and looks after its leases hangs, as if PostgreSQL were silent for these connections.

        All else goes on, or stands still until others have its companies. Then it is asked for these while
        they are changed there. Nothing tells it that it has lost them but its own clock; and of one of them
        it writes a frame that it had begun before.
        """
        world = self._world
        with self._zombies:
            still = self._until_others_have_it
            world.avoided_since = time.monotonic()
            world.lost = self._postgres.companies_of(node.name)
            self._note(f"{node.name} has {len(world.lost)} companies")
            for point in _OF_LEASES:
                hangs = self._lease / 4 + still + _WRITTEN_SECONDS
                node.order(point=point, after=False, does="wait", seconds=hangs)
            try:
                time.sleep(self._lease / 4)  # what was sent before is done, and it comes to both points
                world.avoided = node
                node.order(point="journal", after=False, does="wait", seconds=still + _TAKEN_SECONDS)
                self._note(f"a message of {self._forgotten.send(node, world.lost)} is forgotten")
                time.sleep(_TAKEN_SECONDS)  # it comes there
                stands_still = chance.random() < 0.5
                if stands_still:
                    node.send(signal.SIGSTOP)
                time.sleep(still)
                world.zombie, world.avoided = node, None
                if stands_still:
                    node.send(signal.SIGCONT)
                time.sleep(_ASKED_SECONDS)
                world.zombie, world.lost = None, frozenset()
                time.sleep(_WRITTEN_SECONDS - _ASKED_SECONDS)
            finally:
                node.send(signal.SIGCONT)
                world.zombie = world.avoided = None
                world.lost = frozenset()
                for point in (*_OF_LEASES, "journal"):
                    node.order(point=point, after=False, does=None)
        self._see(node)

    def _is_late(self, chance: random.Random, node: Node) -> None:
        """One of its threads stands still, and all others go on."""
        seconds = self._still_for(chance)
        point = self._point(chance)
        node.order(**point, does="wait", seconds=seconds)
        time.sleep(seconds + 1)
        node.order(**point, does=None)
        self._see(node)

    def _clock(self, chance: random.Random, node: Node) -> None:
        skew = chance.choice((-1, 1)) * chance.choice((3.0, 60.0, 3_600.0, 90_000.0))
        self._world.skews.add(skew)
        node.order(clock=skew)
        time.sleep(chance.uniform(0.5, 3))
        node.order(clock=0.0)
        self._see(node)

    def _see(self, node: Node) -> None:
        """Whether it lives; one that ended for a restart gets it."""
        if not node.lives:
            code = node.code
            if code != RESTART:
                node.check_that_it_lives()
            self._counts["node that wanted a restart"] += 1
            node.close()
            self._begin(node)

    # What they stand on

    def _to_stores_after_the_first(self, stores: IllStores, chance: random.Random) -> None:
        self._first_is_over.wait()
        stores.see_shards()
        self._does(chance, stores.choices)

    @property
    def _postgres(self) -> Database:
        if self._database is None:
            raise BrokenPromiseError("there is no PostgreSQL")
        return self._database
