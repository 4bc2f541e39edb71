"""Places in the WAL, and transactions that are over: what revisions and marks are made of."""

import time
from collections import deque
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Final

from botlens.sources.postgres.connection import SourceConnection

_MARK_SECONDS: Final = 10.0
_FLUSHED_SECONDS: Final = 1.0
_MOST_MOMENTS: Final = 1_000
# The snapshot of a statement is older than what it then computes: so the place lies behind all that the
# snapshot sees.
_NOW: Final = """
SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint, pg_current_wal_insert_lsn() - '0/0'::pg_lsn,
       pg_current_wal_flush_lsn() - '0/0'::pg_lsn
"""
_GOING_ON: Final = """
SELECT pg_snapshot_xmax(now)::text::bigint, ARRAY(SELECT pg_snapshot_xip(now)::text::bigint)
FROM (SELECT pg_current_snapshot()) AS _(now)
"""
_FLUSHED: Final = "SELECT pg_current_wal_flush_lsn() - '0/0'::pg_lsn"
_XIDS: Final = 1 << 32


@dataclass(frozen=True, slots=True)
class SourceMoment:
    """A moment of a source.

    Attributes:
        xmin: all transactions below it (xid8) are over.
        position: all commits that were visible lie before it in the WAL.
        flushed: where the WAL ends that no crash takes away; places that come after it are given once.
    """

    xmin: int
    position: int
    flushed: int


def read_moment(connection: SourceConnection) -> SourceMoment:
    """Now.

    Raises:
        psycopg.Error: it cannot be read; a replica (55000) has no such place.
    """
    xmin, position, flushed = connection.execute(_NOW).fetchone() or (0, 0, 0)
    return SourceMoment(int(xmin), int(position), int(flushed))


def flushed_position(connection: SourceConnection) -> int:
    """Where the log ends that is on the source's disk: whatever can be followed lies before it.

    Raises:
        psycopg.Error: it cannot be read.
    """
    (position,) = connection.execute(_FLUSHED).fetchone() or (0,)
    return int(position)


def can_see(connection: SourceConnection, transactions: Collection[int]) -> bool:
    """Whether whoever reads from now on sees what these transactions did.

    A commit stands in the log some moments before it can be seen: as long as its process had no time to say
    so, or waits for a synchronous replica.

    Args:
        connection: to the source.
        transactions: their numbers as the log has them (32 bits), all of them committed.

    Raises:
        psycopg.Error: it cannot be read.
    """
    if not transactions:
        return True
    xmax, going_on = connection.execute(_GOING_ON).fetchone() or (0, [])
    open_ones = {each % _XIDS for each in going_on}
    return not any(each in open_ones or (each - xmax) % _XIDS < _XIDS // 2 for each in transactions)


def lsn_of(position: int) -> str:
    """A place as PostgreSQL writes it: `16/B374D848`."""
    return f"{position >> 32:X}/{position & 0xFFFF_FFFF:X}"


def position_of(lsn: str) -> int:
    """The place that PostgreSQL writes so."""
    high, low = lsn.split("/")
    return int(high, 16) << 32 | int(low, 16)


class RisingMark:
    """Finds marks while a log is followed: a moment becomes one when all before it was acknowledged.

    Args:
        connect: gives the connection to look with.
        first: a moment before the log was followed: its transactions can be seen by whoever reads.
        check: called before a moment becomes a mark; raises if the log may lack something of before.
    """

    def __init__(
        self, connect: Callable[[], SourceConnection], first: SourceMoment, check: Callable[[], object]
    ) -> None:
        self.mark = first.xmin
        self._connect = connect
        self._check = check
        self._moment: SourceMoment | None = None
        self._looked = time.monotonic()

    def look(self, acknowledged: int) -> None:
        """All before a place in the WAL was acknowledged.

        Raises:
            psycopg.Error: the source cannot be read.
            BridgeNeededError: see `check`.
        """
        if self._moment is not None and self._moment.position <= acknowledged:
            self._check()
            self.mark, self._moment = self._moment.xmin, None
        if self._moment is None and time.monotonic() - self._looked >= _MARK_SECONDS:
            self._looked = time.monotonic()
            self._moment = read_moment(self._connect())


class CatchingUp:
    """Finds out of which moment all is here while a log is followed: silence alone does not say that.

    A source that has no time to send, or that was not asked for a while, is silent, too. So now and then it
    is asked where its log ends; when all before that place was taken, that moment is caught up.

    Args:
        connect: gives the connection to look with.
        at: a moment (monotonic, seconds) of which all is here.

    Attributes:
        at: the latest one.
    """

    def __init__(self, connect: Callable[[], SourceConnection], at: float) -> None:
        self.at = at
        self._connect = connect
        self._looked = at
        self._moments: deque[tuple[float, int]] = deque()

    def look(self, taken: int) -> None:
        """All before a place in the WAL was taken.

        Raises:
            psycopg.Error: the source cannot be read.
        """
        now = time.monotonic()
        # One that is far behind need not know to a second by how much.
        if now - self._looked >= _FLUSHED_SECONDS and len(self._moments) < _MOST_MOMENTS:
            self._looked = now  # before the question: what is written meanwhile is of a later moment
            self._moments.append((now, flushed_position(self._connect())))
        while self._moments and self._moments[0][1] <= taken:
            self.at, _ = self._moments.popleft()
