"""The job that follows a source, and all that it takes to follow one."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from botlens.commit.source_commits import OpenSourceCommits
from botlens.jobs.job import Job, Once, Progress, StoppedError
from botlens.jobs.leases import LeaseLostError
from botlens.monitoring.health import Health
from botlens.monitoring.telemetry import Telemetry
from botlens.sources.postgres.accounts import SourceAccounts
from botlens.sources.postgres.address import parse_address
from botlens.sources.postgres.following import FollowedSource
from botlens.sources.postgres.mapping_text import SUPABASE, read_mapping
from botlens.sources.postgres.status import SyncMetrics, SyncStatus
from botlens.sources.postgres.taken_over import TakenOverAccounts
from botlens.sources.postgres.ways import SourceWays
from botlens.tenants.accounts import Accounts

SYNC = "sync"


@dataclass(frozen=True, slots=True)
class FollowRequest:
    """A source that is to be followed.

    Attributes:
        url: where it is; it may hold a password, so it is not shown.
        mapping: the name or file of what its tables mean.
        way: the name of a way to follow; None is the best that the rights allow.
    """

    url: str
    mapping: str = SUPABASE
    way: str | None = None

    def __repr__(self) -> str:
        return f"FollowRequest(mapping={self.mapping!r}, way={self.way!r})"

    @property
    def name(self) -> str:
        """What accounts know the source by, wherever its database is."""
        return Path(self.mapping).stem


def followed_source(
    request: FollowRequest, accounts: Accounts, open_commits: OpenSourceCommits
) -> FollowedSource:
    """A source, ready to be followed. Nothing is connected yet.

    Args:
        request: what it is.
        accounts: ours; they keep how far it is, too.
        open_commits: opens what takes events, for each run.

    Raises:
        InvalidError: the URL or the mapping is none.
    """
    address, mapping = parse_address(request.url), read_mapping(request.mapping)
    return FollowedSource(
        address,
        mapping,
        TakenOverAccounts(SourceAccounts(accounts, request.name, mapping)),
        open_commits,
        accounts.database,
        SourceWays(address, request.way),
        SyncStatus(accounts.clock),
    )


def sync_job(
    source: FollowedSource, telemetry: Telemetry, health: Health, *, of_cluster: bool = False
) -> Job:
    """The job that follows a source for as long as the process lives; health and metrics say how it goes.

    Args:
        source: which.
        telemetry: has the metrics.
        health: is told what an operator should know.
        of_cluster: whether the process is one of several nodes, of which one follows at a time.
    """

    def others() -> None:
        source.status.is_ours = not of_cluster

    others()
    health.watch_warning(SYNC, source.status.warning)
    SyncMetrics(source.status, telemetry.registry)

    def run(_now: datetime, progress: Progress) -> None:
        source.status.is_ours = True
        try:
            source.follow(progress)
        except (StoppedError, LeaseLostError):
            others()
            raise
        # Failed, it is ours until another has it: else nobody would say for how long it was not followed.

    return Job(
        SYNC,
        "Follows the tables of a PostgreSQL.",
        run,
        timedelta(0),
        Once.PER_CLUSTER if of_cluster else Once.PER_STORE,
        endless=True,
        said=source.status.sentence,
        others=others,
    )
