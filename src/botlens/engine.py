"""botlens in one object: opens the rooms, hands them out, closes them in order."""

from collections.abc import Callable
from contextlib import ExitStack, suppress
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Self

from botlens.answers.answers import Answers
from botlens.backup.making import Backups
from botlens.chatbots import ChatbotSettings
from botlens.cluster.options import ClusterOptions
from botlens.commit.local.commits import LocalCommits
from botlens.commit.orders import OrderTaking
from botlens.commit.port import Commits
from botlens.commit.source_commits import OpenSourceCommits, opened_directly
from botlens.errors import BotlensError
from botlens.gaps.editing.editing import GapEditing
from botlens.gaps.kept.admission import GapAdmissions
from botlens.gaps.life_cycle.life_cycle import GapLifeCycle
from botlens.gaps.link.job import Linking
from botlens.gaps.process.link_options import LinkOptions
from botlens.gaps.reading.gaps import Gaps
from botlens.jobs.job import Job
from botlens.jobs.leases import Leases, holder_of
from botlens.jobs.pulse import Pulse
from botlens.jobs.runner import Runner
from botlens.live.registry import LiveNumbers
from botlens.monitoring.hanging import GiveUp, HangingCalls
from botlens.monitoring.health import Check, Health
from botlens.monitoring.rejections import Rejections
from botlens.monitoring.telemetry import Telemetry
from botlens.store.cluster_mark import refuse_marked
from botlens.store.connection import CALL_SECONDS, ClickHouse
from botlens.store.parts import PING_SECONDS, Parts
from botlens.store.shards import Shards
from botlens.store.upgrades import check_layout, open_tables
from botlens.store.writer import WriterClaim
from botlens.tenants.accounts import Accounts
from botlens.upkeep.deletions import Deletions
from botlens.upkeep.erasure import erasure_job
from botlens.upkeep.key_uses import key_uses_job
from botlens.upkeep.leftovers import leftovers_job
from botlens.upkeep.retention import retention_job
from botlens.upkeep.slot_moves import slot_moves_job

if TYPE_CHECKING:
    from botlens.commit.cluster.commits import ClusterCommits
    from botlens.sources.postgres.followed_job import FollowRequest

SYNC_KEEP_DAYS = 30

UPGRADE_PATIENCE_SECONDS = 3.0
"""So long a start waits for facts to be derived anew until older ones serve: small stores are done then."""


