"""Engines that are nodes of one cluster, serve each other over HTTP, and follow one platform by turns."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from random import Random
from threading import Event, Thread
from typing import Any, Protocol

import httpx2

from botlens.api.app import create_app
from botlens.api.passing.passing import Neighbourhood
from botlens.cluster.options import ClusterOptions
from botlens.engine import Engine
from botlens.errors import BotlensError
from botlens.jobs.job import Progress
from botlens.jobs.leases import Lease, Leases
from botlens.serving.connections import Connections, Limits
from botlens.serving.server import Listening, bound, server_config, url_of
from botlens.sources.postgres.followed_job import SYNC, FollowRequest, followed_source
from botlens.sources.postgres.verified import VerifyReport
from botlens.tenants.accounts import Accounts
from botlens.tenants.credentials import TokenVerifier
from tests.engine.behind import rows
from tests.engine.cluster_nodes import eventually
from tests.engine.platform import NOW, Platform, new_id
from tests.oracle import seed as oracle

LEASE, LONG = 3.0, 60.0


class ServingNode:
    """One node: an engine, and the server by which others reach it.

    Args:
        accounts: the URL of the PostgreSQL.
        shards: URLs.
        folder: of its own.
        follow: what it is to follow; None if others do.
        lease: how many seconds its leases last.
    """

    def __init__(
        self, accounts: str, shards: list[str], folder: Path, follow: FollowRequest | None, lease: float
    ) -> None:
        listener = bound("127.0.0.1", 0)
        self.name, self.url = folder.name, url_of(listener)
        self.engine = Engine(
            Accounts.open(accounts),
            clickhouse_url="",
            cluster=ClusterOptions(tuple(shards), self.url, self.name, lease),
            journal_folder=folder / "journal",
            follow=follow,
        )
        cluster = self.engine.cluster
        assert cluster is not None
        self.cluster = cluster
        app = create_app(
            self.engine,
            TokenVerifier(secret="s" * 32, audience="botlens", issuer="https://login.example"),
            neighbourhood=Neighbourhood(cluster.node, cluster.secret, self.name),
        )
        ready = Event()
        self._server = Listening(
            server_config(app, Connections(Limits(connections=50))),
            Connections(Limits(connections=50)),
            ready.set,
        )
        self._server.config.timeout_graceful_shutdown = 1
        self._thread = Thread(target=self._server.run, kwargs={"sockets": [listener]}, daemon=True)
        self._thread.start()
        assert ready.wait(120), "the server did not start"

    def has(self, company: str) -> bool:
        return self.cluster.has(company)

    def follows(self) -> bool:
        """Whether it follows now, and has not failed to."""
        runs = any(each.running for each in self.engine.jobs.states() if each.job.name == SYNC)
        return runs and bool(self.engine.source.status.is_ours)

    def freeze(self) -> None:
        """As far as others see it is gone: it renews no lease, and answers nobody."""
        self.cluster.node._keep_leases = lambda: None  # type: ignore[method-assign]
        self.cluster.node._look = lambda: None  # type: ignore[method-assign]
        self.stop_serving()

    def stop_serving(self) -> None:
        self._server.should_exit = True
        self._thread.join(60)

    def end(self) -> None:
        """In an orderly way."""
        self.cluster.hand_over()
        self.stop_serving()
        self.engine.close()


class Answering(Protocol):
    """Answers over HTTP on a port of this machine."""

    port: int


class FollowingCluster:
    """A platform of some companies, and nodes that follow it.

    Args:
        platform: with one company.
        accounts: the URL of an empty PostgreSQL.
        shards: URLs of empty databases.
        folder: for the nodes.
        way: how it is followed.

    Attributes:
        seconds: how long leases last. Long where none is to end: this machine stands still now and then.
    """

    seconds = LONG

    def __init__(
        self, platform: Platform, accounts: str, shards: list[str], folder: Path, way: str = "stream"
    ) -> None:
        self.platform, self.url, self._shards, self._folder = platform, accounts, shards, folder
        self.request = FollowRequest(platform.url, way=way)
        self.nodes: list[ServingNode] = []
        self._keys: dict[str, str] = {}
        self._opened: list[ServingNode] = []
        self.bots = {platform.bot: platform.company}

    def open(self, name: str, *, follow: bool = True) -> ServingNode:
        folder = self._folder / name
        found = ServingNode(self.url, self._shards, folder, self.request if follow else None, self.seconds)
        self.nodes.append(found)
        self._opened.append(found)
        return found

    def new_company(self) -> str:
        """On the plan pro, with one chatbot, whose id this gives."""
        company, owner, bot = new_id(), new_id(), new_id()
        run = self.platform.run
        run("INSERT INTO companies VALUES (%s, %s)", company, owner)
        run("INSERT INTO subscriptions (user_id, plan, status) VALUES (%s, 'pro', 'active')", owner)
        run("INSERT INTO chatbots (id, company_id, name) VALUES (%s, %s, 'Bot')", bot, company)
        self.bots[bot] = company
        return bot

    def companies_of_both(self) -> dict[str, list[str]]:
        """Companies until each of two nodes has two, or three, of them; their chatbots by the node's name."""
        found: dict[str, list[str]] = {each.name: [] for each in self.nodes}
        bots = [self.platform.bot]
        while min(map(len, found.values())) < 2:
            for bot in bots:
                found[self.owner(self.bots[bot]).name].append(bot)
            bots = [self.new_company()]
        return found

    def owner(self, company: str) -> ServingNode:
        (found,) = eventually(lambda: [each for each in self.nodes if each.has(company)])
        return found

    def both_have_half(self) -> None:
        eventually(lambda: [each.cluster.slots for each in self.nodes] == [128, 128])

    def follower(self) -> ServingNode:
        (found,) = eventually(lambda: [each for each in self.nodes if each.follows()])
        return found

    def lease_ends(self, holder: str) -> None:
        """That of the job: as if a minute had passed without a word of who has it."""
        rows(self.url, f"UPDATE {{t}}leases SET until = 0 WHERE job = 'sync' AND holder = '{holder}'")

    def holder(self) -> str:
        ((found,),) = rows(self.url, "SELECT holder FROM {t}leases WHERE job = 'sync'")
        return str(found)

    def differing(self) -> dict[str, Any]:
        """What is said of each company, and what it should be, where that is not the same."""
        found = {}
        events, chatbots = self.platform.events(), self.platform.chatbots()
        for company in set(self.bots.values()):
            own = {bot for bot, of in self.bots.items() if of == company}
            there = oracle.overview(
                [each for each in events if each["chatbot_id"] in own],
                [each for each in chatbots if each["chatbot_id"] in own],
                now=NOW,
                zone="UTC",
                plan="pro",
                limit=10_000,
            )
            here = self.overview(company)
            if here != there:
                found[company] = (here, there)
        return found

    def overview(self, company: str) -> dict[str, Any] | None:
        """As the node says it that has the company; None while none has it."""
        with suppress(BotlensError):
            engine = self.owner(company).engine
            known = engine.accounts.company(company)
            return None if known is None else engine.answers.seed.overview(engine.answers.scope(known, NOW))
        return None

    def check(self) -> None:
        """Every number is the oracle's over the rows, soon, and all ways to it agree."""
        try:
            eventually(lambda: not self.differing())
        except AssertionError:
            assert self.differing() == {}
            raise
        for company in set(self.bots.values()):
            engine = self.owner(company).engine
            scope = engine.answers.scope(engine.accounts.company(company), NOW)  # type: ignore[arg-type]
            said = engine.answers.verification.verify(scope)
            assert said["equal"], said

    def rows(self) -> dict[str, tuple[int, int]]:
        """How many conversations and messages the platform has, by company, each of which has one chatbot."""
        found = dict.fromkeys(set(self.bots.values()), (0, 0))
        for bot, conversations, messages in self.platform.connection.execute(
            "SELECT chatbot_id::text, count(DISTINCT talks.id), count(messages.id) "
            "FROM conversations AS talks LEFT JOIN messages ON messages.conversation_id = talks.id GROUP BY 1"
        ):
            found[self.bots[bot]] = conversations, messages
        return found

    def counted_by(self, nodes: Sequence[Answering]) -> dict[str, tuple[int, int]]:
        """How many of both there are here, by company, as nodes say it over HTTP, whichever is asked."""
        found = {}
        for company in set(self.bots.values()):
            if company not in self._keys:
                with suppress(BotlensError), Accounts.open(self.url) as accounts:
                    self._keys[company] = accounts.create_key(company)[1]
            for each in nodes:
                headers = {"Authorization": f"Bearer {self._keys.get(company, '')}"}
                url = f"http://127.0.0.1:{each.port}/analytics/overview"
                with suppress(httpx2.TransportError):  # it may not listen yet
                    answer = httpx2.get(url, headers=headers, timeout=60)
                    if answer.status_code == 200:
                        said = answer.json()
                        found[company] = said["total_conversations"], said["total_messages"]
        return found

    def verify(self, node: ServingNode, holder: str = "verify") -> VerifyReport:
        """`botlens sync --verify`, at a node, while nobody follows."""
        with self.lease(holder) as lease:
            source = followed_source(self.request, node.engine.accounts, node.engine.open_commits)
            return source.verify(Progress(Event(), lease=lease))

    @contextmanager
    def lease(self, holder: str) -> Iterator[Lease]:
        """That of the job, for who follows by hand."""
        with Accounts.open(self.url) as accounts:
            leases = Leases(accounts.database)
            taken = leases.take(SYNC, holder, of_all=True)
            assert taken is not None
            try:
                yield taken
            finally:
                leases.give_back(taken, done=False)

    @contextmanager
    def traffic(self, bots: list[str]) -> Iterator[list[str]]:
        """People write to the platform's chatbots, as long as the block lasts; gives their conversations."""
        written: list[str] = []
        stopped, failed = Event(), []
        chance = Random(7)

        def write() -> None:
            try:
                while not stopped.wait(0.05):
                    conversation, (question, reply) = self.platform.conversation(
                        "Where?", "There", bot=chance.choice(bots)
                    )
                    written.append(conversation)
                    match chance.randrange(4):
                        case 0:
                            self.platform.vote(reply)
                        case 1:
                            self.platform.run("DELETE FROM messages WHERE id = %s", question)
                        case 2:
                            old = written.pop(chance.randrange(len(written)))
                            self.platform.run("DELETE FROM conversations WHERE id = %s", old)
                            written.append(old)
            except BaseException as error:
                failed.append(error)
                raise

        thread = Thread(target=write)
        thread.start()
        try:
            yield written
        finally:
            stopped.set()
            thread.join(60)
        assert not failed, failed

    def close(self) -> None:
        with ExitStack() as stack:
            for each in self._opened:
                stack.callback(each.engine.close)
                stack.callback(each.stop_serving)
