"""The ways to follow a source: which the rights allow, and why not the others; the best is taken."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from botlens.sources.postgres.address import SourceAddress
from botlens.sources.postgres.changes import FollowedTable, Follower
from botlens.sources.postgres.connection import SourceConnection, connect
from botlens.sources.postgres.described import describe_tables
from botlens.sources.postgres.followable import of_publications, of_server, of_stream, read_server
from botlens.sources.postgres.publication import PUBLICATIONS, read_publications
from botlens.sources.postgres.readable import of_rights
from botlens.sources.postgres.refusals import SourceError, reported
from botlens.sources.postgres.slot import PolledLog
from botlens.sources.postgres.source_findings import SLOT, STREAM, SWEEP, SourceFinding
from botlens.sources.postgres.stream import StreamedLog
from botlens.sources.postgres.sweep import Sweep
from botlens.sources.postgres.temporary_slot import Waiting

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


def open_way(
    address: SourceAddress, tables: Sequence[FollowedTable], waiting: Waiting, wanted: str | None = None
) -> tuple[str, Follower]:
    """Follows tables, the best way that can be gone; its name, and what follows.

    Args:
        address: of the source.
        tables: of which changes are wanted.
        waiting: is told for whom the making of a slot waits.
        wanted: the name of a way, instead of the best.

    Raises:
        SourceError: none can be gone, or not the one that is wanted; the message says why not.
        BridgeNeededError: the connection was lost.
    """
    ways = [each for each in find_ways(address, tables) if wanted in (None, each.name)]
    for each in ways:
        if each.is_open:
            return each.name, _opened(each.name, address, tables, waiting)
    why = " ".join(dict.fromkeys(finding.sentence for each in ways for finding in each.obstacles))
    message = f"{address} cannot be followed{f' as {wanted}' if wanted else ''}: {why} See `botlens doctor`."
    raise SourceError(message, code="no_way_to_follow")


def _opened(name: str, address: SourceAddress, tables: Sequence[FollowedTable], waiting: Waiting) -> Follower:
    if name == STREAM:
        return StreamedLog(address, tables, PUBLICATIONS, waiting)
    if name == SLOT:
        return PolledLog(address, tables, PUBLICATIONS, waiting)
    return Sweep(address, tables)
