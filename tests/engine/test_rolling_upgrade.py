"""Engines of two versions in one cluster, with leases and threads that run: forward, back, and forward."""

import itertools
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from pathlib import Path
from threading import Event
from unittest.mock import patch

import pytest

from botlens.cluster import slots
from botlens.cluster.options import ClusterOptions
from botlens.cluster.ownership import Here
from botlens.commit.cluster import opening
from botlens.engine import Engine
from botlens.errors import OverloadedError
from botlens.tenants.accounts import Accounts
from botlens.tenants.values import Company
from tests.clickhouse_server import ClickHouseServer
from tests.engine.cluster_nodes import eventually
from tests.engine.definitions import NEW, OLD, threshold_of
from tests.engine.test_cluster_engines import NOW, SECONDS, Nodes
from tests.events import answer, message
from tests.properties.companies import send, verified

SLOTS = 12
ASKED = {"metrics": ["conversations", "unanswered_answers"], "period": "all"}


class Versions(Nodes):
    """Engines of one cluster, each of a version, and what was sent to whoever had a company."""

    def __init__(self, url: str, shards: list[str], folder: Path) -> None:
        super().__init__(url, shards, folder)
        self.living: dict[str, Engine] = {}
        self.begun: dict[str, int] = {}
        self.taken: dict[str, set[int]] = {}
        self.wrong: list[str] = []
        self.asked: set[int] = set()

    def open_version(self, name: str, definition: int) -> Engine:
        accounts = Accounts.open(self.url)
        known = accounts.thresholds
        accounts.thresholds = lambda company_id: {  # type: ignore[method-assign]
            bot: threshold_of(definition, each) for bot, each in known(company_id).items()
        }
        options = ClusterOptions(tuple(self.shards), f"http://{name}:8000", name, SECONDS)
        with patch.object(opening, "DEFINITION_VERSION", definition):
            self.living[name] = Engine(
                accounts, clickhouse_url="", cluster=options, journal_folder=self.folder / name / "journal"
            )
        return self.living[name]

    def end(self, name: str) -> None:
        engine = self.living[name]
        engine.cluster.hand_over()
        del self.living[name]
        engine.close()

    def traffic(self, companies: list[Company], ends: Event) -> None:
        """Send to, and ask, whoever has a company: what was acknowledged is there, by one definition."""
        for number in itertools.count():
            if ends.is_set():
                return
            for company in companies:
                for engine in list(self.living.values()):
                    if engine.cluster.has(company.id):
                        self._talk(engine, company, number)
            time.sleep(0.02)

    def _talk(self, engine: Engine, company: Company, number: int) -> None:
        try:
            self.begun[company.id] = number + 1
            send(engine, company, [message(f"c{number}", "1"), answer(f"c{number}", "2", 0.3)])
            self.taken.setdefault(company.id, set()).add(number)
            self.look(engine, company)
        except OverloadedError:  # it has gone to another node: the next round sends to that
            return

    def look(self, engine: Engine, company: Company) -> None:
        place = engine.cluster.node.place_of(company.id)
        least = len(self.taken.get(company.id, ()))
        answer = engine.answers.queries.query(engine.answers.scope(company, NOW), ASKED)
        if not isinstance(place, Here) or not engine.cluster.node.still_here(place):
            return  # it would not be sent
        (row,), definition = answer["rows"], answer["meta"]["definition_version"]
        self.asked.add(definition)
        found, unanswered = row["conversations"], row["unanswered_answers"]
        if not least <= found <= self.begun[company.id] or unanswered != (found if definition == NEW else 0):
            self.wrong.append(f"{company.id}: {least}..{self.begun[company.id]}, by {definition}: {row}")


@pytest.fixture
def nodes(
    new_postgres: Callable[[], str],
    clickhouse_server: ClickHouseServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Versions]:
    monkeypatch.setattr(slots, "SLOTS", SLOTS)  # each takes its time
    found = Versions(new_postgres(), [clickhouse_server.new_database() for _ in range(2)], tmp_path)
    yield found
    for name in list(found.living):
        found.living.pop(name).close()
    found.accounts.close()


def at_rest(nodes: Versions) -> bool:
    """Whether each slot is served."""
    return sum(each.cluster.slots for each in nodes.living.values()) == SLOTS


@pytest.mark.slow
def test_forward_and_back_while_events_come(nodes: Versions) -> None:
    """Node by node; a canary is taken back first. At last the old node has nothing, and is not missed."""
    companies = nodes.companies(8)
    ends = Event()
    with ExitStack() as stack:
        for name in ("ann", "ben"):
            nodes.open_version(name, OLD)
        eventually(lambda: at_rest(nodes))
        sending = stack.enter_context(ThreadPoolExecutor(1)).submit(nodes.traffic, companies, ends)
        stack.callback(sending.result)  # nothing else than it expects has ended it
        stack.callback(ends.set)
        cat = nodes.open_version("cat", NEW)
        eventually(lambda: cat.cluster.slots == SLOTS / 3 and at_rest(nodes))
        nodes.end("cat")
        eventually(lambda: at_rest(nodes))
        nodes.open_version("cat", NEW)
        eventually(lambda: nodes.living["cat"].cluster.slots == SLOTS / 3)
        nodes.end("ben")
        nodes.open_version("dan", NEW)
        eventually(lambda: nodes.living["ann"].cluster.slots == 0 and at_rest(nodes))
        nodes.end("ann")
        assert at_rest(nodes)
    assert nodes.wrong == []
    assert nodes.asked == {OLD, NEW}
    for company in companies:
        (engine,) = [each for each in nodes.living.values() if each.cluster.has(company.id)]
        nodes.look(engine, company)
        assert verified(engine, company)
    assert nodes.wrong == []


def test_a_version_that_knows_of_one_definition_keeps_another_away(nodes: Versions) -> None:
    """It would go on with facts that lack what comes now: so the newer one does not even begin."""
    nodes.open_version("ann", OLD)
    with closing(nodes.accounts.database.statements()) as statements:
        statements.run(
            "INSERT INTO botlens.nodes (instance, name, url, seen) "
            "VALUES ('b', 'before', 'http://before', extract(epoch FROM clock_timestamp()))"
        )
    with pytest.raises(OverloadedError, match="knows nothing of other definitions"):
        nodes.open_version("cat", NEW)
