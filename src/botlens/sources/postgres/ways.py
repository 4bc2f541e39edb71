"""The ways to follow a source: which the rights allow, and why not the others; the best is taken."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import structlog

from botlens.sources.postgres.address import SourceAddress
from botlens.sources.postgres.changes import BridgeNeededError, FollowedTable, Follower
from botlens.sources.postgres.connection import SourceConnection, connect
from botlens.sources.postgres.described import describe_tables
from botlens.sources.postgres.followable import of_publications, of_server, of_stream, read_server
from botlens.sources.postgres.publication import PUBLICATIONS, read_publications
from botlens.sources.postgres.readable import of_rights
from botlens.sources.postgres.refusals import SourceError, reported
from botlens.sources.postgres.slot import PolledLog
from botlens.sources.postgres.source_findings import BY_THE_LOG, SLOT, STREAM, SWEEP, SourceFinding
from botlens.sources.postgres.stream import StreamedLog
from botlens.sources.postgres.sweep import Sweep
from botlens.sources.postgres.temporary_slot import Waiting

log = structlog.get_logger(__name__)

WAYS: Final = {
    STREAM: "as a stream: every change, at once",
    SLOT: "by statements that read the log: every change, in about a second",
    SWEEP: "by sweeps: new and changed rows in some seconds, what is gone by comparing keys",
}
"""From the best to the one that needs the least."""


@dataclass(frozen=True, slots=True)
class WayToFollow:
    """A way, and what is in the way of it: nothing if it can be gone."""

    name: str
    obstacles: tuple[SourceFinding, ...]

    @property
    def is_open(self) -> bool:
        """Whether it can be gone."""
        return not self.obstacles

    @property
    def sentences(self) -> list[str]:
        """What is in the way."""
        return [each.sentence for each in self.obstacles]


@dataclass(frozen=True, slots=True)
class OpenedWay:
    """A way that is gone.

    Attributes:
        name: of `WAYS`.
        follower: what follows.
        why: sentences, why no better way is gone; none where it is the best, or was asked for.
    """

    name: str
    follower: Follower
    why: tuple[str, ...] = ()


def ways_of(findings: Sequence[SourceFinding]) -> tuple[WayToFollow, ...]:
    """All ways, the best first, by what was found of a source."""
    return tuple(WayToFollow(name, tuple(each for each in findings if name in each.bars)) for name in WAYS)


def find_obstacles(
    connection: SourceConnection,
    address: SourceAddress,
    tables: Sequence[FollowedTable],
    besides: Sequence[FollowedTable] = (),
) -> list[SourceFinding]:
    """What of the server, the role and the publications is in the way of following tables.

    Args:
        connection: to the source.
        address: where that is.
        tables: of which changes are wanted.
        besides: tables that are only read.

    Raises:
        psycopg.Error: the source cannot be asked.
    """
    server = read_server(connection)
    found = list(of_server(server))
    described = describe_tables(connection, (each.name for each in (*tables, *besides)))
    found += of_rights((*tables, *besides), described, server.role)
    found += of_publications(read_publications(connection, PUBLICATIONS), tables, described)
    if ways_of(found)[0].is_open:
        found += of_stream(address)
    return found


def find_ways(address: SourceAddress, tables: Sequence[FollowedTable]) -> tuple[WayToFollow, ...]:
    """All ways to follow tables, the best first.

    Raises:
        SourceError: the source cannot be asked.
        BridgeNeededError: the connection was lost.
    """
    with connect(address) as connection, reported(address):
        return ways_of(find_obstacles(connection, address, tables))


class SourceWays:
    """The ways to follow one source.

    Args:
        address: of the source.
        wanted: the name of a way, instead of the best.

    Attributes:
        wanted: see there.
    """

    def __init__(self, address: SourceAddress, wanted: str | None = None) -> None:
        self._address = address
        self.wanted = wanted

    def open(self, tables: Sequence[FollowedTable], waiting: Waiting) -> OpenedWay:
        """Follow tables, the best way that can be gone.

        Args:
            tables: of which changes are wanted.
            waiting: is told for whom the making of a slot waits.

        Raises:
            SourceError: none can be gone, or not the one that is wanted; the message says why not.
            BridgeNeededError: the connection was lost.
        """
        why: dict[str, None] = {}
        for each in self._ways(tables):
            if not each.is_open:
                why |= dict.fromkeys(each.sentences)
                continue
            try:
                follower = _opened(each.name, self._address, tables, waiting)
            except SourceError as error:  # such as the last slot, which somebody else has taken just now
                if self.wanted is not None or each.name == SWEEP:
                    raise
                log.warning("sync_way_failed", way=each.name, reason=error.message)
                why[error.message] = None
            else:
                return OpenedWay(each.name, follower, tuple(why))
        as_wanted = f" as {self.wanted}" if self.wanted else ""
        message = f"{self._address} cannot be followed{as_wanted}: {' '.join(why)} See `botlens doctor`."
        raise SourceError(message, code="no_way_to_follow")

    def log_again(self, tables: Sequence[FollowedTable]) -> tuple[str | None, tuple[str, ...]]:
        """While sweeps follow: the name of a way by the log that can be gone by now, and else why none can.

        A source that cannot be asked now says nothing of either.
        """
        if self.wanted is not None:
            return None, ()
        try:
            ways = [each for each in self._ways(tables) if each.name in BY_THE_LOG]
        except (SourceError, BridgeNeededError) as error:
            return None, (error.message,)
        found = next((each.name for each in ways if each.is_open), None)
        return found, tuple(dict.fromkeys(sentence for each in ways for sentence in each.sentences))

    def _ways(self, tables: Sequence[FollowedTable]) -> list[WayToFollow]:
        return [each for each in find_ways(self._address, tables) if self.wanted in (None, each.name)]


def _opened(name: str, address: SourceAddress, tables: Sequence[FollowedTable], waiting: Waiting) -> Follower:
    if name == STREAM:
        return StreamedLog(address, tables, PUBLICATIONS, waiting)
    if name == SLOT:
        return PolledLog(address, tables, PUBLICATIONS, waiting)
    return Sweep(address, tables)