class Engine:
    """The rooms over one data folder, which the caller owns: see `open_engine`, which takes its lock.

    Args:
        accounts: companies, chatbots, plans, keys; closed with the engine, also where that cannot be opened.
        clickhouse_url: see `ClickHouse`.
        clickhouse_cluster: the same.
        cluster: how it takes part in a cluster, whose shards are named there instead of `clickhouse_url`; its
            accounts must be in a PostgreSQL. None is a process of its own.
        journal_folder: where commits are made durable, without a cluster.
        memory_mib: the most that the embedded store may use.
        call_seconds: see `ClickHouse`.
        sync_keep_days: how long companies and chatbots are kept that their source has no more.
        linking: how gaps are linked; by themselves only if it says so.
        follow: a source whose tables are followed, for as long as the engine is open.
        give_up: called once, from any thread, when so many calls to the embedded store hang that only a new
            process helps; without it that is only said by `health`.
        outermost: what else to close, after everything of the engine; also where that cannot be opened.

    Attributes:
        answers: every read that a person may make.
        commits: take records in.
        chatbots: change the settings of chatbots.
        backups: one state of the folder as one file.
        deletions: delete chatbots and companies.
        gaps: what people may read of knowledge gaps.
        gap_editing: what people do to gaps.
        linking: groups the questions of gaps.
        jobs: work in the background.
        store: the event store; of a cluster all shards, each for its companies.
        open_commits: opens commits for who follows a source, of any company.
        cluster: the commits of this node, which know where companies are; None without a cluster.
        orders: does what other nodes order of this one; None without a cluster.
        health: what does not work now.
        telemetry: what is counted.
        rejections: what was not taken lately.

    Raises:
        AnotherWriterError: another process writes to the same store.
    """

    def __init__(
        self,
        accounts: Accounts,
        *,
        clickhouse_url: str,
        clickhouse_cluster: str | None = None,
        cluster: ClusterOptions | None = None,
        journal_folder: Path,
        memory_mib: int = 2_048,
        call_seconds: float = CALL_SECONDS,
        sync_keep_days: int = SYNC_KEEP_DAYS,
        linking: LinkOptions | None = None,
        follow: "FollowRequest | None" = None,
        give_up: GiveUp = lambda: None,
        outermost: ExitStack | None = None,
    ) -> None:
        self.accounts = accounts
        self._gone_are_kept = timedelta(days=sync_keep_days)
        self._follow = follow
        self._link_options = linking or LinkOptions()
        self._has: Callable[[str], bool] = lambda _: True
        self._ping_events: Callable[[], object] | None = None
        self._part_of_leases = ""
        self.cluster: ClusterCommits | None = None
        self.orders: OrderTaking | None = None
        self.telemetry = Telemetry()
        self.health = Health()
        self.rejections = Rejections()
        with ExitStack() as opened:  # closed from the last to the first
            opened.enter_context(outermost or ExitStack())
            opened.callback(accounts.close)
            opened.callback(_write_key_uses, accounts)
            live = LiveNumbers()
            if cluster is None:
                in_here = clickhouse_url.startswith("chdb:")
                self.store = ClickHouse(
                    clickhouse_url,
                    cluster=clickhouse_cluster,
                    memory_mib=memory_mib,
                    call_seconds=call_seconds,
                    watch=HangingCalls(self.telemetry, self.health, give_up if in_here else None),
                )
                opened.callback(self.store.close)
                refusal = self._claimed(opened) if self.store.is_shared else lambda: None
                open_tables(self.store)
                of_all = (live, accounts.thresholds, self.telemetry, self.health)
                self.commits: Commits = LocalCommits(self.store, journal_folder, *of_all, refusal=refusal)
                self.open_commits: OpenSourceCommits = opened_directly(self.commits)
            else:
                self._open_shards(opened, cluster, clickhouse_cluster, call_seconds, live)
            self._open_rooms(opened, journal_folder, live)
            self._opened = opened.pop_all()

    def _claimed(self, opened: ExitStack) -> Check:
        """Be the one process that writes to a store that others can reach; says why it no longer is."""
        claim = WriterClaim(self.store.reserved, self.telemetry, self.health)
        refuse_marked(self.store)
        check_layout(self.store)  # before anything is written; and again once nobody else writes
        claim.take()
        opened.callback(claim.release)
        refuse_marked(self.store)  # a node that made it a shard meanwhile did not see the claim
        return claim.problem

    def _open_shards(
        self,
        opened: ExitStack,
        options: ClusterOptions,
        clickhouse_cluster: str | None,
        call_seconds: float,
        live: LiveNumbers,
    ) -> None:
        """Be a node of a cluster."""
        # Loaded here, where a cluster is chosen: a server on a folder knows nothing of it.
        from botlens.commit.cluster.commits import ClusterCommits
        from botlens.commit.cluster.entrance import require_one
        from botlens.commit.cluster.followed_here import FollowingNode
        from botlens.commit.cluster.opening import open_cluster_shards

        entrances = open_cluster_shards(
            options,
            self.accounts.database,
            cluster=clickhouse_cluster,
            call_seconds=call_seconds,
            telemetry=self.telemetry,
            health=self.health,
            opened=opened,
        )
        of_all = (live, self.accounts.thresholds, self.telemetry, self.health)
        self.commits = self.cluster = ClusterCommits(
            entrances, self.accounts.database, options.node, options.lease_seconds, *of_all
        )
        self.store = Shards([each.store for each in entrances], self.cluster.shard_of)
        self._has = self.cluster.has
        self._ping_events = lambda: require_one(entrances)
        self._part_of_leases = f"{options.url}/"  # names may be the same, that of the machine
        database = self.accounts.database
        following = FollowingNode(
            self.cluster, Leases(database), self.accounts.thresholds, database.memory.expire
        )
        opened.callback(following.close)
        self.orders, self.open_commits = following.taking, following.open_commits

    def _open_rooms(self, opened: ExitStack, folder: Path, live: LiveNumbers) -> None:
        accounts = self.accounts
        self.answers = Answers(accounts, self.commits, live)
        self.chatbots = ChatbotSettings(accounts, self.commits)
        cycle, admissions = GapLifeCycle(accounts.database, accounts.clock), GapAdmissions()
        self.linking = Linking(
            accounts, self.store.reserved, self.commits, cycle, self._link_options, admissions, self._has
        )
        self.gaps = Gaps(self.commits, cycle, admissions)
        self.gap_editing = GapEditing(self.store.reserved, self.commits, cycle, admissions)
        self.backups = Backups(accounts, self.store, self.commits, cycle.links)
        if not self.store.is_shared:
            self.backups.discard()
        ping_events = self._ping_events or Parts(self.store.reserved, seconds=PING_SECONDS).mend
        self._pulse = Pulse(
            {"accounts": accounts.ping, "events": ping_events},
            self.telemetry,
            self.health,
            {"accounts": lambda: accounts.database.memory.stands_in},
        )
        self.jobs = Runner(
            (
                erasure_job(accounts, self.commits, self._gone_are_kept, admissions.end, self._has),
                retention_job(accounts, self.commits, self._has),
                key_uses_job(accounts),
                self.linking.job(),
                *self._following(),
                *self._of_nodes(admissions),
            ),
            Leases(accounts.database, self._part_of_leases),
            self.telemetry,
            self.health,
            holder=holder_of(folder) if self.cluster is None else None,
        )
        self.deletions = Deletions(accounts, self.jobs)
        self.commits.start()
        opened.callback(self.commits.stop)
        self.commits.derive_all(UPGRADE_PATIENCE_SECONDS)
        self._pulse.start()
        opened.callback(self._pulse.stop)
        self.jobs.start()
        opened.callback(self.jobs.stop)

    def _of_nodes(self, admissions: GapAdmissions) -> list[Job]:
        """What nodes of a cluster have to do besides."""
        if self.cluster is None or not isinstance(self.store, Shards):
            return []
        return [
            leftovers_job(self.accounts, self.store.of, self.cluster.got_lately),
            slot_moves_job(self.cluster.mover(admissions.held).work),
        ]

    def _following(self) -> list[Job]:
        """The job that follows a source, if one is to be followed."""
        if self._follow is None:
            return []
        # Loaded here: it needs the driver of PostgreSQL, which only those have who follow one.
        from botlens.sources.postgres.followed_job import followed_source, sync_job

        self.source = followed_source(self._follow, self.accounts, self.open_commits)
        return [sync_job(self.source, self.telemetry, self.health, of_cluster=self.cluster is not None)]

    def close(self) -> None:
        """Write what is pending, then close everything. Once closed, it stays so."""
        self._opened.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _write_key_uses(accounts: Accounts) -> None:
    """Write down when keys were last used, at the end; it is no reason not to end."""
    with suppress(BotlensError):
        accounts.write_key_uses()
