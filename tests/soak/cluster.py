"""A cluster under ingest: nodes, shards and the PostgreSQL between them die, stand still, are slow and lie.

Each answer is compared whole with what the oracle says of what was acknowledged by then (`history.py`); that
is done when all is over, so nothing waits for it.
"""

import pickle
import random
import threading
import time
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from botlens.tenants.accounts import Accounts
from tests.clickhouse_server import ClickHouseServer
from tests.soak.clients import Client, Company, World
from tests.soak.database import Database
from tests.soak.disasters import Disasters
from tests.soak.evidence import keep_evidence
from tests.soak.forgotten import WHOSE, Forgotten
from tests.soak.history import History, judged
from tests.soak.ill_stores import UNTOLD
from tests.soak.nodes import Node
from tests.soak.pace import Pace
from tests.soak.process import BrokenPromiseError
from tests.soak.talk import CHATBOTS, Talk

PLAN = "enterprise"
_LEASE = 2.0
_LONGEST_LEASE = 5.0
_PAIRS = 3
_MIXED = 0.5  # of the storms have nodes of two definitions of facts, each of them as often
_AT_REST_IN = 30.0
_MOVED_IN = 30.0
_ENDS_IN = 200.0


class Storm:
    """One storm.

    Args:
        folder: for its files; empty.
        seed: what happens; when it hits is not decided by it.
        seconds: for how long.
        alone: one node on a folder, without shards and PostgreSQL, instead of three with them.
        without: what is taken out of the product (see `tests.soak.node`), and faults that shall not come.
    """

    def __init__(
        self, folder: Path, seed: str, *, seconds: float = 30.0, alone: bool = False, without: Any = ()
    ) -> None:
        self._folder, self._seed, self._seconds, self._alone = folder, seed, seconds, alone
        self._without = tuple(without)
        self._chance = random.Random(seed)
        self._database: Database | None = None
        self._shards: list[ClickHouseServer] = []
        self._nodes: list[Node] = []
        self._companies: list[Company] = []
        self._lease = _LEASE

    def note(self, what: str) -> None:
        """Take down what happens, in the folder."""
        with (self._folder / "story.txt").open("a") as file:
            file.write(f"{time.monotonic():.3f} {time.strftime('%H:%M:%S')} {what}\n")

    def run(self) -> str:
        """Do it; returns what happened in a line.

        Raises:
            BrokenPromiseError: a promise was not kept.
        """
        with ExitStack() as closing:
            pace = Pace()
            closing.callback(pace.close)
            time.sleep(1)
            self._lease = min(pace.stretched(_LEASE), _LONGEST_LEASE)
            self._set_up(closing)
            world = World(self._nodes, pace)
            companies = self._companies
            pairs = [companies[place::_PAIRS] for place in range(_PAIRS)]
            clients = [Client(number, pairs[number // 2], world, self._seed) for number in range(2 * _PAIRS)]
            disasters = Disasters(
                self._chance,
                self._nodes,
                self._shards,
                self._database,
                world,
                Forgotten(companies, datetime.now(UTC)),
                self.note,
                self._lease,
                self._without,
            )
            for each in clients:
                each.start()
            try:
                disasters.run(self._seconds)
                self._calms_down(world, clients)
                self._is_right_at_rest(world, companies)
                self._ends(world)
            except BrokenPromiseError:
                for node in self._nodes:
                    node.say_where_it_is()
                raise
            told = disasters.told()
            found = self._judged([each.history for each in companies])
            if found:
                raise BrokenPromiseError("\n".join(found[:20]))
            counts = world.counts
            self.note(str(counts.statuses))
            return (
                f"{counts.acknowledged} acknowledged ({counts.events} events), {counts.refused} refused, "
                f"{counts.answers} answers compared; {told}; longest wait {counts.longest:.1f} s, "
                f"until acknowledged {counts.longest_until_acknowledged:.1f} s, "
                f"where all took up to {pace.worst:.0f} times as long as alone"
            )

    def _set_up(self, closing: ExitStack) -> None:
        settings = {}
        if not self._alone:
            self._database = Database("max_connections=200")
            closing.callback(self._keep_and_close_database)
            for _ in range(2):
                self._shards.append(ClickHouseServer())
                closing.callback(self._shards[-1].close)
            urls = [each.new_database("storm") for each in self._shards]
            settings = {
                "BOTLENS_ACCOUNTS_URL": self._database.url(),
                "BOTLENS_SHARDS": ",".join(urls),
                "BOTLENS_LEASE_SECONDS": str(self._lease),
            }
        (self._folder / "nodes").mkdir()
        from tests.soak.node import DEFINITION, SWITCHES

        switches = tuple(each for each in self._without if each in SWITCHES)
        is_mixed = not self._alone and self._chance.random() < _MIXED
        for number in range(1 if self._alone else 3):
            other = (DEFINITION,) if is_mixed and self._chance.random() < _MIXED else ()
            self._nodes.append(Node(self._folder / "nodes", f"n{number}", settings, switches + other))
            self.note(f"n{number}: {switches + other}")
        self._companies = self._made_companies(settings.get("BOTLENS_ACCOUNTS_URL"))
        if self._database:
            self._database.prepare()
        for node in self._nodes:
            closing.callback(node.close)
            node.start()
        for node in self._nodes:
            self.note(f"{node.name} is ready after {node.becomes_ready():.1f} s")
        for each in self._shards:
            each.goes_wrong(UNTOLD)

    def _made_companies(self, url: str | None) -> list[Company]:
        today = datetime.now(UTC)
        accounts = Accounts.open(url or f"sqlite:///{self._nodes[0].data}/accounts.db")
        made = []
        for number in range(4 * _PAIRS):
            company = accounts.create_company(f"Company {number}", owner=f"o{number}", plan=PLAN)
            for name in CHATBOTS:
                accounts.put_chatbot(company.id, name, name="Bot")
            pair = number % _PAIRS
            history = History(company.id, PLAN, {2 * pair: [], 2 * pair + 1: [], WHOSE: []})
            key = accounts.create_key(company.id)[1]
            made.append(Company(company.id, key, Talk(f"{self._seed}/{number}", today), history))
        accounts.close()
        return made

    def _keep_and_close_database(self) -> None:
        if self._database:
            (self._folder / "postgres.log").write_text((self._database.folder / "log").read_text())
            self._database.thaw()
            self._database.close()

    # The end

    def _calms_down(self, world: World, clients: list[Client]) -> None:
        """All faults are lifted; what was begun is acknowledged."""
        self.note(f"calm: {world.counts}")
        self._check(world)
        world.stopped.set()
        until = time.monotonic() + world.pace.stretched(_ENDS_IN)
        for each in clients:
            each.join(max(0.1, until - time.monotonic()))
            if each.is_alive():
                raise BrokenPromiseError(f"{each.name} does not end: {world.failures}")
        self._check(world)

    def _check(self, world: World) -> None:
        if world.failures:
            raise BrokenPromiseError("; ".join(world.failures[:10]))

    def _is_right_at_rest(self, world: World, companies: list[Company]) -> None:
        """Nothing happens any more: each company is asked, and counted anew from its raw events."""
        self.note(f"at rest: {world.counts}")
        for node in self._nodes:
            node.becomes_ready()
        threads = [
            threading.Thread(target=self._ask_at_rest, args=(world, asker, part), daemon=True)
            for asker, part in (
                (Client(99 + place, companies, world, f"{self._seed}/end"), companies[place::2])
                for place in range(2)
            )
        ]
        for each in threads:
            each.start()
        for each in threads:
            each.join(world.pace.stretched(_ENDS_IN))
            if each.is_alive():
                raise BrokenPromiseError(f"at rest there is no answer: {world.failures}")
        self._check(world)
        if self._database:
            if not self._database.journal_is_empty(_AT_REST_IN):
                raise BrokenPromiseError(f"the journal holds {self._database.frames()} frames at rest")
            if found := self._database.faults_of_ownership():
                raise BrokenPromiseError("; ".join(found[:10]))
            if not self._database.moves_are_done(world.pace.stretched(_MOVED_IN)):
                raise BrokenPromiseError("a slot is still on its way, or lies in two places")
            moved = self._database.moved()
            self.note(f"slots were taken {self._database.takings()} times, and {moved} moved")

    def _ask_at_rest(self, world: World, asker: Client, companies: list[Company]) -> None:
        for company in companies:
            for _ in range(6 if company.sent else 1):
                if not asker.read(company, tries=60):
                    world.fails(f"{company.id} has no answer at rest")
                    return
            if fault := asker.verify(company):
                keep_evidence(self._folder, company.id, self._database, self._shards)
                world.fails(fault)
                return  # each that is wrong is asked for half a minute

    def _ends(self, world: World) -> None:
        for node in self._nodes:
            node.check_that_it_lives()
            self.note(f"{node.name} ended after {node.terminate():.1f} s")
        self._check(world)

    def _judged(self, histories: list[History]) -> list[str]:
        begun = time.monotonic()
        with ProcessPoolExecutor(2, mp_context=get_context("forkserver")) as pool:
            found = list(pool.map(judged, histories))
        self.note(f"{sum(each[0] for each in found)} answers compared in {time.monotonic() - begun:.1f} s")
        if any(faults for _, faults in found):  # for whoever looks for the reason
            (self._folder / "histories.pickle").write_bytes(pickle.dumps(histories))
        return [fault for _, faults in found for fault in faults]


def storm(folder: Path, seed: str, *, without: Any = (), alone: bool = False, seconds: float = 30.0) -> str:
    """One storm; see `Storm`."""
    return Storm(folder, seed, seconds=seconds, alone=alone, without=without).run()
